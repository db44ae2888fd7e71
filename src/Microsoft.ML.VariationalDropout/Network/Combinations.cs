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
    {
        if (Works(posterior, prior, sharing, estimator))
            return null;

        var changes = new List<Change>();
        Add(RefuseSharing(posterior, sharing), nameof(DropoutVarianceSharing), Enum.GetValues<DropoutVarianceSharing>().Where(value => RefuseSharing(posterior, value) is null));
        Add(RefusePrior(posterior, prior), "Prior", Enum.GetValues<WeightPrior>().Where(value => RefusePrior(posterior, value) is null));
        Add(RefuseEstimator(posterior, estimator), nameof(GradientEstimator), Enum.GetValues<GradientEstimator>().Where(value => RefuseEstimator(posterior, value) is null));
        return new Refusal(changes, [.. Enum.GetValues<WeightPosterior>().Where(other => Works(other, prior, sharing, estimator))]);

        void Add<T>(string? reason, string option, IEnumerable<T> values)
            where T : struct, Enum
        {
            if (reason is not null)
                changes.Add(new Change(reason, option, [.. values.Select(value => value.ToString())]));
        }
    }

    /// <summary>Why a posterior excludes a sharing; null when it does not.</summary>
    public static string? RefuseSharing(WeightPosterior posterior, DropoutVarianceSharing sharing)
    {
        bool works = posterior switch
        {
            WeightPosterior.CorrelatedWeightNoise => sharing is DropoutVarianceSharing.Layer or DropoutVarianceSharing.InputUnit,
            WeightPosterior.IndependentWeightNoise => true,
            WeightPosterior.Gaussian => sharing == DropoutVarianceSharing.Weight,
            _ => sharing == DropoutVarianceSharing.Layer,
        };
        string what = posterior switch
        {
            WeightPosterior.CorrelatedWeightNoise => "has one noise variable per input unit",
            WeightPosterior.Gaussian => "has a variance for every weight",
            WeightPosterior.None => "has no noise",
            _ => "has one given rate per layer",
        };
        return works ? null : $"the posterior {posterior} {what}, so that DropoutVarianceSharing cannot be {sharing}";
    }

    private static bool Works(WeightPosterior posterior, WeightPrior prior, DropoutVarianceSharing sharing, GradientEstimator estimator)
        => RefuseSharing(posterior, sharing) is null && RefusePrior(posterior, prior) is null && RefuseEstimator(posterior, estimator) is null;

    private static string? RefusePrior(WeightPosterior posterior, WeightPrior prior)
    {
        if (!posterior.IsLearned())
            return prior == WeightPrior.None ? null : $"the posterior {posterior} learns no variance and has no divergence, so that Prior cannot be {prior}";

        return prior switch
        {
            WeightPrior.None => $"the posterior {posterior} learns its variances, which needs a divergence, so that Prior cannot be None",
            WeightPrior.Gaussian when posterior == WeightPosterior.CorrelatedWeightNoise
                => "the divergence of the posterior CorrelatedWeightNoise from a Gaussian prior is infinite, so that Prior cannot be Gaussian",
            WeightPrior.Gaussian when posterior == WeightPosterior.IndependentWeightNoise
                => "the divergence of the posterior IndependentWeightNoise from a Gaussian prior is singular at weights of 0, so that Prior cannot be Gaussian",
            _ => null,
        };
    }

    private static string? RefuseEstimator(WeightPosterior posterior, GradientEstimator estimator)
    {
        if (posterior.IsNoisy() == (estimator != GradientEstimator.None))
            return null;
        return $"the posterior {posterior} has {(posterior.IsNoisy() ? "noise" : "no noise")} to draw, so that GradientEstimator cannot be {estimator}";
    }

    /// <summary>One option that has to change.</summary>
    /// <param name="Reason">Why, without capital and full stop.</param>
    /// <param name="Option">Its name.</param>
    /// <param name="Values">What the posterior goes with.</param>
    internal sealed record Change(string Reason, string Option, IReadOnlyList<string> Values);

    /// <summary>Applying all changes, whichever values are taken, gives a combination that works; so does each of the posteriors alone.</summary>
    /// <param name="Changes">The options that have to change, if the posterior is to stay.</param>
    /// <param name="Posteriors">Those that go with the options as they are.</param>
    internal sealed record Refusal(IReadOnlyList<Change> Changes, IReadOnlyList<WeightPosterior> Posteriors)
    {
        public string Alternative
            => string.Join(" and ", Changes.Select(change => $"{change.Option} {string.Join(" or ", change.Values)}"))
                + (Posteriors.Count == 0 ? "" : $", or the posterior {string.Join(" or ", Posteriors)}");

        public string Message
        {
            get
            {
                string reasons = string.Join("; ", Changes.Select(change => change.Reason));
                return $"{char.ToUpperInvariant(reasons[0])}{reasons[1..]}: choose {Alternative}.";
            }
        }
    }
}
