namespace Microsoft.ML.Trainers.VariationalDropout;

/// <summary>How a prediction is made from the posterior over the weights.</summary>
public enum PredictionMode
{
    /// <summary>One pass with the posterior means of the weights. The default.</summary>
    PosteriorMean = 0,

    /// <summary>The average of several passes, each with weights drawn from the posterior.</summary>
    Sampling = 1,
}
