namespace Microsoft.ML.Trainers.VariationalDropout.Network;

/// <summary>The shape of a fully connected network, the form of its weight noise and of its likelihood: all that is fixed before training.</summary>
internal sealed record NetworkArchitecture
{
    /// <summary>Number of inputs, 1 or more.</summary>
    public required int InputSize { get; init; }

    /// <summary>Units of each hidden layer, from the input on; empty for a linear model.</summary>
    public required IReadOnlyList<int> HiddenLayerSizes { get; init; }

    /// <summary>Number of outputs: classes, 1 for Bernoulli, targets, or twice the targets (see <see cref="Network.Likelihood"/>).</summary>
    public required int OutputSize { get; init; }

    public Likelihood Likelihood { get; init; } = Likelihood.Categorical;

    public Activation Activation { get; init; } = Activation.Relu;

    public WeightPosterior Posterior { get; init; } = WeightPosterior.CorrelatedWeightNoise;

    /// <summary>Which weights share a log-variance; <see cref="DropoutVarianceSharing.Weight"/> with the Gaussian posterior, <see cref="DropoutVarianceSharing.Layer"/> with a given rate.</summary>
    public DropoutVarianceSharing Sharing { get; init; } = DropoutVarianceSharing.InputUnit;

    /// <summary>
    /// Whether the rows trained on were held sparse: the first layer then works on the features that are not zero. The bits of a
    /// prediction do not depend on it.
    /// </summary>
    public bool HasSparseInputs { get; init; }

    /// <summary>Numbers that a label consists of: 1, or the targets of a regression.</summary>
    public int LabelCount => Likelihood switch
    {
        Likelihood.Categorical or Likelihood.Bernoulli => 1,
        Likelihood.Gaussian => OutputSize,
        _ => OutputSize / 2,
    };

    /// <summary>Numbers that a prediction consists of: class probabilities, 1, or the targets.</summary>
    public int ScoreSize => Likelihood == Likelihood.Categorical ? OutputSize : LabelCount;

    /// <summary>Number of layers with weights: the hidden layers and the output layer.</summary>
    public int LayerCount => HiddenLayerSizes.Count + 1;

    /// <summary>Inputs of layer <paramref name="layer"/>, counted from 0.</summary>
    public int InputsOf(int layer) => layer == 0 ? InputSize : HiddenLayerSizes[layer - 1];

    /// <summary>Outputs of layer <paramref name="layer"/>, counted from 0.</summary>
    public int OutputsOf(int layer) => layer == HiddenLayerSizes.Count ? OutputSize : HiddenLayerSizes[layer];

    /// <summary>How many log-variances layer <paramref name="layer"/> has.</summary>
    public int LogVariancesOf(int layer) => Posterior.IsNoisy() ? Sharing.CountOf(InputsOf(layer), OutputsOf(layer)) : 0;
}
