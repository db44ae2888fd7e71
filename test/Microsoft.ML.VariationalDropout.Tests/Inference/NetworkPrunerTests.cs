using System.Globalization;
using Microsoft.ML.Trainers.VariationalDropout.Data;
using Microsoft.ML.Trainers.VariationalDropout.Inference;
using Microsoft.ML.Trainers.VariationalDropout.Network;
using Microsoft.ML.Trainers.VariationalDropout.Numerics;

namespace Microsoft.ML.Trainers.VariationalDropout.Tests.Inference;

[TestClass]
public sealed class NetworkPrunerTests
{
    private const int Features = 9, Classes = 4, Rows = 40;
    private static readonly int[] Hidden = [7, 18];

    public static IEnumerable<object[]> AllNoises => CoreProblem.AllNoises().Select(noise => new object[] { noise.Posterior, noise.Sharing });

    public static IEnumerable<object[]> LearnedNoises => CoreProblem.LearnedNoises().Select(noise => new object[] { noise.Posterior, noise.Sharing });

    [TestMethod]
    [DynamicData(nameof(AllNoises))]
    public void Pruned_by_magnitude_it_predicts_as_with_zeros(WeightPosterior posterior, DropoutVarianceSharing sharing)
    {
        foreach (var activation in Enum.GetValues<Activation>())
        {
            bool[][] mask = Mask(random: 0.3);
            var network = WithSmallWeights(Network(posterior, sharing, activation), mask);
            var pruned = NetworkPruner.PruneByMagnitude(network, Share(mask));
            CheckAgainstZeros(network, mask, pruned, $"{activation}");

            // What the mask was made for is there: features, dead ends, constants, constants that rest on constants, an output without inputs.
            CollectionAssert.AreEqual(new[] { 0, 1, 3, 4, 6, 7, 8 }, pruned.InputFeatures);
            CollectionAssert.AreEqual(new[] { 3, 16 }, pruned.Architecture.HiddenLayerSizes.ToArray());
            Assert.AreEqual(Classes, pruned.Architecture.OutputSize);
        }
    }

    [TestMethod]
    [DynamicData(nameof(LearnedNoises))]
    public void Pruned_by_dropout_variance_it_predicts_as_with_zeros(WeightPosterior posterior, DropoutVarianceSharing sharing)
    {
        foreach (var activation in Enum.GetValues<Activation>())
        {
            var network = Network(posterior, sharing, activation);
            bool[][] mask = sharing switch
            {
                DropoutVarianceSharing.Layer => MaskOf((_, _, _) => false),
                DropoutVarianceSharing.InputUnit => MaskOf((l, i, _) => i % 3 == l % 2),
                DropoutVarianceSharing.OutputUnit => MaskOf((l, _, j) => j % 3 == l % 2),
                _ => Mask(random: 0.3),
            };
            for (int l = 0; l < mask.Length; l++)
            {
                var layer = network.Layers[l];
                for (int n = 0; n < mask[l].Length; n++)
                {
                    double logScale = posterior == WeightPosterior.Gaussian ? 2 * Math.Log(Math.Abs(layer.Weights[n])) : 0;
                    layer.LogVariances[sharing.IndexOf(n / layer.Outputs, n % layer.Outputs, layer.Outputs)] = (float)(logScale + (mask[l][n] ? 3.5 : 2.5));
                }
            }

            var pruned = NetworkPruner.PruneByDropoutVariance(network, 3);
            CheckAgainstZeros(network, mask, pruned, $"{activation}");
            foreach (var layer in pruned.Layers.Where(_ => posterior == WeightPosterior.Gaussian))
            {
                double[] rates = [.. layer.DropoutRates(posterior)];
                for (int n = 0; n < rates.Length; n++)
                    Assert.AreEqual(layer.Weights[n] == 0 ? 1 : 1 / (1 + Math.Exp(-2.5)), rates[n], 1e-6);
                Assert.IsTrue(double.IsFinite(layer.MeanDropoutRate(posterior)));
            }
        }
    }

    [TestMethod]
    [DynamicData(nameof(AllNoises))]
    public void Draws_have_the_distribution_of_the_network_with_zeros_where_no_noisy_constant_was_folded(WeightPosterior posterior, DropoutVarianceSharing sharing)
    {
        // With negative biases the constants of rectified units are 0, and 0 has no noise.
        bool[][] mask = Mask(random: 0.2);
        var network = WithSmallWeights(Network(posterior, sharing), mask);
        foreach (int unit in new[] { 3, 6 })
            network.Layers[0].Biases[unit] = -1;
        network.Layers[1].Biases[0] = -1;
        var zeros = WithZeros(network, mask);
        var pruned = NetworkPruner.PruneByMagnitude(network, Share(mask));

        const int Draws = 2000;
        float[] features = RandomFeatures(10);
        var expected = CoreProblem.Predict(zeros, features, Draws, 1);
        var actual = CoreProblem.Predict(pruned, features, Draws, 2);
        for (int n = 0; n < expected.Scores.Length; n++)
        {
            double error = Math.Max(expected.StandardDeviations[n], 1e-6) * Math.Sqrt(2.0 / Draws);
            Assert.AreEqual(expected.Scores[n], actual.Scores[n], 5 * error, $"mean {n}");
            Assert.AreEqual(expected.StandardDeviations[n], actual.StandardDeviations[n], 0.2 * expected.StandardDeviations[n] + 1e-6, $"deviation {n}");
        }

        Assert.IsTrue(actual.MutualInformations.All(float.IsFinite));
    }

    [TestMethod]
    public void Noisy_constants_that_were_folded_leave_finite_draws()
    {
        foreach (var (posterior, sharing) in CoreProblem.AllNoises())
        {
            bool[][] mask = Mask(random: 0.3);
            var pruned = NetworkPruner.PruneByMagnitude(WithSmallWeights(Network(posterior, sharing, Activation.Softplus), mask), Share(mask));
            var result = CoreProblem.Predict(pruned, RandomFeatures(Rows), 20, 1);
            Assert.IsTrue(result.Scores.Concat(result.StandardDeviations).Concat(result.MutualInformations).All(float.IsFinite), $"{posterior}, {sharing}");
        }
    }

    [TestMethod]
    [DataRow(WeightPosterior.CorrelatedWeightNoise, DropoutVarianceSharing.InputUnit)]
    [DataRow(WeightPosterior.Gaussian, DropoutVarianceSharing.Weight)]
    public void Removed_features_change_no_bit(WeightPosterior posterior, DropoutVarianceSharing sharing)
    {
        bool[][] mask = Mask(random: 0.3);
        var pruned = NetworkPruner.PruneByMagnitude(WithSmallWeights(Network(posterior, sharing), mask), Share(mask));
        float[] features = RandomFeatures(Rows);
        float[] others = [.. features];
        for (int row = 0; row < Rows; row++)
        {
            others[(row * Features) + 2] = float.NaN;
            others[(row * Features) + 5] = row;
        }

        CollectionAssert.AreEqual(CoreProblem.Predict(pruned, features).Scores, CoreProblem.Predict(pruned, others).Scores);
        CollectionAssert.AreEqual(CoreProblem.Predict(pruned, features, 10).Scores, CoreProblem.Predict(pruned, others, 10).Scores);
    }

    [TestMethod]
    public void Sparse_variational_dropout_finds_the_two_informative_features_of_twelve()
    {
        var training = CoreProblem.Create(1500, 12, 3, spread: 0.3, weighted: false);
        var test = CoreProblem.Create(1000, 12, 3, seed: 9, spread: 0.3, weighted: false);
        var architecture = CoreProblem.Architecture(12, 3, WeightPosterior.Gaussian, DropoutVarianceSharing.Weight, hidden: [24]);
        var settings = CoreProblem.TrainingSettings(architecture) with
        {
            Prior = WeightPrior.LogUniform,
            MinimumDropoutVariance = Math.Exp(-8),
            MaximumDropoutVariance = Math.Exp(8),
            NumberOfIterations = 100,
            LearningRate = 1e-2,
            KullbackLeiblerWarmUpIterations = 20,
        };
        var network = NetworkTrainer.Train(training, null, settings, null, new RecordingMonitor());
        var pruned = NetworkPruner.PruneByDropoutVariance(network, 3);

        Assert.IsGreaterThanOrEqualTo(Accuracy(network, test) - 0.01, Accuracy(pruned, test));
        Assert.IsGreaterThan(0.95, Accuracy(pruned, test));
        Assert.IsGreaterThan(2, pruned.Compression);
        Assert.IsGreaterThan(1, pruned.DenseCompression);
        CollectionAssert.IsSubsetOf(new[] { 0, 1 }, pruned.InputFeatures);
        foreach (var model in new[] { network, pruned })
        {
            double[] relevance = FeatureRelevances.Compute(model);
            Assert.IsGreaterThan(relevance[2..].Max(), relevance[..2].Min());
        }
    }

    [TestMethod]
    public void Figures_are_counted()
    {
        bool[][] mask = Mask(random: 0.3);
        var network = WithSmallWeights(Network(WeightPosterior.Gaussian, DropoutVarianceSharing.Weight), mask);
        Assert.AreEqual(1, network.Compression);
        Assert.AreEqual(1, network.DenseCompression);
        var pruned = NetworkPruner.PruneByMagnitude(network, Share(mask));

        const int Original = (Features * 7) + (7 * 18) + (18 * Classes);
        const int Dense = (7 * 3) + (3 * 16) + (16 * Classes);
        int surviving = pruned.Layers.Sum(layer => layer.Weights.Count(weight => weight != 0));
        Assert.AreEqual(new PruningRecord { FeatureCount = Features, OriginalWeights = Original, SurvivingWeights = surviving }, pruned.Pruning);
        Assert.AreEqual(Dense, pruned.DenseWeights);
        Assert.AreEqual((double)Original / surviving, pruned.Compression);
        Assert.AreEqual((double)Original / Dense, pruned.DenseCompression);
        CollectionAssert.AreEqual(new[] { 7 * 3, 3 * 16, 16 * Classes }, pruned.CountWeights().Select(count => count.Weights).ToArray());
        Assert.AreEqual(surviving, pruned.CountWeights().Sum(count => count.Surviving));
    }

    [TestMethod]
    [DynamicData(nameof(AllNoises))]
    public void Pruned_twice_it_is_still_a_network_of_the_original_features(WeightPosterior posterior, DropoutVarianceSharing sharing)
    {
        var network = Network(posterior, sharing);
        bool[][] first = MaskOf((l, i, j) => l == 0 && i is 1 or 4);
        bool[][] second = MaskOf((l, i, j) => l == 0 && i is 1 or 4 or 6);
        WithSmallWeights(network, second);
        for (int n = 0; n < first[0].Length; n++)
            network.Layers[0].Weights[n] *= first[0][n] ? 1e-3f : 1;
        var direct = NetworkPruner.PruneByMagnitude(network, Share(second));
        var once = NetworkPruner.PruneByMagnitude(network, Share(first));
        Assert.AreEqual(Features - 2, once.Architecture.InputSize);
        var twice = NetworkPruner.PruneByMagnitude(once, Share(second));
        CollectionAssert.AreEqual(new[] { 0, 2, 3, 5, 7, 8 }, twice.InputFeatures);
        CollectionAssert.AreEqual(direct.InputFeatures, twice.InputFeatures);
        CollectionAssert.AreEqual(direct.Scaling!.Means, twice.Scaling!.Means);
        CollectionAssert.AreEqual(direct.Scaling.Scales, twice.Scaling.Scales);
        Assert.IsTrue(CoreProblem.SameBits(direct, twice));
        Assert.AreEqual(direct.Pruning, twice.Pruning);
        Assert.AreEqual(direct.Architecture.HiddenLayerSizes.Sum(), twice.Architecture.HiddenLayerSizes.Sum());

        // The same again, and less than what is gone, change nothing.
        Assert.IsTrue(CoreProblem.SameBits(twice, NetworkPruner.PruneByMagnitude(twice, Share(second))));
        Assert.IsTrue(CoreProblem.SameBits(twice, NetworkPruner.PruneByMagnitude(twice, 0)));
        if (posterior.IsLearned())
            Assert.IsTrue(CoreProblem.SameBits(twice, NetworkPruner.PruneByDropoutVariance(twice, double.PositiveInfinity)));
    }

    [TestMethod]
    [DynamicData(nameof(LearnedNoises))]
    public void Threshold_that_leaves_nothing_is_refused_with_the_one_that_does(WeightPosterior posterior, DropoutVarianceSharing sharing)
    {
        for (uint seed = 1; seed <= 5; seed++)
        {
            var network = Network(posterior, sharing, seed: seed);
            var exception = Assert.ThrowsExactly<PruningException>(() => NetworkPruner.PruneByDropoutVariance(network, -50));
            double limit = exception.Limit!.Value;
            Assert.Contains($"a threshold above {limit.ToString("R", CultureInfo.InvariantCulture)}", exception.Message);
            Assert.AreEqual(limit, Assert.ThrowsExactly<PruningException>(() => NetworkPruner.PruneByDropoutVariance(network, limit)).Limit);
            var pruned = NetworkPruner.PruneByDropoutVariance(network, Math.BitIncrement(limit));
            Assert.IsGreaterThanOrEqualTo(1, pruned.Layers.Min(layer => layer.CountSurvivingWeights()));
            Assert.IsGreaterThanOrEqualTo(1, pruned.Architecture.HiddenLayerSizes.Min());
        }
    }

    [TestMethod]
    [DynamicData(nameof(AllNoises))]
    public void Sparsity_that_leaves_nothing_is_refused_with_the_one_that_does(WeightPosterior posterior, DropoutVarianceSharing sharing)
    {
        var network = Network(posterior, sharing);
        var half = NetworkPruner.PruneByMagnitude(network, 0.5);
        foreach (var start in new[] { network, half })
        {
            var exception = Assert.ThrowsExactly<PruningException>(() => NetworkPruner.PruneByMagnitude(start, 0.9999));
            double limit = exception.Limit!.Value;
            Assert.Contains($"choose at most {limit.ToString("R", CultureInfo.InvariantCulture)}", exception.Message);
            var pruned = NetworkPruner.PruneByMagnitude(start, limit);
            Assert.IsGreaterThanOrEqualTo(1, pruned.Layers.Min(layer => layer.CountSurvivingWeights()));
            double more = limit + (1.0 / network.DenseWeights);
            Assert.AreEqual(limit, Assert.ThrowsExactly<PruningException>(() => NetworkPruner.PruneByMagnitude(start, more)).Limit);
        }
    }

    /// <summary>The head of the log-variances is the firmer one: without the rule the last path would lead there, and every score would be the same.</summary>
    [TestMethod]
    [DataRow(1)]
    [DataRow(2)]
    public void A_path_to_the_noise_alone_is_not_enough(int targets)
    {
        var architecture = CoreProblem.Architecture(
            Features, 2 * targets, WeightPosterior.Gaussian, DropoutVarianceSharing.Weight, Activation.Softplus, [7], Likelihood.HeteroscedasticGaussian);
        var start = CoreProblem.StartValues(architecture);
        for (int n = 0; n < start[1].Weights.Length; n++)
        {
            bool isNoise = n % (2 * targets) >= targets;
            start[1].Weights[n] = (isNoise ? 10 : 0.01f) * (1 + n);
            start[1].LogVariances[n] = (float)(2 * Math.Log(start[1].Weights[n])) + (isNoise ? -9 : 5 + (0.01f * n));
        }

        var network = new TrainedNetwork(architecture, null, start, Network(WeightPosterior.Gaussian, DropoutVarianceSharing.Weight).Summary);
        double threshold = Assert.ThrowsExactly<PruningException>(() => NetworkPruner.PruneByDropoutVariance(network, 4)).Limit!.Value;
        double sparsity = Assert.ThrowsExactly<PruningException>(() => NetworkPruner.PruneByMagnitude(network, 0.99)).Limit!.Value;
        float[] features = RandomFeatures(Rows);
        foreach (var pruned in new[] { NetworkPruner.PruneByDropoutVariance(network, Math.BitIncrement(threshold)), NetworkPruner.PruneByMagnitude(network, sparsity) })
        {
            // Of two targets the second may have become a constant.
            float[] scores = CoreProblem.Predict(pruned, features).Scores;
            Assert.IsGreaterThan(1, Enumerable.Range(0, targets).Max(t => Enumerable.Range(0, Rows).Select(row => scores[(row * targets) + t]).Distinct().Count()));
        }
    }

    [TestMethod]
    public void Network_without_a_path_is_refused_without_a_limit()
    {
        var network = Network(WeightPosterior.Gaussian, DropoutVarianceSharing.Weight);
        Array.Clear(network.Layers[1].Weights);
        foreach (var prune in new Action[] { () => NetworkPruner.PruneByMagnitude(network, 0), () => NetworkPruner.PruneByDropoutVariance(network, double.PositiveInfinity) })
        {
            var exception = Assert.ThrowsExactly<PruningException>(prune);
            Assert.IsNull(exception.Limit);
            Assert.Contains("has none as it is", exception.Message);
        }
    }

    [TestMethod]
    public void Wrong_numbers_and_rates_that_are_not_learned_are_refused()
    {
        var network = Network(WeightPosterior.Gaussian, DropoutVarianceSharing.Weight);
        foreach (double sparsity in new[] { -0.1, 1, 1.5, double.NaN })
        {
            var exception = Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => NetworkPruner.PruneByMagnitude(network, sparsity));
            Assert.Contains(string.Create(CultureInfo.InvariantCulture, $"sparsity is {sparsity}; allowed is [0, 1)."), exception.Message);
            Assert.AreEqual(sparsity, exception.ActualValue);
        }

        Assert.Contains("NaN", Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => NetworkPruner.PruneByDropoutVariance(network, double.NaN)).Message);
        foreach (var (posterior, sharing) in CoreProblem.AllNoises().Where(noise => !noise.Posterior.IsLearned()))
        {
            var exception = Assert.ThrowsExactly<InvalidOperationException>(() => NetworkPruner.PruneByDropoutVariance(Network(posterior, sharing), 3));
            Assert.Contains("prune by magnitude", exception.Message);
        }
    }

    [TestMethod]
    public void Of_weights_of_one_size_the_first_go_first()
    {
        var network = Network(WeightPosterior.None, DropoutVarianceSharing.Layer, hidden: []);
        float[] weights = network.Layers[0].Weights;
        for (int n = 0; n < weights.Length; n++)
            weights[n] = n % 2 == 0 ? 1 : -1;
        var pruned = NetworkPruner.PruneByMagnitude(network, 5.0 / weights.Length);
        CollectionAssert.AreEqual(Enumerable.Range(1, Features - 1).ToArray(), pruned.InputFeatures);
        CollectionAssert.AreEqual(new float[] { 0, -1, 1, -1, 1 }, pruned.Layers[0].Weights[..5]);
    }

    [TestMethod]
    public void Nothing_that_is_not_of_the_weights_changes()
    {
        var architecture = CoreProblem.Architecture(Features, Classes, WeightPosterior.Gaussian, DropoutVarianceSharing.Weight, hidden: Hidden, likelihood: Likelihood.Gaussian) with { HasSparseInputs = true };
        var start = Network(WeightPosterior.Gaussian, DropoutVarianceSharing.Weight);
        var network = new TrainedNetwork(architecture, null, start.Layers, start.Summary) { Targets = TargetScaling.Identity(Classes), LogNoiseVariances = [1, 2, 3, 4] };
        float[][] before = [.. network.Layers.SelectMany(layer => new float[][] { [.. layer.Weights], [.. layer.Biases], [.. layer.LogVariances] })];
        var pruned = NetworkPruner.PruneByMagnitude(network, 0.8);
        Assert.IsTrue(pruned.Architecture.HasSparseInputs);
        Assert.AreEqual(architecture, pruned.Architecture with { InputSize = Features, HiddenLayerSizes = architecture.HiddenLayerSizes });
        Assert.AreSame(network.Targets, pruned.Targets);
        Assert.AreSame(network.Summary, pruned.Summary);
        Assert.IsNull(pruned.Scaling);
        CollectionAssert.AreEqual(network.LogNoiseVariances, pruned.LogNoiseVariances);

        float[][] after = [.. network.Layers.SelectMany(layer => new[] { layer.Weights, layer.Biases, layer.LogVariances })];
        for (int n = 0; n < before.Length; n++)
            CollectionAssert.AreEqual(before[n], after[n], "the network itself");
    }

    [TestMethod]
    [DynamicData(nameof(AllNoises))]
    public void Saved_and_loaded_it_predicts_the_same_bits(WeightPosterior posterior, DropoutVarianceSharing sharing)
    {
        bool[][] mask = Mask(random: 0.3);
        var pruned = NetworkPruner.PruneByMagnitude(WithSmallWeights(Network(posterior, sharing), mask), Share(mask));
        using var stream = new MemoryStream();
        ModelFile.Write(stream, pruned);
        stream.Position = 0;
        var read = ModelFile.Read(stream);

        Assert.IsTrue(CoreProblem.SameBits(pruned, read));
        Assert.AreEqual(pruned.Pruning, read.Pruning);
        CollectionAssert.AreEqual(pruned.InputFeatures, read.InputFeatures);
        Assert.AreEqual(Features, read.FeatureCount);
        float[] features = RandomFeatures(Rows);
        CollectionAssert.AreEqual(CoreProblem.Predict(pruned, features).Scores, CoreProblem.Predict(read, features).Scores);
        CollectionAssert.AreEqual(CoreProblem.Predict(pruned, features, 5).Scores, CoreProblem.Predict(read, features, 5).Scores);
    }

    /// <summary>Predictions, units, weights and variances against the network with zeros and units removed one at a time by plain loops.</summary>
    private static void CheckAgainstZeros(TrainedNetwork network, bool[][] mask, TrainedNetwork pruned, string what)
    {
        var zeros = WithZeros(network, mask);
        float[] features = RandomFeatures(Rows);
        foreach (var path in KernelPaths.Supported)
        {
            double[] expected = Outputs(zeros, features, path), actual = Outputs(pruned, features, path);
            for (int n = 0; n < expected.Length; n++)
                Assert.AreEqual(expected[n], actual[n], 1e-5 * Math.Max(1, Math.Abs(expected[n])), $"{what}, {path}");
        }

        int[][] kept = KeptUnits(zeros);
        CollectionAssert.AreEqual(kept[0], pruned.InputFeatures, what);
        CollectionAssert.AreEqual(kept[1..^1].Select(units => units.Length).ToArray(), pruned.Architecture.HiddenLayerSizes.ToArray(), what);
        for (int l = 0; l < mask.Length; l++)
        {
            var (before, after) = (zeros.Layers[l], pruned.Layers[l]);
            Assert.AreEqual(kept[l].Length, after.Inputs);
            Assert.AreEqual(kept[l + 1].Length, after.Outputs);
            Assert.AreEqual(pruned.Architecture.LogVariancesOf(l), after.LogVariances.Length);
            for (int i = 0; i < after.Inputs; i++)
            {
                for (int j = 0; j < after.Outputs; j++)
                {
                    Assert.AreEqual(before.Weights[(kept[l][i] * before.Outputs) + kept[l + 1][j]], after.Weights[(i * after.Outputs) + j]);
                    Assert.AreEqual(before.LogDropoutVariance(zeros.Architecture, kept[l][i], kept[l + 1][j]), after.LogDropoutVariance(pruned.Architecture, i, j));
                }
            }
        }
    }

    /// <summary>[level]: the units that are left when those without a live input or output are removed until there are none.</summary>
    private static int[][] KeptUnits(TrainedNetwork network)
    {
        int levels = network.Layers.Count + 1;
        List<int>[] kept = [.. Enumerable.Range(0, levels).Select(level => Enumerable.Range(0, level == 0 ? network.Layers[0].Inputs : network.Layers[level - 1].Outputs).ToList())];
        float Weight(int l, int i, int j) => network.Layers[l].Weights[(i * network.Layers[l].Outputs) + j];
        int removed;
        do
        {
            removed = 0;
            for (int level = 0; level < levels - 1; level++)
            {
                removed += kept[level].RemoveAll(unit => !kept[level + 1].Any(next => Weight(level, unit, next) != 0));
                if (level > 0)
                    removed += kept[level].RemoveAll(unit => !kept[level - 1].Any(previous => Weight(level - 1, previous, unit) != 0));
            }
        }
        while (removed > 0);
        return [.. kept.Select(units => units.ToArray())];
    }

    /// <summary>
    /// Weights to remove: all of features 2 and 5; all into the hidden units 3 and 6 of the first layer, 6 alone leads to unit 0 of the
    /// second; all out of unit 4; unit 5 leads to unit 1 of the second alone, which leads nowhere; all into output 3; and others by chance.
    /// </summary>
    private static bool[][] Mask(double random)
    {
        var chance = new Random(5);
        return MaskOf((l, i, j) => l switch
        {
            0 => i is 2 or 5 || j is 3 or 6 || (i != j && chance.NextDouble() < random),
            1 => i == 4 || (i == 5 && j != 1) || (j == 0 && i != 6) || (i is not (5 or 6) && i != j % 3 && chance.NextDouble() < random),
            _ => i == 1 || j == 3 || (j != i % 3 && chance.NextDouble() < random),
        });
    }

    private static bool[][] MaskOf(Func<int, int, int, bool> isRemoved)
    {
        int[] sizes = [Features, .. Hidden, Classes];
        return [.. Enumerable.Range(0, 3).Select(l => Enumerable.Range(0, sizes[l] * sizes[l + 1]).Select(n => isRemoved(l, n / sizes[l + 1], n % sizes[l + 1])).ToArray())];
    }

    private static double Share(bool[][] mask) => (double)mask.Sum(layer => layer.Count(isRemoved => isRemoved)) / mask.Sum(layer => layer.Length);

    private static TrainedNetwork WithSmallWeights(TrainedNetwork network, bool[][] mask)
    {
        for (int l = 0; l < mask.Length; l++)
        {
            float[] weights = network.Layers[l].Weights;
            for (int n = 0; n < weights.Length; n++)
                weights[n] = mask[l][n] ? 1e-3f * weights[n] : weights[n] + MathF.CopySign(0.05f, weights[n]);
        }

        return network;
    }

    private static TrainedNetwork WithZeros(TrainedNetwork network, bool[][] mask)
    {
        TrainedLayer[] layers =
        [
            .. network.Layers.Select((layer, l) => new TrainedLayer
            {
                Inputs = layer.Inputs,
                Outputs = layer.Outputs,
                Biases = layer.Biases,
                Weights = [.. layer.Weights.Select((weight, n) => mask[l][n] ? 0 : weight)],
                LogVariances = network.Architecture.Posterior == WeightPosterior.Gaussian
                    ? [.. layer.LogVariances.Select((value, n) => mask[l][n] ? float.NegativeInfinity : value)]
                    : layer.LogVariances,
            }),
        ];
        return new TrainedNetwork(network.Architecture, network.Scaling, layers, network.Summary);
    }

    private static TrainedNetwork Network(WeightPosterior posterior, DropoutVarianceSharing sharing, Activation activation = Activation.Relu, uint seed = 3, int[]? hidden = null)
    {
        var architecture = CoreProblem.Architecture(Features, Classes, posterior, sharing, activation, hidden ?? Hidden);
        var random = new Random(11);
        var scaling = new FeatureScaling
        {
            Means = [.. Enumerable.Range(0, Features).Select(_ => (float)CoreProblem.Normal(random))],
            Scales = [.. Enumerable.Range(0, Features).Select(_ => 0.5f + random.NextSingle())],
        };
        var summary = new TrainingSummary { Rows = 100, Iterations = 7, BestIteration = 6, ExpectedLogLikelihood = -12.5, KullbackLeibler = 3.25 };
        return new TrainedNetwork(architecture, scaling, CoreProblem.StartValues(architecture, seed), summary);
    }

    private static float[] RandomFeatures(int rows)
    {
        var random = new Random(23);
        return [.. Enumerable.Range(0, rows * Features).Select(_ => (float)CoreProblem.Normal(random))];
    }

    private static double[] Outputs(TrainedNetwork network, float[] features, KernelPath path)
    {
        int rows = features.Length / Features;
        var block = new FeatureBlock(Features, isSparse: false, rows);
        for (int row = 0; row < rows; row++)
            block.Set(row, features.AsSpan(row * Features, Features));
        var result = new double[rows * network.Architecture.OutputSize];
        new NetworkPredictor(network, path).ComputeOutputs(block, rows, result);
        return result;
    }

    private static double Accuracy(TrainedNetwork network, TrainingSet data)
    {
        float[] features = [.. Enumerable.Range(0, data.RowCount).SelectMany(row => data.Features(row).ToArray())];
        float[] scores = CoreProblem.Predict(network, features).Scores;
        int classes = network.Architecture.OutputSize;
        return Enumerable.Range(0, data.RowCount).Average(row =>
        {
            float[] probabilities = scores[(row * classes)..((row + 1) * classes)];
            return Array.IndexOf(probabilities, probabilities.Max()) == (int)data.Label(row) ? 1.0 : 0;
        });
    }
}
