using System.Globalization;
using System.IO.Compression;
using Microsoft.ML.Trainers.VariationalDropout.Data;
using Microsoft.ML.Trainers.VariationalDropout.Inference;
using Microsoft.ML.Trainers.VariationalDropout.Network;

namespace Microsoft.ML.Trainers.VariationalDropout.Benchmarks.Studies;

/// <summary>
/// What the rounding of variances to 16-bit integers does to a trained network: MNIST with rounding and in full precision, with the same seeds.
/// The last 10,000 training images are kept aside and measured on; the test images are not used.
/// </summary>
internal static class RoundingStudy
{
    private const int Pixels = 784, Kept = 10_000, Iterations = 15;

    private static readonly WeightPosterior[] Posteriors = [WeightPosterior.IndependentWeightNoise, WeightPosterior.Gaussian];

    public static void Run(string folder)
    {
        byte[] images = Read(Path.Combine(folder, "train-images-idx3-ubyte.gz")), labels = Read(Path.Combine(folder, "train-labels-idx1-ubyte.gz"));
        int count = labels.Length - 8;
        var training = Load(images, labels, 0, count - Kept);
        var validation = Load(images, labels, count - Kept, count);
        Console.WriteLine("| posterior | seed | variances | error, posterior mean | log-loss | expected log-likelihood a row | KL | mean rates |");
        Console.WriteLine("|---|---|---|---|---|---|---|---|");
        foreach (var posterior in Posteriors)
        {
            for (uint seed = 1; seed <= 3; seed++)
            {
                foreach (bool rounds in (bool[])[false, true])
                {
                    var last = new LastReport();
                    TrainedNetwork network = NetworkTrainer.Train(training, validation, Settings(posterior, seed, rounds), null, last);
                    IterationReport report = last.Report ?? throw new InvalidOperationException("No iteration ended.");
                    Console.WriteLine(string.Create(
                        CultureInfo.InvariantCulture,
                        $"| {posterior} | {seed} | {(rounds ? "16-bit integers" : "floats")} | {Error(network, validation):P2} | {report.ValidationLogLoss:F4} | {report.ExpectedLogLikelihood / training.RowCount:F4} | {report.KullbackLeibler:F0} | {string.Join(", ", report.MeanDropoutRates.Select(rate => rate.ToString("F3", CultureInfo.InvariantCulture)))} |"));
                }
            }
        }
    }

    private static TrainingSettings Settings(WeightPosterior posterior, uint seed, bool rounds) => new()
    {
        Architecture = new NetworkArchitecture
        {
            InputSize = Pixels,
            HiddenLayerSizes = [400, 400],
            OutputSize = 10,
            Posterior = posterior,
            Sharing = Combinations.DefaultSharing(posterior),
        },
        Prior = Combinations.DefaultPrior(posterior),
        Estimator = Combinations.DefaultEstimator(posterior),
        NumberOfIterations = Iterations,
        NumberOfThreads = Environment.ProcessorCount,
        StandardizeFeatures = false,
        Seed = seed,
        SmallestRoundedLayer = rounds ? LayerSettings.DefaultSmallestRoundedLayer : int.MaxValue,
    };

    private static double Error(TrainedNetwork network, TrainingSet data)
    {
        var block = new FeatureBlock(Pixels, isSparse: false, data.RowCount);
        for (int row = 0; row < data.RowCount; row++)
            block.Set(row, data.Features(row));
        var predictions = new Predictions(network.Architecture, data.RowCount, withUncertainty: false);
        new NetworkPredictor(network).PredictMean(block, data.RowCount, predictions);
        int wrong = 0;
        for (int row = 0; row < data.RowCount; row++)
        {
            ReadOnlySpan<float> scores = predictions.Scores.AsSpan(row * 10, 10);
            int best = 0;
            for (int k = 1; k < 10; k++)
                best = scores[k] > scores[best] ? k : best;
            wrong += best == (int)data.Label(row) ? 0 : 1;
        }

        return wrong / (double)data.RowCount;
    }

    private static TrainingSet Load(byte[] images, byte[] labels, int first, int end)
    {
        const int ImageHeader = 16, LabelHeader = 8;
        var result = new TrainingSet(Pixels);
        for (int row = first; row < end; row++)
        {
            Span<float> features = result.Add(labels[LabelHeader + row], 1);
            for (int i = 0; i < Pixels; i++)
                features[i] = images[ImageHeader + (row * Pixels) + i] / 255f;
        }

        result.Complete();
        return result;
    }

    private static byte[] Read(string path)
    {
        using var file = new GZipStream(File.OpenRead(path), CompressionMode.Decompress);
        using var memory = new MemoryStream();
        file.CopyTo(memory);
        return memory.ToArray();
    }

    private sealed class LastReport : ITrainingMonitor
    {
        public IterationReport? Report { get; private set; }

        public void ThrowIfCancelled()
        {
        }

        public void IterationEnded(IterationReport report) => Report = report;

        public void Diverged(int iteration, int lastGoodIteration)
        {
        }
    }
}
