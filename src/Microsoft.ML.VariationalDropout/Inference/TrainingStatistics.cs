using Microsoft.ML.Trainers.VariationalDropout.Data;
using Microsoft.ML.Trainers.VariationalDropout.Network;

namespace Microsoft.ML.Trainers.VariationalDropout.Inference;

/// <summary>What must be known of the rows to train on before the first step, from two passes over them in their order, in double precision.</summary>
internal sealed class TrainingStatistics
{
    /// <summary>Σ w_i.</summary>
    public required double TotalWeight { get; init; }

    /// <summary>The standardisation of the features; null if it was not asked for.</summary>
    public FeatureScaling? Scaling { get; init; }

    /// <summary>The standardisation of the targets; null if it was not asked for.</summary>
    public TargetScaling? Targets { get; init; }

    /// <param name="data">The set.</param>
    /// <param name="split">Which of its rows are kept aside.</param>
    /// <param name="ofFeatures">Whether to standardise the features.</param>
    /// <param name="ofTargets">Whether to standardise the targets.</param>
    /// <param name="outlierThreshold">Standard deviations beyond which standardised features are compressed; 0 for never.</param>
    /// <param name="bins">What the features are cut into; null for nothing.</param>
    /// <param name="scalesTogether">Whether all features get one scale; of a sparse set only.</param>
    /// <exception cref="ConstantTargetException">A target has one value only.</exception>
    public static TrainingStatistics Compute(TrainingSet data, RowSplit split, bool ofFeatures, bool ofTargets, double outlierThreshold, FeatureBins? bins = null, bool scalesTogether = false)
    {
        FeatureStatistics? features = ofFeatures ? new FeatureStatistics(data, bins) : null;
        TargetStatistics? targets = ofTargets ? new TargetStatistics(data) : null;
        double total = 0;
        foreach (var (first, end) in data.Runs())
        {
            for (int row = first; row < end; row++)
            {
                if (split.IsKept(row))
                    continue;
                total += data.Weight(row);
                double share = data.Weight(row) / total;
                features?.AddToMeans(row, share);
                targets?.AddToMeans(row, share);
            }
        }

        targets?.ThrowIfConstant(split.TrainingCount);
        if (!ofFeatures && !ofTargets)
            return new TrainingStatistics { TotalWeight = total };

        foreach (var (first, end) in data.Runs())
        {
            for (int row = first; row < end; row++)
            {
                if (split.IsKept(row))
                    continue;
                double share = data.Weight(row) / total;
                features?.AddToVariances(row, share);
                targets?.AddToVariances(row, share);
            }
        }

        return new TrainingStatistics { TotalWeight = total, Scaling = scalesTogether ? features?.CreateCommonScaling() : features?.CreateScaling(outlierThreshold), Targets = targets?.CreateScaling() };
    }
}
