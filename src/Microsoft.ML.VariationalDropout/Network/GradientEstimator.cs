namespace Microsoft.ML.Trainers.VariationalDropout;

/// <summary>What a training step draws to estimate the gradient of the expected log-likelihood.</summary>
/// <remarks>Source: Kingma, Salimans and Welling 2015, section 2; their table 1 compares the variance of these estimators.</remarks>
public enum GradientEstimator
{
    /// <summary>
    /// The noise of what the weights produce is drawn, for each row apart, and never that of the weights: low variance at the cost of two
    /// matrix products (one with correlated noise). The default.
    /// </summary>
    LocalReparameterization = 0,

    /// <summary>
    /// One draw of the weights for the whole minibatch: the cheapest, with a variance that does not fall with the minibatch's size.
    /// </summary>
    SharedWeightSample = 1,

    /// <summary>
    /// A draw of all weights for each row: as low a variance as sampling weights can have, at the cost of generating rows × weights
    /// random numbers. For comparison. Where noise is on the inputs of a layer it is the same as <see cref="LocalReparameterization"/>.
    /// </summary>
    SeparateWeightSamples = 2,

    /// <summary>No noise: the posterior means alone, for <see cref="WeightPosterior.None"/>.</summary>
    None = 3,
}
