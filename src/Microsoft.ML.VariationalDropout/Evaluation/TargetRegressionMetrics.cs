namespace Microsoft.ML.Trainers.VariationalDropout;

/// <summary>How well one target of several was predicted.</summary>
public sealed class TargetRegressionMetrics
{
    internal TargetRegressionMetrics(string name, double rootMeanSquaredError, double meanAbsoluteError, double rSquared, double logLikelihood)
    {
        Name = name;
        RootMeanSquaredError = rootMeanSquaredError;
        MeanAbsoluteError = meanAbsoluteError;
        RSquared = rSquared;
        LogLikelihood = logLikelihood;
    }

    /// <summary>The target's slot name in the label column; its index, counted from 0, where there is none.</summary>
    public string Name { get; }

    /// <summary>The root of the mean of (label − score)², in the target's unit; 0 is best.</summary>
    public double RootMeanSquaredError { get; }

    /// <summary>The mean of |label − score|, in the target's unit; 0 is best.</summary>
    public double MeanAbsoluteError { get; }

    /// <summary>
    /// The share of the label's variance that the score explains, 1 − Σ (label − score)² / Σ (label − mean)²; 1 is best, and 0 is as good as
    /// the mean. NaN where the label is the same in all rows.
    /// </summary>
    public double RSquared { get; }

    /// <summary>
    /// The mean over the rows of the logarithm of the Gaussian density of the label, with the score and its standard deviation, in nats for
    /// the target's unit; greater is better. NaN where the data have no standard deviations.
    /// </summary>
    public double LogLikelihood { get; }
}
