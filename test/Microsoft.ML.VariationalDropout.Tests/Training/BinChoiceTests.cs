using Microsoft.ML.Trainers.VariationalDropout.Data;
using Microsoft.ML.Trainers.VariationalDropout.Inference;

namespace Microsoft.ML.Trainers.VariationalDropout.Tests.Training;

/// <summary>Which features are cut into bins where the option leaves it out, and what a user sees of it.</summary>
[TestClass]
public sealed class BinChoiceTests
{
    [TestMethod]
    public void Left_out_it_is_for_classification_from_2000_rows_on()
    {
        var two = new VariationalDropoutBinaryTrainer.Options();
        Assert.IsNull(two.MaximumBinCountPerFeature);
        Assert.IsNull(BinChoice.Limits(two, Set(1999), 1));
        Assert.AreEqual(new BinLimits(16, 4, 10 + 256, 2), BinChoice.Limits(two, Set(2000), 1));
        Assert.IsNotNull(BinChoice.Limits(new VariationalDropoutMulticlassTrainer.Options(), Set(2000), 3));
        Assert.IsNull(BinChoice.Limits(new VariationalDropoutRegressionTrainer.Options(), Set(2000), 1));
        Assert.IsNull(BinChoice.Limits(new VariationalDropoutMultiTargetRegressionTrainer.Options(), Set(2000), 4));
        Assert.IsNull(BinChoice.Limits(new VariationalDropoutBinaryTrainer.Options { StandardizeFeatures = false }, Set(2000), 1));
        Assert.IsNull(BinChoice.Limits(two, Set(2000, isSparse: true), 1));
    }

    [TestMethod]
    public void What_is_given_is_kept_as_far_as_matrices_go()
    {
        var options = new VariationalDropoutRegressionTrainer.Options { MaximumBinCountPerFeature = 5 };
        Assert.AreEqual(new BinLimits(5, 2, (1 << 30) / 64, 1), BinChoice.Limits(options, Set(3), 1));
        options.HiddenLayerSizes = [1 << 16];
        Assert.AreEqual(1 << 14, BinChoice.Limits(options, Set(3), 1)!.MostInputs);
        options.HiddenLayerSizes = [];
        options.BatchSize = 256;
        Assert.AreEqual((1 << 30) / 256, BinChoice.Limits(options, Set(1000), 1)!.MostInputs);
        Assert.IsNull(BinChoice.Limits(new VariationalDropoutBinaryTrainer.Options { MaximumBinCountPerFeature = 0 }, Set(5000), 1));
    }

    [TestMethod]
    [DataRow(1)]
    [DataRow(-1)]
    [DataRow(1025)]
    public void One_bin_or_too_many_are_refused(int bins)
        => StringAssert.StartsWith(
            Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new MLContext(1).BinaryClassification.Trainers.VariationalDropout(new VariationalDropoutBinaryTrainer.Options { MaximumBinCountPerFeature = bins })).Message,
            $"MaximumBinCountPerFeature is {bins}; allowed is 0 or [2, 1024].",
            StringComparison.Ordinal);

    /// <summary>A model with bins is one of the user's features in all that it says, in a file too.</summary>
    [TestMethod]
    public void Features_stay_the_users_own()
    {
        var context = new MLContext(1);
        IDataView rows = Keyed(context);
        var options = new VariationalDropoutMulticlassTrainer.Options { NumberOfIterations = 3, HiddenLayerSizes = [8], MaximumBinCountPerFeature = 4 };
        VariationalDropoutMulticlassPredictionTransformer model = context.MulticlassClassification.Trainers.VariationalDropout(options).Fit(rows);
        Assert.AreEqual(4, model.Model.FeatureCount);
        CollectionAssert.AreEqual(new[] { 20, 8, 3 }, model.Model.LayerSizes.ToArray());
        CollectionAssert.AreEqual(Enumerable.Range(0, 20).Select(input => input < 4 ? input : (input / 4) - 1).ToArray(), model.Model.InputFeatures.ToArray());
        StringAssert.Contains(model.Model.ToString(), "compressed beyond 2 standard deviations, 4 of them in bins too", StringComparison.Ordinal);
        CollectionAssert.AreEqual(new[] { "A", "B", "C", "D" }, model.GetFeatureRelevance().Select(relevance => relevance.Name).Order().ToArray());

        VariationalDropoutMulticlassPredictionTransformer pruned = model.PruneByMagnitude(0.9);
        Assert.AreEqual(4, pruned.Model.FeatureCount);
        StringAssert.Contains(pruned.Model.ToString(), $"{pruned.Model.InputFeatures.Distinct().Count()} of 4 features", StringComparison.Ordinal);

        foreach (var transformer in new[] { model, pruned })
        {
            using var stream = new MemoryStream();
            context.Model.Save(transformer, rows.Schema, stream);
            CollectionAssert.AreEqual(TestData.ScoreBits(transformer.Transform(rows)), TestData.ScoreBits(context.Model.Load(stream, out _).Transform(rows)));
        }
    }

    [TestMethod]
    public void Training_goes_on_from_a_model_with_bins_and_tells_of_other_features()
    {
        var context = new MLContext(1);
        IDataView rows = Keyed(context);
        var options = new VariationalDropoutMulticlassTrainer.Options { NumberOfIterations = 2, HiddenLayerSizes = [8], MaximumBinCountPerFeature = 4 };
        var trainer = context.MulticlassClassification.Trainers.VariationalDropout(options);
        VariationalDropoutMulticlassPredictionTransformer first = trainer.Fit(rows), second = trainer.Fit(rows, null, first.Model);
        CollectionAssert.AreEqual(first.Model.InputFeatures.ToArray(), second.Model.InputFeatures.ToArray());

        IDataView fewer = context.Transforms.Concatenate("Features", "A", "B").Fit(rows).Transform(rows);
        StringAssert.Contains(
            Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => trainer.Fit(fewer, null, first.Model)).Message,
            "Continued training needs the previous model's number of features (4), but here it would be 2.",
            StringComparison.Ordinal);
    }

    private static IDataView Keyed(MLContext context)
    {
        IDataView rows = TestData.Load(context, TestData.Rows(200));
        return context.Transforms.Conversion.MapValueToKey("Label").Fit(rows).Transform(rows);
    }

    private static TrainingSet Set(int rows, bool isSparse = false)
    {
        var result = new TrainingSet(10, isSparse: isSparse);
        for (int row = 0; row < rows; row++)
        {
            if (isSparse)
                result.AddSparse([0], 1, [], []);
            else
                result.Add(0, 1);
        }

        return result;
    }
}
