using System.Globalization;

namespace Microsoft.ML.Trainers.VariationalDropout.Benchmarks.Studies.Onnx;

/// <summary>Scoring of an exported 64-128-128-1 network on ONNX Runtime: what docs/results/onnx.md quotes.</summary>
internal static class OnnxStudy
{
    private static readonly int[] Threads = [1, 2];

    public static void Run()
    {
        var problem = new OnnxProblem();
        foreach (int threads in Threads)
            ThroughputStudy.Run(problem, threads);
        foreach (int threads in Threads)
            LatencyStudy.Run(problem, threads);
        foreach (int threads in Threads)
            GraphKindStudy.Run(problem, threads);
    }

    /// <summary>A line of a table, with the decimal point.</summary>
    public static void Line(FormattableString line) => Console.WriteLine(line.ToString(CultureInfo.InvariantCulture));
}
