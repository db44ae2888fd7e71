namespace Microsoft.ML.Trainers.VariationalDropout.Network;

/// <summary>How the outputs of a network explain a label.</summary>
internal enum Likelihood
{
    /// <summary>Softmax over one output per class.</summary>
    Categorical = 0,

    /// <summary>One output, the logit of the positive class.</summary>
    Bernoulli = 1,

    /// <summary>One output per target, its mean; one learned noise variance per target.</summary>
    Gaussian = 2,

    /// <summary>Two outputs per target: first the means of all targets, then the logarithms of their noise variances.</summary>
    HeteroscedasticGaussian = 3,
}
