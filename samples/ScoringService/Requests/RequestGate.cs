namespace ScoringService.Requests;

/// <summary>Lets only so many in at a time, and never makes anybody wait: who waits has a body in memory.</summary>
internal sealed class RequestGate(int limit)
{
    private int _inside;

    public int Limit => limit;

    public int Inside => Volatile.Read(ref _inside);

    /// <summary>Whether there was room; the caller calls <see cref="Exit"/> then.</summary>
    public bool TryEnter()
    {
        if (Interlocked.Increment(ref _inside) <= limit)
            return true;
        Exit();
        return false;
    }

    public void Exit() => Interlocked.Decrement(ref _inside);
}
