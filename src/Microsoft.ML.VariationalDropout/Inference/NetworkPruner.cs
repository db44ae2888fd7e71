using System.Globalization;
using Microsoft.ML.Trainers.VariationalDropout.Network;

namespace Microsoft.ML.Trainers.VariationalDropout.Inference;

/// <summary>
/// Removes weights from a trained network (Molchanov, Ashukha and Vetrov, ICML 2017, for those of large α), then the units and features
/// that nothing passes through any more, so that what is left is a smaller dense network with zeros among its weights.
/// </summary>
/// <remarks>
/// <para>A removed weight is 0 and has no noise: θ = 0, σ² = 0. A weight that was 0 before counts as removed.</para>
/// <para>
/// A unit stays when it lies on a path of weights that are not 0 from a feature to an output. A hidden unit that no feature reaches puts out
/// the constant f(b); what it adds to the next layer under the posterior mean, f(b) θ, goes into the biases there. The noise of those
/// weights is lost with them. A unit that reaches no output goes without a trace, and so does a feature. Outputs always stay: one of several that no
/// feature reaches puts out its bias. Predictions
/// under the posterior mean are those of the network with the same weights set to 0 and all its units, but for rounding.
/// </para>
/// </remarks>
internal static class NetworkPruner
{
    /// <summary>
    /// Removes the weights with log α ≥ <paramref name="logDropoutVarianceThreshold"/>. With noise on the inputs of a layer (one α per input unit) whole
    /// units go; where a layer shares one α it goes as a whole or stays as it is.
    /// </summary>
    /// <param name="network">The network, which stays as it is; one with learned variances.</param>
    /// <param name="logDropoutVarianceThreshold">
    /// Any number but NaN; 3 is the published choice, a dropout rate of 0.95. +∞ removes only what nothing passes through.
    /// </param>
    /// <exception cref="ArgumentOutOfRangeException">The threshold is NaN.</exception>
    /// <exception cref="InvalidOperationException">The variances are not learned.</exception>
    /// <exception cref="PruningException">No path to a score would be left.</exception>
    public static TrainedNetwork PruneByDropoutVariance(TrainedNetwork network, double logDropoutVarianceThreshold)
    {
        if (double.IsNaN(logDropoutVarianceThreshold))
            throw new ArgumentOutOfRangeException(nameof(logDropoutVarianceThreshold), logDropoutVarianceThreshold, "logDropoutVarianceThreshold is NaN; allowed is any number.");
        var architecture = network.Architecture;
        if (!architecture.Posterior.IsLearned())
        {
            throw new InvalidOperationException(
                $"The posterior {architecture.Posterior} learns no dropout variances that could tell which weights are superfluous: prune by magnitude, or train with the posterior Gaussian and the prior LogUniform.");
        }

        double[][] costs = [.. network.Layers.Select(layer => LogDropoutVariances(layer, architecture))];
        double limit = LeastGreatestCost(network, costs);
        return limit < logDropoutVarianceThreshold
            ? Remove(network, costs, logDropoutVarianceThreshold)
            : throw Refusal($"Removing the weights with log α ≥ {Text(logDropoutVarianceThreshold)}", $"choose a threshold above {Text(limit)}, the smallest that leaves one", limit);
    }

    /// <summary>
    /// Removes the weights with the smallest |θ|, so many that the given share of the network's weights is gone. All layers are ranked
    /// together: each keeps as many weights as it needs, where a share per layer would take as much from a small output layer as from a
    /// wide first one. Of weights of the same size those that come first go first, layer by layer and row by row.
    /// </summary>
    /// <param name="network">The network, which stays as it is; any posterior.</param>
    /// <param name="sparsity">
    /// In [0, 1), of the weights that the network was trained with, rounded to whole weights: what earlier pruning took counts, so that the
    /// same share twice changes nothing. 0 removes only what nothing passes through.
    /// </param>
    /// <exception cref="ArgumentOutOfRangeException">The sparsity is not in [0, 1).</exception>
    /// <exception cref="PruningException">No path to a score would be left.</exception>
    public static TrainedNetwork PruneByMagnitude(TrainedNetwork network, double sparsity)
    {
        if (!(sparsity >= 0 && sparsity < 1))
            throw new ArgumentOutOfRangeException(nameof(sparsity), sparsity, $"sparsity is {Text(sparsity)}; allowed is [0, 1).");
        long gone = network.OriginalWeights - network.DenseWeights;
        double count = Math.Max(0, Math.Round(sparsity * network.OriginalWeights, MidpointRounding.AwayFromZero) - gone);

        // Costs are minus ranks: those of 1 − count and more belong to the ranks 0 to count − 1.
        double[][] costs = NegativeRanks(network.Layers);
        double limit = LeastGreatestCost(network, costs);
        if (limit < 1 - count)
            return Remove(network, costs, 1 - count);
        double largest = (gone - limit) / network.OriginalWeights;
        throw Refusal($"A sparsity of {Text(sparsity)}", $"choose at most {Text(largest)}", double.IsPositiveInfinity(limit) ? limit : largest);
    }

    /// <summary>log α of every weight, +∞ for one that is 0.</summary>
    private static double[] LogDropoutVariances(TrainedLayer layer, NetworkArchitecture architecture)
    {
        var result = new double[layer.Weights.Length];
        for (int n = 0; n < result.Length; n++)
            result[n] = layer.Weights[n] == 0 ? double.PositiveInfinity : layer.LogDropoutVariance(architecture, n / layer.Outputs, n % layer.Outputs);
        return result;
    }

    /// <summary>Minus the rank of every weight by |θ| over all layers, counted from 0; +∞ for one that is 0.</summary>
    private static double[][] NegativeRanks(IReadOnlyList<TrainedLayer> layers)
    {
        // The bits of numbers that are not negative order as the numbers do; the position below them breaks ties.
        var keys = new ulong[checked((int)layers.Sum(layer => (long)layer.Weights.Length))];
        int position = 0;
        foreach (var layer in layers)
        {
            foreach (float weight in layer.Weights)
                keys[position] = ((ulong)BitConverter.SingleToUInt32Bits(MathF.Abs(weight)) << 32) | (uint)position++;
        }

        Array.Sort(keys);
        var ranks = new int[keys.Length];
        for (int rank = 0; rank < keys.Length; rank++)
            ranks[(int)(uint)keys[rank]] = rank;

        var result = new double[layers.Count][];
        int first = 0;
        for (int l = 0; l < result.Length; l++)
        {
            float[] weights = layers[l].Weights;
            int start = first;
            result[l] = [.. weights.Select((weight, n) => weight == 0 ? double.PositiveInfinity : -ranks[start + n])];
            first += weights.Length;
        }

        return result;
    }

    /// <summary>
    /// The least, over all paths from a feature to an output that makes a score, of the greatest cost on the path: when all weights of a cost
    /// c or more are removed, such a path is left exactly if c is above it. By dynamic programming from layer to layer.
    /// </summary>
    private static double LeastGreatestCost(TrainedNetwork network, double[][] costs)
    {
        IReadOnlyList<TrainedLayer> layers = network.Layers;
        var reached = new double[layers[0].Inputs];
        Array.Fill(reached, double.NegativeInfinity);
        for (int l = 0; l < layers.Count; l++)
        {
            int outputs = layers[l].Outputs;
            var next = new double[outputs];
            Array.Fill(next, double.PositiveInfinity);
            for (int n = 0; n < costs[l].Length; n++)
                next[n % outputs] = Math.Min(next[n % outputs], Math.Max(reached[n / outputs], costs[l][n]));
            reached = next;
        }

        // The first outputs are the scores. The others, log-variances, are no reason to keep a network whose score is a constant.
        return reached[..network.Architecture.ScoreSize].Min();
    }

    private static PruningException Refusal(string what, string remedy, double limit)
        => double.IsPositiveInfinity(limit)
            ? new($"{what} would leave no path from the features to the score: the network has none as it is, its weights are 0. Train it again, with less noise or a smaller KL scale.", null)
            : new($"{what} would leave no path from the features to the score: {remedy}.", limit);

    /// <summary>The network without the weights of a cost of <paramref name="threshold"/> or more; at least one path to a score must be left.</summary>
    private static TrainedNetwork Remove(TrainedNetwork network, double[][] costs, double threshold)
    {
        TrainedLayer[] layers = [.. network.Layers.Select((layer, l) => WithZeros(layer, network.Architecture, costs[l], threshold))];
        bool[][] fed = ReachedFromFeatures(layers);
        bool[][] used = ReachingOutputs(layers);
        float[][] biases = FoldConstants(layers, network.Architecture.Activation, fed, used);

        var kept = new int[layers.Length + 1][];
        for (int level = 0; level < layers.Length; level++)
            kept[level] = [.. Enumerable.Range(0, fed[level].Length).Where(unit => fed[level][unit] && used[level][unit])];
        kept[^1] = [.. Enumerable.Range(0, fed[^1].Length)];

        for (int l = 0; l < layers.Length; l++)
            layers[l] = Select(layers[l], biases[l], network.Architecture, kept[l], kept[l + 1]);
        var architecture = network.Architecture with
        {
            InputSize = kept[0].Length,
            HiddenLayerSizes = [.. kept[1..^1].Select(units => units.Length)],
        };
        return new TrainedNetwork(architecture, Select(network.Scaling, kept[0]), layers, network.Summary)
        {
            Targets = network.Targets,
            LogNoiseVariances = network.LogNoiseVariances,
            InputFeatures = network.InputFeatures is int[] before ? Select(before, kept[0]) : kept[0],
            Pruning = new PruningRecord
            {
                FeatureCount = network.FeatureCount,
                OriginalWeights = network.OriginalWeights,
                SurvivingWeights = layers.Sum(layer => (long)layer.CountSurvivingWeights()),
            },
        };
    }

    private static TrainedLayer WithZeros(TrainedLayer layer, NetworkArchitecture architecture, double[] costs, double threshold)
    {
        float[] weights = [.. layer.Weights];
        float[] logVariances = [.. layer.LogVariances];
        for (int n = 0; n < weights.Length; n++)
        {
            if (weights[n] != 0 && costs[n] < threshold)
                continue;
            weights[n] = 0;

            // Elsewhere σ² = α θ² is 0 by itself.
            if (architecture.Posterior == WeightPosterior.Gaussian)
                logVariances[n] = float.NegativeInfinity;
        }

        return new TrainedLayer { Inputs = layer.Inputs, Outputs = layer.Outputs, Weights = weights, Biases = layer.Biases, LogVariances = logVariances };
    }

    /// <summary>[level][unit], features first: whether a path leads to it from a feature.</summary>
    private static bool[][] ReachedFromFeatures(TrainedLayer[] layers)
    {
        var result = new bool[layers.Length + 1][];
        result[0] = new bool[layers[0].Inputs];
        Array.Fill(result[0], true);
        for (int l = 0; l < layers.Length; l++)
        {
            int outputs = layers[l].Outputs;
            result[l + 1] = new bool[outputs];
            for (int n = 0; n < layers[l].Weights.Length; n++)
                result[l + 1][n % outputs] |= layers[l].Weights[n] != 0 && result[l][n / outputs];
        }

        return result;
    }

    /// <summary>[level][unit], features first: whether a path leads from it to an output.</summary>
    private static bool[][] ReachingOutputs(TrainedLayer[] layers)
    {
        var result = new bool[layers.Length + 1][];
        result[^1] = new bool[layers[^1].Outputs];
        Array.Fill(result[^1], true);
        for (int l = layers.Length - 1; l >= 0; l--)
        {
            int outputs = layers[l].Outputs;
            result[l] = new bool[layers[l].Inputs];
            for (int n = 0; n < layers[l].Weights.Length; n++)
                result[l][n / outputs] |= layers[l].Weights[n] != 0 && result[l + 1][n % outputs];
        }

        return result;
    }

    /// <summary>The layers' biases, with what constant units add to them. From the first layer on: a constant may rest on constants.</summary>
    private static float[][] FoldConstants(TrainedLayer[] layers, Activation activation, bool[][] fed, bool[][] used)
    {
        double[][] biases = [.. layers.Select(layer => layer.Biases.Select(bias => (double)bias).ToArray())];
        for (int l = 1; l < layers.Length; l++)
        {
            int outputs = layers[l].Outputs;
            for (int i = 0; i < layers[l].Inputs; i++)
            {
                if (fed[l][i] || !used[l][i])
                    continue;
                double constant = ActivationFunctions.Value(activation, biases[l - 1][i]);
                for (int j = 0; j < outputs; j++)
                    biases[l][j] += constant * layers[l].Weights[(i * outputs) + j];
            }
        }

        return [.. biases.Select(layer => layer.Select(bias => (float)bias).ToArray())];
    }

    private static TrainedLayer Select(TrainedLayer layer, float[] biases, NetworkArchitecture architecture, int[] inputs, int[] outputs) => new()
    {
        Inputs = inputs.Length,
        Outputs = outputs.Length,
        Weights = Select(layer.Weights, inputs, outputs, layer.Outputs),
        Biases = Select(biases, outputs),
        LogVariances = layer.LogVariances.Length == 0 ? [] : architecture.Sharing switch
        {
            DropoutVarianceSharing.Layer => layer.LogVariances,
            DropoutVarianceSharing.InputUnit => Select(layer.LogVariances, inputs),
            DropoutVarianceSharing.OutputUnit => Select(layer.LogVariances, outputs),
            _ => Select(layer.LogVariances, inputs, outputs, layer.Outputs),
        },
    };

    private static FeatureScaling? Select(FeatureScaling? scaling, int[] features)
        => scaling is null ? null : new FeatureScaling
        {
            Means = Select(scaling.Means, features),
            Scales = Select(scaling.Scales, features),
            Lowest = scaling.Lowest is float[] lowest ? Select(lowest, features) : null,
            Highest = scaling.Highest is float[] highest ? Select(highest, features) : null,
            OutlierThreshold = scaling.OutlierThreshold,
        };

    private static T[] Select<T>(T[] values, int[] indices)
    {
        var result = new T[indices.Length];
        for (int n = 0; n < result.Length; n++)
            result[n] = values[indices[n]];
        return result;
    }

    private static float[] Select(float[] values, int[] rows, int[] columns, int stride)
    {
        var result = new float[rows.Length * columns.Length];
        for (int i = 0; i < rows.Length; i++)
        {
            for (int j = 0; j < columns.Length; j++)
                result[(i * columns.Length) + j] = values[(rows[i] * stride) + columns[j]];
        }

        return result;
    }

    private static string Text(double value) => value.ToString("R", CultureInfo.InvariantCulture);
}
