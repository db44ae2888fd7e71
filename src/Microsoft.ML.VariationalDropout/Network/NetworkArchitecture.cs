namespace Microsoft.ML.Trainers.VariationalDropout.Network;

/// <summary>The shape of a fully connected network and the form of its weight noise: all that is fixed before training.</summary>
internal sealed record NetworkArchitecture
{
    /// <summary>Number of features, 1 or more.</summary>
    public required int InputSize { get; init; }

    /// <summary>Units of each hidden layer, from the input on; empty for a linear model.</summary>
    public required IReadOnlyList<int> HiddenLayerSizes { get; init; }

    /// <summary>Number of outputs (classes).</summary>
    public required int OutputSize { get; init; }

    public Activation Activation { get; init; } = Activation.Relu;

    public WeightPosterior Posterior { get; init; } = WeightPosterior.CorrelatedWeightNoise;

    public DropoutVarianceSharing Sharing { get; init; } = DropoutVarianceSharing.InputUnit;

    /// <summary>Number of layers with weights: the hidden layers and the output layer.</summary>
    public int LayerCount => HiddenLayerSizes.Count + 1;

    /// <summary>Inputs of layer <paramref name="layer"/>, counted from 0.</summary>
    public int InputsOf(int layer) => layer == 0 ? InputSize : HiddenLayerSizes[layer - 1];

    /// <summary>Outputs of layer <paramref name="layer"/>, counted from 0.</summary>
    public int OutputsOf(int layer) => layer == HiddenLayerSizes.Count ? OutputSize : HiddenLayerSizes[layer];

    /// <summary>How many dropout variances layer <paramref name="layer"/> learns.</summary>
    public int DropoutVariancesOf(int layer) => Sharing switch
    {
        DropoutVarianceSharing.Layer => 1,
        DropoutVarianceSharing.InputUnit => InputsOf(layer),
        DropoutVarianceSharing.OutputUnit => OutputsOf(layer),
        DropoutVarianceSharing.Weight => checked(InputsOf(layer) * OutputsOf(layer)),
        _ => throw new InvalidOperationException($"Unknown sharing {Sharing}."),
    };
}
