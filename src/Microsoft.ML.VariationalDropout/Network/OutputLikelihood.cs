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

    public static OutputLikelihood Create(NetworkArchitecture architecture, TargetScaling? targets) => architecture.Likelihood switch
    {
        Likelihood.Categorical => new CategoricalLikelihood(),
        Likelihood.Bernoulli => new BernoulliLikelihood(),
        Likelihood.Gaussian => new GaussianLikelihood(targets ?? TargetScaling.Identity(architecture.LabelCount), isHeteroscedastic: false),
        Likelihood.HeteroscedasticGaussian => new GaussianLikelihood(targets ?? TargetScaling.Identity(architecture.LabelCount), isHeteroscedastic: true),
        _ => throw new InvalidOperationException($"Unknown likelihood {architecture.Likelihood}."),
    };

    /// <summary>Takes the current values, [LogNoiseVarianceCount]; before a step or a prediction.</summary>
    public virtual void SetLogNoiseVariances(ReadOnlySpan<double> values)
    {
    }

    /// <summary>log p(labels | outputs).</summary>
    /// <param name="outputs">The network's outputs, [OutputSize]; may be overwritten.</param>
    /// <param name="labels">[LabelCount].</param>
    public abstract double LogLikelihood(Span<double> outputs, ReadOnlySpan<float> labels);

    /// <summary>Turns outputs into <paramref name="scale"/> times the gradient of −log p(labels | outputs), in place; returns log p.</summary>
    /// <param name="outputs">[OutputSize].</param>
    /// <param name="labels">[LabelCount].</param>
    /// <param name="scale">Factor of the gradient.</param>
    /// <param name="logNoiseVarianceGradient">[LogNoiseVarianceCount]: the gradient for those is added to it.</param>
    public abstract double Differentiate(Span<double> outputs, ReadOnlySpan<float> labels, double scale, Span<double> logNoiseVarianceGradient);
}
