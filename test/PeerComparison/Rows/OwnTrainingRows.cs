using Microsoft.ML.Trainers.VariationalDropout.Numerics;
using Microsoft.ML.Trainers.VariationalDropout.PeerComparison.Measurement;
using Microsoft.ML.Trainers.VariationalDropout.PeerComparison.Training;

namespace Microsoft.ML.Trainers.VariationalDropout.PeerComparison.Rows;

/// <summary>Training steps of this library against each other, and against what the processor could do.</summary>
internal static class OwnTrainingRows
{
    public static IEnumerable<Row> All =>
    [
        NoiseCost(1000),
        Products(128),
        Products(1000),
        Share(128, isExact: false),
        Share(1000, isExact: false),
        Share(128, isExact: true),
        Share(1000, isExact: true),
        Scaling(1000),
        .. KernelPaths.Supported.Contains(KernelPath.Avx512) ? [Paths(128)] : Array.Empty<Row>(),
        Start(Networks.Wide, 128),
        Start(Networks.Middle, 128),
        Epochs(),
    ];

    private static Row NoiseCost(int batchSize) => Create($"noise-cost/{batchSize}", "time per step, independent noise ÷ none", "step", 2.05, 1.6, isTime: true, conditions =>
    {
        using ITraining none = OurTraining.Create(new TrainingProblem(Networks.Wide, WeightNoise.None, batchSize), conditions.Threads);
        using ITraining noisy = OurTraining.Create(Problem(batchSize), conditions.Threads);
        return Contest.Run(
            new Contestant("no noise", 1, conditions.Threads, none.Step), new Contestant("independent noise", 1, conditions.Threads, noisy.Step), conditions.Seconds);
    });

    private static Row Products(int batchSize) => Create($"products/{batchSize}", "products of the hidden layers alone, share of the FMA peak, 1 thread", "Gflop", 0.95, 0.98, isTime: false, conditions =>
    {
        var (run, operations) = LayerProducts.Create(Networks.Wide, batchSize, KernelPaths.Current);
        using var peak = new FmaPeak(1);
        return Contest.Run(new Contestant("products", operations * 1e-9, 1, run), peak.Contestant, conditions.Seconds);
    });

    private static Row Share(int batchSize, bool isExact) => Create($"peak{(isExact ? "-float32" : "")}/{batchSize}", $"products of a step at the FMA peak ÷ the whole step{(isExact ? ", variances in single precision too" : "")}", "Gflop", 0.86, 0.92, isTime: false, conditions =>
    {
        TrainingProblem problem = Problem(batchSize);
        using ITraining ours = OurTraining.Create(problem, conditions.Threads, isExact);
        using var peak = new FmaPeak(conditions.Threads);
        return Contest.Run(new Contestant("step", problem.ProductOperations * 1e-9, conditions.Threads, ours.Step), peak.Contestant, conditions.Seconds);
    });

    private static Row Scaling(int batchSize) => Create($"threads/{batchSize}", "steps/s, 2 threads ÷ 1", "step", 1.85, 1.95, isTime: false, conditions =>
    {
        using ITraining two = OurTraining.Create(Problem(batchSize), 2);
        using ITraining one = OurTraining.Create(Problem(batchSize), 1);
        return Contest.Run(new Contestant("2 threads", 1, 2, two.Step), new Contestant("1 thread", 1, 1, one.Step), conditions.Seconds);
    });

    private static Row Paths(int batchSize) => Create($"paths/{batchSize}", "steps/s, AVX2 path ÷ AVX-512 path", "step", 0.8, 0.9, isTime: false, conditions =>
    {
        using ITraining narrow = OurTraining.Create(Problem(batchSize), conditions.Threads, KernelPath.Avx2);
        using ITraining wide = OurTraining.Create(Problem(batchSize), conditions.Threads, KernelPath.Avx512);
        return Contest.Run(new Contestant("AVX2", 1, conditions.Threads, narrow.Step), new Contestant("AVX-512", 1, conditions.Threads, wide.Step), conditions.Seconds);
    });

    private static Row Start(int[] shape, int batchSize) => Create(
        $"start/{Networks.Name(shape)}/{batchSize}", $"time per step of {Networks.Name(shape)}, steps 10–20 of a fresh process ÷ steady", "step", 1.5, 1.1, isTime: true,
        conditions => FreshProcess.Measure(shape, batchSize, conditions.Threads, conditions.Seconds));

    private static Row Epochs()
    {
        const int Few = 10_000, Many = 1_000_000, FewEpochs = 100;
        return Create("rows/64-100-100-10", "time per row of an epoch of 64-100-100-10, batch 128, 10⁶ rows ÷ 10⁴", "row", 1.1, 1.03, isTime: true, conditions =>
        {
            var small = new TrainingProblem(Networks.Middle, WeightNoise.Independent, 128, Few);
            var large = new TrainingProblem(Networks.Middle, WeightNoise.Independent, 128, Many);
            using var few = new EpochTraining(small.Data, small.Settings with { NumberOfThreads = conditions.Threads });
            using var many = new EpochTraining(large.Data, large.Settings with { NumberOfThreads = conditions.Threads });
            return Contest.Run(
                new Contestant("10⁴ rows", (double)small.Rows * FewEpochs, conditions.Threads, () => few.Run(FewEpochs)),
                new Contestant("10⁶ rows", large.Rows, conditions.Threads, () => many.Run(1)),
                conditions.Seconds);
        });
    }

    private static TrainingProblem Problem(int batchSize) => new(Networks.Wide, WeightNoise.Independent, batchSize);

    private static Row Create(string name, string ratio, string unit, double target, double aim, bool isTime, Func<Conditions, Outcome> measure) => new()
    {
        Group = "Training steps of this library (784-1200-1200-1200-10 with independent noise, unless a row says otherwise)",
        Name = $"own/{name}",
        Ratio = ratio,
        Unit = unit,
        Target = target,
        Aim = aim,
        IsTime = isTime,
        Measure = measure,
    };
}
