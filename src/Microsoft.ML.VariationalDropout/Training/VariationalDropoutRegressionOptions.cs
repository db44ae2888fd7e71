using Microsoft.ML.SearchSpace;

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

    /// <summary>
    /// How much of the weight 1 / variance is taken back that <see cref="HeteroscedasticNoise"/> gives the error of a row: β of Seitzer, Tavakoli,
    /// Antic and Martius, "On the pitfalls of heteroscedastic uncertainty estimation with probabilistic neural networks" (ICLR 2022). The
    /// gradient of a row weighs variance^β, over the minibatch's mean of that. With 0 training maximises the evidence lower bound as it is: rows that
    /// are hard to fit then count for ever less, and the mean may stay poor there. With 1 the mean is fitted as by least squares, and the noise to
    /// its errors. With a <c>BatchSize</c> of 1 it does nothing. Default 0.25, in [0, 1]. Not read without <see cref="HeteroscedasticNoise"/>.
    /// </summary>
    [Range(0.0, 1.0, 0.25)]
    public double HeteroscedasticBeta { get; set; } = Defaults.HeteroscedasticBeta;

    /// <summary>Means that start among weights without a divergence find better optima (docs/results/defaults.md).</summary>
    internal override bool WarmsUpByDefault => ResolvedPosterior == WeightPosterior.Gaussian;

    internal Network.Likelihood Likelihood => HeteroscedasticNoise ? Network.Likelihood.HeteroscedasticGaussian : Network.Likelihood.Gaussian;
}
