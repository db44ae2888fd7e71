namespace Microsoft.ML.Trainers.VariationalDropout;

/// <summary>How well several targets were predicted: what <see cref="VariationalDropoutCatalog.EvaluateMultiTarget"/> returns.</summary>
public sealed class MultiTargetRegressionMetrics
{
    internal MultiTargetRegressionMetrics(IReadOnlyList<TargetRegressionMetrics> targets, long rowCount, long skippedRowCount)
    {
        Targets = targets;
        RowCount = rowCount;
        SkippedRowCount = skippedRowCount;
    }

    /// <summary>The metrics of every target, in the order of the label's slots.</summary>
    public IReadOnlyList<TargetRegressionMetrics> Targets { get; }

    /// <summary>Rows that were evaluated.</summary>
    public long RowCount { get; }

    /// <summary>Rows that were not, because a target of the label or of the score is NaN or infinite.</summary>
    public long SkippedRowCount { get; }

    /// <summary>The mean of <see cref="TargetRegressionMetrics.RootMeanSquaredError"/> over the targets: it makes sense for targets of one unit.</summary>
    public double AverageRootMeanSquaredError => Targets.Average(target => target.RootMeanSquaredError);

    /// <summary>The mean of <see cref="TargetRegressionMetrics.MeanAbsoluteError"/> over the targets: it makes sense for targets of one unit.</summary>
    public double AverageMeanAbsoluteError => Targets.Average(target => target.MeanAbsoluteError);

    /// <summary>The mean of <see cref="TargetRegressionMetrics.RSquared"/> over the targets; it depends on no unit. NaN as soon as one target is the same in all rows.</summary>
    public double AverageRSquared => Targets.Average(target => target.RSquared);

    /// <summary>
    /// The mean of <see cref="TargetRegressionMetrics.LogLikelihood"/> over the targets; times their number it is the log-likelihood of a row.
    /// NaN where the data have no standard deviations.
    /// </summary>
    public double AverageLogLikelihood => Targets.Average(target => target.LogLikelihood);
}
