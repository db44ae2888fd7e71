using System.Diagnostics;
using Microsoft.ML.Data;
using Microsoft.ML.Trainers.LightGbm;
using Microsoft.ML.Trainers.VariationalDropout.PeerComparison.Measurement;
using Microsoft.ML.Trainers.VariationalDropout.PeerComparison.Prediction;

namespace Microsoft.ML.Trainers.VariationalDropout.PeerComparison.Rows;

/// <summary>Prediction with the posterior means: against ONNX Runtime from arrays, and against LightGBM as a transform of ML.NET.</summary>
internal static class PredictionRows
{
    private const double Tolerance = 1e-4;

    public static IEnumerable<Row> All =>
    [
        Create(Networks.Wide, 1024, 1.1, 1.2),
        Create(Networks.Middle, 1024, 1, 1.3),
        Create(Networks.Narrow, 1024, 1, 1.5),
        Create(Networks.Wide, 1, 1.15, 1.25),
        Create(Networks.Middle, 1, 3.3, 5),
        Create(Networks.Narrow, 1, 12, 20),
        Transform(10, 2, 5),
        Transform(100, null, null),
    ];

    private static Row Create(int[] shape, int rows, double target, double aim) => new()
    {
        Group = "Mean prediction against ONNX Runtime",
        Name = $"predict/{Networks.Name(shape)}/{rows}",
        Ratio = rows == 1 ? "time of one row, ONNX Runtime ÷ ours" : "rows/s, ours ÷ ONNX Runtime",
        Unit = "row",
        Target = target,
        Aim = aim,
        Measure = conditions =>
        {
            var problem = new PredictionProblem(shape, rows);
            int peerThreads = shape == Networks.Wide ? conditions.Threads : FasterThreads(problem, rows, conditions.Threads);
            var ours = new OurPrediction(problem, rows, conditions.Threads);
            using var peer = new OnnxPrediction(problem, rows, peerThreads);
            conditions.Log(Check(ours, peer));
            return Contest.Run(
                new Contestant("ours", rows, conditions.Threads, ours.Run), new Contestant($"ONNX Runtime, IntraOpNumThreads = {peerThreads}", rows, peerThreads, peer.Run), conditions.Seconds);
        },
    };

    private static Row Transform(int iterations, double? target, double? aim)
    {
        const int Rows = 100_000;
        int[] shape = Networks.Middle;
        return new Row
        {
            Group = "Transform of ML.NET against LightGBM",
            Name = $"transform/{Networks.Name(shape)}/{iterations * shape[^1]}-trees",
            Ratio = $"rows/s of Transform, mean mode, ours ÷ LightGBM ({iterations} iterations of {shape[^1]} classes: {iterations * shape[^1]} trees)",
            Unit = "row",
            Target = target,
            Aim = aim,
            Measure = conditions =>
            {
                var problem = new PredictionProblem(shape, Rows);
                MulticlassPredictionTransformer<OneVersusAllModelParameters> trees = problem.Context.MulticlassClassification.Trainers.LightGbm(new LightGbmMulticlassTrainer.Options
                {
                    LabelColumnName = nameof(PredictionProblem.Row.Class),
                    FeatureColumnName = nameof(PredictionProblem.Row.Features),
                    NumberOfIterations = iterations,
                    NumberOfThreads = conditions.Threads,
                }).Fit(problem.Training);
                double check = 0;
                Outcome outcome = Contest.Run(
                    new Contestant("ours", Rows, conditions.Threads, () => check += ScoreReader.Sum(problem.Transformer, problem.Data)),
                    new Contestant("LightGBM", Rows, conditions.Threads, () => check += ScoreReader.Sum(trees, problem.Data)),
                    conditions.Seconds);
                return double.IsFinite(check) ? outcome : throw new InvalidOperationException("A score is not finite.");
            },
        };
    }

    /// <summary>
    /// The number of threads with which ONNX Runtime is faster: one, or as many as there are. Its fastest call counts: other programs slow several threads
    /// more than one, and must not decide.
    /// </summary>
    private static int FasterThreads(PredictionProblem problem, int rows, int threads)
    {
        using var one = new OnnxPrediction(problem, rows, 1);
        using var all = new OnnxPrediction(problem, rows, threads);
        double fastestOfOne = double.PositiveInfinity, fastestOfAll = double.PositiveInfinity;
        for (int turn = 0; turn < 20; turn++)
        {
            fastestOfOne = Math.Min(fastestOfOne, FastestCall(one));
            fastestOfAll = Math.Min(fastestOfAll, FastestCall(all));
        }

        return fastestOfAll < fastestOfOne ? threads : 1;
    }

    private static double FastestCall(OnnxPrediction session)
    {
        double fastest = double.PositiveInfinity;
        long start = Stopwatch.GetTimestamp();
        do
        {
            long call = Stopwatch.GetTimestamp();
            session.Run();
            fastest = Math.Min(fastest, Stopwatch.GetElapsedTime(call).TotalSeconds);
        }
        while (Stopwatch.GetElapsedTime(start).TotalSeconds < 0.05);
        return fastest;
    }

    private static string Check(OurPrediction ours, OnnxPrediction peer)
    {
        ours.Run();
        peer.Run();
        double difference = ours.Scores.Zip(peer.Scores, (one, other) => Math.Abs(one - other) / Math.Max(1, Math.Abs(other))).Max();
        return difference <= Tolerance
            ? $"scores differ by {difference:E1} (at most {Tolerance:E0})"
            : throw new InvalidOperationException($"The scores of the two sides differ by {difference:E1}; at most {Tolerance:E0} is rounding.");
    }
}
