using Microsoft.ML.Trainers.VariationalDropout.Inference;
using Microsoft.ML.Trainers.VariationalDropout.Network;

namespace Microsoft.ML.Trainers.VariationalDropout.Tests.Inference;

[TestClass]
public sealed class FeatureRelevanceTests
{
    [TestMethod]
    [DataRow(WeightPosterior.CorrelatedWeightNoise)]
    [DataRow(WeightPosterior.IndependentWeightNoise)]
    public void With_one_variance_per_feature_it_is_one_minus_the_dropout_rate(WeightPosterior posterior)
    {
        var network = Network(posterior, DropoutVarianceSharing.InputUnit);
        double[] relevance = FeatureRelevances.Compute(network);
        double[] rates = [.. network.Layers[0].DropoutRates(posterior)];
        Assert.HasCount(5, relevance);
        for (int i = 0; i < 5; i++)
            Assert.AreEqual(1 - rates[i], relevance[i], 1e-12);
    }

    [TestMethod]
    public void It_is_the_share_of_squared_means_in_the_second_moments()
    {
        foreach (var (posterior, sharing) in CoreProblem.LearnedNoises().Where(noise => noise.Sharing != DropoutVarianceSharing.Layer))
        {
            var network = Network(posterior, sharing);
            var layer = network.Layers[0];
            double[] relevance = FeatureRelevances.Compute(network);
            for (int i = 0; i < 5; i++)
            {
                double signal = 0, noise = 0;
                for (int j = 0; j < layer.Outputs; j++)
                {
                    double square = Math.Pow(layer.Weights[(i * layer.Outputs) + j], 2);
                    signal += square;
                    noise += square * Math.Exp(layer.LogDropoutVariance(network.Architecture, i, j));
                }

                Assert.AreEqual(signal / (signal + noise), relevance[i], 1e-9, $"{posterior}, {sharing}");
            }
        }
    }

    [TestMethod]
    public void Features_without_effect_have_none()
    {
        foreach (var (posterior, sharing) in CoreProblem.LearnedNoises().Where(noise => noise.Sharing != DropoutVarianceSharing.Layer))
        {
            // 0 has small weights that pruning removes, 1 weights of 0, and 2 was constant.
            var scaling = new FeatureScaling { Means = [0, 0, 0, 0, 0], Scales = [1, 1, 0, 1, 1] };
            var network = Network(posterior, sharing, scaling);
            for (int j = 0; j < 7; j++)
            {
                network.Layers[0].Weights[j] *= 1e-5f;
                network.Layers[0].Weights[7 + j] = 0;
            }

            double[] before = FeatureRelevances.Compute(network);
            Assert.IsTrue(before[0] > 0 && before[1] == 0 && before[2] == 0 && before[3] > 0, $"{posterior}, {sharing}");
            var pruned = NetworkPruner.PruneByMagnitude(network, 14.0 / network.DenseWeights);
            CollectionAssert.AreEqual(new[] { 2, 3, 4 }, pruned.InputFeatures);
            double[] after = FeatureRelevances.Compute(pruned);
            CollectionAssert.AreEqual(new[] { 0, 0, 0, before[3], before[4] }, after, $"{posterior}, {sharing}");
        }
    }

    [TestMethod]
    public void What_cannot_tell_features_apart_is_refused()
    {
        foreach (var (posterior, sharing) in CoreProblem.AllNoises().Where(noise => !noise.Posterior.IsLearned()))
            Assert.Contains($"{posterior} learns no variances", Assert.ThrowsExactly<InvalidOperationException>(() => FeatureRelevances.Compute(Network(posterior, sharing))).Message);
        foreach (var posterior in new[] { WeightPosterior.CorrelatedWeightNoise, WeightPosterior.IndependentWeightNoise })
            Assert.Contains("train with InputUnit", Assert.ThrowsExactly<InvalidOperationException>(() => FeatureRelevances.Compute(Network(posterior, DropoutVarianceSharing.Layer))).Message);
    }

    private static TrainedNetwork Network(WeightPosterior posterior, DropoutVarianceSharing sharing, FeatureScaling? scaling = null)
    {
        var architecture = CoreProblem.Architecture(posterior: posterior, sharing: sharing);
        var summary = new TrainingSummary { Rows = 100, Iterations = 7, BestIteration = 6, ExpectedLogLikelihood = -12.5, KullbackLeibler = 3.25 };
        return new TrainedNetwork(architecture, scaling, CoreProblem.StartValues(architecture), summary);
    }
}
