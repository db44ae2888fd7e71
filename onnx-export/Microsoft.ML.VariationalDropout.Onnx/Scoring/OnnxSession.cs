using Microsoft.ML.OnnxRuntime;

namespace Microsoft.ML.Trainers.VariationalDropout.Onnx;

/// <summary>A session of ONNX Runtime with the shapes that batches need. It ends when it is disposed of and its last run has ended.</summary>
internal sealed class OnnxSession : IDisposable
{
    private readonly InferenceSession _session;

    /// <summary>Runs under way, and one for the owner.</summary>
    private int _users = 1;
    private int _disposed;

    /// <param name="session">It is this object's from now on, also when this throws.</param>
    /// <param name="bindOnce">See <see cref="BindsOnce"/>.</param>
    /// <exception cref="InvalidDataException">The graph has inputs or outputs that are no rows of tensors.</exception>
    /// <exception cref="OnnxRuntimeException">Shapes that the graph leaves open could not be found out.</exception>
    public OnnxSession(InferenceSession session, bool bindOnce)
    {
        _session = session;
        BindsOnce = bindOnce;
        try
        {
            Inputs = [.. session.InputNames.Select(name => DescribeInput(name, session.InputMetadata[name]))];
            long[] counts = [.. Inputs.Select(input => input.Dimensions[0]).Where(rows => rows >= 0).Distinct()];
            if (counts.Length > 1)
                throw new InvalidDataException($"The inputs of the graph have different numbers of rows: {string.Join("; ", Inputs.AsEnumerable())}.");
            FixedRows = counts.Length == 1 ? checked((int)counts[0]) : null;
            Outputs = [.. FindOutputs()];
            if (Inputs.Length == 0 || Outputs.Length == 0)
                throw new InvalidDataException("The graph has no input, or no output with a value per row.");
        }
        catch
        {
            session.Dispose();
            RunOptions.Dispose();
            throw;
        }
    }

    public OnnxTensorInfo[] Inputs { get; }

    /// <summary>Those that have one value, or one group of values, per row.</summary>
    public OnnxTensorInfo[] Outputs { get; }

    /// <summary>The number of rows that the graph demands; null when any number will do.</summary>
    public int? FixedRows { get; }

    /// <summary>
    /// Whether inputs stay bound from run to run. Only for the processor: another device would be given a copy when an input is bound,
    /// and go on with it when the values have changed.
    /// </summary>
    public bool BindsOnce { get; }

    public InferenceSession Session => _session;

    public RunOptions RunOptions { get; } = new();

    /// <summary>Before each use of <see cref="Session"/>.</summary>
    /// <exception cref="ObjectDisposedException">It has been disposed of.</exception>
    public void Enter()
    {
        int users;
        do
        {
            users = Volatile.Read(ref _users);
            ObjectDisposedException.ThrowIf(users == 0 || Volatile.Read(ref _disposed) != 0, typeof(OnnxScorer));
        }
        while (Interlocked.CompareExchange(ref _users, users + 1, users) != users);
    }

    /// <summary>After each use that began with <see cref="Enter"/>.</summary>
    public void Exit()
    {
        if (Interlocked.Decrement(ref _users) != 0)
            return;
        _session.Dispose();
        RunOptions.Dispose();
    }

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
            Exit();
    }

    private static OnnxTensorInfo DescribeInput(string name, NodeMetadata metadata)
    {
        Type? type = metadata.IsTensor ? OnnxElementTypes.TypeOf(metadata.ElementDataType) : null;
        if (type is null)
            throw new InvalidDataException($"The input '{name}' of the graph is a {Describe(metadata)}; tensors of numbers, booleans and text can be fed.");
        if (metadata.Dimensions.Length == 0)
            throw new InvalidDataException($"The input '{name}' of the graph is a single value; its first dimension must count rows.");
        if (metadata.Dimensions.Skip(1).Any(size => size <= 0))
        {
            string[] names = metadata.SymbolicDimensions;
            throw new InvalidDataException(
                $"The input '{name}' of the graph has the shape [{string.Join(", ", metadata.Dimensions.Select((size, axis) => size > 0 ? $"{size}" : axis < names.Length && names[axis].Length > 0 ? names[axis] : "?"))}]; "
                + $"every dimension but the first must have a size. {nameof(OnnxScorerOptions.ConfigureSession)} can give it one: AddFreeDimensionOverrideByName.");
        }

        return new OnnxTensorInfo(name, type, [.. metadata.Dimensions.Select((size, axis) => axis == 0 && size <= 0 ? -1L : size)]);
    }

    private static string Describe(NodeMetadata metadata)
        => metadata.IsTensor ? $"tensor of {metadata.ElementDataType}" : metadata.OnnxValueType.ToString();

    private IEnumerable<OnnxTensorInfo> FindOutputs()
    {
        string[] names =
        [
            .. _session.OutputNames.Where(name => _session.OutputMetadata[name] is { IsTensor: true } output
                && OnnxElementTypes.TypeOf(output.ElementDataType) is not null
                && output.Dimensions.Length > 0
                && (output.Dimensions[0] < 0 || output.Dimensions[0] == FixedRows)),
        ];
        bool known = names.All(name => _session.OutputMetadata[name].Dimensions.Skip(1).All(size => size > 0));
        long[][] shapes = known
            ? [.. names.Select(name => _session.OutputMetadata[name].Dimensions.Select(size => (long)size).ToArray())]
            : MeasureOutputs(names);
        for (int i = 0; i < names.Length; i++)
        {
            long[] dimensions = [.. shapes[i]];
            dimensions[0] = FixedRows ?? -1;
            yield return new OnnxTensorInfo(names[i], OnnxElementTypes.TypeOf(_session.OutputMetadata[names[i]].ElementDataType)!, dimensions);
        }
    }

    /// <summary>A graph may leave the sizes of its outputs open: a run with zeros tells them.</summary>
    private long[][] MeasureOutputs(string[] names)
    {
        int rows = FixedRows ?? 1;
        var values = new List<OrtValue>();
        try
        {
            foreach (OnnxTensorInfo input in Inputs)
            {
                long[] shape = [rows, .. input.Dimensions.Skip(1)];
                values.Add(input.ElementType == typeof(string)
                    ? OrtValue.CreateTensorWithEmptyStrings(OrtAllocator.DefaultInstance, shape)
                    : OrtValue.CreateAllocatedTensorValue(OrtAllocator.DefaultInstance, OnnxElementTypes.Find(input.ElementType), shape));
                if (input.ElementType != typeof(string))
                    values[^1].GetTensorMutableRawData().Clear();
            }

            using IDisposableReadOnlyCollection<OrtValue> outputs = _session.Run(RunOptions, [.. Inputs.Select(input => input.Name)], values, names);
            long[][] shapes = [.. outputs.Select(output => output.GetTensorTypeAndShape().Shape)];
            int wrong = Array.FindIndex(shapes, shape => shape.Length == 0 || shape[0] != rows || shape.Contains(0));
            return wrong < 0
                ? shapes
                : throw new InvalidDataException(
                    $"The output '{names[wrong]}' of the graph has an open size, and for {rows} rows of zeros or empty text the shape [{string.Join(", ", shapes[wrong])}]; "
                    + "every row must give one value, or a number of values that is the same for all rows.");
        }
        finally
        {
            values.ForEach(value => value.Dispose());
        }
    }
}
