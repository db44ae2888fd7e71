namespace Microsoft.ML.Trainers.VariationalDropout;

/// <summary>How a prediction is made from the posterior over the weights.</summary>
public enum PredictionMode
{
    /// <summary>One pass with the posterior means of the weights. The default.</summary>
    PosteriorMean = 0,

    /// <summary>The average of several passes, each with weights drawn from the posterior.</summary>
    Sampling = 1,

    /// <summary>
    /// One pass that carries the mean and the variance of every unit, without drawing anything: uncertainty at about the price of two to
    /// three mean passes. Exact for the variance of one hidden layer with independent weight noise, an approximation elsewhere.
    /// </summary>
    MomentPropagation = 2,
}
