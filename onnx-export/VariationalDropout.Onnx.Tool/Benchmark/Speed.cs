using System.Diagnostics;
using Microsoft.ML.Trainers.VariationalDropout.Onnx;
using VariationalDropout.Onnx.Tool.Data;

namespace VariationalDropout.Onnx.Tool.Benchmark;

/// <summary>How fast a scorer is with so many rows at once, after it has warmed up.</summary>
/// <param name="Provider">The execution provider.</param>
/// <param name="Batch">Rows at once.</param>
/// <param name="Runs">Runs that were measured.</param>
/// <param name="P50Microseconds">Half of the runs took no longer.</param>
/// <param name="P99Microseconds">99 of 100 runs took no longer.</param>
/// <param name="RowsPerSecond">Rows of all runs by their time.</param>
internal sealed record Speed(string Provider, int Batch, int Runs, double P50Microseconds, double P99Microseconds, double RowsPerSecond)
{
    private const double WarmUp = 0.2;
    private const int LeastRuns = 3;

    public static Speed Measure(OnnxScorer scorer, string provider, SampleFile file, int rows, double seconds)
    {
        if (rows > scorer.MaximumBatchRows)
            throw new InvalidDataException($"The graph takes {scorer.MaximumBatchRows} rows at once; --batch has {rows}.");
        using OnnxBatch batch = scorer.CreateBatch(rows);
        BatchRows.Fill(batch, scorer.Inputs, file);
        Repeat(batch, rows, WarmUp * seconds);
        List<double> times = Repeat(batch, rows, seconds);
        double total = times.Sum();
        times.Sort();
        return new Speed(provider, rows, times.Count, 1e6 * Percentile(times, 0.5), 1e6 * Percentile(times, 0.99), rows * times.Count / total);
    }

    /// <summary>The smallest time that so many of all are no longer than.</summary>
    private static double Percentile(List<double> sorted, double part) => sorted[(int)Math.Ceiling(part * sorted.Count) - 1];

    private static List<double> Repeat(OnnxBatch batch, int rows, double seconds)
    {
        var times = new List<double>();
        var watch = Stopwatch.StartNew();
        do
        {
            long start = Stopwatch.GetTimestamp();
            batch.Run(rows);
            times.Add(Stopwatch.GetElapsedTime(start).TotalSeconds);
        }
        while (times.Count < LeastRuns || watch.Elapsed.TotalSeconds < seconds);
        return times;
    }
}
