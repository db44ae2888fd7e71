using Microsoft.ML.Trainers.VariationalDropout.Numerics;
using Microsoft.ML.Trainers.VariationalDropout.PeerComparison.Measurement;
using Microsoft.ML.Trainers.VariationalDropout.PeerComparison.Training;
using TorchSharp;

namespace Microsoft.ML.Trainers.VariationalDropout.PeerComparison.Rows;

/// <summary>Training steps: against TorchSharp, and of this library against itself.</summary>
internal static class TrainingRows
{
    private static readonly int[] Wide = [784, 1200, 1200, 1200, 10], Middle = [64, 100, 100, 10], Narrow = [13, 50, 1];

    /// <summary>Steps that both sides make before they are timed, on the same noise, to see that they do the same.</summary>
    private const int CheckedSteps = 3;

    public static IEnumerable<Row> All =>
    [
        Peer(Wide, WeightNoise.Independent, 32, 3, 4),
        Peer(Wide, WeightNoise.Independent, 128, 1.75, 2.1),
        Peer(Wide, WeightNoise.Independent, 1000, 1.25, 1.6),
        Peer(Wide, WeightNoise.Correlated, 32, null, null),
        Peer(Wide, WeightNoise.Correlated, 128, 2, 2.5),
        Peer(Wide, WeightNoise.Correlated, 1000, 1.35, 1.5),
        Peer(Wide, WeightNoise.None, 32, null, null),
        Peer(Wide, WeightNoise.None, 128, null, null),
        Peer(Wide, WeightNoise.None, 1000, null, null),
        Peer(Middle, WeightNoise.Independent, 128, 6.5, 9),
        Peer(Middle, WeightNoise.Correlated, 128, null, null),
        Peer(Middle, WeightNoise.None, 128, null, null),
        Peer(Narrow, WeightNoise.Independent, 32, 50, 80, threads: 1),
        Peer(Narrow, WeightNoise.Correlated, 32, null, null, threads: 1),
        Peer(Narrow, WeightNoise.None, 32, null, null, threads: 1),
        NoiseCost(1000),
        Scaling(1000),
        Paths(128),
        Share(128, 0.86, 0.92),
        Share(1000, 0.86, 0.92),
    ];

    private static Row Peer(int[] shape, WeightNoise noise, int batchSize, double? target, double? aim, int? threads = null) => new()
    {
        Group = "Training steps against TorchSharp",
        Name = $"train/{string.Join('-', shape)}/{Word(noise)}/{batchSize}",
        Ratio = $"steps/s, ours ÷ TorchSharp{(threads is null ? "" : $", {threads} thread")}",
        Unit = "step",
        Target = target,
        Aim = aim,
        Measure = conditions =>
        {
            int used = threads ?? conditions.Threads;
            torch.set_num_threads(used);
            var problem = new TrainingProblem(shape, noise, batchSize);
            Check(problem, used, conditions);
            using ITraining ours = OurTraining.Create(problem, used);
            using var peer = new TorchTraining(problem);
            return Contest.Run(new Contestant("ours", 1, used, ours.Step), new Contestant("TorchSharp", 1, used, peer.Step), conditions.Seconds);
        },
    };

    private static Row NoiseCost(int batchSize) => new()
    {
        Group = "Training steps of this library, 784-1200-1200-1200-10",
        Name = $"train/noise-cost/{batchSize}",
        Ratio = "time per step, independent noise ÷ none, both ours",
        Unit = "step",
        Target = 2.05,
        Aim = 1.6,
        IsTime = true,
        Measure = conditions =>
        {
            using ITraining none = OurTraining.Create(new TrainingProblem(Wide, WeightNoise.None, batchSize), conditions.Threads);
            using ITraining noisy = OurTraining.Create(new TrainingProblem(Wide, WeightNoise.Independent, batchSize), conditions.Threads);
            return Contest.Run(new Contestant("no noise", 1, conditions.Threads, none.Step), new Contestant("independent noise", 1, conditions.Threads, noisy.Step), conditions.Seconds);
        },
    };

    private static Row Scaling(int batchSize) => new()
    {
        Group = "Training steps of this library, 784-1200-1200-1200-10",
        Name = $"train/threads/{batchSize}",
        Ratio = "steps/s, 2 threads ÷ 1, both ours, independent noise",
        Unit = "step",
        Target = 1.85,
        Aim = 1.95,
        Measure = conditions =>
        {
            var problem = new TrainingProblem(Wide, WeightNoise.Independent, batchSize);
            using ITraining two = OurTraining.Create(problem, 2);
            using ITraining one = OurTraining.Create(problem, 1);
            return Contest.Run(new Contestant("2 threads", 1, 2, two.Step), new Contestant("1 thread", 1, 1, one.Step), conditions.Seconds);
        },
    };

    private static Row Paths(int batchSize) => new()
    {
        Group = "Training steps of this library, 784-1200-1200-1200-10",
        Name = $"train/paths/{batchSize}",
        Ratio = "steps/s, AVX2 path ÷ AVX-512 path, both ours, independent noise",
        Unit = "step",
        Target = 0.8,
        Aim = 0.9,
        Measure = conditions =>
        {
            var problem = new TrainingProblem(Wide, WeightNoise.Independent, batchSize);
            using ITraining narrow = OurTraining.Create(problem, conditions.Threads, KernelPath.Avx2);
            using ITraining wide = OurTraining.Create(problem, conditions.Threads, KernelPath.Avx512);
            return Contest.Run(new Contestant("AVX2", 1, conditions.Threads, narrow.Step), new Contestant("AVX-512", 1, conditions.Threads, wide.Step), conditions.Seconds);
        },
    };

    private static Row Share(int batchSize, double target, double aim) => new()
    {
        Group = "Training steps of this library, 784-1200-1200-1200-10",
        Name = $"train/peak/{batchSize}",
        Ratio = "share of the FMA peak, whole step, independent noise",
        Unit = "Gflop",
        Target = target,
        Aim = aim,
        Measure = conditions =>
        {
            var problem = new TrainingProblem(Wide, WeightNoise.Independent, batchSize);
            using ITraining ours = OurTraining.Create(problem, conditions.Threads);
            using var peak = new FmaPeak(conditions.Threads);
            return Contest.Run(new Contestant("step", problem.ProductOperations * 1e-9, conditions.Threads, ours.Step), peak.Contestant, conditions.Seconds);
        },
    };

    private static void Check(TrainingProblem problem, int threads, Conditions conditions)
    {
        using ITraining ours = OurTraining.Create(problem, threads);
        using var peer = new TorchTraining(problem, usesOurNoise: true);
        Agreement agreement = Agreement.Measure(problem, ours, peer, CheckedSteps);
        conditions.Log(agreement.ToString());
        if (!agreement.IsGood)
            throw new InvalidOperationException($"The two sides do not train the same network: {agreement}.");
    }

    private static string Word(WeightNoise noise) => noise switch
    {
        WeightNoise.Independent => "independent",
        WeightNoise.Correlated => "correlated",
        _ => "none",
    };
}
