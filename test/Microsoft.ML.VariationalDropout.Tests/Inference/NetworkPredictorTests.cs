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

    /// <summary>Widths below, at and above those of panels, registers and register tiles; every likelihood.</summary>
    public static IEnumerable<object[]> ShapesByPath
        => from shape in new (int Features, int[] Hidden, int Outputs, Likelihood Likelihood)[]
           {
               (1, [1], 2, Likelihood.Categorical), (13, [50], 1, Likelihood.Bernoulli), (16, [16], 16, Likelihood.Categorical), (17, [33, 20], 40, Likelihood.Categorical),
               (64, [100, 100], 10, Likelihood.Categorical), (5, [], 3, Likelihood.Gaussian), (13, [50], 1, Likelihood.Gaussian), (20, [31], 34, Likelihood.HeteroscedasticGaussian),
           }
           from path in KernelPaths.Supported
           select new object[] { shape.Features, string.Join(',', shape.Hidden), shape.Outputs, shape.Likelihood.ToString(), path.ToString() };

    [TestMethod]
    [DynamicData(nameof(ShapesByPath))]
    public void Row_of_any_shape_has_the_same_bits_alone_and_in_any_block(int featureCount, string hidden, int outputs, string likelihood, string path)
    {
        const int Rows = 200;
        var architecture = CoreProblem.Architecture(
            featureCount, outputs, hidden: [.. hidden.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(int.Parse)], likelihood: Enum.Parse<Likelihood>(likelihood));
        var network = new TrainedNetwork(architecture, null, CoreProblem.StartValues(architecture), Summary())
        {
            LogNoiseVariances = architecture.Likelihood == Likelihood.Gaussian ? new float[outputs] : [],
        };
        var kernels = Enum.Parse<KernelPath>(path);
        float[] features = Features(Rows, featureCount);
        int size = architecture.ScoreSize;
        Predictions together = CoreProblem.Predict(network, features, path: kernels);
        for (int row = 0; row < Rows; row += 23)
        {
            double[] expected = PlainForward(network, features.AsSpan(row * featureCount, featureCount), normalize: false);
            if (architecture.Likelihood == Likelihood.Categorical)
                CategoricalLikelihood.Normalize(expected);
            for (int k = 0; k < size; k++)
            {
                double score = architecture.Likelihood == Likelihood.Bernoulli ? SpecialFunctions.Sigmoid(expected[0]) : expected[k];
                Assert.AreEqual(score, together.Scores[(row * size) + k], 1e-5 * Math.Max(1, Math.Abs(score)));
            }
        }

        foreach ((int start, int count) in new[] { (0, 1), (3, 2), (5, 15), (16, 16), (17, 17), (1, 32), (2, 33), (40, 47), (40, 48), (40, 49), (0, 95), (7, 96), (50, 97), (199, 1) })
        {
            Predictions part = CoreProblem.Predict(network, features.AsSpan(start * featureCount, count * featureCount), path: kernels);
            Assert.IsTrue(part.Scores.AsSpan().SequenceEqual(together.Scores.AsSpan(start * size, count * size)), $"rows {start} to {start + count}");
            if (part.Logits.Length > 0)
                Assert.IsTrue(part.Logits.AsSpan().SequenceEqual(together.Logits.AsSpan(start, count)));
            if (part.AleatoricDeviations.Length > 0)
                Assert.IsTrue(part.AleatoricDeviations.AsSpan().SequenceEqual(together.AleatoricDeviations.AsSpan(start * size, count * size)));
        }
    }

    [TestMethod]
    [DataRow(1, 1_500, 1_400)]
    [DataRow(300, 300, 280)]
    [DataRow(1_000, 90, 70)]
    public void Shared_work_has_the_bits_of_one_thread(int rows, int firstLayer, int secondLayer)
    {
        // More work than the least that is shared; on a machine of one core all of it is the same anyway.
        var architecture = CoreProblem.Architecture(9, 4, WeightPosterior.IndependentWeightNoise, DropoutVarianceSharing.Layer, hidden: [firstLayer, secondLayer]);
        var network = new TrainedNetwork(architecture, null, CoreProblem.StartValues(architecture), Summary());
        var block = new FeatureBlock(9, isSparse: false, rows);
        float[] features = Features(rows);
        for (int row = 0; row < rows; row++)
            block.Set(row, features.AsSpan(row * 9, 9));
        NetworkPredictor alone = new(network), shared = new(network, sharesWork: true);
        foreach (Action<NetworkPredictor, Predictions> predict in new Action<NetworkPredictor, Predictions>[]
        {
            (predictor, result) => predictor.PredictMean(block, rows, result),
            (predictor, result) => predictor.PredictSampled(block, rows, 3, 1, result),
            (predictor, result) => predictor.PredictMoments(block, rows, result),
        })
        {
            Predictions expected = new(architecture, rows, withUncertainty: true), actual = new(architecture, rows, withUncertainty: true);
            predict(alone, expected);
            for (int turn = 0; turn < 3; turn++)
            {
                Array.Clear(actual.Scores);
                predict(shared, actual);
                Assert.IsTrue(expected.Scores.AsSpan().SequenceEqual(actual.Scores));
                Assert.IsTrue(expected.StandardDeviations.AsSpan().SequenceEqual(actual.StandardDeviations));
            }
        }
    }

    [TestMethod]
    public void Many_predictors_may_share_the_team_at_the_same_time()
    {
        const int Rows = 400;
        var architecture = CoreProblem.Architecture(9, 4, hidden: [150, 150]);
        var network = new TrainedNetwork(architecture, null, CoreProblem.StartValues(architecture), Summary());
        float[] features = Features(Rows);
        float[] expected = CoreProblem.Predict(network, features).Scores;
        var block = new FeatureBlock(9, isSparse: false, Rows);
        for (int row = 0; row < Rows; row++)
            block.Set(row, features.AsSpan(row * 9, 9));
        int differences = 0;
        Thread[] threads =
        [
            .. Enumerable.Range(0, 6).Select(_ => new Thread(() =>
            {
                var predictor = new NetworkPredictor(network, sharesWork: true);
                var result = new Predictions(architecture, Rows, withUncertainty: false);
                for (int turn = 0; turn < 20; turn++)
                {
                    Array.Clear(result.Scores);
                    predictor.PredictMean(block, Rows, result);
                    if (!expected.AsSpan().SequenceEqual(result.Scores))
                        Interlocked.Increment(ref differences);
                }
            })),
        ];
        Array.ForEach(threads, thread => thread.Start());
        Array.ForEach(threads, thread => thread.Join());
        Assert.AreEqual(0, differences);
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

    private static double[] PlainForward(TrainedNetwork network, ReadOnlySpan<float> features, bool normalize = true)
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

        if (normalize)
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

    private static float[] Features(int rows, int features = 9)
    {
        var random = new Random(4);
        return [.. Enumerable.Range(0, rows * features).Select(_ => (float)CoreProblem.Normal(random))];
    }
}
