namespace Microsoft.ML.Trainers.VariationalDropout;

/// <summary>How far the uncertainty of a regressor can be trusted: what its <c>EvaluateUncertainty</c> returns. All means are weighted where there are weights.</summary>
public sealed class RegressionUncertaintyMetrics
{
    internal RegressionUncertaintyMetrics()
    {
    }

    /// <summary>The root of the mean of (label − score)², in the label's unit; 0 is best.</summary>
    public double RootMeanSquaredError { get; internal init; }

    /// <summary>The mean of |label − score|, in the label's unit; 0 is best.</summary>
    public double MeanAbsoluteError { get; internal init; }

    /// <summary>
    /// The mean of −log of the Gaussian density of the label, with the score and its standard deviation, in nats for the label's unit; the smaller,
    /// the better. NaN where the data have no standard deviation. A standard deviation of 0 makes it infinite: −∞ where the score is the label, ∞ where it is not,
    /// and NaN where there are both.
    /// </summary>
    public double NegativeLogLikelihood { get; internal init; } = double.NaN;

    /// <summary>
    /// The mean of |share of labels below the Gaussian quantile of p − p| over p = 1/n, …, (n − 1)/n for n bins, in [0, 1]; 0 is best. NaN where the data have no
    /// standard deviation. Kuleshov, Fenner and Ermon, "Accurate Uncertainties for Deep Learning Using Calibrated Regression", ICML 2018.
    /// </summary>
    public double CalibrationError { get; internal init; } = double.NaN;

    /// <summary>The level of the intervals that were evaluated, in (0, 1).</summary>
    public double ConfidenceLevel { get; internal init; }

    /// <summary>The share of labels inside of their interval, in [0, 1]; the level is best. NaN where the data have neither bounds nor a standard deviation.</summary>
    public double IntervalCoverage { get; internal init; } = double.NaN;

    /// <summary>The mean width of an interval, in the label's unit; infinite where one is. NaN as <see cref="IntervalCoverage"/>.</summary>
    public double MeanIntervalWidth { get; internal init; } = double.NaN;

    /// <summary>
    /// The mean of width + 2 / (1 − level) · distance of a label outside, in the label's unit; the smaller, the better. It rewards narrow intervals and
    /// punishes misses, and is smallest for the right quantiles. NaN as <see cref="IntervalCoverage"/>. Gneiting and Raftery, "Strictly Proper Scoring
    /// Rules, Prediction, and Estimation", JASA 2007.
    /// </summary>
    public double IntervalScore { get; internal init; } = double.NaN;

    /// <summary>
    /// The mean absolute error against the share of rows that are answered, the most certain first, by the standard deviation, or else the width of the
    /// interval; <see langword="null"/> where the data have neither.
    /// </summary>
    public RejectionCurve? RejectionCurve { get; internal init; }

    /// <summary>Rows that were evaluated.</summary>
    public long RowCount { get; internal init; }

    /// <summary>Rows that were not: a label, score, standard deviation or weight is missing or infinite, a bound is missing, or a weight is not above 0.</summary>
    public long SkippedRowCount { get; internal init; }
}
