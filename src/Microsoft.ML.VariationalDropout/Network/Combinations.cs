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
    public static Refusal? Refuse(WeightPosterior posterior, WeightPrior prior, DropoutVarianceSharing sharing, GradientEstimator estimator)
        => RefuseSharing(posterior, sharing) ?? RefusePrior(posterior, prior) ?? RefuseEstimator(posterior, estimator);

    public static Refusal? RefuseSharing(WeightPosterior posterior, DropoutVarianceSharing sharing) => posterior switch
    {
        WeightPosterior.CorrelatedWeightNoise when sharing is DropoutVarianceSharing.OutputUnit or DropoutVarianceSharing.Weight
            => new($"The posterior CorrelatedWeightNoise has one noise variable per input unit, so that DropoutVarianceSharing cannot be {sharing}", "InputUnit or Layer, or the posterior IndependentWeightNoise"),
        WeightPosterior.Gaussian when sharing != DropoutVarianceSharing.Weight
            => new($"The posterior Gaussian has a variance for every weight, so that DropoutVarianceSharing cannot be {sharing}", "Weight (its default), or the posterior IndependentWeightNoise"),
        WeightPosterior.FixedGaussianDropout or WeightPosterior.FixedIndependentGaussianDropout or WeightPosterior.BinaryDropout when sharing != DropoutVarianceSharing.Layer
            => new($"The posterior {posterior} has one given rate per layer, so that DropoutVarianceSharing cannot be {sharing}", "Layer (its default), or a posterior that learns its rates"),
        WeightPosterior.None when sharing != DropoutVarianceSharing.Layer
            => new($"The posterior None has no noise, so that DropoutVarianceSharing cannot be {sharing}", "nothing (leave it out), or a posterior with noise"),
        _ => null,
    };

    private static Refusal? RefusePrior(WeightPosterior posterior, WeightPrior prior)
    {
        if (!posterior.IsLearned())
        {
            return prior == WeightPrior.None
                ? null
                : new($"The posterior {posterior} learns no variance and has no divergence, so that Prior cannot be {prior}", "None (its default), or a posterior that learns its variances");
        }

        return prior switch
        {
            WeightPrior.None => new($"The posterior {posterior} learns its variances, which needs a divergence, so that Prior cannot be None", $"{DefaultPrior(posterior)} (its default), or the posterior FixedGaussianDropout or None"),
            WeightPrior.Gaussian when posterior == WeightPosterior.CorrelatedWeightNoise
                => new("The divergence of the posterior CorrelatedWeightNoise from a Gaussian prior is infinite, so that Prior cannot be Gaussian", "LogUniform or ArdEmpiricalBayes, or the posterior Gaussian"),
            WeightPrior.Gaussian when posterior == WeightPosterior.IndependentWeightNoise
                => new("The divergence of the posterior IndependentWeightNoise from a Gaussian prior is singular at weights of 0, so that Prior cannot be Gaussian", "LogUniform or ArdEmpiricalBayes, or the posterior Gaussian"),
            _ => null,
        };
    }

    private static Refusal? RefuseEstimator(WeightPosterior posterior, GradientEstimator estimator)
    {
        if (posterior.IsNoisy())
        {
            return estimator == GradientEstimator.None
                ? new($"The posterior {posterior} has noise to draw, so that GradientEstimator cannot be None", "LocalReparameterization (its default), or the posterior None")
                : null;
        }

        return estimator == GradientEstimator.None
            ? null
            : new($"The posterior None has no noise to draw, so that GradientEstimator cannot be {estimator}", "None (its default), or a posterior with noise");
    }

    /// <param name="Reason">A sentence without its full stop.</param>
    /// <param name="Alternative">What to choose.</param>
    internal sealed record Refusal(string Reason, string Alternative)
    {
        public string Message => $"{Reason}: choose {Alternative}.";
    }
}
