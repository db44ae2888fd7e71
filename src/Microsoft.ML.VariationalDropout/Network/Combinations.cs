namespace Microsoft.ML.Trainers.VariationalDropout.Network;

/// <summary>Which posteriors, priors, sharings and estimators go together: what a user leaves out, and why a combination is refused.</summary>
/// <remarks>docs/combinations.md has the whole table; a test walks every cell of it.</remarks>
internal static class Combinations
{
    public static DropoutVarianceSharing DefaultSharing(WeightPosterior posterior) => posterior switch
    {
        WeightPosterior.CorrelatedWeightNoise or WeightPosterior.IndependentWeightNoise => DropoutVarianceSharing.InputUnit,
        WeightPosterior.Gaussian => DropoutVarianceSharing.Weight,
        _ => DropoutVarianceSharing.Layer,
    };

    public static WeightPrior DefaultPrior(WeightPosterior posterior) => posterior switch
    {
        WeightPosterior.CorrelatedWeightNoise or WeightPosterior.IndependentWeightNoise => WeightPrior.LogUniform,
        WeightPosterior.Gaussian => WeightPrior.Gaussian,
        _ => WeightPrior.None,
    };

    public static GradientEstimator DefaultEstimator(WeightPosterior posterior)
        => posterior.IsNoisy() ? GradientEstimator.LocalReparameterization : GradientEstimator.None;

    /// <summary>Why the combination is refused and what to choose; null when it works.</summary>
    public static string? Refusal(WeightPosterior posterior, WeightPrior prior, DropoutVarianceSharing sharing, GradientEstimator estimator)
        => RefuseSharing(posterior, sharing) ?? RefusePrior(posterior, prior) ?? RefuseEstimator(posterior, estimator);

    public static string? RefuseSharing(WeightPosterior posterior, DropoutVarianceSharing sharing) => posterior switch
    {
        WeightPosterior.CorrelatedWeightNoise when sharing is DropoutVarianceSharing.OutputUnit or DropoutVarianceSharing.Weight
            => $"The posterior CorrelatedWeightNoise has one noise variable per input unit, so that DropoutVarianceSharing cannot be {sharing}: choose InputUnit or Layer, or the posterior IndependentWeightNoise.",
        WeightPosterior.Gaussian when sharing != DropoutVarianceSharing.Weight
            => $"The posterior Gaussian has a variance for every weight, so that DropoutVarianceSharing cannot be {sharing}: choose Weight (its default), or the posterior IndependentWeightNoise.",
        WeightPosterior.FixedGaussianDropout or WeightPosterior.FixedIndependentGaussianDropout or WeightPosterior.BinaryDropout when sharing != DropoutVarianceSharing.Layer
            => $"The posterior {posterior} has one given rate per layer, so that DropoutVarianceSharing cannot be {sharing}: choose Layer (its default), or a posterior that learns its rates.",
        WeightPosterior.None when sharing != DropoutVarianceSharing.Layer
            => $"The posterior None has no noise, so that DropoutVarianceSharing cannot be {sharing}: leave it out, or choose a posterior with noise.",
        _ => null,
    };

    private static string? RefusePrior(WeightPosterior posterior, WeightPrior prior)
    {
        if (!posterior.IsLearned())
        {
            return prior == WeightPrior.None
                ? null
                : $"The posterior {posterior} learns no variance and has no divergence, so that Prior cannot be {prior}: choose None (its default), or a posterior that learns its variances.";
        }

        return prior switch
        {
            WeightPrior.None => $"The posterior {posterior} learns its variances, which needs a divergence, so that Prior cannot be None: choose {DefaultPrior(posterior)} (its default), or the posterior FixedGaussianDropout or None.",
            WeightPrior.Gaussian when posterior == WeightPosterior.CorrelatedWeightNoise
                => "The divergence of the posterior CorrelatedWeightNoise from a Gaussian prior is infinite, so that Prior cannot be Gaussian: choose LogUniform or ArdEmpiricalBayes, or the posterior Gaussian.",
            WeightPrior.Gaussian when posterior == WeightPosterior.IndependentWeightNoise
                => "The divergence of the posterior IndependentWeightNoise from a Gaussian prior is singular at weights of 0, so that Prior cannot be Gaussian: choose LogUniform or ArdEmpiricalBayes, or the posterior Gaussian.",
            _ => null,
        };
    }

    private static string? RefuseEstimator(WeightPosterior posterior, GradientEstimator estimator)
    {
        if (posterior.IsNoisy())
        {
            return estimator == GradientEstimator.None
                ? $"Without noise nothing but the divergence would move the variances of the posterior {posterior}, so that GradientEstimator cannot be None: choose LocalReparameterization (its default), or the posterior None."
                : null;
        }

        return estimator == GradientEstimator.None
            ? null
            : $"The posterior None has no noise to draw, so that GradientEstimator cannot be {estimator}: choose None (its default), or a posterior with noise.";
    }
}
