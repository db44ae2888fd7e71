namespace Microsoft.ML.Trainers.VariationalDropout;

/// <summary>What the variational-dropout trainers of classifiers have in common.</summary>
/// <inheritdoc cref="VariationalDropoutOptions" path="/remarks"/>
public abstract class VariationalDropoutClassificationOptions : VariationalDropoutOptions
{
    private protected VariationalDropoutClassificationOptions()
    {
    }

    /// <summary>
    /// Whether every class weighs the same, however many rows it has: the weight of a row becomes w_i · (Σ w) / (K · Σ_{class of i} w), K the
    /// number of classes with rows. Rows count that are trained on, without those kept aside for validation. Default <see langword="false"/>.
    /// </summary>
    /// <remarks>
    /// Rare classes are then found more often, and the probabilities are those of a population in which all classes are as frequent: they no
    /// longer tell how often a class occurs in data like the training set's. Where calibrated probabilities matter, leave it off, or multiply
    /// each probability by its class's frequency and divide by their sum. Rows kept aside by
    /// <see cref="VariationalDropoutOptions.ValidationSetFraction"/> are weighted by the same factor of their class; a validation set of its own
    /// keeps its weights.
    /// </remarks>
    public bool UnbalancedSets { get; set; } = Defaults.UnbalancedSets;

    internal override bool HasBinsByDefault => true;

    /// <summary>With the log-uniform prior and one scale for all features it learns one-hot columns and hashed text (docs/results/defaults.md).</summary>
    private protected override WeightPosterior PosteriorOfSparseRows => Defaults.Posterior;

    /// <summary>A label says little, so that whole features must be able to drop out: the log-uniform prior removes what does not pay (docs/results/defaults.md).</summary>
    private protected override WeightPrior DefaultPrior => ResolvedPosterior == WeightPosterior.Gaussian ? WeightPrior.LogUniform : base.DefaultPrior;
}
