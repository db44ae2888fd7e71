using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;

namespace Microsoft.ML.Trainers.VariationalDropout.Data;

/// <summary>
/// Rows of features with a label and a weight each, in blocks of consecutive rows so that growing never copies. Dense, or sparse: then only
/// the features that are not zero are held, and memory grows with them alone.
/// </summary>
/// <remarks>
/// A row is one stretch of numbers: weight, label and features, sparse ones as values and then indices. Within a <see cref="MemoryBudget"/> all blocks
/// are in memory. A set that outgrows it is in a file, and a row can be read while its block is in memory: <see cref="Runs"/> and
/// <see cref="RowOrder"/> see to that. The file goes with the budget.
/// </remarks>
internal sealed class TrainingSet
{
    private const int MaximumRowsPerBlock = 1 << 15;

    /// <summary>Blocks that <see cref="Runs"/> reads at once.</summary>
    private const int BlocksOfRun = 8;

    /// <summary>A sparse block in memory leaves no more than the 64th part of it empty.</summary>
    private const int LargestWaste = 64;

    /// <summary>As many as a quarter of a usual second-level cache holds.</summary>
    private const int MostNumbersToPrefetch = 1 << 16;

    /// <summary>Rows from one entry of <see cref="_blocksByRow"/> to the next.</summary>
    private const int RowsPerEntry = 64;

    private readonly MemoryBudget? _budget;
    private readonly List<Block> _blocks = [];
    private readonly int _head;

    /// <summary>Dense: numbers of a row, and the logarithm of the rows of a block.</summary>
    private readonly int _stride;
    private readonly int _logRowsPerBlock;

    /// <summary>Sparse: the block of every 64th row.</summary>
    private readonly List<int> _blocksByRow = [];

    private readonly Stack<float[]> _spareNumbers = [];

    /// <summary>What large rows are read into, by its length. Other blocks do not get it: in the end all of them would have as much.</summary>
    private readonly Dictionary<int, Stack<float[]>> _spareLargeNumbers = [];
    private readonly Stack<int[]> _spareStarts = [];
    private readonly float[] _firstLabels;
    private readonly bool[] _hasOneLabel;
    private long _taken;
    private long _rentedNumbers;
    private long _oversize;
    private int _longestBlock;
    private BlockFile? _file;
    private Func<float, float, float>? _reweigh;

    /// <param name="featureCount">Features of a row.</param>
    /// <param name="labelCount">Numbers that a label consists of.</param>
    /// <param name="isSparse">Whether rows are held as indices and values.</param>
    /// <param name="layout">Sizes of blocks and windows.</param>
    /// <param name="budget">The memory to keep within; null for as much as the rows need.</param>
    public TrainingSet(int featureCount, int labelCount = 1, bool isSparse = false, BlockLayout? layout = null, MemoryBudget? budget = null)
    {
        FeatureCount = featureCount;
        LabelCount = labelCount;
        IsSparse = isSparse;
        Layout = layout ?? BlockLayout.Default;
        _budget = budget;
        _head = 1 + labelCount;
        _stride = checked(_head + (isSparse ? 0 : featureCount));
        _logRowsPerBlock = BitOperations.Log2((uint)Math.Clamp(Layout.BlockNumbers / _stride, 1, MaximumRowsPerBlock));
        _firstLabels = new float[labelCount];
        _hasOneLabel = new bool[labelCount];
        Array.Fill(_hasOneLabel, true);
    }

    public int FeatureCount { get; }

    public int LabelCount { get; }

    public bool IsSparse { get; }

    public BlockLayout Layout { get; }

    public int RowCount { get; private set; }

    /// <summary>Features that are held: rows × features, or those that are not zero.</summary>
    public long StoredFeatureCount { get; private set; }

    /// <summary>Blocks of consecutive rows.</summary>
    public int BlockCount => _blocks.Count;

    /// <summary>Whether the rows are in a file, and in memory only while they are used.</summary>
    public bool IsInFile => _file is not null;

    /// <summary>Blocks whose rows are in memory.</summary>
    public int BlocksInMemory => _blocks.Count(block => block.Numbers is not null);

    /// <summary>Of a set in a file: numbers for which it has memory, those that are being read and what is spare included.</summary>
    public long NumbersInMemory => _rentedNumbers + _spareLargeNumbers.Values.Append(_spareNumbers).Sum(spare => spare.Sum(numbers => (long)numbers.Length));

    private int NumbersPerBlock => IsSparse ? Layout.BlockNumbers : _stride << _logRowsPerBlock;

    private int StartsPerBlock => Math.Min(Layout.BlockNumbers, MaximumRowsPerBlock) + 1;

    /// <summary>The first row of a block; for <see cref="BlockCount"/> the number of rows.</summary>
    public int FirstRow(int block) => block == _blocks.Count ? RowCount : _blocks[block].FirstRow;

    /// <summary>All features of a row of a dense set.</summary>
    public ReadOnlySpan<float> Features(int row)
        => IsSparse ? throw new InvalidOperationException("A sparse training set has no dense rows.") : Numbers(row)[_head..];

    /// <summary>The features of a row of a sparse set that are not zero, in ascending order of their index.</summary>
    public ReadOnlySpan<float> SparseFeatures(int row, out ReadOnlySpan<int> indices)
    {
        Span<float> features = Numbers(row)[_head..];
        int count = features.Length / 2;
        indices = MemoryMarshal.Cast<float, int>(features[count..]);
        return features[..count];
    }

    /// <summary>The label of a row: a class index counted from 0, 0 or 1, or the targets; [LabelCount].</summary>
    public ReadOnlySpan<float> Labels(int row) => Numbers(row)[1.._head];

    /// <summary>The first number of the label.</summary>
    public float Label(int row) => Numbers(row)[1];

    public float Weight(int row) => Numbers(row)[0];

    /// <summary>Whether a number of the label is the same in all rows.</summary>
    public bool HasOneLabel(int number) => _hasOneLabel[number];

    /// <summary>A number of the first row's label.</summary>
    public float FirstLabel(int number) => _firstLabels[number];

    /// <summary>Gives every row the weight that <paramref name="weight"/> makes of its label and its weight; of a set in a file, whenever it is read.</summary>
    public void Reweigh(Func<float, float, float> weight)
    {
        _reweigh = weight;
        foreach (Block block in _blocks)
            Reweigh(block);
    }

    /// <summary>Adds a row to a dense set and returns its features, all zero, for the caller to fill in.</summary>
    public Span<float> Add(float label, float weight) => Add(new ReadOnlySpan<float>(in label), weight);

    /// <summary>Adds a row to a dense set and returns its features, all zero, for the caller to fill in.</summary>
    public Span<float> Add(scoped ReadOnlySpan<float> labels, float weight)
    {
        int within = RowCount & ((1 << _logRowsPerBlock) - 1);
        if (within == 0)
            Open(NumbersPerBlock);
        StoredFeatureCount += FeatureCount;
        return AddHead(_blocks[^1], _stride, labels, weight)[_head..];
    }

    /// <summary>Adds a row to a sparse set.</summary>
    /// <param name="labels">The label.</param>
    /// <param name="weight">The weight.</param>
    /// <param name="indices">Ascending, each in [0, FeatureCount).</param>
    /// <param name="values">The features of those indices; those that are zero are left out.</param>
    public void AddSparse(ReadOnlySpan<float> labels, float weight, ReadOnlySpan<int> indices, ReadOnlySpan<float> values)
    {
        int count = values.Length - values.Count(0f);
        int length = checked(_head + (2 * count));
        if (_blocks.Count == 0 || !_blocks[^1].HasRoomFor(length, Layout.BlockNumbers))
            Open(Math.Max(Layout.BlockNumbers, length));
        Block block = _blocks[^1];
        if (RowCount % RowsPerEntry == 0)
            _blocksByRow.Add(_blocks.Count - 1);
        Span<float> features = AddHead(block, length, labels, weight)[_head..];
        block.Starts![block.Rows] = block.Length;
        Span<int> places = MemoryMarshal.Cast<float, int>(features[count..]);
        for (int i = 0, n = 0; i < values.Length; i++)
        {
            if (values[i] != 0)
                (features[n], places[n++]) = (values[i], indices[i]);
        }

        StoredFeatureCount += count;
    }

    /// <summary>Ends the adding of rows: what is left of a set in a file goes there too.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The budget does not hold what must be in memory at once.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public void Complete()
    {
        Close();
        if (_file is not null)
        {
            _budget!.RequireWindow(LeastBytes());
            return;
        }

        _spareNumbers.Clear();
        _spareStarts.Clear();
    }

    /// <summary>A sparse set's rows in a dense set; none can be added to the sparse one afterwards.</summary>
    public TrainingSet ToDense()
    {
        Close();
        var result = new TrainingSet(FeatureCount, LabelCount, isSparse: false, Layout, _budget);
        foreach (var (first, end) in Runs())
        {
            for (int row = first; row < end; row++)
            {
                ReadOnlySpan<float> values = SparseFeatures(row, out ReadOnlySpan<int> indices);
                Span<float> features = result.Add(Labels(row), Weight(row));
                for (int n = 0; n < values.Length; n++)
                    features[indices[n]] = values[n];
            }
        }

        return result;
    }

    /// <summary>All rows in their order, in runs [First, End): a run's rows are in memory until the next run.</summary>
    public IEnumerable<(int First, int End)> Runs()
    {
        if (_file is null)
        {
            yield return (0, RowCount);
            yield break;
        }

        int[] blocks = [.. Enumerable.Range(0, BlockCount)];
        using var loader = new BlockLoader(this, blocks, (blocks.Length + BlocksOfRun - 1) / BlocksOfRun);
        for (int group = 0; group < loader.Count; group++)
        {
            loader.Load(group);
            loader.Release(group);
            loader.ReadAhead(group + 1);
            ReadOnlySpan<int> loaded = loader.Blocks(group);
            yield return (FirstRow(loaded[0]), FirstRow(loaded[^1] + 1));
        }
    }

    /// <summary>Has the processor fetch rows that are needed soon. Wide rows it fetches well enough by itself.</summary>
    public unsafe void Prefetch(ReadOnlySpan<int> rows)
    {
        const int CacheLine = 64;
        if (!Sse.IsSupported || rows.Length == 0 || (long)rows.Length * Numbers(rows[0]).Length > MostNumbersToPrefetch)
            return;
        foreach (int row in rows)
        {
            // An address that is no longer the row's does no harm.
            Span<float> numbers = Numbers(row);
            byte* start = (byte*)Unsafe.AsPointer(ref numbers[0]), end = start + (numbers.Length * sizeof(float));
            for (byte* line = start; line < end; line += CacheLine)
                Sse.Prefetch1(line);
        }
    }

    /// <summary>Gives back what it has of the budget: its rows are not needed any more.</summary>
    public void Discard()
    {
        _file?.Dispose();
        _budget?.Return(_taken);
        _taken = 0;
        _blocks.Clear();
    }

    /// <summary>Memory for a block of a set in a file to be read into.</summary>
    internal (float[] Numbers, int[] Starts) Rent(int block)
    {
        int capacity = CapacityFor(_blocks[block].Length);
        if (!SpareNumbers(capacity).TryPop(out float[]? numbers))
            numbers = GC.AllocateUninitializedArray<float>(capacity);
        _rentedNumbers += numbers.Length;
        int count = IsSparse ? _blocks[block].Rows + 1 : 0;
        if (count == 0)
            return (numbers, []);
        if (!_spareStarts.TryPop(out int[]? starts) || starts.Length < count)
            starts = GC.AllocateUninitializedArray<int>((int)BitOperations.RoundUpToPowerOf2((uint)count));
        return (numbers, starts);
    }

    /// <summary>Reads a block from the file, on any thread.</summary>
    internal void Read(int block, float[] numbers, int[] starts)
        => _file!.Read(_blocks[block].Position, numbers.AsSpan(0, _blocks[block].Length), starts.AsSpan(0, IsSparse ? _blocks[block].Rows + 1 : 0));

    /// <summary>Puts a block that was read into its place.</summary>
    internal void Place(int block, float[] numbers, int[] starts)
    {
        (_blocks[block].Numbers, _blocks[block].Starts) = (numbers, starts);
        Reweigh(_blocks[block]);
    }

    /// <summary>Takes a block's memory back.</summary>
    internal void Release(int block)
    {
        Recycle(_blocks[block].Numbers!, _blocks[block].Starts!);
        (_blocks[block].Numbers, _blocks[block].Starts) = (null, null);
    }

    /// <summary>Takes back memory that was rented.</summary>
    internal void Recycle(float[] numbers, int[] starts)
    {
        _rentedNumbers -= numbers.Length;
        SpareNumbers(numbers.Length).Push(numbers);
        if (IsSparse)
            _spareStarts.Push(starts);
    }

    internal void ThrowIfCancelled() => _budget?.ThrowIfCancelled();

    /// <summary>A row's numbers: weight, label, features.</summary>
    private Span<float> Numbers(int row)
    {
        if (!IsSparse)
        {
            int within = row & ((1 << _logRowsPerBlock) - 1);
            return InMemory(_blocks[row >> _logRowsPerBlock]).AsSpan(within * _stride, _stride);
        }

        int index = _blocksByRow[row / RowsPerEntry];
        while (index + 1 < _blocks.Count && _blocks[index + 1].FirstRow <= row)
            index++;
        Block block = _blocks[index];
        float[] numbers = InMemory(block);
        int start = block.Starts![row - block.FirstRow];
        return numbers.AsSpan(start, block.Starts[row - block.FirstRow + 1] - start);
    }

    /// <summary>Numbers of the memory that a block in a file is read into: more than the usual ones for a row that is larger, whose length few others have.</summary>
    private int CapacityFor(int length) => length <= NumbersPerBlock ? NumbersPerBlock : (int)Math.Min((uint)Array.MaxLength, BitOperations.RoundUpToPowerOf2((uint)length));

    private Stack<float[]> SpareNumbers(int capacity)
    {
        if (capacity == NumbersPerBlock)
            return _spareNumbers;
        if (!_spareLargeNumbers.TryGetValue(capacity, out Stack<float[]>? spare))
            _spareLargeNumbers.Add(capacity, spare = []);
        return spare;
    }

    private static float[] InMemory(Block block) => block.Numbers ?? throw new InvalidOperationException("The row is not in memory.");

    private Span<float> AddHead(Block block, int length, scoped ReadOnlySpan<float> labels, float weight)
    {
        for (int t = 0; t < labels.Length; t++)
        {
            if (RowCount == 0)
                _firstLabels[t] = labels[t];
            _hasOneLabel[t] &= labels[t] == _firstLabels[t];
        }

        Span<float> numbers = block.Numbers.AsSpan(block.Length, length);
        numbers[0] = weight;
        labels.CopyTo(numbers[1..]);
        block.Length += length;
        block.Rows++;
        RowCount++;
        return numbers;
    }

    /// <summary>Begins a block, in the memory of the one before where that went to the file, or was copied.</summary>
    private void Open(int length)
    {
        Close();
        if (!_spareNumbers.TryPop(out float[]? numbers) || numbers.Length < length)
            numbers = new float[length];
        else if (!IsSparse)
            Array.Clear(numbers);
        int[]? starts = null;
        if (IsSparse && !_spareStarts.TryPop(out starts))
            starts = new int[StartsPerBlock];
        _blocks.Add(new Block { FirstRow = RowCount, Numbers = numbers, Starts = starts });
    }

    /// <summary>Ends the last block. A sparse one that leaves too much of its memory empty is copied into memory of its own size.</summary>
    private void Close()
    {
        if (_blocks.Count == 0 || _blocks[^1] is not { IsClosed: false } block)
            return;
        block.IsClosed = true;
        _longestBlock = Math.Max(_longestBlock, block.Length);
        _oversize += Math.Max(0, block.Length - NumbersPerBlock);
        if (_file is null && _budget is not null)
        {
            if (_budget.TryTake(block.Bytes))
                _taken += block.Bytes;
            else
                MoveToFile();
        }

        if (_file is not null)
        {
            Write(block);
        }
        else if (IsSparse)
        {
            if (block.Length < block.Numbers!.Length - (block.Numbers.Length / LargestWaste))
            {
                _spareNumbers.Push(block.Numbers);
                block.Numbers = block.Numbers.AsSpan(0, block.Length).ToArray();
            }

            _spareStarts.Push(block.Starts!);
            block.Starts = block.Starts.AsSpan(0, block.Rows + 1).ToArray();
        }
    }

    private void MoveToFile()
    {
        long least = LeastBytes();
        _budget!.RequireWindow(least);
        _budget.Return(_taken);
        _taken = _budget.TryTake(least) ? least : 0;
        _file = _budget.CreateFile();
        foreach (Block block in _blocks.Take(_blocks.Count - 1))
        {
            // It may be half of the machine's memory.
            _budget.ThrowIfCancelled();
            Write(block);
        }
    }

    private void Write(Block block)
    {
        block.Position = _file!.Append(block.Numbers.AsSpan(0, block.Length), block.Starts.AsSpan(0, IsSparse ? block.Rows + 1 : 0));
        if (block.Numbers!.Length == NumbersPerBlock && _spareNumbers.Count < 2 * Layout.WindowBlocks)
            _spareNumbers.Push(block.Numbers);
        if (IsSparse && block.Starts!.Length == StartsPerBlock && _spareStarts.Count == 0)
            _spareStarts.Push(block.Starts);
        (block.Numbers, block.Starts) = (null, null);
    }

    /// <summary>What has to be in memory at once: two windows and, where it reaches over more than one, a minibatch.</summary>
    private long LeastBytes()
    {
        long windows = 2L * Layout.WindowBlocks;
        long numbers = (windows * NumbersPerBlock) + Math.Min(_oversize, windows * Math.Max(0, _longestBlock - NumbersPerBlock));
        long batch = _budget!.BatchSize * (long)(_head + (StoredFeatureCount * (IsSparse ? 2 : 1) / Math.Max(1, RowCount)));
        return (numbers + (batch > numbers / 2 ? batch : 0)) * sizeof(float);
    }

    private void Reweigh(Block block)
    {
        if (_reweigh is null || block.Numbers is null)
            return;
        for (int row = 0; row < block.Rows; row++)
        {
            Span<float> numbers = block.Numbers.AsSpan(IsSparse ? block.Starts![row] : row * _stride);
            numbers[0] = _reweigh(numbers[1], numbers[0]);
        }
    }

    private sealed class Block
    {
        public required int FirstRow { get; init; }

        public int Rows { get; set; }

        /// <summary>Numbers in use.</summary>
        public int Length { get; set; }

        public bool IsClosed { get; set; }

        /// <summary>Where it is in the file.</summary>
        public long Position { get; set; }

        /// <summary>The rows, one after the other; null while they are in the file alone.</summary>
        public float[]? Numbers { get; set; }

        /// <summary>Sparse: where each row starts, and where the last one ends.</summary>
        public int[]? Starts { get; set; }

        public long Bytes => ((long)Length + (Starts is null ? 0 : Rows + 1)) * sizeof(float);

        /// <summary>Whether a row more fits into a sparse block.</summary>
        public bool HasRoomFor(int length, int capacity) => !IsClosed && Rows + 1 < Starts!.Length && (long)Length + length + Rows + 2 <= capacity;
    }
}
