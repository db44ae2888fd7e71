namespace Microsoft.ML.Trainers.VariationalDropout.Network;

/// <summary>What the layers of a network in training have in common.</summary>
internal sealed record LayerSettings
{
    /// <summary>Bounds of log σ² of a Gaussian posterior, in squares of the weights' unit: far from where training goes.</summary>
    public const double LowestLogWeightVariance = -30, HighestLogWeightVariance = 5;

    public required NetworkArchitecture Architecture { get; init; }

    public GradientEstimator Estimator { get; init; } = GradientEstimator.LocalReparameterization;

    public required WeightDivergence Divergence { get; init; }

    /// <summary>Whether the parameters' running average is kept.</summary>
    public bool IsAveraged { get; init; }

    /// <summary>Bounds of log α.</summary>
    public (double Lower, double Upper) LogDropoutVarianceBounds { get; init; } = (double.NegativeInfinity, double.PositiveInfinity);
}
