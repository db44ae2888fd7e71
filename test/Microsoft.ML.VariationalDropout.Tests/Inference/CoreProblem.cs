using Microsoft.ML.Trainers.VariationalDropout.Data;
using Microsoft.ML.Trainers.VariationalDropout.Inference;
using Microsoft.ML.Trainers.VariationalDropout.Network;
using Microsoft.ML.Trainers.VariationalDropout.Numerics;

namespace Microsoft.ML.Trainers.VariationalDropout.Tests.Inference;

/// <summary>Small generated problems and networks for the tests of the core.</summary>
internal static class CoreProblem
{
    /// <summary>The combinations of a learned posterior and a sharing that exist.</summary>
    public static IEnumerable<(WeightPosterior Posterior, DropoutVarianceSharing Sharing)> LearnedNoises() => AllNoises().Where(noise => noise.Posterior.IsLearned());

    /// <summary>The combinations of posterior and sharing that exist and have noise.</summary>
    public static IEnumerable<(WeightPosterior Posterior, DropoutVarianceSharing Sharing)> Noises() => AllNoises().Where(noise => noise.Posterior.IsNoisy());

    public static IEnumerable<(WeightPosterior Posterior, DropoutVarianceSharing Sharing)> AllNoises()
        => from posterior in Enum.GetValues<WeightPosterior>()
           from sharing in Enum.GetValues<DropoutVarianceSharing>()
           where Combinations.RefuseSharing(posterior, sharing) is null
           select (posterior, sharing);

    /// <summary>Every combination that is not refused.</summary>
    public static IEnumerable<(WeightPosterior Posterior, WeightPrior Prior, DropoutVarianceSharing Sharing, GradientEstimator Estimator)> AllCombinations()
        => from noise in AllNoises()
           from prior in Enum.GetValues<WeightPrior>()
           from estimator in Enum.GetValues<GradientEstimator>()
           where Combinations.Refuse(noise.Posterior, prior, noise.Sharing, estimator) is null
           select (noise.Posterior, prior, noise.Sharing, estimator);

    /// <summary>Targets that follow smooth functions of the first two features, with noise whose size follows the third. Weights differ from row to row.</summary>
    public static TrainingSet CreateRegression(int rows, int features, int targets, uint seed = 1, double unit = 1)
    {
        var random = new Random((int)seed);
        var result = new TrainingSet(features, targets);
        float[] labels = new float[targets];
        for (int row = 0; row < rows; row++)
        {
            double[] x = [.. Enumerable.Range(0, features).Select(_ => Normal(random))];
            for (int t = 0; t < targets; t++)
                labels[t] = (float)(unit * (Math.Sin(x[0] + t) + (0.5 * x[1]) + (0.1 * Math.Exp(0.3 * x[2]) * Normal(random))));
            Span<float> destination = result.Add(labels, 0.5f + random.NextSingle());
            for (int i = 0; i < features; i++)
                destination[i] = (float)x[i];
        }

        return result;
    }

    /// <summary>A problem that fits an architecture: classes, 0 and 1, or targets.</summary>
    public static TrainingSet CreateFor(NetworkArchitecture architecture, int rows) => architecture.Likelihood switch
    {
        Likelihood.Categorical => Create(rows, architecture.InputSize, architecture.OutputSize),
        Likelihood.Bernoulli => Create(rows, architecture.InputSize, 2),
        _ => CreateRegression(rows, architecture.InputSize, architecture.LabelCount),
    };

    /// <summary>Classes around centres on a circle in the first two of the features; the others are noise. Weights differ from row to row.</summary>
    public static TrainingSet Create(int rows, int features, int classes, uint seed = 1, double spread = 0.5, bool weighted = true)
    {
        var random = new Random((int)seed);
        var result = new TrainingSet(features);
        for (int row = 0; row < rows; row++)
        {
            int label = row % classes;
            var destination = result.Add(label, weighted ? 0.5f + random.NextSingle() : 1);
            for (int i = 0; i < features; i++)
            {
                double centre = i == 0 ? Math.Cos(2 * Math.PI * label / classes) : i == 1 ? Math.Sin(2 * Math.PI * label / classes) : 0;
                destination[i] = (float)(centre + (spread * Normal(random)));
            }
        }

        return result;
    }

    public static NetworkArchitecture Architecture(
        int inputs = 5,
        int classes = 3,
        WeightPosterior posterior = WeightPosterior.CorrelatedWeightNoise,
        DropoutVarianceSharing sharing = DropoutVarianceSharing.InputUnit,
        Activation activation = Activation.Relu,
        int[]? hidden = null,
        Likelihood likelihood = Likelihood.Categorical)
        => new()
        {
            InputSize = inputs,
            OutputSize = classes,
            HiddenLayerSizes = hidden ?? [7, 18],
            Posterior = posterior,
            Sharing = sharing,
            Activation = activation,
            Likelihood = likelihood,
        };

    /// <summary>Start values whose biases and dropout variances all differ.</summary>
    public static IReadOnlyList<TrainedLayer> StartValues(NetworkArchitecture architecture, uint seed = 3)
    {
        var layers = NetworkInitializer.Create(new TrainingSettings { Architecture = architecture, Seed = seed });
        var random = new Random(17);
        foreach (var layer in layers)
        {
            for (int j = 0; j < layer.Outputs; j++)
                layer.Biases[j] = (float)(0.2 * Normal(random));
            for (int n = 0; n < layer.LogVariances.Length; n++)
                layer.LogVariances[n] = (float)((architecture.Posterior == WeightPosterior.Gaussian ? -3 : -1.2) + (architecture.Posterior.IsLearned() ? 0.4 * Normal(random) : 0));
        }

        return layers;
    }

    public static LayerSettings Settings(
        NetworkArchitecture architecture,
        WeightPrior? prior = null,
        GradientEstimator? estimator = null,
        KullbackLeiblerForm form = KullbackLeiblerForm.Exact,
        double? priorVariance = null)
        => new()
        {
            Architecture = architecture,
            Divergence = new WeightDivergence(prior ?? Combinations.DefaultPrior(architecture.Posterior), form, priorVariance),
            Estimator = estimator ?? Combinations.DefaultEstimator(architecture.Posterior),
            LogDropoutVarianceBounds = (-20, 20),
        };

    public static TrainingPass<TLanes, T> Pass<TLanes, T>(NetworkArchitecture architecture, int capacity, WorkerTeam team, LayerSettings? settings = null, TargetScaling? targets = null)
        where TLanes : unmanaged, ILanes<TLanes, T>
        where T : unmanaged
    {
        var pass = new TrainingPass<TLanes, T>(settings ?? Settings(architecture), targets, capacity, team);
        var start = StartValues(architecture);
        for (int l = 0; l < start.Count; l++)
            pass.Layers[l].Load(start[l]);
        return pass;
    }

    public static int[] AllRows(TrainingSet data) => Enumerable.Range(0, data.RowCount).ToArray();

    public static TrainingStatistics Statistics(TrainingSet data, bool ofTargets = true)
        => TrainingStatistics.Compute(data, RowSplit.None(data.RowCount), ofFeatures: true, ofTargets, outlierThreshold: 2);

    public static double Normal(Random random) => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());

    /// <summary>The settings of the training loop for a noise, with the prior that fits it.</summary>
    public static TrainingSettings TrainingSettings(NetworkArchitecture architecture)
        => new()
        {
            Architecture = architecture,
            Prior = Combinations.DefaultPrior(architecture.Posterior),
            Estimator = Combinations.DefaultEstimator(architecture.Posterior),
            NumberOfIterations = 3,
            BatchSize = 32,
            Seed = 1,
        };

    /// <summary>Predictions for row-major dense features: of the posterior mean, or averaged over draws.</summary>
    public static Predictions Predict(TrainedNetwork network, ReadOnlySpan<float> features, int samples = 0, uint seed = 0, KernelPath? path = null)
        => Predict(network, features, samples > 0, path, (predictor, block, rows, result) =>
        {
            if (samples > 0)
                predictor.PredictSampled(block, rows, samples, seed, result);
            else
                predictor.PredictMean(block, rows, result);
        });

    /// <summary>Predictions by moment propagation.</summary>
    public static Predictions PredictMoments(TrainedNetwork network, ReadOnlySpan<float> features, KernelPath? path = null)
        => Predict(network, features, withUncertainty: true, path, (predictor, block, rows, result) => predictor.PredictMoments(block, rows, result));

    private static Predictions Predict(
        TrainedNetwork network, ReadOnlySpan<float> features, bool withUncertainty, KernelPath? path, Action<NetworkPredictor, FeatureBlock, int, Predictions> predict)
    {
        int rows = features.Length / network.FeatureCount;
        var block = new FeatureBlock(network.FeatureCount, network.Architecture.HasSparseInputs, rows);
        for (int row = 0; row < rows; row++)
            block.Set(row, features.Slice(row * network.FeatureCount, network.FeatureCount));
        var result = new Predictions(network.Architecture, rows, withUncertainty);
        predict(new NetworkPredictor(network, path ?? KernelPaths.Current), block, rows, result);
        return result;
    }

    public static bool SameBits(TrainedNetwork first, TrainedNetwork second)
        => first.Layers.Zip(second.Layers).All(pair =>
            pair.First.Weights.AsSpan().SequenceEqual(pair.Second.Weights)
            && pair.First.Biases.AsSpan().SequenceEqual(pair.Second.Biases)
            && pair.First.LogVariances.AsSpan().SequenceEqual(pair.Second.LogVariances))
            && first.LogNoiseVariances.AsSpan().SequenceEqual(second.LogNoiseVariances);
}

/// <summary>Keeps the gradients that a pass hands out, and changes nothing.</summary>
internal sealed unsafe class GradientRecorder<T> : GradientConsumer<T>
    where T : unmanaged
{
    private readonly Dictionary<Parameter<T>, T[]> _gradients = [];

    public T[] Of(Parameter<T> parameter)
    {
        lock (_gradients)
        {
            if (!_gradients.TryGetValue(parameter, out var gradient))
                _gradients[parameter] = gradient = new T[parameter.Values.Length];
            return gradient;
        }
    }

    public bool Has(Parameter<T> parameter) => _gradients.ContainsKey(parameter);

    public override void Accept(Parameter<T> parameter, nint offset, T* gradient, int count)
        => new ReadOnlySpan<T>(gradient, count).CopyTo(Of(parameter).AsSpan((int)offset));
}

/// <summary>Watches a training.</summary>
internal sealed class RecordingMonitor : ITrainingMonitor
{
    public List<IterationReport> Reports { get; } = [];

    public int Steps { get; private set; }

    public (int Iteration, int LastGood)? Divergence { get; private set; }

    public Action<int>? BeforeStep { get; init; }

    public void ThrowIfCancelled() => BeforeStep?.Invoke(Steps++);

    public void IterationEnded(IterationReport report) => Reports.Add(report);

    public void Diverged(int iteration, int lastGoodIteration) => Divergence = (iteration, lastGoodIteration);
}
