namespace Microsoft.ML.Trainers.VariationalDropout.Data;

/// <summary>
/// The memory that rows may take, those of all sets that are read with it together, and the files of the sets that do not fit: disposing of it deletes
/// them.
/// </summary>
/// <param name="bytes">The memory.</param>
/// <param name="folder">An existing folder that can be written to.</param>
/// <param name="batchSize">Rows of a minibatch: they must be in memory at once.</param>
/// <param name="report">Is told when a set goes to a file.</param>
/// <param name="throwIfCancelled">Called for every block that leaves memory, and whenever blocks are read back; throws to stop.</param>
internal sealed class MemoryBudget(long bytes, string folder, int batchSize, Action<string> report, Action throwIfCancelled) : IDisposable
{
    public const long BytesPerMegabyte = 1_000_000;

    private readonly List<BlockFile> _files = [];
    private long _taken;

    public int BatchSize => batchSize;

    public Action ThrowIfCancelled => throwIfCancelled;

    /// <summary>The option's value, as a user gave it or would have to give it.</summary>
    public long Megabytes => bytes / BytesPerMegabyte;

    /// <summary>Counts more memory; false, and nothing is counted, if that is more than there is.</summary>
    public bool TryTake(long more)
    {
        if (more > bytes - _taken)
            return false;
        _taken += more;
        return true;
    }

    public void Return(long less) => _taken -= less;

    /// <summary>Refuses a budget that does not hold what must be in memory at once.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It does not.</exception>
    public void RequireWindow(long least)
    {
        if (least > bytes)
        {
            throw OutOfRange(
                "MemoryBudgetMegabytes",
                Megabytes,
                FormattableString.Invariant(
                    $"MemoryBudgetMegabytes is {Megabytes}, which the rows do not fit into; allowed is {(least + BytesPerMegabyte - 1) / BytesPerMegabyte} or more: the rows that are shuffled together, those that follow them and one minibatch have to be in memory."));
        }
    }

    /// <summary>Creates a file, and says so.</summary>
    /// <exception cref="IOException">There is no such folder, or it cannot be written to.</exception>
    public BlockFile CreateFile()
    {
        var file = new BlockFile(folder);
        _files.Add(file);
        report(FormattableString.Invariant(
            $"The rows do not fit into MemoryBudgetMegabytes ({Megabytes}): they go to a temporary file in '{folder}', and are read from it in every iteration."));
        return file;
    }

    public void Dispose() => _files.ForEach(file => file.Dispose());

    private static ArgumentOutOfRangeException OutOfRange(string option, long value, string message) => new(option, value, message);
}
