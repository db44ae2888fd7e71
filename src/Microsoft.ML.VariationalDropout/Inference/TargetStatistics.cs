using Microsoft.ML.Trainers.VariationalDropout.Data;
using Microsoft.ML.Trainers.VariationalDropout.Network;

namespace Microsoft.ML.Trainers.VariationalDropout.Inference;

/// <summary>Weighted mean and standard deviation of every target of a regression.</summary>
internal sealed class TargetStatistics(TrainingSet data)
{
    private readonly double[] _means = new double[data.LabelCount];
    private readonly double[] _variances = new double[data.LabelCount];
    private readonly float[] _first = new float[data.LabelCount];
    private readonly bool[] _varies = new bool[data.LabelCount];
    private bool _hasFirst;

    /// <summary>First pass. <paramref name="share"/> is the row's weight over that of all rows up to it.</summary>
    public void AddToMeans(int row, double share)
    {
        ReadOnlySpan<float> labels = data.Labels(row);
        if (!_hasFirst)
            labels.CopyTo(_first);
        _hasFirst = true;
        for (int t = 0; t < labels.Length; t++)
        {
            _means[t] += share * (labels[t] - _means[t]);
            _varies[t] |= labels[t] != _first[t];
        }
    }

    /// <exception cref="ConstantTargetException">A target has one value only.</exception>
    public void ThrowIfConstant(int rows)
    {
        int target = Array.IndexOf(_varies, false);
        if (target >= 0)
            throw new ConstantTargetException(target, _first[target], rows);
    }

    /// <summary>Second pass. <paramref name="share"/> is the row's weight over that of all rows.</summary>
    public void AddToVariances(int row, double share)
    {
        ReadOnlySpan<float> labels = data.Labels(row);
        for (int t = 0; t < labels.Length; t++)
            _variances[t] += share * (labels[t] - _means[t]) * (labels[t] - _means[t]);
    }

    public TargetScaling CreateScaling() => new() { Means = _means, Scales = [.. _variances.Select(Math.Sqrt)] };
}
