using Microsoft.ML.Trainers.VariationalDropout.Data;
using Microsoft.ML.Trainers.VariationalDropout.Inference;
using Microsoft.ML.Trainers.VariationalDropout.Network;
using Microsoft.ML.Trainers.VariationalDropout.Numerics;

namespace Microsoft.ML.Trainers.VariationalDropout.Tests.Inference;

/// <summary>Sparse rows are a way of holding rows: everything that is computed from them has the bits that it has on dense rows.</summary>
[TestClass]
public sealed class SparseTests
{
    private const int Features = 75, Classes = 3;

    public static IEnumerable<object[]> NoisesByPath
        => from combination in CoreProblem.AllCombinations()
           where combination.Prior == Combinations.DefaultPrior(combination.Posterior)
           from path in KernelPaths.Supported
           select new object[] { combination.Posterior, combination.Sharing, combination.Estimator, path.ToString() };

    [TestMethod]
    [DynamicData(nameof(NoisesByPath))]
    public void Training_on_sparse_rows_has_the_bits_of_training_on_dense_rows(WeightPosterior posterior, DropoutVarianceSharing sharing, GradientEstimator estimator, string path)
    {
        var kernels = Enum.Parse<KernelPath>(path);
        TrainedNetwork Train(bool isSparse, int threads, double weightDecay = 0)
        {
            var architecture = CoreProblem.Architecture(Features, Classes, posterior, sharing, hidden: [20]) with { HasSparseInputs = isSparse };
            var settings = CoreProblem.TrainingSettings(architecture) with
            {
                Estimator = estimator,
                StandardizeFeatures = false,
                NumberOfThreads = threads,
                ValidationSetFraction = 0.3,
                NumberOfIterations = 2,
                WeightDecay = weightDecay,
            };
            return NetworkTrainer.Train(Problem(90, isSparse), null, settings, null, new RecordingMonitor(), kernels);
        }

        var dense = Train(isSparse: false, threads: 1);
        var sparse = Train(isSparse: true, threads: 2);
        Assert.AreEqual(dense.Summary.ExpectedLogLikelihood, sparse.Summary.ExpectedLogLikelihood);
        Assert.IsTrue(CoreProblem.SameBits(dense, sparse));

        // Weights that no row reaches decay with the others.
        Assert.IsTrue(CoreProblem.SameBits(Train(isSparse: false, threads: 1, weightDecay: 1), Train(isSparse: true, threads: 2, weightDecay: 1)));

        // And so has a prediction, alone and in a block.
        float[] features = Enumerable.Range(0, 20).SelectMany(row => Problem(20, isSparse: false).Features(row).ToArray()).ToArray();
        foreach (int samples in new[] { 0, 3 })
        {
            var expected = CoreProblem.Predict(dense, features, samples, 5, kernels);
            var actual = CoreProblem.Predict(sparse, features, samples, 5, kernels);
            Assert.IsTrue(expected.Scores.AsSpan().SequenceEqual(actual.Scores));
            Assert.IsTrue(expected.StandardDeviations.AsSpan().SequenceEqual(actual.StandardDeviations));
            Assert.IsTrue(actual.Scores.AsSpan(0, Classes).SequenceEqual(CoreProblem.Predict(sparse, features.AsSpan(0, Features), samples, 5, kernels).Scores));
        }

        Assert.IsTrue(CoreProblem.PredictMoments(dense, features, kernels).Scores.AsSpan().SequenceEqual(CoreProblem.PredictMoments(sparse, features, kernels).Scores));
    }

    /// <summary>Scaled without a shift: as dense rows whose features were multiplied before.</summary>
    [TestMethod]
    public void Standardised_sparse_rows_train_as_dense_rows_that_were_scaled()
    {
        var sparse = Problem(90, isSparse: true);
        var scaling = CoreProblem.Statistics(sparse, ofTargets: false).Scaling!;
        var scaled = Problem(90, isSparse: false);
        var dense = new TrainingSet(Features);
        for (int row = 0; row < scaled.RowCount; row++)
        {
            Span<float> features = dense.Add(scaled.Label(row), scaled.Weight(row));
            for (int i = 0; i < Features; i++)
                features[i] = scaled.Features(row)[i] * scaling.Scales[i];
        }

        var architecture = CoreProblem.Architecture(Features, Classes, hidden: [20]);
        var settings = CoreProblem.TrainingSettings(architecture);
        var expected = NetworkTrainer.Train(dense, null, settings with { StandardizeFeatures = false }, null, new RecordingMonitor());
        var actual = NetworkTrainer.Train(sparse, null, settings with { Architecture = architecture with { HasSparseInputs = true }, StandardizeFeatures = true }, null, new RecordingMonitor());
        Assert.IsTrue(CoreProblem.SameBits(expected, actual));
    }

    [TestMethod]
    public void A_pruned_network_scores_sparse_rows_as_dense_ones()
    {
        TrainedNetwork Train(bool isSparse)
        {
            var architecture = CoreProblem.Architecture(Features, Classes, WeightPosterior.Gaussian, DropoutVarianceSharing.Weight, hidden: [20]) with { HasSparseInputs = isSparse };
            return NetworkPruner.PruneByMagnitude(NetworkTrainer.Train(Problem(90, isSparse), null, CoreProblem.TrainingSettings(architecture) with { StandardizeFeatures = false }, null, new RecordingMonitor()), 0.97);
        }

        TrainedNetwork dense = Train(isSparse: false), sparse = Train(isSparse: true);
        Assert.IsLessThan(Features, sparse.InputFeatures!.Length);
        CollectionAssert.AreEqual(dense.InputFeatures, sparse.InputFeatures);
        float[] features = Enumerable.Range(0, 20).SelectMany(row => Problem(20, isSparse: false).Features(row).ToArray()).ToArray();
        CollectionAssert.AreEqual(CoreProblem.Predict(dense, features).Scores, CoreProblem.Predict(sparse, features).Scores);
        CollectionAssert.AreEqual(CoreProblem.Predict(dense, features, 3, 1).Scores, CoreProblem.Predict(sparse, features, 3, 1).Scores);
        var moments = CoreProblem.PredictMoments(sparse, features);
        CollectionAssert.AreEqual(CoreProblem.PredictMoments(dense, features).Scores, moments.Scores);
        Assert.IsTrue(moments.StandardDeviations.All(float.IsFinite));
    }

    [TestMethod]
    public void Standardisation_of_sparse_rows_keeps_zeros_and_scales_by_the_mean_square()
    {
        var data = Problem(40, isSparse: true);
        var scaling = CoreProblem.Statistics(data, ofTargets: false).Scaling!;
        Assert.IsTrue(scaling.Means.All(mean => mean == 0));
        var dense = Problem(40, isSparse: false);
        double total = CoreProblem.AllRows(data).Sum(row => (double)data.Weight(row));
        for (int i = 0; i < Features; i++)
        {
            double square = CoreProblem.AllRows(data).Sum(row => data.Weight(row) / total * dense.Features(row)[i] * dense.Features(row)[i]);
            Assert.AreEqual(square == 0 ? 0 : 1 / Math.Sqrt(square), scaling.Scales[i], 1e-5 * scaling.Scales[i]);
        }
    }

    [TestMethod]
    public void One_scale_for_all_sparse_features_makes_their_mean_square_1()
    {
        var data = Problem(40, isSparse: true);
        var architecture = CoreProblem.Architecture(Features, Classes, hidden: [20]) with { HasSparseInputs = true };
        var settings = CoreProblem.TrainingSettings(architecture) with { StandardizeFeatures = false, ScalesSparseFeaturesTogether = true, NumberOfIterations = 1 };
        var scaling = NetworkTrainer.Train(data, null, settings, null, new RecordingMonitor()).Scaling!;
        var dense = Problem(40, isSparse: false);
        double total = CoreProblem.AllRows(data).Sum(row => (double)data.Weight(row));
        double[] squares = [.. Enumerable.Range(0, Features).Select(i => CoreProblem.AllRows(data).Sum(row => data.Weight(row) / total * dense.Features(row)[i] * dense.Features(row)[i]))];
        double scale = 1 / Math.Sqrt(squares.Average());
        Assert.IsTrue(scaling.Means.All(mean => mean == 0));
        Assert.AreEqual(0, scaling.OutlierThreshold);
        for (int i = 0; i < Features; i++)
            Assert.AreEqual(squares[i] == 0 ? 0 : scale, scaling.Scales[i], 1e-5 * scale);
    }

    [TestMethod]
    public void A_sparse_set_holds_what_is_not_zero_and_gives_it_back()
    {
        var data = new TrainingSet(1 << 20, labelCount: 2, isSparse: true);
        int[] wide = [.. Enumerable.Range(0, 1 << 19).Select(i => 2 * i)];
        data.AddSparse([1, 2], 3, [5, 9, 1000], [0.5f, 0, -1]);
        data.AddSparse([3, 4], 1, [], []);
        data.AddSparse([5, 6], 1, wide, [.. wide.Select(i => i + 1f)]);
        data.AddSparse([7, 8], 1, [1], [2]);
        Assert.AreEqual(4, data.RowCount);
        Assert.AreEqual(2 + 0 + wide.Length + 1, data.StoredFeatureCount);
        CollectionAssert.AreEqual(new[] { 0.5f, -1 }, data.SparseFeatures(0, out var indices).ToArray());
        CollectionAssert.AreEqual(new[] { 5, 1000 }, indices.ToArray());
        Assert.AreEqual(0, data.SparseFeatures(1, out _).Length);
        Assert.AreEqual(wide[^1] + 1f, data.SparseFeatures(2, out indices)[^1]);
        Assert.AreEqual(wide[^1], indices[^1]);
        Assert.AreEqual(2f, data.SparseFeatures(3, out indices)[0]);
        CollectionAssert.AreEqual(new[] { 7f, 8f }, data.Labels(3).ToArray());
        Assert.AreEqual(3f, data.Weight(0));
    }

    [TestMethod]
    public void A_block_of_features_is_the_same_however_a_row_is_set()
    {
        float[] row = [0, 1.5f, 0, -2, float.NaN, 0];
        foreach (bool isSparse in new[] { false, true })
        {
            var block = new FeatureBlock(6, isSparse, 2);
            block.Set(0, row);
            block.Set(1, [1, 3, 4], [1.5f, -2, float.NaN]);
            for (int r = 0; r < 2; r++)
            {
                if (isSparse)
                {
                    CollectionAssert.AreEqual(new[] { 1.5f, -2, float.NaN }, block.Sparse(r, out var indices).ToArray());
                    CollectionAssert.AreEqual(new[] { 1, 3, 4 }, indices.ToArray());
                }
                else
                {
                    CollectionAssert.AreEqual(row, block.Dense(r).ToArray());
                }
            }
        }
    }

    /// <summary>Rows of which about a tenth of the features are not zero; some columns are zero throughout, and one row is.</summary>
    private static TrainingSet Problem(int rows, bool isSparse)
    {
        var random = new Random(3);
        var result = new TrainingSet(Features, 1, isSparse);
        for (int row = 0; row < rows; row++)
        {
            int label = row % Classes;
            var features = new float[Features];
            for (int n = 0; n < 8 && row != 7; n++)
                features[random.Next(Features - 10)] = (float)CoreProblem.Normal(random);
            features[label] += row == 7 ? 0 : 2;
            float weight = 0.5f + random.NextSingle();
            int[] indices = [.. Enumerable.Range(0, Features).Where(i => features[i] != 0)];
            if (isSparse)
                result.AddSparse([label], weight, indices, [.. indices.Select(i => features[i])]);
            else
                features.CopyTo(result.Add(label, weight));
        }

        return result;
    }
}
