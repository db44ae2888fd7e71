using System.Diagnostics;
using Microsoft.ML.Trainers.VariationalDropout.Onnx;

namespace ScoreOnAccelerator;

/// <summary>How fast a scorer is, after it has warmed up.</summary>
internal sealed record Speed(double RowsPerSecond, double MedianMicroseconds, double Percentile99Microseconds)
{
    private const double WarmUp = 0.2;

    public static Speed Measure(OnnxScorer scorer, int rows, double seconds)
    {
        using OnnxBatch batch = scorer.CreateBatch(rows);
        SampleRows.Fill(batch, scorer.Inputs);
        Repeat(batch, rows, WarmUp * seconds);
        List<double> times = Repeat(batch, rows, seconds);
        double total = times.Sum();
        times.Sort();
        return new Speed(rows * times.Count / total, 1e6 * times[times.Count / 2], 1e6 * times[(int)(0.99 * (times.Count - 1))]);
    }

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
        while (watch.Elapsed.TotalSeconds < seconds);
        return times;
    }
}
