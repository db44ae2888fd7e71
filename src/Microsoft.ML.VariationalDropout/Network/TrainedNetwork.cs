namespace Microsoft.ML.Trainers.VariationalDropout.Network;

/// <summary>What training leaves behind: an immutable network with everything that prediction and further training need.</summary>
/// <remarks>Its arrays are not written to once training has ended; they are shared by every transformer over the same model.</remarks>
internal sealed class TrainedNetwork
{
    private readonly Lazy<IReadOnlyList<PredictionLayer>> _predictionLayers;

    public TrainedNetwork(NetworkArchitecture architecture, FeatureScaling? scaling, IReadOnlyList<TrainedLayer> layers, TrainingSummary summary)
        : this(architecture, scaling, layers, summary, null)
    {
    }

    private TrainedNetwork(
        NetworkArchitecture architecture, FeatureScaling? scaling, IReadOnlyList<TrainedLayer> layers, TrainingSummary summary, IReadOnlyList<PredictionLayer>? predictionLayers)
    {
        Architecture = architecture;
        Scaling = scaling;
        Layers = layers;
        Summary = summary;
        _predictionLayers = predictionLayers is null ? new(() => [.. Layers.Select(layer => new PredictionLayer(layer, Architecture))]) : new(predictionLayers);
    }

    public NetworkArchitecture Architecture { get; }

    /// <summary>The standardisation of the features, or null when the network was trained on features as they came.</summary>
    public FeatureScaling? Scaling { get; }

    /// <summary>The standardisation of the targets of a regression, or null.</summary>
    public TargetScaling? Targets { get; init; }

    /// <summary>Learned logarithms of the noise variances of standardised targets, [targets] with <see cref="Likelihood.Gaussian"/>, else empty.</summary>
    public float[] LogNoiseVariances { get; init; } = [];

    /// <summary>
    /// The feature that each input is made of, [InputSize]; null when input i is feature i. Where features are cut into bins, all features come first and the
    /// bins after them, feature by feature; pruning leaves some of either out. <see cref="Scaling"/> is that of the inputs.
    /// </summary>
    public int[]? InputFeatures { get; init; }

    /// <summary>What pruning took away; null for a network as it was trained.</summary>
    public PruningRecord? Pruning { get; init; }

    /// <summary>Features of a row, kept or not.</summary>
    public int FeatureCount => Pruning?.FeatureCount ?? (InputFeatures is int[] features ? features.Max() + 1 : Architecture.InputSize);

    /// <summary>The layers from the input to the output, <see cref="NetworkArchitecture.LayerCount"/> of them.</summary>
    public IReadOnlyList<TrainedLayer> Layers { get; }

    public TrainingSummary Summary { get; }

    /// <summary>The layers in the form that prediction reads, made at the first prediction and shared by all.</summary>
    public IReadOnlyList<PredictionLayer> PredictionLayers => _predictionLayers.Value;

    /// <summary>
    /// The same network, for predictions of the posterior mean alone, in the memory of an earlier network's <see cref="PredictionLayers"/>: that one can be
    /// predicted with no more.
    /// </summary>
    public TrainedNetwork WithPredictionLayers(IReadOnlyList<PredictionLayer> earlier)
    {
        for (int l = 0; l < earlier.Count; l++)
            earlier[l].LoadMeans(Layers[l]);
        return new TrainedNetwork(Architecture, Scaling, Layers, Summary, earlier)
        {
            Targets = Targets,
            LogNoiseVariances = LogNoiseVariances,
            InputFeatures = InputFeatures,
            Pruning = Pruning,
        };
    }

    /// <summary>All learned numbers: weights, biases and variances.</summary>
    public long ParameterCount => LogNoiseVariances.Length
        + Layers.Sum(layer => (long)layer.Weights.Length + layer.Biases.Length + (Architecture.Posterior.IsLearned() ? layer.LogVariances.Length : 0));

    /// <summary>Weights that training ended with.</summary>
    public long OriginalWeights => Pruning?.OriginalWeights ?? DenseWeights;

    /// <summary>Weights that the layers hold now, 0 or not: what prediction multiplies with.</summary>
    public long DenseWeights => Layers.Sum(layer => (long)layer.Weights.Length);

    /// <summary>Weights before pruning per weight that is left and not 0: the figure that publications give. 1 without pruning.</summary>
    public double Compression => Pruning is null ? 1 : (double)Pruning.OriginalWeights / Pruning.SurvivingWeights;

    /// <summary>Weights before pruning per weight that the layers hold now: what pruning saves in time and memory.</summary>
    public double DenseCompression => (double)OriginalWeights / DenseWeights;

    /// <summary>For each layer: the weights that it holds, and how many of them are not 0.</summary>
    public IReadOnlyList<(int Weights, int Surviving)> CountWeights()
        => [.. Layers.Select(layer => (layer.Weights.Length, layer.CountSurvivingWeights()))];
}
