namespace Microsoft.ML.Trainers.VariationalDropout.Numerics;

/// <summary>
/// One team of threads for all of the process, for short work that comes at any time. Whoever finds it at work for somebody else works alone:
/// nobody waits. Its threads are started when it is first borrowed and sleep between uses.
/// </summary>
internal static class SharedTeam
{
    /// <summary>More threads than this would wait for memory and for each other.</summary>
    private const int LargestSize = 4;

    private static readonly Lazy<WorkerTeam> Team = new(() => new WorkerTeam(Size));
    private static int _isBorrowed;

    /// <summary>Threads of the team, the borrower's included.</summary>
    public static int Size => Math.Min(Environment.ProcessorCount, LargestSize);

    /// <summary>The team, to be given back by <see cref="Return"/>; null if it is in use, or would be the caller alone.</summary>
    public static WorkerTeam? TryBorrow()
        => Size > 1 && Interlocked.CompareExchange(ref _isBorrowed, 1, 0) == 0 ? Team.Value : null;

    /// <summary>Gives back a team that was borrowed.</summary>
    public static void Return() => Volatile.Write(ref _isBorrowed, 0);
}
