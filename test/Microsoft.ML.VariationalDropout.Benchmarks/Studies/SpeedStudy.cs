using System.Diagnostics;
using System.Globalization;
using Microsoft.ML.Trainers.VariationalDropout.Data;
using Microsoft.ML.Trainers.VariationalDropout.Inference;
using Microsoft.ML.Trainers.VariationalDropout.Network;

namespace Microsoft.ML.Trainers.VariationalDropout.Benchmarks.Studies;

/// <summary>Rows per second of training by shape and posterior: what the page on when to use the library quotes.</summary>
internal static class SpeedStudy
{
    private static readonly (int Features, int[] Hidden)[] Shapes = [(10, [50]), (30, [128, 128]), (100, [128, 128]), (784, [600, 600, 600])];

    private static readonly WeightPosterior[] Posteriors =
        [WeightPosterior.None, WeightPosterior.CorrelatedWeightNoise, WeightPosterior.IndependentWeightNoise, WeightPosterior.Gaussian];

    public static void Run()
    {
        Console.WriteLine($"| features | hidden layers | weights | {string.Join(" | ", Posteriors.Select(posterior => $"{posterior}"))} |");
        Console.WriteLine($"|---|---|---|{string.Concat(Posteriors.Select(_ => "---|"))}");
        foreach (var (features, hidden) in Shapes)
        {
            long weights = Enumerable.Range(0, hidden.Length + 1).Sum(l => (long)(l == 0 ? features : hidden[l - 1]) * (l == hidden.Length ? 2 : hidden[l]));
            string[] rates = [.. Posteriors.Select(posterior => Rate(features, hidden, posterior).ToString("N0", CultureInfo.InvariantCulture))];
            Console.WriteLine($"| {features} | {string.Join('-', hidden)} | {weights.ToString("N0", CultureInfo.InvariantCulture)} | {string.Join(" | ", rates)} |");
        }
    }

    /// <summary>The median of fifteen: rows of an iteration over its seconds, without the first, which compiles.</summary>
    private static double Rate(int features, int[] hidden, WeightPosterior posterior)
    {
        int rows = features > 500 ? 4096 : 32768;
        var data = new TrainingSet(features);
        for (int row = 0; row < rows; row++)
        {
            Span<float> x = data.Add(row % 17, 1);
            for (int i = 0; i < features; i++)
                x[i] = ((row * 31) + (i * 17)) % 97 / 97f;
        }

        var clock = new Clock();
        var settings = new TrainingSettings
        {
            Architecture = new NetworkArchitecture
            {
                InputSize = features,
                HiddenLayerSizes = hidden,
                OutputSize = 2,
                Likelihood = Likelihood.HeteroscedasticGaussian,
                Posterior = posterior,
                Sharing = Combinations.DefaultSharing(posterior),
            },
            Prior = Combinations.DefaultPrior(posterior),
            Estimator = Combinations.DefaultEstimator(posterior),
            NumberOfIterations = 16,
            NumberOfThreads = Environment.ProcessorCount,
        };
        NetworkTrainer.Train(data, null, settings, null, clock);
        double[] seconds = [.. clock.Ends.Zip(clock.Ends.Skip(1), (first, second) => Stopwatch.GetElapsedTime(first, second).TotalSeconds).Order()];
        return rows / seconds[seconds.Length / 2];
    }

    private sealed class Clock : ITrainingMonitor
    {
        public List<long> Ends { get; } = [];

        public void ThrowIfCancelled()
        {
        }

        public void IterationEnded(IterationReport report) => Ends.Add(Stopwatch.GetTimestamp());

        public void Diverged(int iteration, int lastGoodIteration)
        {
        }
    }
}
