namespace Microsoft.ML.Trainers.VariationalDropout;

/// <summary>How the learning rate changes over the iterations.</summary>
public enum LearningRateSchedule
{
    /// <summary>The same rate throughout.</summary>
    Constant = 0,

    /// <summary>
    /// The full rate for the first half of the iterations, then linearly down to zero at the end of the last one. The default.
    /// </summary>
    LinearDecay = 1,
}
