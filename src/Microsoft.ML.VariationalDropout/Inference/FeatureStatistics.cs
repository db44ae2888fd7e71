using Microsoft.ML.Trainers.VariationalDropout.Data;
using Microsoft.ML.Trainers.VariationalDropout.Network;

namespace Microsoft.ML.Trainers.VariationalDropout.Inference;

/// <summary>Mean and spread of the features, for their standardisation.</summary>
internal static class FeatureStatistics
{
    /// <summary>Standard deviations smaller than this are taken for constant columns: their inverse would not fit a float.</summary>
    private const double SmallestDeviation = 1e-37;

    /// <summary>A deviation below this share of the mean is the rounding of these sums: floats that differ, differ by more.</summary>
    private const double SmallestRelativeDeviation = 1e-12;

    /// <summary>
    /// Two passes in double precision over the rows in their order: the mean, then the mean squared deviation, each row by its weight. A column that is
    /// constant to the precision of a float gets scale 0. Of a sparse set the mean square is taken and nothing is shifted: a zero stays a zero.
    /// </summary>
    public static FeatureScaling Standardize(TrainingSet data, ReadOnlySpan<int> rows)
    {
        int count = data.FeatureCount;
        double total = 0;
        foreach (int row in rows)
            total += data.Weight(row);
        var means = new double[count];
        var variances = new double[count];
        if (data.IsSparse)
            AddSquares(data, rows, total, variances);
        else
            AddDeviations(data, rows, total, means, variances);

        var result = new FeatureScaling { Means = new float[count], Scales = new float[count] };
        for (int i = 0; i < count; i++)
        {
            double deviation = Math.Sqrt(variances[i]);
            bool isConstant = deviation < Math.Max(SmallestDeviation, SmallestRelativeDeviation * Math.Abs(means[i]));
            result.Means[i] = (float)means[i];
            result.Scales[i] = isConstant ? 0 : (float)(1 / deviation);
        }

        return result;
    }

    private static void AddDeviations(TrainingSet data, ReadOnlySpan<int> rows, double total, double[] means, double[] variances)
    {
        double sum = 0;
        foreach (int row in rows)
        {
            double weight = data.Weight(row);
            sum += weight;
            var features = data.Features(row);
            for (int i = 0; i < means.Length; i++)
                means[i] += weight * (features[i] - means[i]) / sum;
        }

        foreach (int row in rows)
        {
            double weight = data.Weight(row) / total;
            var features = data.Features(row);
            for (int i = 0; i < means.Length; i++)
                variances[i] += weight * (features[i] - means[i]) * (features[i] - means[i]);
        }
    }

    private static void AddSquares(TrainingSet data, ReadOnlySpan<int> rows, double total, double[] squares)
    {
        foreach (int row in rows)
        {
            double weight = data.Weight(row) / total;
            var values = data.SparseFeatures(row, out var indices);
            for (int n = 0; n < values.Length; n++)
                squares[indices[n]] += weight * values[n] * values[n];
        }
    }
}
