using Microsoft.ML.Trainers.VariationalDropout.Network;

namespace Microsoft.ML.Trainers.VariationalDropout.Inference;

/// <summary>
/// How much of what the first layer does with a feature is signal and not noise:
/// <code>
/// r_i = Σ_j θ_ij² / Σ_j (θ_ij² + σ_ij²)
/// </code>
/// the sums over the units of the first layer, and over the inputs of a feature that is cut into bins, σ² = α θ² where α is what is learned. With one α per feature it is 1 / (1 + α_i), one minus
/// its dropout rate.
/// </summary>
/// <remarks>
/// In [0, 1]: 0 for a feature that is noise alone to the network, that pruning removed, or that was constant in training; near 1 for one
/// whose weights the data have fixed. It compares the features of one network; it is no share of the output and no effect: a feature can
/// be relevant and its weights small. Where an α belongs to an output unit, features differ only by the units that they feed. Pruning by
/// dropout variance raises it, since the noise of removed weights counts no more: rank features before pruning, or among those it left.
/// </remarks>
internal static class FeatureRelevances
{
    /// <summary>The relevance of each feature of a row, [FeatureCount].</summary>
    /// <exception cref="InvalidOperationException">The variances are not learned, or the first layer has one for all features.</exception>
    public static double[] Compute(TrainedNetwork network)
    {
        var architecture = network.Architecture;
        if (!architecture.Posterior.IsLearned())
        {
            throw new InvalidOperationException(
                $"The posterior {architecture.Posterior} learns no variances that could tell features apart: train with CorrelatedWeightNoise and DropoutVarianceSharing.InputUnit, or with Gaussian.");
        }

        if (architecture.Sharing == DropoutVarianceSharing.Layer)
        {
            throw new InvalidOperationException(
                "With DropoutVarianceSharing.Layer all features share one dropout variance, which cannot tell them apart: train with InputUnit, or with the posterior Gaussian.");
        }

        var signals = new double[network.FeatureCount];
        var totals = new double[network.FeatureCount];
        for (int i = 0; i < architecture.InputSize; i++)
        {
            if (network.Scaling is FeatureScaling scaling && scaling.Scales[i] == 0)
                continue;
            int feature = network.InputFeatures is int[] features ? features[i] : i;
            Add(network.Layers[0], architecture, i, ref signals[feature], ref totals[feature]);
        }

        return [.. signals.Zip(totals, (signal, total) => total > 0 ? signal / total : 0)];
    }

    private static void Add(TrainedLayer layer, NetworkArchitecture architecture, int input, ref double signal, ref double total)
    {
        for (int j = 0; j < layer.Outputs; j++)
        {
            double weight = layer.Weights[(input * layer.Outputs) + j];
            double variance = Math.Exp(layer.LogVariances[architecture.Sharing.IndexOf(input, j, layer.Outputs)]);
            if (architecture.Posterior != WeightPosterior.Gaussian)
                variance *= weight * weight;
            signal += weight * weight;
            total += (weight * weight) + variance;
        }
    }
}
