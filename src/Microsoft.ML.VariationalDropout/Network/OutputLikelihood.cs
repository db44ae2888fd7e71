namespace Microsoft.ML.Trainers.VariationalDropout.Network;

/// <summary>
/// log p(label | outputs) of one row with its gradient, in nats and, for regression, in the label's own units. Value and gradient are in
/// double precision and scaled by nothing but what the caller passes. Safe to use from many threads between two calls of
/// <see cref="SetLogNoiseVariances"/>.
/// </summary>
internal abstract class OutputLikelihood
{
    /// <summary>Learned logarithms of noise variances that belong to the likelihood and not to a layer: 0, or one per target.</summary>
    public virtual int LogNoiseVarianceCount => 0;

    /// <summary>Weights that a row has among the others of its minibatch: 0, where the likelihood knows none, or one per target.</summary>
    public virtual int RowWeightCount => 0;

    /// <param name="architecture">The likelihood and the number of targets.</param>
    /// <param name="targets">Standardisation of the targets of a regression, or null.</param>
    /// <param name="heteroscedasticBeta">β of the rows' weights in the gradient of <see cref="Likelihood.HeteroscedasticGaussian"/>; for training alone.</param>
    public static OutputLikelihood Create(NetworkArchitecture architecture, TargetScaling? targets, double heteroscedasticBeta = 0) => architecture.Likelihood switch
    {
        Likelihood.Categorical => new CategoricalLikelihood(),
        Likelihood.Bernoulli => new BernoulliLikelihood(),
        Likelihood.Gaussian => new GaussianLikelihood(targets ?? TargetScaling.Identity(architecture.LabelCount), isHeteroscedastic: false),
        Likelihood.HeteroscedasticGaussian => new GaussianLikelihood(targets ?? TargetScaling.Identity(architecture.LabelCount), isHeteroscedastic: true, heteroscedasticBeta),
        _ => throw new InvalidOperationException($"Unknown likelihood {architecture.Likelihood}."),
    };

    /// <summary>Takes the current values, [LogNoiseVarianceCount]; before a step or a prediction.</summary>
    public virtual void SetLogNoiseVariances(ReadOnlySpan<double> values)
    {
    }

    /// <summary>Adds <paramref name="weight"/> times the weights that a row's outputs give it; for every row of a minibatch, before any is differentiated.</summary>
    /// <param name="outputs">[OutputSize].</param>
    /// <param name="weight">The row's own weight.</param>
    /// <param name="sums">[RowWeightCount].</param>
    public virtual void AddRowWeights(ReadOnlySpan<double> outputs, double weight, Span<double> sums)
    {
    }

    /// <summary>Takes the means of these weights in the minibatch, [RowWeightCount], above 0.</summary>
    public virtual void SetMeanRowWeights(ReadOnlySpan<double> means)
    {
    }

    /// <summary>log p(labels | outputs).</summary>
    /// <param name="outputs">The network's outputs, [OutputSize]; may be overwritten.</param>
    /// <param name="labels">[LabelCount].</param>
    public abstract double LogLikelihood(Span<double> outputs, ReadOnlySpan<float> labels);

    /// <summary>
    /// Turns outputs into <paramref name="scale"/>, and the row's weight in the minibatch, times the gradient of −log p(labels | outputs), in
    /// place; returns log p.
    /// </summary>
    /// <param name="outputs">[OutputSize].</param>
    /// <param name="labels">[LabelCount].</param>
    /// <param name="scale">Factor of the gradient.</param>
    /// <param name="logNoiseVarianceGradient">[LogNoiseVarianceCount]: the gradient for those is added to it.</param>
    public abstract double Differentiate(Span<double> outputs, ReadOnlySpan<float> labels, double scale, Span<double> logNoiseVarianceGradient);
}
