using Microsoft.ML.Trainers.VariationalDropout.Onnx;

namespace Microsoft.ML.Trainers.VariationalDropout.Benchmarks.Studies.Onnx;

/// <summary>What uncertainty costs: time of a call of <see cref="OnnxScorer.Score"/> by what the graph computes.</summary>
internal static class GraphKindStudy
{
    private const int NumberOfRounds = 15;

    private static readonly int[] BatchRows = [1, OnnxProblem.BlockRows];

    private static readonly (string Name, OnnxExportOptions Options)[] Kinds =
    [
        ("posterior mean", new() { GraphKind = OnnxGraphKind.PosteriorMean }),
        ("moments", new() { GraphKind = OnnxGraphKind.Moments }),
        ("frozen samples, 16", new() { GraphKind = OnnxGraphKind.FrozenSamples, NumberOfSamples = 16 }),
        ("frozen samples, 64", new() { GraphKind = OnnxGraphKind.FrozenSamples, NumberOfSamples = 64 }),
    ];

    public static void Run(OnnxProblem problem, int[] threads)
    {
        (int Threads, int Rows)[] cases = [.. threads.SelectMany(_ => BatchRows, (count, rows) => (count, rows))];
        double[][][] seconds = [.. cases.Select(one => Measure(problem, one.Threads, one.Rows))];

        OnnxStudy.Line($"\n| median of a call in µs | {string.Join(" | ", cases.Select(one => $"rows {one.Rows}, threads {one.Threads}"))} |");
        OnnxStudy.Line($"|---|{string.Concat(cases.Select(_ => "---|"))}");
        for (int kind = 0; kind < Kinds.Length; kind++)
        {
            string[] cells = [.. seconds.Select(one => Cell(one[kind], one[0]))];
            OnnxStudy.Line($"| {Kinds[kind].Name} | {string.Join(" | ", cells)} |");
        }
    }

    private static double[][] Measure(OnnxProblem problem, int threads, int rows)
    {
        OnnxScorer[] scorers = [.. Kinds.Select(kind => OnnxScorer.FromBytes(problem.Export(kind.Options), new OnnxScorerOptions { IntraOpThreads = threads }))];
        float[] features = problem.Values[..(rows * OnnxProblem.Features)];
        float[] scores = new float[rows];
        double[][] seconds = Rounds.Measure(
            NumberOfRounds, rows == 1 ? 100 : 2, [.. scorers.Select(scorer => (Action)(() => scorer.Score(features, rows, scores)))]);
        foreach (OnnxScorer scorer in scorers)
            scorer.Dispose();
        return seconds;
    }

    private static string Cell(double[] seconds, double[] mean)
    {
        FormattableString cell = $"{1e6 * Rounds.Median(seconds):N1} ({Rounds.Median(seconds) / Rounds.Median(mean):N1}×)";
        return FormattableString.Invariant(cell);
    }
}
