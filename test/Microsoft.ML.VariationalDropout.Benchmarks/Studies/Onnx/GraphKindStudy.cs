using Microsoft.ML.Trainers.VariationalDropout.Onnx;

namespace Microsoft.ML.Trainers.VariationalDropout.Benchmarks.Studies.Onnx;

/// <summary>What uncertainty costs: time of a call of <see cref="OnnxScorer.Score"/> by what the graph computes.</summary>
internal static class GraphKindStudy
{
    private const int NumberOfRounds = 15;

    /// <summary>In between: where the values of all draws of a batch outgrow the processor's cache, fewer rows are faster.</summary>
    private static readonly int[] BatchRows = [1, 64, OnnxProblem.BlockRows];

    private static readonly (string Name, OnnxExportOptions Options)[] Kinds =
    [
        ("posterior mean", new() { GraphKind = OnnxGraphKind.PosteriorMean }),
        ("moments", new() { GraphKind = OnnxGraphKind.Moments }),
        ("frozen samples, 16", new() { GraphKind = OnnxGraphKind.FrozenSamples, NumberOfSamples = 16 }),
        ("frozen samples, 64", new() { GraphKind = OnnxGraphKind.FrozenSamples, NumberOfSamples = 64 }),
    ];

    public static void Run(OnnxProblem problem, int threads)
    {
        double[][][] seconds = [.. BatchRows.Select(rows => Measure(problem, threads, rows))];
        OnnxStudy.Line($"\n| a call in µs, IntraOpThreads = {threads} | {string.Join(" | ", BatchRows.Select(rows => $"rows: {rows}"))} |");
        OnnxStudy.Line($"|---|{string.Concat(BatchRows.Select(_ => "---|"))}");
        for (int kind = 0; kind < Kinds.Length; kind++)
            OnnxStudy.Line($"| {Kinds[kind].Name} | {string.Join(" | ", seconds.Select(one => Cell(one[kind], one[0])))} |");
    }

    private static double[][] Measure(OnnxProblem problem, int threads, int rows)
    {
        OnnxScorer[] scorers = [.. Kinds.Select(kind => OnnxScorer.FromBytes(problem.Export(kind.Options), new OnnxScorerOptions { IntraOpThreads = threads }))];
        float[] features = problem.Values[..(rows * OnnxProblem.Features)];
        float[] scores = new float[rows];
        double[][] seconds = Rounds.Measure(
            NumberOfRounds, rows < OnnxProblem.BlockRows ? 20 : 2, [.. scorers.Select(scorer => (Action)(() => scorer.Score(features, rows, scores)))]);
        foreach (OnnxScorer scorer in scorers)
            scorer.Dispose();
        return seconds;
    }

    private static string Cell(double[] seconds, double[] mean)
        => FormattableString.Invariant($"{1e6 * Rounds.Median(seconds):N1} ({Rounds.Median(seconds) / Rounds.Median(mean):N1}×)");
}
