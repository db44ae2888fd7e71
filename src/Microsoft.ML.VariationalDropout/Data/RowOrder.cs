using Microsoft.ML.Trainers.VariationalDropout.Numerics;

namespace Microsoft.ML.Trainers.VariationalDropout.Data;

/// <summary>The order in which an epoch visits the rows to train on.</summary>
/// <remarks>
/// The blocks of the set are put into a random order and cut into windows of up to <see cref="BlockLayout.WindowBlocks"/> blocks, as even as can be;
/// the rows of a window are then put into a random order. So a set of one window is shuffled as a whole; of a larger one, a minibatch is
/// drawn from as many places all over the set as a window has blocks. The order depends on seed, epoch, rows (and which of them are kept aside) and
/// blocks alone: not on the memory, nor on the minibatches.
/// </remarks>
/// <param name="data">The set, complete.</param>
/// <param name="split">Which rows are kept aside.</param>
/// <param name="seed">The seed.</param>
/// <param name="shuffle">False to keep to the order of the rows.</param>
internal sealed class RowOrder(TrainingSet data, RowSplit split, uint seed, bool shuffle)
{
    private readonly int[] _blocks = new int[data.BlockCount];
    private int[] _rows = [];

    /// <summary>The rows of an epoch in minibatches of <paramref name="batchSize"/>, the last one shorter; each is in memory until the next is asked for.</summary>
    public IEnumerable<ReadOnlyMemory<int>> Minibatches(int epoch, int batchSize)
    {
        for (int block = 0; block < _blocks.Length; block++)
            _blocks[block] = block;
        if (shuffle)
            new CounterRandom(seed, NoiseStream.BlockShuffle, (uint)epoch).Shuffle(_blocks);
        int windowBlocks = data.Layout.WindowBlocks;
        using var loader = new BlockLoader(data, _blocks, (_blocks.Length + windowBlocks - 1) / windowBlocks);
        int left = 0;
        for (int window = 0; window < loader.Count; window++)
        {
            loader.Load(window);
            int count = AddWindow(loader.Blocks(window), epoch, window, left);
            bool isLast = window == loader.Count - 1;
            bool holdsEarlier = left > 0;
            if (!holdsEarlier)
                MoveOn(loader, window);
            int first = 0;
            for (; first < count && (isLast || first + batchSize <= count); first += batchSize)
            {
                if (first + batchSize < count)
                    data.Prefetch(_rows.AsSpan(first + batchSize, Math.Min(batchSize, count - first - batchSize)));
                yield return _rows.AsMemory(first, Math.Min(batchSize, count - first));
                if (holdsEarlier)
                    MoveOn(loader, window);
                holdsEarlier = false;
            }

            first = Math.Min(first, count);
            left = count - first;
            _rows.AsSpan(first, left).CopyTo(_rows);
        }
    }

    private static void MoveOn(BlockLoader loader, int window)
    {
        loader.Release(window);
        loader.ReadAhead(window + 1);
    }

    /// <summary>Puts the rows of a window after the first <paramref name="left"/> that are left of the one before; returns how many there are then.</summary>
    private int AddWindow(ReadOnlySpan<int> blocks, int epoch, int window, int left)
    {
        int count = left;
        foreach (int block in blocks)
            count += data.FirstRow(block + 1) - data.FirstRow(block);
        if (_rows.Length < count)
            Array.Resize(ref _rows, count);

        // In the order of the data first: how the blocks of a window were shuffled does not matter.
        int[] sorted = blocks.ToArray();
        Array.Sort(sorted);
        count = left;
        foreach (int block in sorted)
        {
            for (int row = data.FirstRow(block); row < data.FirstRow(block + 1); row++)
            {
                if (!split.IsKept(row))
                    _rows[count++] = row;
            }
        }

        if (shuffle)
            new CounterRandom(seed, NoiseStream.Shuffle, (uint)epoch, (uint)window).Shuffle(_rows.AsSpan(left..count));
        return count;
    }
}
