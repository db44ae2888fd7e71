using Microsoft.ML.Trainers.VariationalDropout.Data;
using Microsoft.ML.Trainers.VariationalDropout.Network;

namespace Microsoft.ML.Trainers.VariationalDropout.Inference;

/// <summary>Mean and spread of the targets of a regression, for their standardisation.</summary>
internal static class TargetStatistics
{
    /// <summary>Below this share of the largest target a spread is the rounding of the labels, which are floats.</summary>
    private const double SmallestRelativeDeviation = 1e-7;

    /// <summary>Weighted mean and standard deviation of every target over <paramref name="rows"/>, in two passes in double precision.</summary>
    /// <exception cref="ConstantTargetException">A target has one value only.</exception>
    public static TargetScaling Standardize(TrainingSet data, ReadOnlySpan<int> rows)
    {
        var result = new TargetScaling { Means = new double[data.LabelCount], Scales = new double[data.LabelCount] };
        for (int t = 0; t < data.LabelCount; t++)
        {
            double total = 0, mean = 0, largest = 0;
            foreach (int row in rows)
            {
                double weight = data.Weight(row);
                total += weight;
                mean += weight * (data.Labels(row)[t] - mean) / total;
                largest = Math.Max(largest, Math.Abs(data.Labels(row)[t]));
            }

            double variance = 0;
            foreach (int row in rows)
            {
                double deviation = data.Labels(row)[t] - mean;
                variance += data.Weight(row) / total * deviation * deviation;
            }

            double scale = Math.Sqrt(variance);
            if (!(scale > SmallestRelativeDeviation * largest))
                throw new ConstantTargetException(t, data.Labels(rows[0])[t], rows.Length);
            result.Means[t] = mean;
            result.Scales[t] = scale;
        }

        return result;
    }
}

/// <summary>A target of a regression has one value only, to the precision of a float: there is nothing to learn.</summary>
internal sealed class ConstantTargetException(int target, float value, int rows)
    : Exception(FormattableString.Invariant($"target {target} is {value} in all of the {rows} rows"))
{
    public int Target { get; } = target;

    public float Value { get; } = value;

    public int Rows { get; } = rows;
}
