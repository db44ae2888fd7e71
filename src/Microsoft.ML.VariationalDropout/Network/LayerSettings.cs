using Microsoft.ML.Trainers.VariationalDropout.Numerics;

namespace Microsoft.ML.Trainers.VariationalDropout.Network;

/// <summary>What the layers of a network in training have in common.</summary>
internal sealed record LayerSettings
{
    /// <summary>Bounds of log σ² of a Gaussian posterior, in squares of the weights' unit: far from where training goes.</summary>
    public const double LowestLogWeightVariance = -30, HighestLogWeightVariance = 5;

    /// <summary>In smaller layers rounding costs what the products save.</summary>
    public const int DefaultSmallestRoundedLayer = 256;

    /// <summary>Integers that rounding leaves at least: to A² and σ², in layers of up to 8,191 inputs, and to gradients, which are rounded without a bias.</summary>
    private const int FewestVariances = 512, FewestGradients = 64;

    public required NetworkArchitecture Architecture { get; init; }

    public GradientEstimator Estimator { get; init; } = GradientEstimator.LocalReparameterization;

    public required WeightDivergence Divergence { get; init; }

    /// <summary>Whether the parameters' running average is kept.</summary>
    public bool IsAveraged { get; init; }

    /// <summary>Whether weights change without a gradient too.</summary>
    public bool DecaysWeights { get; init; }

    /// <summary>β of the rows' weights in the gradient of the heteroscedastic likelihood, in [0, 1]; 0 for the likelihood itself.</summary>
    public double HeteroscedasticBeta { get; init; }

    /// <summary>Bounds of log α.</summary>
    public (double Lower, double Upper) LogDropoutVarianceBounds { get; init; } = (double.NegativeInfinity, double.PositiveInfinity);

    /// <summary>Inputs and outputs from which a layer's variances are multiplied as 16-bit integers.</summary>
    public int SmallestRoundedLayer { get; init; } = DefaultSmallestRoundedLayer;

    /// <summary>
    /// Whether the variances of a layer of this size are multiplied as 16-bit integers, where the noise is on its outputs: it is large, but its sums are not so
    /// long that few integers would be left.
    /// </summary>
    /// <param name="inputs">Inputs of the layer.</param>
    /// <param name="outputs">Outputs of the layer.</param>
    /// <param name="rows">Rows of the largest minibatch.</param>
    public bool RoundsVariances(int inputs, int outputs, int rows)
    {
        int largest = ShortProduct<float>.Largest(inputs);
        return Math.Min(inputs, outputs) >= SmallestRoundedLayer && largest >= FewestVariances && ShortProduct<float>.Largest(Math.Max(rows, outputs), largest) >= FewestGradients;
    }
}
