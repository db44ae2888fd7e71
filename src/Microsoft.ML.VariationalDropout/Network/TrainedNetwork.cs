namespace Microsoft.ML.Trainers.VariationalDropout.Network;

/// <summary>What training leaves behind: an immutable network with everything that prediction and further training need.</summary>
/// <remarks>Its arrays are never written to after construction; they are shared by every transformer over the same model.</remarks>
internal sealed class TrainedNetwork
{
    private readonly Lazy<IReadOnlyList<PredictionLayer>> _predictionLayers;

    public TrainedNetwork(NetworkArchitecture architecture, FeatureScaling? scaling, IReadOnlyList<TrainedLayer> layers, TrainingSummary summary)
    {
        Architecture = architecture;
        Scaling = scaling;
        Layers = layers;
        Summary = summary;
        _predictionLayers = new(() => [.. Layers.Select(layer => new PredictionLayer(layer, Architecture))]);
    }

    public NetworkArchitecture Architecture { get; }

    /// <summary>The standardisation of the features, or null when the network was trained on features as they came.</summary>
    public FeatureScaling? Scaling { get; }

    /// <summary>The layers from the input to the output, <see cref="NetworkArchitecture.LayerCount"/> of them.</summary>
    public IReadOnlyList<TrainedLayer> Layers { get; }

    public TrainingSummary Summary { get; }

    /// <summary>The layers in the form that prediction reads, made at the first prediction and shared by all.</summary>
    public IReadOnlyList<PredictionLayer> PredictionLayers => _predictionLayers.Value;

    /// <summary>All learned numbers: weights, biases and dropout variances.</summary>
    public long ParameterCount => Layers.Sum(layer => (long)layer.Weights.Length + layer.Biases.Length + layer.LogDropoutVariances.Length);
}

/// <summary>One layer: <c>z = a θ + b</c> with noise of variance α on θ.</summary>
internal sealed class TrainedLayer
{
    public required int Inputs { get; init; }

    public required int Outputs { get; init; }

    /// <summary>θ, row-major: weight of input i and output j at [i × Outputs + j].</summary>
    public required float[] Weights { get; init; }

    /// <summary>b, [Outputs].</summary>
    public required float[] Biases { get; init; }

    /// <summary>log α, as many as the sharing asks for: 1, [Inputs], [Outputs] or row-major [Inputs × Outputs].</summary>
    public required float[] LogDropoutVariances { get; init; }

    /// <summary>The mean over the layer's dropout variances of the rate α / (1 + α).</summary>
    public double MeanDropoutRate => LogDropoutVariances.Average(logVariance => 1 / (1 + Math.Exp(-logVariance)));
}

/// <summary>Figures of the training that produced a network, in nats over the whole training set where they are sums.</summary>
internal sealed record TrainingSummary
{
    /// <summary>Rows kept for training: N of the objective.</summary>
    public required long Rows { get; init; }

    /// <summary>Passes over the data that were made.</summary>
    public required int Iterations { get; init; }

    /// <summary>The pass whose parameters were kept, counted from 1.</summary>
    public required int BestIteration { get; init; }

    /// <summary>Σ w_i log p(y_i | x_i) over the pass <see cref="BestIteration"/>, estimated with one noise draw per row.</summary>
    public required double ExpectedLogLikelihood { get; init; }

    /// <summary>Σ over layers of KL(q ‖ p), normalised to 0 at α → ∞.</summary>
    public required double KullbackLeibler { get; init; }

    /// <summary>The evidence lower bound, with the KL at its full weight.</summary>
    public double EvidenceLowerBound => ExpectedLogLikelihood - KullbackLeibler;
}
