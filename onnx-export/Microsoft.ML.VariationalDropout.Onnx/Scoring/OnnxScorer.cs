using System.Numerics;
using Microsoft.ML.OnnxRuntime;

namespace Microsoft.ML.Trainers.VariationalDropout.Onnx;

/// <summary>
/// Scores rows with an ONNX model on ONNX Runtime: in batches, with memory that is allocated once, on the first of several execution
/// providers that is available. Safe to use from many threads at a time.
/// </summary>
/// <remarks>
/// All dimensions of an input but the first, which counts rows, must have sizes. A graph whose first dimension is fixed is given that many
/// rows, with zeros where there are fewer. An output whose size the graph leaves open must have the same for all rows. Outputs that have no value per row, and such that are no tensors, are not offered.
/// </remarks>
/// <example>
/// <code language="csharp">
/// <![CDATA[
/// using OnnxScorer scorer = OnnxScorer.FromFile("model.onnx", new() { Providers = [ExecutionProvider.Cuda, ExecutionProvider.DirectML] });
/// foreach (ProviderAttempt attempt in scorer.Attempts)
///     Log(attempt.ToString());
/// scorer.Score(features, rows: 100, scores, "Score");
/// ]]>
/// </code>
/// </example>
public sealed class OnnxScorer : IDisposable
{
    private const string DefaultOutput = "Score";

    private readonly OnnxSession _session;
    private readonly BatchPool _pool;

    private OnnxScorer(OnnxModelSource source, OnnxScorerOptions? options)
    {
        options ??= new OnnxScorerOptions();
        IReadOnlyList<ExecutionProvider> order = options.Validate();
        (_session, Provider, Attempts) = ProviderSelection.Select(new OnnxProviderRuntime(source, options), order);
        _pool = new BatchPool(_session);
        MaximumBatchRows = _session.FixedRows ?? options.MaximumBatchRows;
        Metadata = new Dictionary<string, string>(_session.Session.ModelMetadata.CustomMetadataMap);
    }

    /// <summary>The execution provider that was chosen. ONNX Runtime may still run single operators on the processor.</summary>
    public ExecutionProvider Provider { get; }

    /// <summary>The providers that were tried, in this order, and why they were not available; <see cref="Provider"/> is the last.</summary>
    public IReadOnlyList<ProviderAttempt> Attempts { get; }

    /// <summary>What the graph takes.</summary>
    public IReadOnlyList<OnnxTensorInfo> Inputs => _session.Inputs;

    /// <summary>What the graph gives for each row.</summary>
    public IReadOnlyList<OnnxTensorInfo> Outputs => _session.Outputs;

    /// <summary>Rows that the model sees at a time, at most.</summary>
    public int MaximumBatchRows { get; }

    /// <summary>What the file says about itself: its <c>metadata_props</c>.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    internal OnnxSession Session => _session;

    /// <summary>Makes a scorer from a file; weights that lie beside it are found.</summary>
    /// <param name="path">Path of the file.</param>
    /// <param name="options">How to run it; null for the defaults.</param>
    /// <returns>The scorer.</returns>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">It is not an ONNX model, or one that this class cannot feed.</exception>
    /// <exception cref="ExecutionProviderException">None of the providers could run it.</exception>
    /// <exception cref="ArgumentException">An option is outside of its range.</exception>
    public static OnnxScorer FromFile(string path, OnnxScorerOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (!File.Exists(path))
            throw new FileNotFoundException($"There is no file '{path}'.", path);
        return new FileInfo(path).Length > 0
            ? new OnnxScorer(new OnnxModelSource(path, Bytes: null), options)
            : throw new InvalidDataException($"The file '{path}' is not an ONNX model: it is empty.");
    }

    /// <summary>Makes a scorer from the bytes of a file.</summary>
    /// <param name="model">The bytes; ONNX Runtime makes its own copy.</param>
    /// <param name="options">How to run it; null for the defaults.</param>
    /// <returns>The scorer.</returns>
    /// <exception cref="InvalidDataException">It is not an ONNX model, or one that this class cannot feed.</exception>
    /// <exception cref="ExecutionProviderException">None of the providers could run it.</exception>
    /// <exception cref="ArgumentException">An option is outside of its range.</exception>
    public static OnnxScorer FromBytes(byte[] model, OnnxScorerOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        return model.Length > 0
            ? new OnnxScorer(new OnnxModelSource(Path: null, model), options)
            : throw new InvalidDataException("The model is not an ONNX model: it is empty.");
    }

    /// <summary>Makes a scorer from what is left of a stream.</summary>
    /// <param name="stream">The stream; it is read to its end and stays open.</param>
    /// <param name="options">How to run it; null for the defaults.</param>
    /// <returns>The scorer.</returns>
    /// <exception cref="InvalidDataException">It is not an ONNX model, or one that this class cannot feed.</exception>
    /// <exception cref="ExecutionProviderException">None of the providers could run it.</exception>
    /// <exception cref="ArgumentException">An option is outside of its range.</exception>
    public static OnnxScorer FromStream(Stream stream, OnnxScorerOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(stream);
        using var bytes = new MemoryStream();
        stream.CopyTo(bytes);
        return FromBytes(bytes.ToArray(), options);
    }

    /// <summary>Scores rows of a graph that has one input, of <see cref="float"/>. After some calls nothing is allocated any more.</summary>
    /// <param name="features">[<paramref name="rows"/> × the input's <see cref="OnnxTensorInfo.RowSize"/>], row after row.</param>
    /// <param name="rows">How many rows, 0 or more; more than <see cref="MaximumBatchRows"/> run as several batches.</param>
    /// <param name="destination">Where the output goes: [<paramref name="rows"/> × its row size], row after row. It may be longer.</param>
    /// <param name="output">
    /// Name of an output of <see cref="float"/>, with or without <c>.output</c> at its end; null for the only one, or for <c>Score</c>.
    /// </param>
    /// <returns>How many numbers were written.</returns>
    /// <exception cref="ArgumentException">A length does not fit, or the graph has no such output.</exception>
    /// <exception cref="InvalidOperationException">The graph takes something else: use <see cref="CreateBatch"/>.</exception>
    /// <exception cref="ObjectDisposedException">The scorer has been disposed of.</exception>
    /// <exception cref="InvalidDataException">An output has another size than for rows of zeros.</exception>
    /// <exception cref="OnnxRuntimeException">ONNX Runtime failed.</exception>
    public int Score(ReadOnlySpan<float> features, int rows, Span<float> destination, string? output = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(rows);
        OnnxTensorInfo[] inputs = _session.Inputs;
        if (inputs.Length != 1 || inputs[0].ElementType != typeof(float))
            throw new InvalidOperationException($"{nameof(Score)} feeds one input of numbers, and the graph takes {string.Join("; ", inputs.AsEnumerable())}. Use {nameof(CreateBatch)}.");
        int outputIndex = output is null ? FindDefaultOutput() : OnnxNames.Find(output, _session.Outputs, "output");
        OnnxTensorInfo info = _session.Outputs[outputIndex];
        if (info.ElementType != typeof(float))
            throw new ArgumentException($"The output '{info.Name}' holds {info.ElementType.Name}, not {nameof(Single)}. Use {nameof(CreateBatch)}.", nameof(output));
        int inputSize = inputs[0].RowSize;
        if (features.Length != (long)rows * inputSize)
            throw new ArgumentException($"{rows} rows of the input '{inputs[0].Name}', each of {inputSize} numbers, take {(long)rows * inputSize} numbers; {features.Length} were given.", nameof(features));
        if (destination.Length < (long)rows * info.RowSize)
            throw new ArgumentException($"{rows} rows of the output '{info.Name}', each of {info.RowSize} numbers, take {(long)rows * info.RowSize} numbers; there is room for {destination.Length}.", nameof(destination));

        _session.Enter();
        try
        {
            OnnxBatch batch = _pool.Take(RoomFor(rows, MaximumBatchRows));
            try
            {
                for (int start = 0, count; start < rows; start += count)
                {
                    count = Math.Min(MaximumBatchRows, rows - start);
                    features.Slice(start * inputSize, count * inputSize).CopyTo(batch.GetInput<float>(0));
                    batch.RunEntered(count);
                    batch.GetOutput<float>(outputIndex).CopyTo(destination[(start * info.RowSize)..]);
                }
            }
            finally
            {
                _pool.Give(batch);
            }
        }
        finally
        {
            _session.Exit();
        }

        return rows * info.RowSize;
    }

    /// <summary>Makes room for rows of a graph with any inputs and outputs.</summary>
    /// <param name="maximumRows">Rows, in [1, <see cref="MaximumBatchRows"/>]; null for <see cref="MaximumBatchRows"/>.</param>
    /// <returns>The batch, for one thread at a time.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="maximumRows"/> is outside of its range.</exception>
    /// <exception cref="ObjectDisposedException">The scorer has been disposed of.</exception>
    public OnnxBatch CreateBatch(int? maximumRows = null)
    {
        int rows = maximumRows ?? MaximumBatchRows;
        if (rows < 1 || rows > MaximumBatchRows)
            throw new ArgumentOutOfRangeException(nameof(maximumRows), maximumRows, $"The number of rows must be in [1, {MaximumBatchRows}], as {nameof(OnnxScorerOptions.MaximumBatchRows)} has it; it is {rows}.");
        _session.Enter();
        _session.Exit();
        return new OnnxBatch(_session, rows);
    }

    /// <summary>
    /// Ends ONNX Runtime's profiling, which <see cref="OnnxScorerOptions.ConfigureSession"/> can begin (<c>ProfileOutputPathPrefix</c>,
    /// and only then <c>EnableProfiling</c>). The profile names the provider of every operator that ran: it alone tells what really computed.
    /// </summary>
    /// <returns>Path of the file, in the format of Chrome's trace events; empty when there was no profiling.</returns>
    /// <exception cref="ObjectDisposedException">The scorer has been disposed of.</exception>
    public string EndProfiling()
    {
        _session.Enter();
        try
        {
            return _session.Session.EndProfiling();
        }
        finally
        {
            _session.Exit();
        }
    }

    /// <summary>Ends the session; calls that are under way end first. Batches cannot run any more.</summary>
    public void Dispose()
    {
        _session.Dispose();
        _pool.Dispose();
    }

    /// <summary>Rows that a batch has room for. It grows by doubling, so that calls of ever more rows settle soon.</summary>
    internal static int RoomFor(int rows, int maximumRows)
        => (int)Math.Min((long)BitOperations.RoundUpToPowerOf2((uint)Math.Max(rows, 1)), maximumRows);

    private int FindDefaultOutput()
    {
        OnnxTensorInfo[] outputs = _session.Outputs;
        if (outputs.Length == 1)
            return 0;
        int index = OnnxNames.IndexOf(DefaultOutput, outputs);
        return index >= 0
            ? index
            : throw new ArgumentException($"The graph has several outputs and none is called {DefaultOutput}: name one of {string.Join("; ", outputs.AsEnumerable())}.", "output");
    }
}
