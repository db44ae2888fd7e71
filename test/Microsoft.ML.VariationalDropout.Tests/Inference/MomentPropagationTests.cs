using Microsoft.ML.Trainers.VariationalDropout.Data;
using Microsoft.ML.Trainers.VariationalDropout.Inference;
using Microsoft.ML.Trainers.VariationalDropout.Network;
using Microsoft.ML.Trainers.VariationalDropout.Numerics;

namespace Microsoft.ML.Trainers.VariationalDropout.Tests.Inference;

/// <summary>Moments that were carried through trained networks against what 20,000 draws of the same networks give.</summary>
[TestClass]
public sealed class MomentPropagationTests
{
    private const int Samples = 20_000;

    public static IEnumerable<object[]> IndependentNoises
        => from activation in Enum.GetValues<Activation>()
           from posterior in new[] { WeightPosterior.IndependentWeightNoise, WeightPosterior.Gaussian }
           select new object[] { posterior, activation };

    /// <summary>One hidden layer and independent noise: only the Gaussian form of the units' inputs is an approximation.</summary>
    [TestMethod]
    [DynamicData(nameof(IndependentNoises))]
    public void One_hidden_layer_with_independent_noise_agrees_with_draws(WeightPosterior posterior, Activation activation)
    {
        var network = Train(posterior, activation, [24], Likelihood.HeteroscedasticGaussian, 2);
        float[] features = Rows(6);
        var moments = CoreProblem.PredictMoments(network, features);
        var draws = CoreProblem.Predict(network, features, Samples, 7);
        for (int row = 0; row < 6; row++)
        {
            Assert.AreEqual(draws.Scores[row], moments.Scores[row], 0.03 * draws.StandardDeviations[row], $"mean of row {row}");
            Assert.AreEqual(draws.EpistemicDeviations[row], moments.EpistemicDeviations[row], 0.03 * draws.EpistemicDeviations[row], $"epistemic deviation of row {row}");
            Assert.AreEqual(draws.AleatoricDeviations[row], moments.AleatoricDeviations[row], 0.03 * draws.AleatoricDeviations[row], $"aleatoric deviation of row {row}");
            Assert.AreEqual(draws.StandardDeviations[row], moments.StandardDeviations[row], 0.03 * draws.StandardDeviations[row], $"deviation of row {row}");
        }
    }

    [TestMethod]
    [DataRow(nameof(Likelihood.Bernoulli), 1)]
    [DataRow(nameof(Likelihood.Categorical), 4)]
    public void Probabilities_agree_with_draws(string likelihood, int outputs)
    {
        var network = Train(WeightPosterior.Gaussian, Activation.Relu, [24], Enum.Parse<Likelihood>(likelihood), outputs);
        float[] features = Rows(6);
        var moments = CoreProblem.PredictMoments(network, features);
        var draws = CoreProblem.Predict(network, features, Samples, 7);
        for (int i = 0; i < draws.Scores.Length; i++)
        {
            // Outputs of one network covary, and 256 draws of the softmax have an error of their own.
            Assert.AreEqual(draws.Scores[i], moments.Scores[i], 0.015, $"probability {i}");
            Assert.AreEqual(draws.StandardDeviations[i], moments.StandardDeviations[i], 0.03, $"deviation {i}");
        }

        for (int row = 0; row < 6; row++)
        {
            Assert.AreEqual(draws.PredictiveEntropies[row], moments.PredictiveEntropies[row], 0.03, $"entropy of row {row}");
            Assert.AreEqual(draws.MutualInformations[row], moments.MutualInformations[row], 0.02, $"information of row {row}");
            Assert.IsGreaterThan(0, draws.MutualInformations[row]);
        }
    }

    /// <summary>A label that a sure network finds impossible has a probability too small for a number, but not a logarithm.</summary>
    [TestMethod]
    [DataRow(nameof(Likelihood.Bernoulli), 1)]
    [DataRow(nameof(Likelihood.Categorical), 3)]
    public void The_log_likelihood_of_a_wrong_label_far_out_is_finite(string likelihood, int outputs)
    {
        var architecture = CoreProblem.Architecture(1, outputs, hidden: [], likelihood: Enum.Parse<Likelihood>(likelihood));
        float[] weights = outputs == 1 ? [90] : [90, 0, -90];
        var row = new TrainingSet(1);
        row.Add(outputs == 1 ? 0 : 2, 1)[0] = 30;
        foreach (double rate in new[] { 0, 1e-6 })
        {
            var layer = new TrainedLayer { Inputs = 1, Outputs = outputs, Weights = weights, Biases = new float[outputs], LogVariances = rate == 0 ? [] : [(float)Math.Log(rate)] };
            var network = new TrainedNetwork(architecture with { Posterior = rate == 0 ? WeightPosterior.None : WeightPosterior.CorrelatedWeightNoise }, null, [layer], Summary());
            double mean = Of((predictor, block, count, result) => predictor.PredictMean(block, count, result));
            double sampled = Of((predictor, block, count, result) => predictor.PredictSampled(block, count, 256, 1, result));
            double moments = Of((predictor, block, count, result) => predictor.PredictMoments(block, count, result));
            Assert.AreEqual(outputs == 1 ? -2700 : -5400, mean);
            if (rate == 0)
                Assert.AreEqual(mean, moments);
            else
                Assert.AreEqual(sampled, moments, 10, "its outputs covary");

            double Of(Action<NetworkPredictor, FeatureBlock, int, Predictions> predict) => PredictiveLikelihood.Mean(network, row, predict, () => { });
        }
    }

    /// <summary>Without noise the moments are the mean prediction, with no doubt in it.</summary>
    [TestMethod]
    public void Without_noise_moments_are_the_mean()
    {
        var network = Train(WeightPosterior.None, Activation.Silu, [24, 10], Likelihood.HeteroscedasticGaussian, 2);
        float[] features = Rows(20);
        var moments = CoreProblem.PredictMoments(network, features);
        var mean = CoreProblem.Predict(network, features);
        for (int row = 0; row < 20; row++)
        {
            Assert.AreEqual(mean.Scores[row], moments.Scores[row], 1e-5f);
            Assert.AreEqual(mean.AleatoricDeviations[row], moments.AleatoricDeviations[row], 1e-5f);
            Assert.AreEqual(0, moments.EpistemicDeviations[row]);
        }
    }

    /// <summary>A linear model: mean and variance of the output are exact for every form of noise.</summary>
    [TestMethod]
    public void A_linear_model_is_exact_for_every_noise()
    {
        foreach (var (posterior, sharing) in CoreProblem.Noises())
        {
            var architecture = CoreProblem.Architecture(4, 2, posterior, sharing, hidden: [], likelihood: Likelihood.Gaussian);
            var layer = CoreProblem.StartValues(architecture)[0];
            var network = new TrainedNetwork(architecture, null, [layer], Summary()) { LogNoiseVariances = [0, 0] };
            float[] a = [0.5f, -1, 2, 0.3f];
            var moments = CoreProblem.PredictMoments(network, a);
            for (int j = 0; j < 2; j++)
            {
                double mean = layer.Biases[j], variance = 0;
                for (int i = 0; i < 4; i++)
                {
                    double weight = layer.Weights[(i * 2) + j];
                    double noise = Math.Exp(layer.LogVariances[sharing.IndexOf(i, j, 2)]) * (posterior == WeightPosterior.Gaussian ? 1 : weight * weight);
                    mean += a[i] * weight;
                    variance += a[i] * a[i] * noise;
                }

                Assert.AreEqual(mean, moments.Scores[j], 1e-5, $"{posterior}, {sharing}");
                Assert.AreEqual(Math.Sqrt(variance), moments.EpistemicDeviations[j], 1e-5, $"{posterior}, {sharing}");
            }
        }
    }

    /// <summary>Approximations, with bounds that show that they are ones of the right quantity; docs/uncertainty.md has the figures.</summary>
    [TestMethod]
    [DataRow(WeightPosterior.Gaussian, new[] { 24, 24 })]
    [DataRow(WeightPosterior.CorrelatedWeightNoise, new[] { 24 })]
    [DataRow(WeightPosterior.BinaryDropout, new[] { 24 })]
    public void Deeper_and_correlated_networks_are_near(WeightPosterior posterior, int[] hidden)
    {
        var network = Train(posterior, Activation.Relu, hidden, Likelihood.HeteroscedasticGaussian, 2);
        float[] features = Rows(8);
        var moments = CoreProblem.PredictMoments(network, features);
        var draws = CoreProblem.Predict(network, features, 4000, 7);
        for (int row = 0; row < 8; row++)
        {
            Assert.AreEqual(draws.Scores[row], moments.Scores[row], 0.35 * draws.StandardDeviations[row]);
            Assert.AreEqual(1, moments.StandardDeviations[row] / draws.StandardDeviations[row], 0.35);
        }
    }

    [TestMethod]
    public void A_row_has_the_same_bits_alone_and_in_any_block_on_every_path()
    {
        var network = Train(WeightPosterior.IndependentWeightNoise, Activation.Gelu, [20, 12], Likelihood.Categorical, 4);
        float[] features = Rows(70);
        foreach (var path in KernelPaths.Supported)
        {
            var together = CoreProblem.PredictMoments(network, features, path);
            foreach (int row in new[] { 0, 1, 63, 64, 69 })
            {
                var alone = CoreProblem.PredictMoments(network, features.AsSpan(row * 4, 4), path);
                Assert.IsTrue(alone.Scores.AsSpan().SequenceEqual(together.Scores.AsSpan(row * 4, 4)));
                Assert.IsTrue(alone.StandardDeviations.AsSpan().SequenceEqual(together.StandardDeviations.AsSpan(row * 4, 4)));
                Assert.AreEqual(together.MutualInformations[row], alone.MutualInformations[0]);
            }
        }
    }

    private static TrainedNetwork Train(WeightPosterior posterior, Activation activation, int[] hidden, Likelihood likelihood, int outputs)
    {
        var architecture = CoreProblem.Architecture(4, outputs, posterior, Combinations.DefaultSharing(posterior), activation, hidden, likelihood);
        var settings = CoreProblem.TrainingSettings(architecture) with
        {
            NumberOfIterations = 30,
            LearningRate = 5e-3,
            InitialInputDropoutRate = 0.05,
            InitialHiddenDropoutRate = 0.05,
        };
        return NetworkTrainer.Train(CoreProblem.CreateFor(architecture, 300), null, settings, null, new RecordingMonitor());
    }

    private static float[] Rows(int count)
    {
        var random = new Random(4);
        return [.. Enumerable.Range(0, count * 4).Select(_ => (float)CoreProblem.Normal(random))];
    }

    private static TrainingSummary Summary()
        => new() { Rows = 1, Iterations = 1, BestIteration = 1, ExpectedLogLikelihood = 0, KullbackLeibler = 0 };
}
