using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Microsoft.ML.OnnxRuntime;

namespace Microsoft.ML.Trainers.VariationalDropout.Onnx;

/// <summary>
/// Rows for a graph with inputs and outputs of any number and type: fill the inputs, run, read the outputs. The memory is allocated once
/// and used again by every run. For one thread at a time; a scorer makes as many batches as are wanted.
/// </summary>
/// <example>
/// <code language="csharp">
/// <![CDATA[
/// using OnnxBatch batch = scorer.CreateBatch(maximumRows: 2);
/// new[] { 0.5f, 1.5f }.CopyTo(batch.GetInput<float>("Age"));
/// batch.GetInput<ReadOnlyMemory<char>>("City")[0] = "Oslo".AsMemory();
/// batch.GetInput<ReadOnlyMemory<char>>("City")[1] = "Lima".AsMemory();
/// batch.Run(rows: 2);
/// ReadOnlySpan<float> scores = batch.GetOutput<float>("Score");
/// ]]>
/// </code>
/// </example>
public sealed class OnnxBatch : IDisposable
{
    /// <summary>Numbers of rows for which tensors are kept: a full batch, and what is left at the end, and some more.</summary>
    private const int KeptShapes = 8;

    private readonly OnnxSession _session;
    private readonly Buffer[] _inputs;
    private readonly Buffer[] _outputs;
    private readonly string[] _inputNames;
    private readonly string[] _outputNames;
    private readonly Shape?[] _shapes = new Shape?[KeptShapes];
    private int _oldestShape;
    private Shape? _ran;
    private int _rows;
    private bool _disposed;

    internal OnnxBatch(OnnxSession session, int maximumRows)
    {
        _session = session;
        _inputs = [.. session.Inputs.Select(info => new Buffer(info))];
        _outputs = [.. session.Outputs.Select(info => new Buffer(info))];
        _inputNames = [.. session.Inputs.Select(info => info.Name)];
        _outputNames = [.. session.Outputs.Select(info => info.Name)];
        Allocate(maximumRows);
    }

    /// <summary>Rows that it has room for.</summary>
    public int MaximumRows { get; private set; }

    /// <summary>The values of an input, to be filled before <see cref="Run"/>. They keep what was filled in last.</summary>
    /// <typeparam name="T">
    /// The element type: a number type, <see cref="Half"/>, <see cref="bool"/>, or <see cref="ReadOnlyMemory{T}"/> of characters for text.
    /// </typeparam>
    /// <param name="name">The input's name in the graph.</param>
    /// <returns>[<see cref="MaximumRows"/> × <see cref="OnnxTensorInfo.RowSize"/>], row after row; the first rows are those that run.</returns>
    /// <exception cref="ArgumentException">The graph has no such input, or one of another type.</exception>
    /// <exception cref="ObjectDisposedException">The batch has been disposed of.</exception>
    public Span<T> GetInput<T>(string name)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        Buffer buffer = _inputs[OnnxNames.Find(name, _session.Inputs, "input")];
        Span<T> values = buffer.Values<T>("input", MaximumRows);
        buffer.Given = true;
        return values;
    }

    /// <summary>The values of an output in the rows of the last <see cref="Run"/>; they change with the next.</summary>
    /// <typeparam name="T">The element type, as for <see cref="GetInput{T}(string)"/>.</typeparam>
    /// <param name="name">The output's name in the graph, with or without <c>.output</c> at its end.</param>
    /// <returns>[rows × <see cref="OnnxTensorInfo.RowSize"/>], row after row.</returns>
    /// <exception cref="ArgumentException">The graph has no such output, or one of another type.</exception>
    /// <exception cref="InvalidOperationException">Nothing was run.</exception>
    /// <exception cref="ObjectDisposedException">The batch has been disposed of.</exception>
    public ReadOnlySpan<T> GetOutput<T>(string name)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        return GetOutput<T>(OnnxNames.Find(name, _session.Outputs, "output"));
    }

    /// <summary>Scores the first rows.</summary>
    /// <param name="rows">How many, in [1, <see cref="MaximumRows"/>].</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="rows"/> is outside of its range.</exception>
    /// <exception cref="InvalidOperationException">An input was never filled.</exception>
    /// <exception cref="ObjectDisposedException">The batch or its scorer has been disposed of.</exception>
    /// <exception cref="InvalidDataException">An output has another size than for rows of zeros.</exception>
    /// <exception cref="OnnxRuntimeException">ONNX Runtime failed.</exception>
    public void Run(int rows)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (rows < 1 || rows > MaximumRows)
            throw new ArgumentOutOfRangeException(nameof(rows), rows, $"The number of rows must be in [1, {MaximumRows}]; it is {rows}.");
        foreach (Buffer input in _inputs)
        {
            if (!input.Given)
                throw new InvalidOperationException($"The input '{input.Info.Name}' is missing: the graph needs {string.Join("; ", _inputNames)}, and it was never filled.");
        }

        _session.Enter();
        try
        {
            RunEntered(rows);
        }
        finally
        {
            _session.Exit();
        }
    }

    /// <summary>Frees the tensors.</summary>
    public void Dispose()
    {
        if (_disposed)
            return;
        _disposed = true;
        DropShapes();
    }

    /// <summary><see cref="Run"/> between the session's <see cref="OnnxSession.Enter"/> and <see cref="OnnxSession.Exit"/>.</summary>
    internal void RunEntered(int rows)
    {
        _ran = null;
        Shape shape = FindShape(_session.FixedRows ?? rows);
        for (int i = 0; i < _inputs.Length; i++)
            _inputs[i].Hand(shape.Inputs[i], rows, shape.Rows);
        try
        {
            if (shape.Binding is OrtIoBinding binding)
                _session.Session.RunWithBinding(_session.RunOptions, binding);
            else
                _session.Session.Run(_session.RunOptions, _inputNames, shape.Inputs, _outputNames, shape.Outputs);
        }
        catch (OnnxRuntimeException error)
        {
            ThrowIfSizesDiffer(shape, error);
            throw;
        }

        foreach (Buffer output in _outputs)
            output.IsRead = false;
        _ran = shape;
        _rows = rows;
    }

    /// <summary>Makes room for more rows; what was filled in is lost.</summary>
    internal void EnsureRows(int rows)
    {
        if (rows <= MaximumRows)
            return;
        DropShapes();
        Allocate(rows);
    }

    /// <summary>Lets all inputs count as filled, with zeros and empty text where nothing else was.</summary>
    internal void AcceptZeros()
    {
        foreach (Buffer input in _inputs)
            input.Given = true;
    }

    internal Span<T> GetInput<T>(int index)
    {
        _inputs[index].Given = true;
        return _inputs[index].Values<T>("input", MaximumRows);
    }

    internal ReadOnlySpan<T> GetOutput<T>(int index)
    {
        Buffer buffer = _outputs[index];
        Span<T> values = buffer.Values<T>("output", MaximumRows);
        if (_ran is null)
            throw new InvalidOperationException("The batch has no outputs: nothing was run, or the last run failed.");
        buffer.Take(_ran.Outputs[index], _rows);
        return values[..(_rows * buffer.Info.RowSize)];
    }

    /// <summary>ONNX Runtime does not tell which output did not fit into its memory; a run that makes its own tells.</summary>
    private void ThrowIfSizesDiffer(Shape shape, OnnxRuntimeException error)
    {
        IDisposableReadOnlyCollection<OrtValue> outputs;
        try
        {
            outputs = _session.Session.Run(_session.RunOptions, _inputNames, shape.Inputs, _outputNames);
        }
        catch (OnnxRuntimeException)
        {
            // Something else is wrong: the first error stands.
            return;
        }

        using (outputs)
        {
            for (int i = 0; i < _outputs.Length; i++)
            {
                long[] actual = outputs[i].GetTensorTypeAndShape().Shape, expected = shape.Outputs[i].GetTensorTypeAndShape().Shape;
                if (!actual.AsSpan().SequenceEqual(expected))
                {
                    throw new InvalidDataException(
                        $"The output '{_outputNames[i]}' has the shape [{string.Join(", ", actual)}] for {shape.Rows} rows, where [{string.Join(", ", expected)}] was expected: its size depends on the values of the rows.", error);
                }
            }
        }
    }

    private void Allocate(int rows)
    {
        MaximumRows = rows;
        int room = Math.Max(rows, _session.FixedRows ?? 0);
        foreach (Buffer buffer in _inputs.Concat(_outputs))
            buffer.Allocate(room);
    }

    private Shape FindShape(int rows)
    {
        foreach (Shape? shape in _shapes)
        {
            if (shape?.Rows == rows)
                return shape;
        }

        _shapes[_oldestShape]?.Dispose();
        _shapes[_oldestShape] = null;
        var created = new Shape(_session, rows, _inputs, _outputs);
        _shapes[_oldestShape] = created;
        _oldestShape = (_oldestShape + 1) % KeptShapes;
        return created;
    }

    private void DropShapes()
    {
        _ran = null;
        foreach (Shape? shape in _shapes)
            shape?.Dispose();
        Array.Clear(_shapes);
    }

    /// <summary>The memory of one input or output. Numbers are where the tensors are; text is copied to and from them.</summary>
    private sealed class Buffer(OnnxTensorInfo info)
    {
        /// <summary>Of a cache line, and of the widest vectors.</summary>
        private const int Alignment = 64;

        private readonly int _elementSize = OnnxElementTypes.SizeOf(OnnxElementTypes.Find(info.ElementType));
        private byte[] _bytes = [];
        private int _start;
        private ReadOnlyMemory<char>[] _texts = [];
        private RecentTexts? _recentTexts;

        public OnnxTensorInfo Info => info;

        public bool Given { get; set; }

        /// <summary>Of an output of text: whether it has been copied out since the last run.</summary>
        public bool IsRead { get; set; }

        public bool IsText => _elementSize == 0;

        public unsafe void Allocate(int rows)
        {
            int count = checked(rows * info.RowSize);
            if (IsText)
            {
                _texts = new ReadOnlyMemory<char>[count];
                return;
            }

            _bytes = GC.AllocateArray<byte>(checked((count * _elementSize) + Alignment), pinned: true);
            nuint address = (nuint)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(_bytes));
            _start = (int)((Alignment - (address % Alignment)) % Alignment);
        }

        public Span<T> Values<T>(string kind, int rows)
        {
            int count = rows * info.RowSize;
            if (typeof(T) == typeof(ReadOnlyMemory<char>) ? IsText : typeof(T) == info.ElementType && !IsText)
            {
                return IsText
                    ? MemoryMarshal.CreateSpan(ref Unsafe.As<ReadOnlyMemory<char>, T>(ref MemoryMarshal.GetArrayDataReference(_texts)), count)
                    : MemoryMarshal.CreateSpan(ref Unsafe.As<byte, T>(ref _bytes[_start]), count);
            }

            string expected = IsText ? "text, that is ReadOnlyMemory<char>" : info.ElementType.Name;
            throw new ArgumentException($"The {kind} '{info.Name}' holds {expected}, not {typeof(T).Name}.", nameof(T));
        }

        public unsafe OrtValue CreateTensor(int rows)
        {
            long[] shape = [.. info.Dimensions];
            shape[0] = rows;
            if (IsText)
                return OrtValue.CreateTensorWithEmptyStrings(OrtAllocator.DefaultInstance, shape);

            // The array is pinned for as long as it lives, which is longer than the tensor.
            var address = (nint)Unsafe.AsPointer(ref _bytes[_start]);
            return OrtValue.CreateTensorValueWithData(
                OrtMemoryInfo.DefaultInstance, OnnxElementTypes.Find(info.ElementType), shape, address, (long)rows * info.RowSize * _elementSize);
        }

        /// <summary>Before a run: text goes into the tensor, and rows that only fill a fixed size become zeros.</summary>
        public void Hand(OrtValue tensor, int rows, int allRows)
        {
            int used = rows * info.RowSize;
            int all = allRows * info.RowSize;
            if (!IsText)
            {
                if (used < all)
                    _bytes.AsSpan(_start + (used * _elementSize), (all - used) * _elementSize).Clear();
                return;
            }

            for (int i = 0; i < all; i++)
                tensor.StringTensorSetElementAt(i < used ? _texts[i].Span : default, i);
        }

        /// <summary>After a run: text comes out of the tensor, when somebody asks.</summary>
        public void Take(OrtValue tensor, int rows)
        {
            if (!IsText || IsRead)
                return;
            _recentTexts ??= new RecentTexts();
            for (int i = 0; i < rows * info.RowSize; i++)
                _texts[i] = _recentTexts.Decode(tensor.GetStringElementAsSpan(i));
            IsRead = true;
        }
    }

    /// <summary>The tensors for one number of rows, over the memory of the buffers.</summary>
    private sealed class Shape : IDisposable
    {
        public Shape(OnnxSession session, int rows, Buffer[] inputs, Buffer[] outputs)
        {
            Rows = rows;
            Inputs = new OrtValue[inputs.Length];
            Outputs = new OrtValue[outputs.Length];
            try
            {
                for (int i = 0; i < inputs.Length; i++)
                    Inputs[i] = inputs[i].CreateTensor(rows);
                for (int i = 0; i < outputs.Length; i++)
                    Outputs[i] = outputs[i].CreateTensor(rows);
                if (!session.BindsOnce)
                    return;
                Binding = session.Session.CreateIoBinding();
                for (int i = 0; i < inputs.Length; i++)
                    Binding.BindInput(inputs[i].Info.Name, Inputs[i]);
                for (int i = 0; i < outputs.Length; i++)
                    Binding.BindOutput(outputs[i].Info.Name, Outputs[i]);
            }
            catch
            {
                Dispose();
                throw;
            }
        }

        public int Rows { get; }

        public OrtValue[] Inputs { get; }

        public OrtValue[] Outputs { get; }

        public OrtIoBinding? Binding { get; }

        public void Dispose()
        {
            Binding?.Dispose();
            foreach (OrtValue? value in Inputs.Concat(Outputs))
                value?.Dispose();
        }
    }
}
