using Microsoft.ML.Trainers.VariationalDropout.Data;
using Microsoft.ML.Trainers.VariationalDropout.Inference;
using Microsoft.ML.Trainers.VariationalDropout.Network;
using Microsoft.ML.Trainers.VariationalDropout.Numerics;
using Microsoft.ML.Trainers.VariationalDropout.Tests.Data;

namespace Microsoft.ML.Trainers.VariationalDropout.Tests.Inference;

/// <summary>Features that come in bins beside themselves: wherever features are standardised, by the same bits.</summary>
[TestClass]
public sealed class FeatureBinsTests
{
    private const int Features = 19;

    /// <summary>Of two values, as a one-hot column, and of one; both are left as they are.</summary>
    private const int Flag = 3, Constant = 7;

    /// <summary>Zero in most rows.</summary>
    private const int Amount = 18;

    private static readonly NetworkArchitecture Architecture
        = CoreProblem.Architecture(Features, posterior: WeightPosterior.Gaussian, sharing: DropoutVarianceSharing.Weight, hidden: [20]);

    private static readonly TrainingSettings Settings
        = CoreProblem.TrainingSettings(Architecture) with { Bins = new BinLimits(MostBins: 6, FewestBins: 2, MostInputs: 1000, RowsPerValue: 1), OutlierThreshold = 0 };

    public static IEnumerable<object[]> Paths => KernelPaths.Supported.Select(path => new object[] { path.ToString() });

    [TestMethod]
    [DynamicData(nameof(Paths))]
    public void Training_and_every_prediction_see_features_and_bins(string path)
    {
        // As inputs that were made before and came as they are.
        var kernels = Enum.Parse<KernelPath>(path);
        TrainingSet data = Table();
        TrainedNetwork actual = Train(data, Settings, kernels);
        TrainingSet inputs = Inputs(data, actual);
        Assert.AreEqual(Features, actual.FeatureCount);
        Assert.AreEqual(Features + (6 * (Features - 2)), actual.Architecture.InputSize);

        TrainedNetwork expected = Train(
            inputs, Settings with { Architecture = Architecture with { InputSize = inputs.FeatureCount }, StandardizeFeatures = false, Bins = null }, kernels);
        Assert.IsTrue(CoreProblem.SameBits(expected, actual));

        foreach (double sparsity in new[] { 0, 0.9 })
        {
            TrainedNetwork ours = actual, plain = expected;
            if (sparsity > 0)
            {
                (ours, plain) = (NetworkPruner.PruneByMagnitude(actual, sparsity), NetworkPruner.PruneByMagnitude(expected, sparsity));
                Assert.IsLessThan(plain.FeatureCount, plain.Architecture.InputSize, "some inputs went");
                Assert.AreEqual(Features, ours.FeatureCount);
                CollectionAssert.AreEqual(plain.InputFeatures!.Select(input => actual.InputFeatures![input]).ToArray(), ours.InputFeatures);
            }

            float[] rows = Rows(data), encoded = Rows(inputs);
            AssertSame(CoreProblem.Predict(plain, encoded, path: kernels), CoreProblem.Predict(ours, rows, path: kernels));
            AssertSame(CoreProblem.Predict(plain, encoded, 3, 5, kernels), CoreProblem.Predict(ours, rows, 3, 5, kernels));
            AssertSame(CoreProblem.PredictMoments(plain, encoded, kernels), CoreProblem.PredictMoments(ours, rows, kernels));
            float[] block = CoreProblem.Predict(ours, rows, path: kernels).Scores;
            for (int row = 0; row < data.RowCount; row++)
                CollectionAssert.AreEqual(block[(3 * row)..((3 * row) + 3)], CoreProblem.Predict(ours, data.Features(row), path: kernels).Scores);
        }

        static void AssertSame(Predictions expected, Predictions actual)
        {
            CollectionAssert.AreEqual(expected.Scores, actual.Scores);
            CollectionAssert.AreEqual(expected.StandardDeviations, actual.StandardDeviations);
        }
    }

    /// <summary>The scaling is that of u(x) = min(1, max(0, (x − a) / (b − a))), with mean 0 and variance 1.</summary>
    [TestMethod]
    public void A_bin_is_the_share_of_it_that_is_passed_standardised()
    {
        TrainingSet data = Table();
        TrainedNetwork network = Train(data, Settings);
        TrainingSet inputs = Inputs(data, network);
        FeatureBins bins = FeatureBins.Find(data, RowSplit.None(data.RowCount), Settings.Bins!)!;
        CollectionAssert.AreEqual(bins.Features, network.InputFeatures);
        for (int input = 0; input < inputs.FeatureCount; input++)
        {
            double[] values = [.. Enumerable.Range(0, data.RowCount).Select(row => (double)inputs.Features(row)[input])];
            if (bins.Features[input] == Constant)
                continue;
            Assert.AreEqual(0, Mean(values), 1e-4);
            Assert.AreEqual(1, Mean([.. values.Select(value => value * value)]), 1e-3);
            if (bins.Bin(input) is not (double start, double width))
                continue;
            double[] passed = [.. Enumerable.Range(0, data.RowCount).Select(row => Math.Clamp((data.Features(row)[bins.Features[input]] - start) / width, 0, 1))];
            double mean = Mean(passed), deviation = Math.Sqrt(Mean([.. passed.Select(u => Math.Pow(u - mean, 2))]));
            for (int row = 0; row < data.RowCount; row++)
                Assert.AreEqual((passed[row] - mean) / deviation, values[row], 1e-4);
        }

        double Mean(double[] values) => values.Select((value, row) => value * data.Weight(row)).Sum() / Enumerable.Range(0, data.RowCount).Sum(data.Weight);
    }

    [TestMethod]
    public void Features_of_two_values_or_of_too_many_have_none()
    {
        TrainingSet data = Table();
        FeatureBins bins = FeatureBins.Find(data, RowSplit.None(data.RowCount), Settings.Bins!)!;
        Assert.AreEqual(1, bins.Features.Count(feature => feature == Flag));
        Assert.AreEqual(1, bins.Features.Count(feature => feature == Constant));
        Assert.AreEqual(7, bins.Features.Count(feature => feature == Amount));

        // All others are numbers of which none comes twice.
        bins = FeatureBins.Find(data, RowSplit.None(data.RowCount), Settings.Bins! with { RowsPerValue = 2 })!;
        Assert.HasCount(Features + 6, bins.Features);
        Assert.AreEqual(7, bins.Features.Count(feature => feature == Amount));
    }

    [TestMethod]
    public void Where_there_are_too_many_all_have_fewer_or_none()
    {
        TrainingSet data = Table();
        int Inputs(BinLimits limits) => FeatureBins.Find(data, RowSplit.None(data.RowCount), limits)?.InputCount ?? Features;
        Assert.AreEqual(Features + (4 * (Features - 2)), Inputs(new BinLimits(6, 4, Features + (5 * (Features - 2)) - 1, 1)));
        Assert.AreEqual(Features, Inputs(new BinLimits(6, 4, Features + (4 * (Features - 2)) - 1, 1)));
        Assert.AreEqual(Features + (3 * (Features - 2)), Inputs(new BinLimits(3, 4, 1000, 1)), "fewer may be asked for");
    }

    [TestMethod]
    public void Rows_kept_aside_have_no_say()
    {
        TrainingSet data = Table();
        RowSplit split = RowSplit.Draw(data.RowCount, 0.3, 5);
        TrainingSet spoiled = Table(isSpoiled: split.IsKept);
        FeatureBins expected = FeatureBins.Find(data, split, Settings.Bins!)!, actual = FeatureBins.Find(spoiled, split, Settings.Bins!)!;
        CollectionAssert.AreEqual(expected.Features, actual.Features);
        for (int input = 0; input < expected.InputCount; input++)
            Assert.AreEqual(expected.Bin(input), actual.Bin(input));
    }

    [TestMethod]
    public void The_bits_do_not_depend_on_threads_or_on_where_the_rows_are()
    {
        TrainingSet source = Table(700);
        TrainingSettings settings = Settings with { ValidationSetFraction = 0.3, EarlyStoppingPatience = 2 };
        TrainedNetwork expected = Train(SmallSets.Copy(source, isSparse: false), settings);
        foreach (var (bytes, threads) in new[] { (long.MaxValue, 3), (SmallSets.LeastBytes, 1), (2 * SmallSets.LeastBytes, 2) })
        {
            using MemoryBudget budget = SmallSets.Budget(bytes, settings.BatchSize);
            TrainingSet data = SmallSets.Copy(source, isSparse: false, budget);
            Assert.AreEqual(bytes != long.MaxValue, data.IsInFile);
            TrainedNetwork actual = Train(data, settings with { NumberOfThreads = threads });
            Assert.IsTrue(CoreProblem.SameBits(expected, actual), $"{bytes} bytes, {threads} threads");
            CollectionAssert.AreEqual(expected.Scaling!.Means, actual.Scaling!.Means);
        }
    }

    /// <summary>What a file may hold are limits up to a million: the model of a row with next to no weight must be one that can be loaded.</summary>
    [TestMethod]
    public void Rows_that_weigh_next_to_nothing_leave_limits_that_can_be_saved()
    {
        var data = new TrainingSet(Features);
        TrainingSet source = Table();
        for (int row = 0; row < source.RowCount; row++)
        {
            Span<float> features = data.Add(source.Label(row), source.Weight(row));
            source.Features(row).CopyTo(features);
            features[Amount] = row % 3;
        }

        data.Add(1, 1e-16f)[Amount] = 1e5f;
        TrainedNetwork network = Train(data, Settings);
        Assert.Contains(FeatureScaling.Limit, network.Scaling!.Highest![Features..], "of the last bin of amounts");
        using var stream = new MemoryStream();
        ModelFile.Write(stream, network);
        stream.Position = 0;
        CollectionAssert.AreEqual(network.Scaling.Highest, ModelFile.Read(stream).Scaling!.Highest);
    }

    [TestMethod]
    public void Large_sets_are_cut_by_a_sample_of_their_rows()
    {
        // Twice as many rows as are looked at, in order: all of the range must be in the sample.
        var data = new TrainingSet(1);
        for (int row = 0; row < 1 << 17; row++)
            data.Add(0, 1)[0] = row;
        FeatureBins bins = FeatureBins.Find(data, RowSplit.None(data.RowCount), Settings.Bins! with { MostBins = 4 })!;
        double[] starts = [.. Enumerable.Range(1, 4).Select(input => bins.Bin(input)!.Value.Start)];
        for (int i = 0; i < 4; i++)
            Assert.AreEqual(i * (1 << 15), starts[i], 1000);
    }

    [TestMethod]
    public void Training_that_goes_on_keeps_the_bins()
    {
        TrainedNetwork first = Train(Table(), Settings);
        TrainedNetwork second = NetworkTrainer.Train(Table(seed: 2), null, Settings with { Bins = null }, first, new RecordingMonitor());
        Assert.AreSame(first.Scaling, second.Scaling);
        Assert.AreSame(first.InputFeatures, second.InputFeatures);
        Assert.IsTrue(CoreProblem.SameBits(second, NetworkTrainer.Train(Table(seed: 2), null, Settings, first, new RecordingMonitor())));

        TrainedNetwork plain = Train(Table(), Settings with { Bins = null });
        Assert.IsNull(NetworkTrainer.Train(Table(), null, Settings, plain, new RecordingMonitor()).InputFeatures);
    }

    [TestMethod]
    public void Without_standardisation_and_of_sparse_rows_there_are_none()
    {
        Assert.IsNull(Train(Table(), Settings with { StandardizeFeatures = false }).InputFeatures);
        Assert.IsNull(Train(SmallSets.Copy(Table(), isSparse: true), Settings with { Architecture = Architecture with { HasSparseInputs = true } }).InputFeatures);
    }

    [TestMethod]
    [DynamicData(nameof(Paths))]
    public void Missing_and_infinite_features_are_what_they_were(string path)
    {
        var kernels = Enum.Parse<KernelPath>(path);
        TrainedNetwork network = Train(Table(), Settings);
        float Score(float amount)
        {
            float[] row = Table().Features(1).ToArray();
            row[Amount] = amount;
            return CoreProblem.Predict(network, row, path: kernels).Scores[0];
        }

        Assert.IsTrue(float.IsNaN(Score(float.NaN)));
        Assert.AreEqual(Score(1e30f), Score(float.PositiveInfinity));
        Assert.AreEqual(Score(-1e30f), Score(float.NegativeInfinity));
        Assert.IsTrue(float.IsFinite(Score(1e30f)));
    }

    [TestMethod]
    public void Relevance_is_told_by_feature()
    {
        TrainedNetwork network = Train(Table(), Settings);
        TrainedLayer layer = network.Layers[0];
        double[] relevance = FeatureRelevances.Compute(network);
        Assert.HasCount(Features, relevance);
        Assert.AreEqual(0, relevance[Constant]);
        for (int feature = 0; feature < Features; feature++)
        {
            if (feature == Constant)
                continue;
            double signal = 0, noise = 0;
            for (int n = 0; n < layer.Weights.Length; n++)
            {
                if (network.InputFeatures![n / layer.Outputs] != feature)
                    continue;
                signal += layer.Weights[n] * (double)layer.Weights[n];
                noise += Math.Exp(layer.LogVariances[n]);
            }

            Assert.AreEqual(signal / (signal + noise), relevance[feature], 1e-9);
        }
    }

    [TestMethod]
    public void Prediction_allocates_nothing()
    {
        TrainingSet data = Table();
        TrainedNetwork network = Train(data, Settings);
        const int Rows = 64;
        var block = new FeatureBlock(Features, isSparse: false, Rows);
        for (int row = 0; row < Rows; row++)
            block.Set(row, data.Features(row));
        var result = new Predictions(network.Architecture, Rows, withUncertainty: true);
        var predictor = new NetworkPredictor(network);
        Run(1);
        Run(Rows);
        long least = long.MaxValue;
        for (int attempt = 0; attempt < 5 && least > 0; attempt++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            Run(1);
            Run(Rows);
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        Assert.AreEqual(0, least);

        void Run(int rows)
        {
            predictor.PredictMean(block, rows, result);
            predictor.PredictSampled(block, rows, 3, 1, result);
            predictor.PredictMoments(block, rows, result);
        }
    }

    /// <summary>The class depends on which of the neighbouring values an amount has, as an accountant's would.</summary>
    [TestMethod]
    public void Steps_are_learned_that_a_feature_alone_does_not_tell()
    {
        static TrainingSet Steps(int seed)
        {
            var random = new Random(seed);
            var result = new TrainingSet(2);
            for (int row = 0; row < 2000; row++)
            {
                int amount = random.Next(4) == 0 ? random.Next(1, 13) : 0;
                Span<float> features = result.Add(amount > 0 && amount % 2 == 0 ? 1 : 0, 1);
                features[0] = 1000 + amount;
                features[1] = (float)CoreProblem.Normal(random);
            }

            return result;
        }

        double LogLoss(BinLimits? bins)
        {
            var monitor = new RecordingMonitor();
            var settings = Settings with
            {
                Architecture = CoreProblem.Architecture(2, 1, WeightPosterior.Gaussian, DropoutVarianceSharing.Weight, hidden: [16], likelihood: Likelihood.Bernoulli),
                Bins = bins,
                NumberOfIterations = 30,
                LearningRate = 0.01,
            };
            NetworkTrainer.Train(Steps(1), Steps(2), settings, null, monitor);
            return monitor.Reports[^1].ValidationLogLoss!.Value;
        }

        double without = LogLoss(null), with = LogLoss(Settings.Bins! with { MostBins = 16 });
        Assert.IsLessThan(without / 3, with, $"{with} with, {without} without");
    }

    private static TrainedNetwork Train(TrainingSet data, TrainingSettings settings, KernelPath? path = null)
        => NetworkTrainer.Train(data, null, settings, null, new RecordingMonitor(), path ?? KernelPaths.Current);

    private static float[] Rows(TrainingSet data) => [.. Enumerable.Range(0, data.RowCount).SelectMany(row => data.Features(row).ToArray())];

    private static TrainingSet Inputs(TrainingSet data, TrainedNetwork network)
    {
        FeatureScaling scaling = network.Scaling!;
        var result = new TrainingSet(network.Architecture.InputSize);
        for (int row = 0; row < data.RowCount; row++)
        {
            Span<float> inputs = result.Add(data.Label(row), data.Weight(row));
            for (int i = 0; i < inputs.Length; i++)
                inputs[i] = Math.Clamp((data.Features(row)[network.InputFeatures![i]] - scaling.Means[i]) * scaling.Scales[i], scaling.Lowest![i], scaling.Highest![i]);
        }

        return result;
    }

    /// <summary>Three classes by the first two features, rows of different weights.</summary>
    private static TrainingSet Table(int rows = 150, uint seed = 1, Func<int, bool>? isSpoiled = null)
    {
        TrainingSet source = CoreProblem.Create(rows, Features, 3, seed);
        var result = new TrainingSet(Features);
        for (int row = 0; row < rows; row++)
        {
            Span<float> features = result.Add(source.Label(row), source.Weight(row));
            source.Features(row).CopyTo(features);
            features[Flag] = row % 3 == 0 ? 1 : 0;
            features[Constant] = 4;
            features[Amount] = row % 5 == 0 ? row : 0;
            if (isSpoiled?.Invoke(row) == true)
                features.Fill(1e6f);
        }

        return result;
    }
}
