using Microsoft.ML.Data;

namespace Microsoft.ML.Trainers.VariationalDropout.Tests.Prediction;

/// <summary>Moments, pruning and relevance as a user of any task meets them; their mathematics is tested in the core.</summary>
[TestClass]
public sealed class PruningTests
{
    public static IEnumerable<object[]> Tasks => TestTask.Names();

    [TestMethod]
    [DynamicData(nameof(Tasks))]
    public void Moments_have_the_columns_of_sampling_and_agree_with_many_draws(string name)
    {
        TestTask task = TestTask.Of(name);
        var context = new MLContext(1);
        IDataView data = TestData.Load(context, TestData.Rows(60));
        ITransformer transformer = task.Trainer(context, options => (options.Posterior, options.DropoutVarianceSharing) = (WeightPosterior.Gaussian, null)).Fit(data);
        ITransformer moments = task.WithMomentPropagation(transformer);
        Assert.AreEqual((PredictionMode.MomentPropagation, 0, 0), task.Settings(moments));
        IDataView scored = moments.Transform(data), sampled = task.WithSampling(transformer, 500, 1).Transform(data);
        CollectionAssert.AreEqual(sampled.Schema.Select(column => $"{column.Name} {column.Type}").ToArray(), scored.Schema.Select(column => $"{column.Name} {column.Type}").ToArray());
        Assert.IsTrue(task.IsLearned(context, scored));
        foreach (string column in task.ColumnsOfSampling.Append("ScoreStandardDeviation"))
        {
            double[] expected = Numbers(sampled, column), actual = Numbers(scored, column);
            Assert.AreEqual(expected.Average(), actual.Average(), (0.15 * expected.Average()) + 0.01, column);
            Assert.IsTrue(actual.Any(value => value > 0), column);
        }

        // Saved, loaded and in an engine: the same bits.
        using var stream = new MemoryStream();
        context.Model.Save(moments, data.Schema, stream);
        stream.Position = 0;
        ITransformer loaded = new MLContext(2).Model.Load(stream, out _);
        CollectionAssert.AreEqual(TestData.ScoreBits(scored), TestData.ScoreBits(loaded.Transform(data)));
    }

    [TestMethod]
    [DynamicData(nameof(Tasks))]
    public void A_pruned_transformer_is_smaller_takes_the_same_rows_and_is_saved(string name)
    {
        TestTask task = TestTask.Of(name);
        var context = new MLContext(1);
        IDataView data = TestData.Load(context, TestData.Rows(200));
        ITransformer whole = task.Trainer(context, options =>
        {
            options.Posterior = WeightPosterior.Gaussian;
            options.Prior = WeightPrior.LogUniform;
            options.HiddenLayerSizes = [32];
            options.NumberOfIterations = 60;
        }).Fit(data);
        Assert.IsFalse(task.Model(whole).IsPruned);
        Assert.AreEqual(1, task.Model(whole).Compression);

        ITransformer pruned = task.Prune(whole, 3);
        VariationalDropoutModelParameters model = task.Model(pruned);
        Assert.IsTrue(model.IsPruned);
        Assert.AreEqual(4, model.FeatureCount);
        Assert.AreEqual(task.Model(whole).NumberOfWeights, model.NumberOfWeights);
        Assert.IsLessThan(model.NumberOfWeights, model.NumberOfSurvivingWeights);
        Assert.AreEqual((double)model.NumberOfWeights / model.NumberOfSurvivingWeights, model.Compression, 1e-12);
        Assert.IsGreaterThan(2, model.Compression);
        Assert.IsGreaterThan(1.2, model.DenseCompression);
        StringAssert.Contains(model.ToString(), $"pruned: {model.NumberOfSurvivingWeights} of {model.NumberOfWeights} weights survive", StringComparison.Ordinal);
        foreach (ITransformer mode in new[] { pruned, task.WithSampling(pruned, 20, 1), task.WithMomentPropagation(pruned) })
            Assert.IsTrue(task.IsLearned(context, mode.Transform(data)));
        Assert.IsTrue(task.Model(task.Prune(pruned, 3)).NumberOfSurvivingWeights <= model.NumberOfSurvivingWeights);

        using var stream = new MemoryStream();
        context.Model.Save(task.WithSampling(pruned, 5, 1), data.Schema, stream);
        stream.Position = 0;
        ITransformer loaded = new MLContext(2).Model.Load(stream, out _);
        CollectionAssert.AreEqual(TestData.ScoreBits(task.WithSampling(pruned, 5, 1).Transform(data)), TestData.ScoreBits(loaded.Transform(data)));
        Assert.AreEqual(model.Compression, task.Model(loaded).Compression);

        var exception = Assert.Throws<ArgumentException>(() => task.Trainer(context, options => options.Posterior = WeightPosterior.Gaussian).Fit(data, null, model));
        StringAssert.Contains(exception.Message, "a pruned model cannot be trained further", StringComparison.Ordinal);
    }

    [TestMethod]
    [DynamicData(nameof(Tasks))]
    public void The_useless_feature_is_the_least_relevant_and_named(string name)
    {
        TestTask task = TestTask.Of(name);
        var context = new MLContext(1);
        ITransformer transformer = task.Trainer(context, options =>
        {
            options.Posterior = WeightPosterior.Gaussian;
            options.Prior = WeightPrior.LogUniform;
            options.NumberOfIterations = 60;
        }).Fit(TestData.Load(context, TestData.Rows(300)));
        IReadOnlyList<FeatureRelevance> relevances = task.FeatureRelevance(transformer);
        CollectionAssert.AreEquivalent(new[] { "A", "B", "C", "D" }, relevances.Select(feature => feature.Name).ToArray());
        Assert.IsTrue(relevances.All(feature => feature.Name == new[] { "A", "B", "C", "D" }[feature.Slot] && feature.Relevance is >= 0 and <= 1));
        CollectionAssert.AreEqual(relevances.OrderByDescending(feature => feature.Relevance).ToArray(), relevances.ToArray());
        Assert.AreEqual("D", relevances[^1].Name, string.Join(", ", relevances));
        StringAssert.StartsWith(relevances[^1].ToString(), "D: 0.", StringComparison.Ordinal);
    }

    [TestMethod]
    public void Pruning_that_removes_nothing_says_so_in_the_log()
    {
        var context = new MLContext(1);
        var warnings = new List<string>();
        context.Log += (_, entry) =>
        {
            if (entry.Kind == Runtime.ChannelMessageKind.Warning)
                warnings.Add(entry.Message);
        };
        var transformer = TestData.Fit(context);
        Assert.AreEqual(1, transformer.Prune().Model.Compression);
        Assert.HasCount(1, warnings);
        StringAssert.Contains(warnings[0], "No weight has a log dropout variance of 3 or more, so that nothing was pruned.", StringComparison.Ordinal);
    }

    [TestMethod]
    public void Pruning_everything_is_refused_with_a_limit_that_works()
    {
        var context = new MLContext(1);
        var transformer = TestData.Fit(context, change: options => (options.Posterior, options.Prior, options.DropoutVarianceSharing) = (WeightPosterior.Gaussian, WeightPrior.LogUniform, null));
        var exception = Assert.ThrowsExactly<PruningException>(() => transformer.Prune(-50));
        double limit = exception.Limit!.Value;
        StringAssert.Contains(exception.Message, string.Create(System.Globalization.CultureInfo.InvariantCulture, $"above {limit:R}"), StringComparison.Ordinal);
        Assert.ThrowsExactly<PruningException>(() => transformer.Prune(limit));
        Assert.IsGreaterThan(0, transformer.Prune(Math.BitIncrement(limit)).Model.NumberOfSurvivingWeights);

        limit = Assert.ThrowsExactly<PruningException>(() => transformer.PruneByMagnitude(0.999)).Limit!.Value;
        Assert.IsGreaterThan(0, transformer.PruneByMagnitude(limit).Model.NumberOfSurvivingWeights);

        // Half of the weights, and those of units that nothing passes through then.
        var half = transformer.PruneByMagnitude(0.5).Model;
        Assert.IsLessThanOrEqualTo(half.NumberOfWeights / 2, half.NumberOfSurvivingWeights);
        Assert.IsGreaterThan(half.NumberOfWeights / 4, half.NumberOfSurvivingWeights);
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => transformer.PruneByMagnitude(1));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => transformer.Prune(double.NaN));
    }

    [TestMethod]
    public void What_cannot_be_told_is_refused_with_what_to_choose()
    {
        var context = new MLContext(1);
        var dropout = TestData.Fit(context, change: options => (options.Posterior, options.DropoutVarianceSharing) = (WeightPosterior.BinaryDropout, null));
        StringAssert.Contains(Assert.Throws<InvalidOperationException>(() => dropout.Prune()).Message, "prune by magnitude", StringComparison.Ordinal);
        StringAssert.Contains(Assert.Throws<InvalidOperationException>(() => dropout.GetFeatureRelevance()).Message, "train with CorrelatedWeightNoise", StringComparison.Ordinal);
        Assert.IsGreaterThan(1.5, dropout.PruneByMagnitude(0.5).Model.Compression);
        var perLayer = TestData.Fit(context, change: options => options.DropoutVarianceSharing = DropoutVarianceSharing.Layer);
        StringAssert.Contains(Assert.Throws<InvalidOperationException>(() => perLayer.GetFeatureRelevance()).Message, "train with InputUnit", StringComparison.Ordinal);
    }

    private static double[] Numbers(IDataView data, string column) => data.Schema[column].Type is VectorDataViewType
        ? [.. data.GetColumn<float[]>(column).SelectMany(values => values).Select(value => (double)value)]
        : [.. data.GetColumn<float>(column).Select(value => (double)value)];
}
