namespace ScoringService.Load;

/// <summary>The working set of the service after collections, over time.</summary>
internal sealed class MemoryTrend
{
    /// <summary>The part of a run in which memory still finds its size: two minutes of ten.</summary>
    public const double Settling = 0.2;

    private const double Megabyte = 1 << 20;

    private readonly List<(double Seconds, double Megabytes)> _samples = [];

    public IReadOnlyList<(double Seconds, double Megabytes)> Samples => _samples;

    public void Add(double seconds, long bytes) => _samples.Add((seconds, bytes / Megabyte));

    /// <summary>Slope of the least squares' line in MB per minute, after the settling of a run; null with fewer than three samples there.</summary>
    public double? Slope(double runSeconds)
    {
        (double Seconds, double Megabytes)[] settled = [.. _samples.Where(sample => sample.Seconds >= Settling * runSeconds)];
        if (settled.Length < 3)
            return null;
        double meanTime = settled.Average(sample => sample.Seconds), mean = settled.Average(sample => sample.Megabytes);
        return 60 * settled.Sum(sample => (sample.Seconds - meanTime) * (sample.Megabytes - mean)) / settled.Sum(sample => (sample.Seconds - meanTime) * (sample.Seconds - meanTime));
    }
}
