namespace Microsoft.ML.Trainers.VariationalDropout;

/// <summary>The rows whose predicted probability lies in one interval: a point of a reliability diagram.</summary>
public sealed class CalibrationBin
{
    internal CalibrationBin(double lowerBound, double upperBound, long rowCount, double weight, double meanProbability, double observedFrequency)
    {
        LowerBound = lowerBound;
        UpperBound = upperBound;
        RowCount = rowCount;
        Weight = weight;
        MeanProbability = meanProbability;
        ObservedFrequency = observedFrequency;
    }

    /// <summary>The lower end of the interval, which belongs to it; from 0 on.</summary>
    public double LowerBound { get; }

    /// <summary>The upper end of the interval, which belongs to the next one; the last one's is 1 and belongs to it.</summary>
    public double UpperBound { get; }

    /// <summary>Rows in it.</summary>
    public long RowCount { get; }

    /// <summary>The sum of their weights, each 1 where there are none.</summary>
    public double Weight { get; }

    /// <summary>The mean of what was predicted, in [0, 1]; NaN where no row is in it.</summary>
    public double MeanProbability { get; }

    /// <summary>How often it came true, in [0, 1]; NaN where no row is in it. With perfect calibration it is <see cref="MeanProbability"/>.</summary>
    public double ObservedFrequency { get; }
}
