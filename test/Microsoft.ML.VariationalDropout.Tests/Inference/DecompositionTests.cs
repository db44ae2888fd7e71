using Microsoft.ML.Trainers.VariationalDropout.Data;
using Microsoft.ML.Trainers.VariationalDropout.Inference;
using Microsoft.ML.Trainers.VariationalDropout.Network;

namespace Microsoft.ML.Trainers.VariationalDropout.Tests.Inference;

/// <summary>
/// Generated problems of which the noise is known: what a network says of the noise in the data is right where there are data, and what it
/// says of its own ignorance grows where there are none. In both modes that tell the two apart.
/// </summary>
[TestClass]
public sealed class DecompositionTests
{
    private const double FarAway = 12;

    /// <summary>21,000 standard deviations, which are compressed to 12; <see cref="FarAway"/> is 21 as it is.</summary>
    private const double FurtherAway = 12000;

    [TestMethod]
    [DataRow(nameof(Likelihood.HeteroscedasticGaussian), 1, 0, FarAway)]
    [DataRow(nameof(Likelihood.HeteroscedasticGaussian), 2, 0, FarAway)]
    [DataRow(nameof(Likelihood.Gaussian), 1, 0, FarAway)]
    [DataRow(nameof(Likelihood.Gaussian), 2, 0, FarAway)]
    [DataRow(nameof(Likelihood.HeteroscedasticGaussian), 1, 2, FurtherAway)]
    [DataRow(nameof(Likelihood.HeteroscedasticGaussian), 2, 2, FurtherAway)]
    [DataRow(nameof(Likelihood.Gaussian), 1, 2, FurtherAway)]
    [DataRow(nameof(Likelihood.Gaussian), 2, 2, FurtherAway)]
    public void Regression_tells_noise_from_ignorance(string likelihood, int targets, double outlierThreshold, double farAway)
    {
        bool isHeteroscedastic = likelihood == nameof(Likelihood.HeteroscedasticGaussian);
        double Noise(double x, int target) => (target + 1) * (isHeteroscedastic ? 0.1 + (0.1 * (x + 1)) : 0.2);
        var random = new Random(5);
        var data = new TrainingSet(1, targets);
        float[] labels = new float[targets];
        for (int row = 0; row < 3000; row++)
        {
            double x = (2 * random.NextDouble()) - 1;
            for (int t = 0; t < targets; t++)
                labels[t] = (float)(Math.Sin(3 * x) + t + (Noise(x, t) * CoreProblem.Normal(random)));
            data.Add(labels, 1)[0] = (float)x;
        }

        var network = Train(data, Enum.Parse<Likelihood>(likelihood), isHeteroscedastic ? 2 * targets : targets, outlierThreshold);
        float[] inside = [-0.8f, -0.4f, 0, 0.4f, 0.8f];
        foreach (var (mode, predict) in Modes(network))
        {
            var predictions = predict(inside);
            var outside = predict([(float)farAway, -(float)farAway]);
            for (int t = 0; t < targets; t++)
            {
                for (int i = 0; i < inside.Length; i++)
                    Assert.AreEqual(1, predictions.AleatoricDeviations[(i * targets) + t] / Noise(inside[i], t), 0.1, $"{mode}: aleatoric deviation over the truth at {inside[i]}, target {t}");
                double ignorance = Enumerable.Range(0, inside.Length).Max(i => predictions.EpistemicDeviations[(i * targets) + t]);
                for (int i = 0; i < 2; i++)
                    Assert.IsGreaterThan(3 * ignorance, outside.EpistemicDeviations[(i * targets) + t], $"{mode}: epistemic deviation outside, target {t}");
            }
        }
    }

    /// <summary>The label depends on the first feature alone, by a known probability; far along the second there are no data.</summary>
    [TestMethod]
    [DataRow(nameof(Likelihood.Bernoulli), 1)]
    [DataRow(nameof(Likelihood.Categorical), 3)]
    public void Classification_tells_noise_from_ignorance(string likelihood, int outputs)
    {
        double[] Probabilities(double x)
        {
            double[] logits = outputs == 1 ? [0, 2 * x] : [0, 2 * x, -2 * x];
            CategoricalLikelihood.Normalize(logits);
            return logits;
        }

        var random = new Random(6);
        var data = new TrainingSet(2);
        for (int row = 0; row < 4000; row++)
        {
            double x = (2 * random.NextDouble()) - 1, u = random.NextDouble();
            double[] p = Probabilities(x);
            var features = data.Add(u < p[0] ? 0 : u < p[0] + p[1] ? 1 : 2, 1);
            features[0] = (float)x;
            features[1] = (float)((2 * random.NextDouble()) - 1);
        }

        var network = Train(data, Enum.Parse<Likelihood>(likelihood), outputs);
        float[] inside = [-0.8f, 0, -0.4f, 0.3f, 0, -0.5f, 0.4f, 0.2f, 0.8f, -0.1f];
        foreach (var (mode, predict) in Modes(network))
        {
            var predictions = predict(inside);
            var outside = predict([0, (float)FarAway, 0, -(float)FarAway]);
            for (int row = 0; row < 5; row++)
            {
                double truth = Entropy.Categorical(Probabilities(inside[2 * row]));
                double expectedEntropy = predictions.PredictiveEntropies[row] - predictions.MutualInformations[row];
                Assert.AreEqual(1, expectedEntropy / truth, 0.1, $"{mode}: entropy of the noise at {inside[2 * row]}");
            }

            double ignorance = predictions.StandardDeviations.Max();
            for (int row = 0; row < 2; row++)
            {
                float deviation = outside.StandardDeviations.AsSpan(row * outside.Size, outside.Size).ToArray().Max();
                Assert.IsGreaterThan(3 * ignorance, deviation, $"{mode}: deviation of the probability outside");
                Assert.IsGreaterThan(3 * predictions.MutualInformations.Max(), outside.MutualInformations[row], $"{mode}: mutual information outside");
            }
        }
    }

    private static IEnumerable<(string Mode, Func<float[], Predictions> Predict)> Modes(TrainedNetwork network)
    {
        yield return ("sampling", features => CoreProblem.Predict(network, features, samples: 2000, seed: 3));
        yield return ("moments", features => CoreProblem.PredictMoments(network, features));
    }

    private static TrainedNetwork Train(TrainingSet data, Likelihood likelihood, int outputs, double outlierThreshold = 2)
    {
        var architecture = CoreProblem.Architecture(data.FeatureCount, outputs, WeightPosterior.Gaussian, DropoutVarianceSharing.Weight, Activation.Relu, [32], likelihood);
        var settings = CoreProblem.TrainingSettings(architecture) with { NumberOfIterations = 60, BatchSize = 64, LearningRate = 5e-3, OutlierThreshold = outlierThreshold };
        return NetworkTrainer.Train(data, null, settings, null, new RecordingMonitor());
    }
}
