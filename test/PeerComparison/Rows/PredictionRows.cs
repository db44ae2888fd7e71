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
            int peerThreads = FasterThreads(problem, rows, conditions.Threads);
            using var ours = new OurPrediction(problem, rows, conditions.Threads);
            using var peer = new OnnxPrediction(problem, rows, peerThreads);
            conditions.Log($"ONNX Runtime is faster with {peerThreads} of {conditions.Threads} threads; {Check(ours, peer)}");
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

    /// <summary>The number of threads with which ONNX Runtime is faster: one, or as many as there are.</summary>
    private static int FasterThreads(PredictionProblem problem, int rows, int threads)
    {
        return threads > 1 && Seconds(threads) < Seconds(1) ? threads : 1;

        double Seconds(int tried)
        {
            using var session = new OnnxPrediction(problem, rows, tried);
            var times = new List<double>();
            long start = Stopwatch.GetTimestamp();
            do
            {
                long call = Stopwatch.GetTimestamp();
                session.Run();
                times.Add(Stopwatch.GetElapsedTime(call).TotalSeconds);
            }
            while (Stopwatch.GetElapsedTime(start).TotalSeconds < 0.5);
            return Quartiles.Of(times).Lower;
        }
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
