namespace Microsoft.ML.Trainers.VariationalDropout;

/// <summary>What the variational-dropout trainers of regressions have in common.</summary>
/// <inheritdoc cref="VariationalDropoutOptions" path="/remarks"/>
public abstract class VariationalDropoutRegressionOptions : VariationalDropoutOptions
{
    private protected VariationalDropoutRegressionOptions()
    {
        KullbackLeiblerScale = Defaults.RegressionKullbackLeiblerScale;
    }

    /// <summary>
    /// Whether the network learns the noise of every row from its features; otherwise it learns one noise variance per target. Default
    /// <see langword="true"/>. Turn it off where the noise is known to be the same everywhere, or where there are few rows: a noise that
    /// differs from row to row takes a second output per target.
    /// </summary>
    public bool HeteroscedasticNoise { get; set; } = Defaults.HeteroscedasticNoise;

    internal Network.Likelihood Likelihood => HeteroscedasticNoise ? Network.Likelihood.HeteroscedasticGaussian : Network.Likelihood.Gaussian;
}
