namespace ScoringService.Load;

/// <summary>Counts latencies by the microsecond, in memory that does not grow. Many threads may add at a time.</summary>
internal sealed class LatencyHistogram
{
    private const int Buckets = 200_000;

    /// <summary>The last one counts all that took longer.</summary>
    private readonly long[] _counts = new long[Buckets + 1];
    private long _longest;

    /// <summary>The longest, in milliseconds.</summary>
    public double Longest => Interlocked.Read(ref _longest) / 1000.0;

    public long Count => _counts.Sum();

    public void Add(TimeSpan latency)
    {
        long microseconds = (long)latency.TotalMicroseconds;
        Interlocked.Increment(ref _counts[Math.Clamp(microseconds, 0, Buckets)]);
        for (long longest = Interlocked.Read(ref _longest); microseconds > longest;)
            longest = Interlocked.CompareExchange(ref _longest, microseconds, longest);
    }

    public void Clear()
    {
        Array.Clear(_counts);
        _longest = 0;
    }

    /// <summary>What this part of all latencies does not exceed, in milliseconds: the end of its microsecond.</summary>
    public double Quantile(double part)
    {
        long wanted = Math.Max(1, (long)Math.Ceiling(part * Count)), seen = 0;
        for (int i = 0; i < Buckets; i++)
        {
            seen += _counts[i];
            if (seen >= wanted)
                return (i + 1) / 1000.0;
        }

        return Longest;
    }
}
