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

    /// <summary>The standardisation of the targets of a regression, or null.</summary>
    public TargetScaling? Targets { get; init; }

    /// <summary>Learned logarithms of the noise variances of standardised targets, [targets] with <see cref="Likelihood.Gaussian"/>, else empty.</summary>
    public float[] LogNoiseVariances { get; init; } = [];

    /// <summary>
    /// Of a pruned network: the features that its inputs are, ascending, [InputSize]; null when input i is feature i.
    /// <see cref="Scaling"/> is that of the inputs.
    /// </summary>
    public int[]? KeptFeatures { get; init; }

    /// <summary>What pruning took away; null for a network as it was trained.</summary>
    public PruningRecord? Pruning { get; init; }

    /// <summary>Features of a row, kept or not.</summary>
    public int FeatureCount => Pruning?.FeatureCount ?? Architecture.InputSize;

    /// <summary>The layers from the input to the output, <see cref="NetworkArchitecture.LayerCount"/> of them.</summary>
    public IReadOnlyList<TrainedLayer> Layers { get; }

    public TrainingSummary Summary { get; }

    /// <summary>The layers in the form that prediction reads, made at the first prediction and shared by all.</summary>
    public IReadOnlyList<PredictionLayer> PredictionLayers => _predictionLayers.Value;

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

/// <summary>One layer: <c>z = a θ + b</c> with noise on θ.</summary>
internal sealed class TrainedLayer
{
    public required int Inputs { get; init; }

    public required int Outputs { get; init; }

    /// <summary>θ, row-major: weight of input i and output j at [i × Outputs + j].</summary>
    public required float[] Weights { get; init; }

    /// <summary>b, [Outputs].</summary>
    public required float[] Biases { get; init; }

    /// <summary>
    /// The posterior's log-variances: log σ² row-major [Inputs × Outputs] for the Gaussian posterior (−∞ for a weight that was pruned);
    /// log α for the others, as many as the sharing asks for: 1, [Inputs], [Outputs] or row-major [Inputs × Outputs]. Empty without noise.
    /// </summary>
    public required float[] LogVariances { get; init; }

    /// <summary>log α of a weight; +∞ where θ is 0 under the Gaussian posterior.</summary>
    public double LogDropoutVariance(NetworkArchitecture architecture, int input, int output)
    {
        if (LogVariances.Length == 0)
            return double.NegativeInfinity;
        double logVariance = LogVariances[architecture.Sharing.IndexOf(input, output, Outputs)];
        if (architecture.Posterior != WeightPosterior.Gaussian)
            return logVariance;
        double weight = Weights[(input * Outputs) + output];
        return weight == 0 ? double.PositiveInfinity : logVariance - Math.Log(weight * weight);
    }

    /// <summary>Weights that are not 0.</summary>
    public int CountSurvivingWeights() => Weights.Length - Weights.AsSpan().Count(0f);

    /// <summary>The dropout rates α / (1 + α): one per α, one per weight (σ² / (σ² + θ²)) for the Gaussian posterior, none without noise.</summary>
    public IEnumerable<double> DropoutRates(WeightPosterior posterior)
    {
        for (int n = 0; n < LogVariances.Length; n++)
            yield return DropoutRate(posterior, n);
    }

    /// <summary>The mean over <see cref="DropoutRates"/>; 0 without noise.</summary>
    public double MeanDropoutRate(WeightPosterior posterior)
    {
        double sum = 0;
        for (int n = 0; n < LogVariances.Length; n++)
            sum += DropoutRate(posterior, n);
        return LogVariances.Length == 0 ? 0 : sum / LogVariances.Length;
    }

    private double DropoutRate(WeightPosterior posterior, int n)
    {
        if (posterior != WeightPosterior.Gaussian)
            return 1 / (1 + Math.Exp(-LogVariances[n]));
        double square = (double)Weights[n] * Weights[n];
        return square == 0 ? 1 : 1 / (1 + (square * Math.Exp(-LogVariances[n])));
    }
}

/// <summary>What pruning took from a network.</summary>
internal sealed record PruningRecord
{
    /// <summary>Features of a row before pruning, which a row still has.</summary>
    public required int FeatureCount { get; init; }

    /// <summary>Weights before pruning.</summary>
    public required long OriginalWeights { get; init; }

    /// <summary>Weights that are left and not 0.</summary>
    public required long SurvivingWeights { get; init; }
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

    /// <summary>Σ over layers of KL(q ‖ p), normalised so that it is 0 or more.</summary>
    public required double KullbackLeibler { get; init; }

    /// <summary>The prior that the divergence is from: bounds of different priors are not comparable.</summary>
    public WeightPrior Prior { get; init; } = WeightPrior.LogUniform;

    /// <summary>The evidence lower bound, with the KL at its full weight.</summary>
    public double EvidenceLowerBound => ExpectedLogLikelihood - KullbackLeibler;
}
