using Microsoft.ML.Data;
using Microsoft.ML.Trainers.VariationalDropout.Data;

namespace Microsoft.ML.Trainers.VariationalDropout.Tests.Training;

/// <summary>What classifiers have to themselves: thresholds, calibration, and classes of very different frequency.</summary>
[TestClass]
public sealed class ClassificationTests
{
    [TestMethod]
    public void The_label_is_true_above_the_threshold_and_false_at_it()
    {
        var context = new MLContext(1);
        IDataView data = TestData.Load(context, TestData.Rows(90));
        var transformer = Fit(context, data);
        Assert.AreEqual(0.5f, transformer.Threshold);
        foreach (var mode in new[] { transformer, transformer.WithSampling(5, 1), transformer.WithMomentPropagation() })
        {
            float[] probabilities = [.. mode.Transform(data).GetColumn<float>("Probability")];
            float at = probabilities.Order().ElementAt(45);
            var changed = mode.WithThreshold(at);
            Assert.AreEqual(at, changed.Threshold);
            Assert.AreEqual(0.5f, mode.Threshold);
            Assert.AreSame(mode.Model, changed.Model);
            foreach (var (used, threshold) in new[] { (mode, 0.5f), (changed, at), (mode == transformer ? changed.WithSampling(2, 1).WithPosteriorMean() : changed, at) })
            {
                IDataView scored = used.Transform(data);
                float[] values = [.. scored.GetColumn<float>("Probability")];
                CollectionAssert.AreEqual(values.Select(value => value > threshold).ToArray(), scored.GetColumn<bool>("PredictedLabel").ToArray());
            }

            Assert.IsFalse(changed.Transform(data).GetColumn<bool>("PredictedLabel").ElementAt(Array.IndexOf(probabilities, at)), "equal is false");
        }
    }

    /// <summary>As with ML.NET's own ChangeModelThreshold: its evaluator looks at scores and probabilities alone.</summary>
    [TestMethod]
    public void The_evaluator_does_not_look_at_the_threshold()
    {
        var context = new MLContext(1);
        IDataView data = TestData.Load(context, TestData.Rows(90));
        var transformer = Fit(context, data);
        double[] accuracies = [.. new[] { 0.1f, 0.5f, 0.9f }.Select(threshold => context.BinaryClassification.Evaluate(transformer.WithThreshold(threshold).Transform(data), "IsRed").Accuracy)];
        Assert.AreEqual(accuracies[1], accuracies[0]);
        Assert.AreEqual(accuracies[1], accuracies[2]);
    }

    [TestMethod]
    [DataRow(0f)]
    [DataRow(1f)]
    [DataRow(-0.5f)]
    [DataRow(float.NaN)]
    public void A_threshold_out_of_range_is_refused(float threshold)
    {
        var context = new MLContext(1);
        var transformer = Fit(context, TestData.Load(context, TestData.Rows(30)));
        var exception = Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => transformer.WithThreshold(threshold));
        StringAssert.Contains(exception.Message, string.Create(System.Globalization.CultureInfo.InvariantCulture, $"probability is {threshold}; allowed is (0, 1)."), StringComparison.Ordinal);
    }

    [TestMethod]
    public void The_threshold_is_saved_with_the_model()
    {
        var context = new MLContext(1);
        IDataView data = TestData.Load(context, TestData.Rows(90));
        var transformer = Fit(context, data).WithSampling(5, 1).WithThreshold(0.8f);
        using var stream = new MemoryStream();
        context.Model.Save(transformer, data.Schema, stream);
        stream.Position = 0;
        var loaded = (VariationalDropoutBinaryPredictionTransformer)new MLContext().Model.Load(stream, out _);
        Assert.AreEqual(0.8f, loaded.Threshold);
        CollectionAssert.AreEqual(transformer.Transform(data).GetColumn<bool>("PredictedLabel").ToArray(), loaded.Transform(data).GetColumn<bool>("PredictedLabel").ToArray());
    }

    [TestMethod]
    public void The_score_is_the_logit_of_the_probability_in_every_mode()
    {
        var context = new MLContext(1);
        IDataView data = TestData.Load(context, TestData.Rows(90));
        var transformer = Fit(context, data);
        foreach (var mode in new[] { transformer, transformer.WithSampling(20, 1), transformer.WithMomentPropagation() })
        {
            IDataView scored = mode.Transform(data);
            foreach (var (score, probability) in scored.GetColumn<float>("Score").Zip(scored.GetColumn<float>("Probability")))
                Assert.AreEqual(probability, 1 / (1 + Math.Exp(-score)), 1e-5);
        }

        IDataView sampled = transformer.WithSampling(20, 1).Transform(data);
        float[] probabilities = [.. sampled.GetColumn<float>("Probability")], entropies = [.. sampled.GetColumn<float>("ScorePredictiveEntropy")], informations = [.. sampled.GetColumn<float>("ScoreMutualInformation")];
        for (int row = 0; row < probabilities.Length; row++)
        {
            double p = probabilities[row];
            Assert.AreEqual(-(p * Math.Log(p)) - ((1 - p) * Math.Log(1 - p)), entropies[row], 1e-4);
            Assert.IsTrue(informations[row] >= 0 && informations[row] <= entropies[row] + 1e-6);
        }
    }

    [TestMethod]
    public void The_score_is_finite_far_away()
    {
        var context = new MLContext(1);
        var transformer = Fit(context, TestData.Load(context, TestData.Rows(90)));
        List<TestRow> rows = TestData.Rows(3);
        (rows[0].A, rows[1].A, rows[2].B) = (1e7f, -1e7f, 3e38f);
        foreach (var mode in new[] { transformer, transformer.WithSampling(5, 1), transformer.WithMomentPropagation() })
        {
            IDataView scored = mode.Transform(TestData.Load(context, rows));
            Assert.IsTrue(scored.GetColumn<float>("Score").Take(2).All(float.IsFinite));
            Assert.IsTrue(scored.GetColumn<float>("Probability").Take(2).All(probability => probability is >= 0 and <= 1));
        }
    }

    [TestMethod]
    public void A_calibrator_can_be_put_on_top()
    {
        var context = new MLContext(1);
        IDataView data = context.Data.LoadFromEnumerable(TestData.Rows(240));
        var pipeline = TestData.Featurize(context)
            .Append(TestTask.Binary.Trainer(context).Estimator)
            .Append(context.BinaryClassification.Calibrators.Platt("IsRed"));
        IDataView calibrated = pipeline.Fit(data).Transform(data);
        Assert.IsGreaterThan(0.95, context.BinaryClassification.Evaluate(calibrated, "IsRed").AreaUnderRocCurve);
    }

    [TestMethod]
    public void Labels_of_other_types_are_refused_as_built_in_trainers_do()
    {
        var context = new MLContext(1);
        IDataView data = TestData.Load(context, TestData.Rows(30));
        foreach (string column in new[] { "Height", "Label", "Sizes" })
        {
            var exception = Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => TestTask.Binary.Trainer(context, options => options.LabelColumnName = column).Fit(data));
            var native = Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => context.BinaryClassification.Trainers.SdcaLogisticRegression(column).Fit(data));
            Assert.AreEqual(native.Message, exception.Message);
        }
    }

    [TestMethod]
    public void Labels_that_are_all_true_are_an_error()
    {
        var context = new MLContext(1);
        List<TestRow> rows = TestData.Rows(30);
        rows.ForEach(row => row.IsRed = true);
        var exception = Assert.ThrowsExactly<InvalidOperationException>(() => TestTask.Binary.Trainer(context).Fit(TestData.Load(context, rows)));
        StringAssert.Contains(exception.Message, "Training set has one class only: all of its 30 instances have the label true. At least two classes are needed.", StringComparison.Ordinal);
    }

    [TestMethod]
    public void Balanced_classes_weigh_the_same_and_together_what_they_weighed()
    {
        var set = new TrainingSet(1);
        foreach (var (label, weight) in new[] { (0f, 1f), (0f, 3f), (2f, 0.5f), (0f, 2f), (2f, 1.5f), (5f, 1f) })
            set.Add(label, weight)[0] = 1;
        ClassBalance.Apply(set, RowSplit.None(6));

        // Σ w = 9 over 3 classes: 3 each, in proportion to the weights before.
        float[] expected = [3 * 1f / 6, 3 * 3f / 6, 3 * 0.5f / 2, 3 * 2f / 6, 3 * 1.5f / 2, 3];
        CollectionAssert.AreEqual(expected, Enumerable.Range(0, 6).Select(set.Weight).ToArray());
    }

    [TestMethod]
    public void Rows_kept_aside_do_not_count_for_the_balance_and_get_the_factor_of_their_class()
    {
        var set = new TrainingSet(1);
        foreach (var (label, weight) in new[] { (0f, 1f), (0f, 2f), (0f, 3f), (2f, 2f), (2f, 7f), (5f, 4f) })
            set.Add(label, weight)[0] = 1;
        ClassBalance.Apply(set, RowSplit.Keeping(6, 1, 4, 5));

        // Σ w = 6 over the 2 classes of rows 0, 2 and 3: 3 each. Class 5 has no row among them, and no factor.
        CollectionAssert.AreEqual(new float[] { 0.75f, 1.5f, 2.25f, 3, 10.5f, 4 }, Enumerable.Range(0, 6).Select(set.Weight).ToArray());
    }

    [TestMethod]
    [DataRow(false)]
    [DataRow(true)]
    public void A_split_that_leaves_one_class_to_train_on_is_an_error_that_names_the_option(bool multiclass)
    {
        var context = new MLContext(1);
        TestTask task = multiclass ? TestTask.Multiclass : TestTask.Binary;

        // One red row in 30: some seed keeps it aside.
        List<TestRow> rows = [.. TestData.Rows(87).Where((row, i) => i % 3 == 1 || i == 0)];
        IDataView data = TestData.Load(context, rows);
        var messages = new List<string>();
        for (int seed = 1; seed <= 8; seed++)
        {
            try
            {
                task.Trainer(context, options => (options.ValidationSetFraction, options.Seed, options.NumberOfIterations) = (0.5, seed, 1)).Fit(data);
            }
            catch (InvalidOperationException exception)
            {
                messages.Add(exception.Message);
            }
        }

        Assert.IsGreaterThan(0, messages.Count);
        Assert.IsLessThan(8, messages.Count);
        StringAssert.Contains(
            messages[0],
            "All of the 15 training instances are of one class; at least two classes are needed. ValidationSetFraction is 0.5, which kept the others aside: lower it, or pass a validation set to Fit.",
            StringComparison.Ordinal);
    }

    [TestMethod]
    public void Unbalanced_sets_find_more_of_the_rare_class()
    {
        var context = new MLContext(1);

        // One red row in 20, and features that do not settle everything.
        List<TestRow> rows = [.. TestData.Rows(1200).Where((row, i) => !row.IsRed || i % 30 == 0)];
        var random = new Random(7);
        rows.ForEach(row => (row.A, row.B, row.C) = (Blur(row.A), Blur(row.B), Blur(row.C)));
        IDataView data = TestData.Load(context, rows);
        foreach (bool multiclass in new[] { false, true })
            Assert.IsGreaterThan(Recall(multiclass, unbalanced: false) + 0.2, Recall(multiclass, unbalanced: true));

        float Blur(float value) => value + (float)(4 * (random.NextDouble() + random.NextDouble() - 1));

        double Recall(bool multiclass, bool unbalanced)
        {
            ITransformer transformer = (multiclass ? TestTask.Multiclass : TestTask.Binary)
                .Trainer(context, options => ((VariationalDropoutClassificationOptions)options).UnbalancedSets = unbalanced).Fit(data);
            IDataView scored = transformer.Transform(data);
            bool[] found = multiclass ? [.. scored.GetColumn<uint>("PredictedLabel").Select(label => label == 1)] : [.. scored.GetColumn<bool>("PredictedLabel")];
            return rows.Zip(found).Where(pair => pair.First.IsRed).Average(pair => pair.Second ? 1.0 : 0);
        }
    }

    [TestMethod]
    [DataRow(true)]
    [DataRow(false)]
    public void Keys_without_names_or_of_numbers_are_annotated_as_by_a_built_in_trainer(bool named)
    {
        var context = new MLContext(1);
        NumberedRow[] rows = [.. TestData.Rows(60).Select((row, i) => new NumberedRow { Label = (uint)(i % 3), Number = 10 + (i % 3), Features = [row.A, row.B, row.C] })];
        var schema = SchemaDefinition.Create(typeof(NumberedRow));
        schema["Label"].ColumnType = new KeyDataViewType(typeof(uint), 3);
        IDataView data = context.Data.LoadFromEnumerable(rows, schema);
        if (named)
            data = context.Transforms.Conversion.MapValueToKey("Label", "Number").Fit(data).Transform(data);
        DataViewSchema actual = TestData.Trainer(context).Fit(data).Transform(data).Schema;
        DataViewSchema expected = context.MulticlassClassification.Trainers.SdcaMaximumEntropy(maximumNumberOfIterations: 1).Fit(data).Transform(data).Schema;
        foreach (string column in new[] { "PredictedLabel", "Score" })
        {
            Assert.AreEqual(expected[column].Type, actual[column].Type);
            CollectionAssert.AreEquivalent(
                expected[column].Annotations.Schema.Select(kind => $"{kind.Name} {kind.Type}").ToArray(), actual[column].Annotations.Schema.Select(kind => $"{kind.Name} {kind.Type}").ToArray());
        }

        if (named)
        {
            VBuffer<int> values = default;
            actual["PredictedLabel"].GetKeyValues(ref values);
            CollectionAssert.AreEqual(new[] { 10, 11, 12 }, values.DenseValues().ToArray());
            actual["Score"].Annotations.GetValue("TrainingLabelValues", ref values);
            CollectionAssert.AreEqual(new[] { 10, 11, 12 }, values.DenseValues().ToArray());
        }
    }

    private static VariationalDropoutBinaryPredictionTransformer Fit(MLContext context, IDataView data)
        => (VariationalDropoutBinaryPredictionTransformer)TestTask.Binary.Trainer(context).Fit(data);

    private sealed class NumberedRow
    {
        public uint Label { get; set; }

        public int Number { get; set; }

        [VectorType(3)]
        public float[] Features { get; set; } = [];
    }
}
