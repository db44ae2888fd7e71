namespace Microsoft.ML.Trainers.VariationalDropout;

/// <summary>A point of a <see cref="RejectionCurve"/>.</summary>
public sealed class RejectionPoint
{
    internal RejectionPoint(double coverage, double error)
    {
        Coverage = coverage;
        Error = error;
    }

    /// <summary>The share of rows that is answered, in (0, 1].</summary>
    public double Coverage { get; }

    /// <summary>The mean error of these rows: of a classifier the share that is wrong, of a regressor the mean absolute error in the label's unit.</summary>
    public double Error { get; }
}
