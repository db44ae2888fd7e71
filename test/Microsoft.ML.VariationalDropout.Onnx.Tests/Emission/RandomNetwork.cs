using Microsoft.ML.Trainers.VariationalDropout.Inference;
using Microsoft.ML.Trainers.VariationalDropout.Network;

namespace Microsoft.ML.Trainers.VariationalDropout.Onnx.Tests.Emission;

/// <summary>Networks of random weights, of which no two numbers are alike, and rows for them.</summary>
internal static class RandomNetwork
{
    public const int Features = 6;

    /// <param name="likelihood">Its likelihood: three classes, one target, or with <paramref name="targets"/> several.</param>
    /// <param name="posterior">Its posterior.</param>
    /// <param name="activation">Its activation.</param>
    /// <param name="isScaled">Whether features are standardised.</param>
    /// <param name="targets">Targets of a regression.</param>
    /// <param name="sharing">Sharing of variances; the posterior's default when left out.</param>
    /// <param name="hidden">Hidden layers; 7 and 18 units when left out.</param>
    /// <param name="isSparse">Whether rows are held sparse.</param>
    /// <param name="outlierThreshold">Standard deviations beyond which features are compressed; some of the rows' are when it is left out.</param>
    /// <param name="seed">Seed.</param>
    /// <param name="hasBins">Whether two features in three have one or two inputs more, whose limits are narrow.</param>
    public static TrainedNetwork Create(
        Likelihood likelihood,
        WeightPosterior posterior = WeightPosterior.Gaussian,
        Activation activation = Activation.Relu,
        bool isScaled = true,
        int targets = 1,
        DropoutVarianceSharing? sharing = null,
        int[]? hidden = null,
        bool isSparse = false,
        float? outlierThreshold = null,
        int seed = 1,
        bool hasBins = false)
    {
        var random = new Random(seed);
        int[]? inputFeatures = hasBins ? [.. Enumerable.Range(0, Features), .. Enumerable.Range(0, Features).SelectMany(feature => Enumerable.Repeat(feature, feature % 3))] : null;
        int inputs = inputFeatures?.Length ?? Features;
        var architecture = new NetworkArchitecture
        {
            InputSize = inputs,
            HiddenLayerSizes = hidden ?? [7, 18],
            OutputSize = likelihood switch
            {
                Likelihood.Categorical => 3,
                Likelihood.Bernoulli => 1,
                Likelihood.Gaussian => targets,
                _ => 2 * targets,
            },
            Likelihood = likelihood,
            Posterior = posterior,
            Activation = activation,
            Sharing = sharing ?? Combinations.DefaultSharing(posterior),
            HasSparseInputs = isSparse,
        };
        TrainedLayer[] layers = [.. Enumerable.Range(0, architecture.LayerCount).Select(l => CreateLayer(architecture, l, random))];
        FeatureScaling? scaling = !isScaled ? null : new FeatureScaling
        {
            Means = [.. Enumerable.Range(0, inputs).Select(_ => isSparse ? 0 : (float)Normal(random))],
            Scales = [.. Enumerable.Range(0, inputs).Select(i => i == 4 ? 0 : (float)Math.Exp(0.3 * Normal(random)))],
            OutlierThreshold = outlierThreshold ?? (isSparse ? 0 : 1.3f),
            Lowest = inputFeatures is null ? null : [.. Enumerable.Range(0, inputs).Select(i => IsBin(i) ? -0.1f * (i % 7) : -FeatureScaling.Limit)],
            Highest = inputFeatures is null ? null : [.. Enumerable.Range(0, inputs).Select(i => IsBin(i) ? 0.5f * (i % 5) : FeatureScaling.Limit)],
        };
        bool isRegression = likelihood is Likelihood.Gaussian or Likelihood.HeteroscedasticGaussian;
        return new TrainedNetwork(architecture, scaling, layers, Summary)
        {
            Targets = isRegression ? new TargetScaling { Means = [.. Enumerable.Range(0, targets).Select(t => 3.0 + t)], Scales = [.. Enumerable.Range(0, targets).Select(t => 2.0 + t)] } : null,
            LogNoiseVariances = likelihood == Likelihood.Gaussian ? [.. Enumerable.Range(0, targets).Select(t => -1f - t)] : [],
            InputFeatures = inputFeatures,
        };

        bool IsBin(int input) => input >= Features;
    }

    /// <summary>A copy without half of the weights and without two of the features.</summary>
    public static TrainedNetwork Prune(TrainedNetwork network)
    {
        TrainedLayer first = network.Layers[0];
        foreach (int feature in new[] { 1, 3 })
            first.Weights.AsSpan(feature * first.Outputs, first.Outputs).Fill(1e-6f);
        TrainedNetwork pruned = NetworkPruner.PruneByMagnitude(network, 0.5);
        Assert.HasCount(Features - 2, pruned.InputFeatures!);
        return pruned;
    }

    /// <summary>Rows of the features' own unit, [rows × features].</summary>
    public static float[] Rows(int rows, int seed = 7)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, rows * Features).Select(_ => (float)Normal(random))];
    }

    public static Predictions Predict(TrainedNetwork network, float[] features, NetworkGraph graph)
    {
        int rows = features.Length / network.FeatureCount;
        var block = new FeatureBlock(network.FeatureCount, network.Architecture.HasSparseInputs, rows);
        for (int row = 0; row < rows; row++)
            block.Set(row, features.AsSpan(row * network.FeatureCount, network.FeatureCount));
        var result = new Predictions(network.Architecture, rows, graph.HasUncertainty);
        var predictor = new NetworkPredictor(network);
        switch (graph.Kind)
        {
            case NetworkGraphKind.PosteriorMean:
                predictor.PredictMean(block, rows, result);
                break;
            case NetworkGraphKind.Moments:
                predictor.PredictMoments(block, rows, result);
                break;
            default:
                predictor.PredictSampled(block, rows, graph.Samples, graph.Seed, result);
                break;
        }

        return result;
    }

    private static TrainingSummary Summary { get; } = new() { Rows = 100, Iterations = 1, BestIteration = 1, ExpectedLogLikelihood = -1, KullbackLeibler = 1 };

    private static TrainedLayer CreateLayer(NetworkArchitecture architecture, int l, Random random)
    {
        int inputs = architecture.InputsOf(l), outputs = architecture.OutputsOf(l);
        float[] Draw(int count, double mean, double deviation) => [.. Enumerable.Range(0, count).Select(_ => (float)(mean + (deviation * Normal(random))))];
        return new TrainedLayer
        {
            Inputs = inputs,
            Outputs = outputs,
            Weights = Draw(inputs * outputs, 0, 1.3 / Math.Sqrt(inputs)),
            Biases = Draw(outputs, 0, 0.3),
            LogVariances = Draw(architecture.LogVariancesOf(l), architecture.Posterior == WeightPosterior.Gaussian ? -4 : -2, architecture.Posterior.IsLearned() ? 0.4 : 0),
        };
    }

    private static double Normal(Random random) => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
