using Microsoft.ML.Trainers.VariationalDropout.Onnx;

namespace Microsoft.ML.Trainers.VariationalDropout.Benchmarks.Studies.Onnx;

/// <summary>Time of one row.</summary>
internal static class LatencyStudy
{
    private const int NumberOfRounds = 100, Calls = 200;

    private static readonly string[] Names = ["`OnnxScorer.Score`", "`PredictionEngine`", "`InferenceSession`"];

    public static void Run(OnnxProblem problem, int threads)
    {
        var options = new OnnxScorerOptions { IntraOpThreads = threads };
        using OnnxScorer scorer = OnnxScorer.FromBytes(problem.Mean, options);
        using var bare = new BareSession(problem.Mean, threads, rows: 1);
        using var stream = new MemoryStream(problem.Mean);
        using var engine = problem.Context.Model.CreatePredictionEngine<OnnxProblem.Row, OnnxProblem.Prediction>(
            problem.Context.Transforms.ApplyVariationalDropoutOnnxModel(stream, options).Fit(problem.Data));
        float[] features = problem.Values[..OnnxProblem.Features];
        var row = new OnnxProblem.Row { Features = features };
        float[] score = new float[1];

        double[][] seconds = Rounds.Measure(
            NumberOfRounds,
            Calls,
            () => scorer.Score(features, 1, score),
            () => engine.Predict(row),
            () => bare.Score(features, score));

        OnnxStudy.Line($"\n| one row, IntraOpThreads = {threads} | p50 in µs | p99 in µs | p50 / bare session |");
        OnnxStudy.Line($"|---|---|---|---|");
        double bareMedian = Rounds.Median(seconds[2]);
        for (int i = 0; i < Names.Length; i++)
        {
            double median = Rounds.Median(seconds[i]);
            OnnxStudy.Line($"| {Names[i]} | {1e6 * median:F2} | {1e6 * Rounds.Quantile(seconds[i], 0.99):F2} | {median / bareMedian:F2} |");
        }
    }
}
