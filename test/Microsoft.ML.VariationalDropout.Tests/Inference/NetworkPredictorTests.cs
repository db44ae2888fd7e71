using Microsoft.ML.Trainers.VariationalDropout.Inference;
using Microsoft.ML.Trainers.VariationalDropout.Network;
using Microsoft.ML.Trainers.VariationalDropout.Numerics;

namespace Microsoft.ML.Trainers.VariationalDropout.Tests.Inference;

[TestClass]
public sealed class NetworkPredictorTests
{
    public static IEnumerable<object[]> NoisesByPath
        => from noise in CoreProblem.Noises()
           from path in KernelPaths.Supported
           select new object[] { noise.Posterior, noise.Sharing, path.ToString() };

    [TestMethod]
    [DynamicData(nameof(NoisesByPath))]
    public void Row_has_the_same_bits_alone_and_in_any_block(WeightPosterior posterior, DropoutVarianceSharing sharing, string path)
    {
        const int Rows = 150, Samples = 7;
        var network = Network(posterior, sharing);
        var features = Features(Rows);
        var kernels = Enum.Parse<KernelPath>(path);
        var together = CoreProblem.Predict(network, features, path: kernels);
        var sampled = CoreProblem.Predict(network, features, Samples, 3, kernels);

        foreach (int start in new[] { 0, 1, 63, 64, 149 })
        {
            foreach (int count in new[] { 1, 2, 17, 70 })
            {
                int n = Math.Min(count, Rows - start);
                var alone = CoreProblem.Predict(network, features.AsSpan(start * 9, n * 9), path: kernels);
                Assert.IsTrue(alone.Scores.AsSpan().SequenceEqual(together.Scores.AsSpan(start * 4, n * 4)), $"mean of rows {start} to {start + n}");

                var result = CoreProblem.Predict(network, features.AsSpan(start * 9, n * 9), Samples, 3, kernels);
                Assert.IsTrue(result.Scores.AsSpan().SequenceEqual(sampled.Scores.AsSpan(start * 4, n * 4)), $"samples of rows {start} to {start + n}");
                Assert.IsTrue(result.StandardDeviations.AsSpan().SequenceEqual(sampled.StandardDeviations.AsSpan(start * 4, n * 4)));
                Assert.IsTrue(result.MutualInformations.AsSpan().SequenceEqual(sampled.MutualInformations.AsSpan(start, n)));
            }
        }
    }

    [TestMethod]
    public void Mean_prediction_equals_plain_loops()
    {
        foreach (var activation in Enum.GetValues<Activation>())
        {
            var network = Network(WeightPosterior.CorrelatedWeightNoise, DropoutVarianceSharing.Layer, activation);
            var features = Features(20);
            foreach (var path in KernelPaths.Supported)
            {
                float[] actual = CoreProblem.Predict(network, features, path: path).Scores;
                for (int row = 0; row < 20; row++)
                {
                    double[] expected = PlainForward(network, features.AsSpan(row * 9, 9));
                    for (int k = 0; k < 4; k++)
                        Assert.AreEqual(expected[k], actual[(row * 4) + k], 2e-6, $"{activation}, {path}");
                }
            }
        }
    }

    [TestMethod]
    public void Uncertainties_are_consistent_and_depend_on_the_seed()
    {
        foreach (var (posterior, sharing) in CoreProblem.Noises())
        {
            var network = Network(posterior, sharing);
            var result = CoreProblem.Predict(network, Features(10), 200, 1);
            for (int row = 0; row < 10; row++)
            {
                var p = result.Scores.AsSpan(row * 4, 4).ToArray();
                Assert.AreEqual(1, p.Sum(), 1e-5f);
                Assert.AreEqual(-p.Sum(x => x * Math.Log(x)), result.PredictiveEntropies[row], 1e-5);
                Assert.IsGreaterThan(0, result.MutualInformations[row]);
                Assert.IsLessThanOrEqualTo(result.PredictiveEntropies[row], result.MutualInformations[row]);
                Assert.IsTrue(result.StandardDeviations.AsSpan(row * 4, 4).ToArray().All(s => s is > 0 and <= 0.5f));
            }

            var other = CoreProblem.Predict(network, Features(10), 200, 2);
            Assert.IsFalse(result.Scores.AsSpan().SequenceEqual(other.Scores));
            for (int i = 0; i < 40; i++)
                Assert.AreEqual(result.Scores[i], other.Scores[i], 6 * Math.Max(result.StandardDeviations[i], 1e-3) * Math.Sqrt(2.0 / 200), "means of 200 draws");
        }
    }

    [TestMethod]
    public void Training_noise_and_prediction_noise_are_the_same_distribution()
    {
        // Expected log-likelihood over many training draws against many prediction draws of the same network.
        foreach (var (posterior, sharing) in CoreProblem.Noises())
        {
            var architecture = CoreProblem.Architecture(9, 4, posterior, sharing, hidden: [20]);
            var data = CoreProblem.Create(16, 9, 4, weighted: false);
            using var team = new WorkerTeam(1);
            var pass = CoreProblem.Pass<SingleLane, float>(architecture, 16, team);
            const int Draws = 1500;
            var training = new double[Draws];
            for (uint draw = 0; draw < Draws; draw++)
                training[draw] = pass.Run(data, CoreProblem.AllRows(data), null, new Objective(16, 1), 1, draw, null) / 16;

            var network = new TrainedNetwork(architecture, null, CoreProblem.StartValues(architecture), Summary());
            var prediction = new double[Draws];
            var features = Enumerable.Range(0, 16).SelectMany(row => data.Features(row).ToArray()).ToArray();
            for (uint seed = 0; seed < Draws; seed++)
            {
                float[] probabilities = CoreProblem.Predict(network, features, 1, seed).Scores;
                prediction[seed] = Enumerable.Range(0, 16).Average(row => Math.Log(probabilities[(row * 4) + (int)data.Label(row)]));
            }

            double error = Math.Sqrt((Variance(training) + Variance(prediction)) / Draws);
            Assert.AreEqual(training.Average(), prediction.Average(), 5 * error, $"{posterior}, {sharing}");
        }
    }

    private static double Variance(double[] values)
    {
        double mean = values.Average();
        return values.Average(v => (v - mean) * (v - mean));
    }

    private static double[] PlainForward(TrainedNetwork network, ReadOnlySpan<float> features)
    {
        double[] a = new double[features.Length];
        for (int i = 0; i < a.Length; i++)
            a[i] = features[i];
        for (int l = 0; l < network.Layers.Count; l++)
        {
            var layer = network.Layers[l];
            var z = new double[layer.Outputs];
            for (int j = 0; j < z.Length; j++)
            {
                z[j] = layer.Biases[j];
                for (int i = 0; i < layer.Inputs; i++)
                    z[j] += a[i] * layer.Weights[(i * layer.Outputs) + j];
                if (l < network.Layers.Count - 1)
                    z[j] = Apply(network.Architecture.Activation, z[j]);
            }

            a = z;
        }

        CategoricalLikelihood.Normalize(a);
        return a;
    }

    private static double Apply(Activation activation, double z) => activation switch
    {
        Activation.Relu => Math.Max(0, z),
        Activation.Softplus => Math.Log(1 + Math.Exp(z)),
        Activation.Tanh => Math.Tanh(z),
        Activation.Gelu => z * 0.5 * (1 + SpecialFunctions.Erf(z / Math.Sqrt(2))),
        Activation.Silu => z / (1 + Math.Exp(-z)),
        Activation.LeakyRelu => z > 0 ? z : 0.01 * z,
        Activation.Sigmoid => 1 / (1 + Math.Exp(-z)),
        _ => throw new InvalidOperationException($"{activation}"),
    };

    private static TrainedNetwork Network(WeightPosterior posterior, DropoutVarianceSharing sharing, Activation activation = Activation.Relu)
    {
        var architecture = CoreProblem.Architecture(9, 4, posterior, sharing, activation, hidden: [70, 33]);
        return new TrainedNetwork(architecture, null, CoreProblem.StartValues(architecture), Summary());
    }

    private static TrainingSummary Summary()
        => new() { Rows = 1, Iterations = 1, BestIteration = 1, ExpectedLogLikelihood = 0, KullbackLeibler = 0 };

    private static float[] Features(int rows)
    {
        var random = new Random(4);
        return [.. Enumerable.Range(0, rows * 9).Select(_ => (float)CoreProblem.Normal(random))];
    }
}
