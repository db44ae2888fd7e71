using Microsoft.ML.Trainers.VariationalDropout.PeerComparison.Measurement;
using Microsoft.ML.Trainers.VariationalDropout.PeerComparison.Training;
using TorchSharp;

namespace Microsoft.ML.Trainers.VariationalDropout.PeerComparison.Rows;

/// <summary>Training steps against TorchSharp.</summary>
internal static class PeerTrainingRows
{
    /// <summary>Steps that both sides make before they are timed, on the same noise, to see that they do the same.</summary>
    private const int CheckedSteps = 3;

    public static IEnumerable<Row> All =>
    [
        Create(Networks.Wide, WeightNoise.Independent, 32, 3, 4),
        Create(Networks.Wide, WeightNoise.Independent, 128, 1.75, 2.1),
        Create(Networks.Wide, WeightNoise.Independent, 1000, 1.25, 1.6),
        Create(Networks.Wide, WeightNoise.Independent, 32, null, null, isExact: true),
        Create(Networks.Wide, WeightNoise.Independent, 128, null, null, isExact: true),
        Create(Networks.Wide, WeightNoise.Independent, 1000, null, null, isExact: true),
        Create(Networks.Wide, WeightNoise.Correlated, 32, null, null),
        Create(Networks.Wide, WeightNoise.Correlated, 128, 2, 2.5),
        Create(Networks.Wide, WeightNoise.Correlated, 1000, 1.35, 1.5),
        Create(Networks.Wide, WeightNoise.None, 32, null, null),
        Create(Networks.Wide, WeightNoise.None, 128, null, null),
        Create(Networks.Wide, WeightNoise.None, 1000, null, null),
        Create(Networks.Middle, WeightNoise.Independent, 128, 6.5, 9),
        Create(Networks.Middle, WeightNoise.Correlated, 128, null, null),
        Create(Networks.Middle, WeightNoise.None, 128, null, null),
        Create(Networks.Narrow, WeightNoise.Independent, 32, 50, 80, threads: 1),
        Create(Networks.Narrow, WeightNoise.Correlated, 32, null, null, threads: 1),
        Create(Networks.Narrow, WeightNoise.None, 32, null, null, threads: 1),
    ];

    private static Row Create(int[] shape, WeightNoise noise, int batchSize, double? target, double? aim, int? threads = null, bool isExact = false) => new()
    {
        Group = "Training steps against TorchSharp",
        Name = $"train/{Networks.Name(shape)}/{noise.ToString().ToLowerInvariant()}{(isExact ? "-float32" : "")}/{batchSize}",
        Ratio = $"steps/s, ours ÷ TorchSharp{(threads is null ? "" : $", {threads} thread")}{(isExact ? ", ours with variances in single precision too" : "")}",
        Unit = "step",
        Target = target,
        Aim = aim,
        Measure = conditions =>
        {
            int used = threads ?? conditions.Threads;
            torch.set_num_threads(used);
            var problem = new TrainingProblem(shape, noise, batchSize);
            Check(problem, used, conditions);
            using ITraining ours = OurTraining.Create(problem, used, isExact);
            using var peer = new TorchTraining(problem);
            return Contest.Run(new Contestant("ours", 1, used, ours.Step), new Contestant("TorchSharp", 1, used, peer.Step), conditions.Seconds);
        },
    };

    /// <summary>
    /// TorchSharp against this library in single precision throughout, which is the same calculation; and what is timed, with its 16-bit variances, must have
    /// the same losses.
    /// </summary>
    private static void Check(TrainingProblem problem, int threads, Conditions conditions)
    {
        Agreement exact = Compare(isExact: true), timed = Compare(isExact: false);
        conditions.Log($"in single precision throughout, {exact}");
        conditions.Log($"as timed, {timed}");
        if (!exact.IsGood || !timed.HasGoodLoss)
            throw new InvalidOperationException($"The two sides do not train the same network: in single precision {exact}; as timed {timed}.");

        Agreement Compare(bool isExact)
        {
            using ITraining ours = OurTraining.Create(problem, threads, isExact);
            using var peer = new TorchTraining(problem, usesOurNoise: true);
            return Agreement.Measure(problem, ours, peer, CheckedSteps);
        }
    }
}
