using Microsoft.ML.Trainers.VariationalDropout.Data;
using Microsoft.ML.Trainers.VariationalDropout.Network;

namespace Microsoft.ML.Trainers.VariationalDropout.Inference;

/// <summary>
/// Mean and spread of the features, each row by its weight. A column that is constant to the precision of a float gets scale 0. Of a sparse set the
/// mean square is taken and nothing is shifted: a zero stays a zero.
/// Where features are cut into bins, all this is of the inputs that come of it.
/// </summary>
/// <param name="data">The set.</param>
/// <param name="bins">What a dense set's features are cut into; null for nothing.</param>
internal sealed class FeatureStatistics(TrainingSet data, FeatureBins? bins)
{
    /// <summary>Standard deviations smaller than this are taken for constant columns: their inverse would not fit a float.</summary>
    private const double SmallestDeviation = 1e-37;

    /// <summary>A deviation below this share of the mean is the rounding of these sums: floats that differ, differ by more.</summary>
    private const double SmallestRelativeDeviation = 1e-12;

    private readonly double[] _means = new double[bins?.InputCount ?? data.FeatureCount];
    private readonly double[] _variances = new double[bins?.InputCount ?? data.FeatureCount];
    private readonly double[] _inputs = new double[bins?.InputCount ?? 0];

    /// <summary>First pass. <paramref name="share"/> is the row's weight over that of all rows up to it.</summary>
    public void AddToMeans(int row, double share)
    {
        if (data.IsSparse)
            return;
        if (bins is not null)
        {
            bins.Encode(data.Features(row), _inputs);
            for (int i = 0; i < _inputs.Length; i++)
                _means[i] += share * (_inputs[i] - _means[i]);
            return;
        }

        ReadOnlySpan<float> features = data.Features(row);
        Span<double> means = _means.AsSpan(0, features.Length);
        for (int i = 0; i < means.Length; i++)
            means[i] += share * (features[i] - means[i]);
    }

    /// <summary>Second pass. <paramref name="share"/> is the row's weight over that of all rows.</summary>
    public void AddToVariances(int row, double share)
    {
        if (data.IsSparse)
        {
            ReadOnlySpan<float> values = data.SparseFeatures(row, out ReadOnlySpan<int> indices);
            for (int n = 0; n < values.Length; n++)
                _variances[indices[n]] += share * values[n] * values[n];
            return;
        }

        if (bins is not null)
        {
            bins.Encode(data.Features(row), _inputs);
            for (int i = 0; i < _inputs.Length; i++)
                _variances[i] += share * (_inputs[i] - _means[i]) * (_inputs[i] - _means[i]);
            return;
        }

        ReadOnlySpan<float> features = data.Features(row);
        ReadOnlySpan<double> means = _means.AsSpan(0, features.Length);
        Span<double> variances = _variances.AsSpan(0, features.Length);
        for (int i = 0; i < variances.Length; i++)
            variances[i] += share * (features[i] - means[i]) * (features[i] - means[i]);
    }

    /// <param name="outlierThreshold">Standard deviations beyond which features are compressed, 0 for never; of a sparse set none is.</param>
    public FeatureScaling CreateScaling(double outlierThreshold)
    {
        var result = new FeatureScaling
        {
            Means = new float[_means.Length],
            Scales = new float[_means.Length],
            Lowest = bins is null ? null : new float[_means.Length],
            Highest = bins is null ? null : new float[_means.Length],
            OutlierThreshold = data.IsSparse ? 0 : (float)outlierThreshold,
        };
        for (int i = 0; i < _means.Length; i++)
        {
            double deviation = Math.Sqrt(_variances[i]);
            bool isConstant = deviation < Math.Max(SmallestDeviation, SmallestRelativeDeviation * Math.Abs(_means[i]));
            result.Means[i] = (float)_means[i];
            result.Scales[i] = isConstant ? 0 : (float)(1 / deviation);
            if (bins is not null)
                SetInput(result, i, isConstant ? 0 : 1 / deviation);
        }

        return result;
    }

    /// <summary>
    /// One scale for all features of a sparse set, so that the mean square over features and rows is 1, which the start weights of the first layer are made
    /// for, and rare features weigh no more than frequent ones; 0 for a feature that training has not seen.
    /// </summary>
    public FeatureScaling CreateCommonScaling()
    {
        double deviation = Math.Sqrt(_variances.Sum() / _variances.Length);
        float scale = deviation < SmallestDeviation ? 0 : (float)(1 / deviation);
        return new FeatureScaling { Means = new float[_variances.Length], Scales = [.. _variances.Select(square => square > 0 ? scale : 0)] };
    }

    /// <summary>
    /// The share u of a bin that is passed, standardised, (u − m) s, is one more (x − mean) × scale of the feature, between what u = 0 and u = 1 come to.
    /// </summary>
    private void SetInput(FeatureScaling scaling, int input, double scale)
    {
        (scaling.Lowest![input], scaling.Highest![input]) = (-FeatureScaling.Limit, FeatureScaling.Limit);
        if (bins!.Bin(input) is not (double start, double width))
            return;
        double mean = _means[input];
        scaling.Means[input] = (float)(start + (mean * width));
        scaling.Scales[input] = (float)(scale / width);
        (scaling.Lowest[input], scaling.Highest[input]) = (Limited(-mean * scale), Limited((1 - mean) * scale));

        // Rows that weigh next to nothing may be millions of standard deviations away.
        static float Limited(double value) => (float)Math.Clamp(value, -FeatureScaling.Limit, FeatureScaling.Limit);
    }
}
