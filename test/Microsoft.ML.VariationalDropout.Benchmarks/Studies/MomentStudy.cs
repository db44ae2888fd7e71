using System.Globalization;
using Microsoft.ML.Trainers.VariationalDropout.Data;
using Microsoft.ML.Trainers.VariationalDropout.Inference;
using Microsoft.ML.Trainers.VariationalDropout.Network;
using Microsoft.ML.Trainers.VariationalDropout.Numerics;

namespace Microsoft.ML.Trainers.VariationalDropout.Benchmarks.Studies;

/// <summary>How far moment propagation is from 20,000 draws of the same trained networks: by depth, noise and activation.</summary>
internal static class MomentStudy
{
    private const int Features = 6, Rows = 100, Samples = 20_000;

    private static readonly int[][] Shapes = [[50], [50, 50], [50, 50, 50]];

    private static readonly WeightPosterior[] Posteriors =
        [WeightPosterior.Gaussian, WeightPosterior.IndependentWeightNoise, WeightPosterior.CorrelatedWeightNoise, WeightPosterior.BinaryDropout];

    private static readonly Activation[] Activations = [Activation.Relu, Activation.Tanh, Activation.Silu];

    public static void Run()
    {
        Console.WriteLine("| posterior | activation | hidden layers | mean: largest difference / predictive sd | total sd: ratio to draws | epistemic sd: ratio to draws |");
        Console.WriteLine("|---|---|---|---|---|---|");
        foreach (WeightPosterior posterior in Posteriors)
        {
            foreach (Activation activation in Activations)
            {
                foreach (int[] hidden in Shapes)
                    Report(posterior, activation, hidden);
            }
        }
    }

    private static void Report(WeightPosterior posterior, Activation activation, int[] hidden)
    {
        var architecture = new NetworkArchitecture
        {
            InputSize = Features,
            HiddenLayerSizes = hidden,
            OutputSize = 2,
            Likelihood = Likelihood.HeteroscedasticGaussian,
            Posterior = posterior,
            Sharing = Combinations.DefaultSharing(posterior),
            Activation = activation,
        };
        var settings = new TrainingSettings
        {
            Architecture = architecture,
            Prior = Combinations.DefaultPrior(posterior),
            NumberOfIterations = 60,
            BatchSize = 32,
            LearningRate = 3e-3,
            InitialInputDropoutRate = 0.05,
            InitialHiddenDropoutRate = 0.05,
            NumberOfThreads = Environment.ProcessorCount,
        };
        var network = NetworkTrainer.Train(Problem(1000, 1), null, settings, null, new Silence());

        var test = Problem(Rows, 2);
        var block = new FeatureBlock(Features, isSparse: false, Rows);
        for (int row = 0; row < Rows; row++)
            block.Set(row, test.Features(row));
        var predictor = new NetworkPredictor(network, KernelPaths.Current);
        var moments = new Predictions(architecture, Rows, withUncertainty: true);
        var draws = new Predictions(architecture, Rows, withUncertainty: true);
        predictor.PredictMoments(block, Rows, moments);
        predictor.PredictSampled(block, Rows, Samples, 1, draws);

        double mean = Enumerable.Range(0, Rows).Max(row => Math.Abs(moments.Scores[row] - draws.Scores[row]) / draws.StandardDeviations[row]);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {posterior} | {activation} | {string.Join('-', hidden)} | {mean:F3} | {Ratios(moments.StandardDeviations, draws.StandardDeviations)} | {Ratios(moments.EpistemicDeviations, draws.EpistemicDeviations)} |"));
    }

    private static string Ratios(float[] moments, float[] draws)
    {
        double[] ratios = [.. moments.Zip(draws, (m, d) => (double)m / d).Order()];
        return string.Create(CultureInfo.InvariantCulture, $"{ratios[0]:F2} – {ratios[ratios.Length / 2]:F2} – {ratios[^1]:F2}");
    }

    /// <summary>A smooth function of six features with noise that follows one of them.</summary>
    private static TrainingSet Problem(int rows, uint seed)
    {
        var random = new CounterRandom(seed, NoiseStream.Shuffle, 7);
        var result = new TrainingSet(Features);
        var x = new double[Features];
        for (int row = 0; row < rows; row++)
        {
            for (int i = 0; i < Features; i++)
                x[i] = NormalDistribution.Quantile((random.Next(1 << 30) + 0.5) / (1 << 30));
            double noise = 0.2 * Math.Exp(0.3 * x[2]) * NormalDistribution.Quantile((random.Next(1 << 30) + 0.5) / (1 << 30));
            Span<float> features = result.Add((float)(Math.Sin(x[0]) + (0.5 * x[1] * x[3]) + noise), 1);
            for (int i = 0; i < Features; i++)
                features[i] = (float)x[i];
        }

        return result;
    }
}
