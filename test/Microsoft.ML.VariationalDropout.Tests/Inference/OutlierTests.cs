using Microsoft.ML.Trainers.VariationalDropout.Data;
using Microsoft.ML.Trainers.VariationalDropout.Inference;
using Microsoft.ML.Trainers.VariationalDropout.Network;
using Microsoft.ML.Trainers.VariationalDropout.Numerics;

namespace Microsoft.ML.Trainers.VariationalDropout.Tests.Inference;

/// <summary>Standardised features far out are compressed wherever features are standardised, by the same bits.</summary>
[TestClass]
public sealed unsafe class OutlierTests
{
    private const int Features = 21;

    /// <summary>The wild column, and one that is 1 in a single row of the training set.</summary>
    private const int Wild = 0, Rare = 17;

    private static readonly NetworkArchitecture Architecture = CoreProblem.Architecture(Features, classes: 1, hidden: [20], likelihood: Likelihood.Gaussian);
    private static readonly TrainingSettings Settings = CoreProblem.TrainingSettings(Architecture);

    public static IEnumerable<object[]> Paths => KernelPaths.Supported.Select(path => new object[] { path.ToString() });

    [TestMethod]
    [DynamicData(nameof(Paths))]
    public void Training_and_every_prediction_see_the_compressed_features(string path)
    {
        // As features that were compressed before and came as they are.
        var kernels = Enum.Parse<KernelPath>(path);
        TrainingSet data = Table();
        FeatureScaling scaling = CoreProblem.Statistics(data).Scaling!;
        TrainingSet compressed = Compress(data, scaling, kernels);
        Assert.IsGreaterThan(8, data.Features(0).ToArray().Zip(scaling.Means, (x, mean) => Math.Abs(x - mean)).Zip(scaling.Scales, (x, scale) => x * scale).Max());
        Assert.IsLessThan(5, compressed.Features(0).ToArray().Max(Math.Abs));

        TrainedNetwork actual = NetworkTrainer.Train(data, null, Settings, null, new RecordingMonitor(), kernels);
        TrainedNetwork expected = NetworkTrainer.Train(compressed, null, Settings with { StandardizeFeatures = false }, null, new RecordingMonitor(), kernels);
        Assert.IsTrue(CoreProblem.SameBits(expected, actual));
        Assert.AreEqual(2, actual.Scaling!.OutlierThreshold);

        foreach (bool isPruned in new[] { false, true })
        {
            TrainedNetwork Prune(TrainedNetwork network)
            {
                if (!isPruned)
                    return network;
                network.Layers[0].Weights.AsSpan(3 * 20, 2 * 20).Clear();
                return NetworkPruner.PruneByMagnitude(network, 0);
            }

            (TrainedNetwork ours, TrainedNetwork plain) = (Prune(actual), Prune(expected));
            Assert.AreEqual(isPruned, ours.InputFeatures is not null);
            float[] rows = Rows(data), compressedRows = Rows(compressed);
            AssertSame(CoreProblem.Predict(plain, compressedRows, path: kernels), CoreProblem.Predict(ours, rows, path: kernels));
            AssertSame(CoreProblem.Predict(plain, compressedRows, 3, 5, kernels), CoreProblem.Predict(ours, rows, 3, 5, kernels));
            AssertSame(CoreProblem.PredictMoments(plain, compressedRows, kernels), CoreProblem.PredictMoments(ours, rows, kernels));
            float[] block = CoreProblem.Predict(ours, rows, path: kernels).Scores;
            for (int row = 0; row < data.RowCount; row++)
                Assert.AreEqual(block[row], CoreProblem.Predict(ours, data.Features(row), path: kernels).Scores[0]);
        }

        static void AssertSame(Predictions expected, Predictions actual)
        {
            CollectionAssert.AreEqual(expected.Scores, actual.Scores);
            CollectionAssert.AreEqual(expected.StandardDeviations, actual.StandardDeviations);
        }
    }

    [TestMethod]
    public void A_threshold_that_nothing_reaches_changes_no_bit()
    {
        TrainedNetwork never = Train(Table(), 0), unreached = Train(Table(), 1e6), compressed = Train(Table(), 2);
        Assert.IsTrue(CoreProblem.SameBits(never, unreached));
        Assert.IsFalse(CoreProblem.SameBits(never, compressed));
    }

    [TestMethod]
    public void Validation_rows_are_compressed_too()
    {
        double LogLoss(double threshold)
        {
            var monitor = new RecordingMonitor();
            NetworkTrainer.Train(Table(), Table(seed: 2, wild: 1e5f), Settings with { OutlierThreshold = threshold }, null, monitor);
            return monitor.Reports[^1].ValidationLogLoss!.Value;
        }

        Assert.IsLessThan(LogLoss(0) / 100, LogLoss(2));
    }

    /// <summary>The target does not depend on the wild column: with it as it is, a row ten times as far out as the outlier of the training set is predicted anywhere.</summary>
    [TestMethod]
    public void Rows_with_outliers_are_predicted_near_the_others()
    {
        TrainingSet data = Table(rows: 1000), test = Table(seed: 2);
        float[] rows = Rows(test);
        for (int row = 0; row < test.RowCount; row++)
            rows[(row * Features) + Wild] = row % 2 == 0 ? 1000 : -1000;
        var settings = Settings with { Architecture = Architecture with { Posterior = WeightPosterior.None, Sharing = DropoutVarianceSharing.Layer }, NumberOfIterations = 10, LearningRate = 0.01 };
        double Error(double threshold)
        {
            TrainedNetwork network = NetworkTrainer.Train(data, null, settings with { OutlierThreshold = threshold }, null, new RecordingMonitor());
            float[] scores = CoreProblem.Predict(network, rows).Scores;
            return Math.Sqrt(Enumerable.Range(0, test.RowCount).Average(row => Math.Pow(scores[row] - test.Label(row), 2)));
        }

        double plain = Error(0), compressed = Error(2);
        Assert.IsLessThan(plain / 2, compressed, $"{compressed} with, {plain} without");
    }

    [TestMethod]
    public void Further_out_still_looks_further_out()
    {
        TrainedNetwork network = Train(Table(), 2);
        double[] doubts = [.. new float[] { 10, 100, 1000, 10000 }.Select(wild =>
        {
            float[] row = Table().Features(1).ToArray();
            row[Wild] = wild;
            return (double)CoreProblem.PredictMoments(network, row).StandardDeviations[0];
        })];
        for (int i = 1; i < doubts.Length; i++)
            Assert.IsGreaterThan(doubts[i - 1], doubts[i]);
    }

    [TestMethod]
    [DataRow(2, 0)]
    [DataRow(0, 2)]
    public void Training_that_goes_on_keeps_the_threshold_of_the_scaling(double before, double now)
    {
        TrainedNetwork first = Train(Table(), before), second = NetworkTrainer.Train(Table(), null, Settings with { OutlierThreshold = now }, first, new RecordingMonitor());
        Assert.AreEqual((float)before, second.Scaling!.OutlierThreshold);
        Assert.IsTrue(CoreProblem.SameBits(second, NetworkTrainer.Train(Table(), null, Settings with { OutlierThreshold = before }, first, new RecordingMonitor())));
    }

    [TestMethod]
    public void Without_a_shift_nothing_is_compressed()
    {
        Assert.AreEqual(0, Train(Table(isSparse: true), 2, Architecture with { HasSparseInputs = true }).Scaling!.OutlierThreshold);
        Assert.IsNull(NetworkTrainer.Train(Table(), null, Settings with { StandardizeFeatures = false }, null, new RecordingMonitor()).Scaling);
    }

    /// <summary>Features that happened to have a mean of 0 when they were dense.</summary>
    [TestMethod]
    [DynamicData(nameof(Paths))]
    public void Sparse_rows_of_a_model_that_compresses_have_the_bits_of_dense_ones(string path)
    {
        var kernels = Enum.Parse<KernelPath>(path);
        TrainedNetwork trained = Train(Table(), 2);
        var scaling = new FeatureScaling { Means = new float[Features], Scales = trained.Scaling!.Scales, OutlierThreshold = 2 };
        var previous = new TrainedNetwork(Architecture, scaling, trained.Layers, trained.Summary) { Targets = trained.Targets, LogNoiseVariances = trained.LogNoiseVariances };
        TrainedNetwork dense = NetworkTrainer.Train(Table(), null, Settings, previous, new RecordingMonitor(), kernels);
        TrainedNetwork sparse = NetworkTrainer.Train(
            Table(isSparse: true), null, Settings with { Architecture = Architecture with { HasSparseInputs = true } }, previous, new RecordingMonitor(), kernels);
        Assert.IsTrue(CoreProblem.SameBits(dense, sparse));
        CollectionAssert.AreEqual(CoreProblem.Predict(dense, Rows(Table()), path: kernels).Scores, CoreProblem.Predict(sparse, Rows(Table()), path: kernels).Scores);
    }

    [TestMethod]
    [DynamicData(nameof(Paths))]
    public void Missing_and_infinite_features_are_what_they_were(string path)
    {
        var kernels = Enum.Parse<KernelPath>(path);
        TrainedNetwork network = Train(Table(), 2);
        float Score(float wild)
        {
            float[] row = Table().Features(1).ToArray();
            row[Wild] = wild;
            return CoreProblem.Predict(network, row, path: kernels).Scores[0];
        }

        Assert.IsTrue(float.IsNaN(Score(float.NaN)));
        Assert.AreEqual(Score(1e30f), Score(float.PositiveInfinity));
        Assert.AreEqual(Score(-1e30f), Score(float.NegativeInfinity));
        Assert.IsTrue(float.IsFinite(Score(1e30f)));
    }

    private static TrainedNetwork Train(TrainingSet data, double threshold, NetworkArchitecture? architecture = null)
        => NetworkTrainer.Train(data, null, Settings with { Architecture = architecture ?? Architecture, OutlierThreshold = threshold }, null, new RecordingMonitor());

    /// <summary>Rows whose target follows two columns; the first has an outlier in the wild column, and alone the rare column.</summary>
    private static TrainingSet Table(int seed = 1, float wild = 100, bool isSparse = false, int rows = 100)
    {
        var random = new Random(seed);
        var result = new TrainingSet(Features, 1, isSparse);
        for (int row = 0; row < rows; row++)
        {
            float[] features = [.. Enumerable.Range(0, Features).Select(_ => (float)CoreProblem.Normal(random))];
            features[Rare] = row == 0 ? 1 : 0;
            if (row == 0)
                features[Wild] = wild;
            float label = (float)(features[1] + (0.5 * features[2]) + (0.1 * CoreProblem.Normal(random)));
            if (isSparse)
            {
                int[] indices = [.. Enumerable.Range(0, Features).Where(i => features[i] != 0)];
                result.AddSparse([label], 1, indices, [.. indices.Select(i => features[i])]);
            }
            else
            {
                features.CopyTo(result.Add([label], 1));
            }
        }

        return result;
    }

    private static float[] Rows(TrainingSet data) => [.. Enumerable.Range(0, data.RowCount).SelectMany(row => data.Features(row).ToArray())];

    /// <summary>Rows whose features are the standardised and compressed ones, by the formula but on the lanes of a path.</summary>
    private static TrainingSet Compress(TrainingSet data, FeatureScaling scaling, KernelPath path)
    {
        var result = new TrainingSet(Features, 1);
        float* values = stackalloc float[BlockedMatrix.Width];
        for (int row = 0; row < data.RowCount; row++)
        {
            Span<float> destination = result.Add([data.Label(row)], data.Weight(row));
            for (int i = 0; i < Features; i++)
            {
                values[0] = (data.Features(row)[i] - scaling.Means[i]) * scaling.Scales[i];
                switch (path)
                {
                    case KernelPath.Avx512:
                        OutlierCompression<Avx512Lanes, float>.Apply(values, BlockedMatrix.Width, 2);
                        break;
                    case KernelPath.Avx2:
                        OutlierCompression<Avx2Lanes, float>.Apply(values, BlockedMatrix.Width, 2);
                        break;
                    case KernelPath.Portable:
                        OutlierCompression<PortableLanes, float>.Apply(values, BlockedMatrix.Width, 2);
                        break;
                    default:
                        OutlierCompression<SingleLane, float>.Apply(values, BlockedMatrix.Width, 2);
                        break;
                }

                destination[i] = values[0];
            }
        }

        return result;
    }
}
