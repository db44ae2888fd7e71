using Microsoft.ML.Trainers.VariationalDropout.Data;
using Microsoft.ML.Trainers.VariationalDropout.Network;

namespace Microsoft.ML.Trainers.VariationalDropout.Inference;

/// <summary>Mean and spread of the targets of a regression, for their standardisation.</summary>
internal static class TargetStatistics
{
    /// <summary>Weighted mean and standard deviation of every target over <paramref name="rows"/>, in two passes in double precision.</summary>
    /// <exception cref="ConstantTargetException">A target has one value only.</exception>
    public static TargetScaling Standardize(TrainingSet data, ReadOnlySpan<int> rows)
    {
        var result = new TargetScaling { Means = new double[data.LabelCount], Scales = new double[data.LabelCount] };
        for (int t = 0; t < data.LabelCount; t++)
        {
            double total = 0, mean = 0;
            float first = data.Labels(rows[0])[t];
            bool isConstant = true;
            foreach (int row in rows)
            {
                double weight = data.Weight(row);
                total += weight;
                mean += weight * (data.Labels(row)[t] - mean) / total;
                isConstant &= data.Labels(row)[t] == first;
            }

            double variance = 0;
            foreach (int row in rows)
            {
                double deviation = data.Labels(row)[t] - mean;
                variance += data.Weight(row) / total * deviation * deviation;
            }

            if (isConstant)
                throw new ConstantTargetException(t, first, rows.Length);
            result.Means[t] = mean;
            result.Scales[t] = Math.Sqrt(variance);
        }

        return result;
    }
}
