namespace Microsoft.ML.Trainers.VariationalDropout.Data;

/// <summary>
/// Brings groups of blocks of a set in a file into memory, one group after the other; the next can be read by another thread while the caller works on
/// what is there. Of a set in memory it does nothing.
/// </summary>
/// <param name="set">The set.</param>
/// <param name="blocks">The blocks, in the order in which they are needed.</param>
/// <param name="count">Groups: they differ by one block at most.</param>
internal sealed class BlockLoader(TrainingSet set, int[] blocks, int count) : IDisposable
{
    private int _released;
    private int _loaded;
    private Task? _reading;
    private (int Block, float[] Numbers, int[] Starts)[] _ahead = [];

    /// <summary>Groups.</summary>
    public int Count => count;

    /// <summary>The blocks of a group.</summary>
    public ReadOnlySpan<int> Blocks(int group) => blocks.AsSpan(Start(group)..Start(group + 1));

    /// <summary>Waits until a group is in memory: the first, or the one after the last that was loaded.</summary>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public void Load(int group)
    {
        if (!set.IsInFile)
            return;
        set.ThrowIfCancelled();
        if (_reading is null)
            ReadAhead(group);
        _reading!.GetAwaiter().GetResult();
        _reading = null;
        foreach (var (block, numbers, starts) in _ahead)
            set.Place(block, numbers, starts);
        _ahead = [];
        _loaded = group + 1;
    }

    /// <summary>Takes back the memory of all groups before <paramref name="group"/>.</summary>
    public void Release(int group)
    {
        if (!set.IsInFile)
            return;
        for (; _released < group; _released++)
        {
            foreach (int block in Blocks(_released))
                set.Release(block);
        }
    }

    /// <summary>Begins to read a group, if there is one.</summary>
    public void ReadAhead(int group)
    {
        if (!set.IsInFile || group >= count || _reading is not null)
            return;
        var ahead = new (int Block, float[] Numbers, int[] Starts)[Start(group + 1) - Start(group)];
        for (int i = 0; i < ahead.Length; i++)
        {
            int block = blocks[Start(group) + i];
            var (numbers, starts) = set.Rent(block);
            ahead[i] = (block, numbers, starts);
        }

        _ahead = ahead;
        _reading = Task.Run(() =>
        {
            foreach (var (block, numbers, starts) in ahead)
                set.Read(block, numbers, starts);
        });
    }

    /// <summary>Takes back all memory, once nobody writes to it any more.</summary>
    public void Dispose()
    {
        if (_reading is not null)
        {
            Task.WhenAny(_reading).GetAwaiter().GetResult();
            _ = _reading.Exception;
            foreach (var (_, numbers, starts) in _ahead)
                set.Recycle(numbers, starts);
        }

        Release(_loaded);
    }

    private int Start(int group) => (int)((long)group * blocks.Length / count);
}
