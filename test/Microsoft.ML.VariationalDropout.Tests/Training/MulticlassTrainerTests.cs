using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Trainers.VariationalDropout.Tests.Training;

[TestClass]
public sealed class MulticlassTrainerTests
{
    [TestMethod]
    public void It_learns_and_is_evaluated_as_a_built_in_trainer()
    {
        var context = new MLContext(1);
        IDataView data = TestData.Load(context, TestData.Rows(300));
        var transformer = TestData.Trainer(context).Fit(data);
        foreach (ITransformer mode in new ITransformer[] { transformer, transformer.WithSampling(20, 3) })
        {
            MulticlassClassificationMetrics metrics = context.MulticlassClassification.Evaluate(mode.Transform(data));
            Assert.IsGreaterThan(0.97, metrics.MicroAccuracy);
            Assert.IsLessThan(0.3, metrics.LogLoss);
        }
    }

    [TestMethod]
    public void Cross_validation_works_in_a_pipeline()
    {
        var context = new MLContext(1);
        IDataView data = context.Data.LoadFromEnumerable(TestData.Rows(240));
        var results = context.MulticlassClassification.CrossValidate(data, TestData.Featurize(context).Append(TestData.Trainer(context)), 3);
        Assert.HasCount(3, results);
        Assert.IsTrue(results.All(result => result.Metrics.MicroAccuracy > 0.9));
    }

    [TestMethod]
    public void Both_overloads_of_permutation_feature_importance_find_the_useless_feature()
    {
        var context = new MLContext(1);
        IDataView data = TestData.Load(context, TestData.Rows(240));
        var transformer = TestData.Trainer(context).Fit(data);
        foreach (var mode in new[] { transformer, transformer.WithSampling(5, 1) })
        {
            var byIndex = context.MulticlassClassification.PermutationFeatureImportance(mode, data, permutationCount: 2);
            Assert.HasCount(4, byIndex);
            Assert.IsLessThan(-0.05, byIndex[0].MicroAccuracy.Mean);
            Assert.IsGreaterThan(-0.05, byIndex[3].MicroAccuracy.Mean);

            var byName = context.MulticlassClassification.PermutationFeatureImportance((ITransformer)mode, data, permutationCount: 2);
            CollectionAssert.AreEquivalent(new[] { "A", "B", "C", "D" }, byName.Keys.ToArray());
            Assert.IsLessThan(-0.05, byName["B"].MicroAccuracy.Mean);
        }
    }

    [TestMethod]
    public void A_validation_set_of_its_own_is_used_and_not_trained_on()
    {
        var context = new MLContext(1);
        var reports = new List<TrainingProgress>();
        IDataView train = TestData.Load(context, TestData.Rows(90));
        var trainer = TestData.Trainer(context, options => options.Progress = new Recorder(reports));
        var transformer = trainer.Fit(train, TestData.Load(context, TestData.Rows(30, seed: 2)));
        Assert.AreEqual(90, transformer.Model.TrainingRows);
        Assert.IsTrue(reports.All(report => report.ValidationLogLoss > 0));

        // Without one, a tenth of the training set is kept aside.
        Assert.AreEqual(81, trainer.Fit(train).Model.TrainingRows);
    }

    [TestMethod]
    public void A_validation_set_of_another_size_is_a_schema_error()
    {
        var context = new MLContext(1);
        IDataView train = TestData.Load(context, TestData.Rows(30));
        IDataView wide = context.Transforms.Concatenate("Features", "A", "B").Fit(train).Transform(train);
        var exception = Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => TestData.Trainer(context).Fit(train, wide));
        StringAssert.Contains(exception.Message, "Schema mismatch for feature column 'Features': expected Vector<Single, 4>, got Vector<Single, 2>", StringComparison.Ordinal);
    }

    [TestMethod]
    public void Training_goes_on_from_an_earlier_model()
    {
        var context = new MLContext(1);
        IDataView data = TestData.Load(context, TestData.Rows(120));
        var reports = new List<TrainingProgress>();
        var first = TestData.Trainer(context, options => options.Progress = new Recorder(reports)).Fit(data);
        double[] before = [.. first.Model.GetWeights(0)];
        TestData.Trainer(context, options => options.Progress = new Recorder(reports)).Fit(data, null, first.Model);
        Assert.HasCount(40, reports);
        Assert.IsLessThan(reports[0].ValidationLogLoss!.Value, reports[20].ValidationLogLoss!.Value);
        CollectionAssert.AreEqual(before, first.Model.GetWeights(0).ToArray().Select(weight => (double)weight).ToArray());
    }

    [TestMethod]
    public void Going_on_with_another_architecture_is_an_error()
    {
        var context = new MLContext(1);
        IDataView data = TestData.Load(context, TestData.Rows(60));
        var first = TestData.Trainer(context).Fit(data);
        var exception = Assert.Throws<ArgumentException>(
            () => TestData.Trainer(context, options => options.HiddenLayerSizes = [9]).Fit(data, null, first.Model));
        StringAssert.Contains(exception.Message, "previous model's HiddenLayerSizes (8), but here it would be 9", StringComparison.Ordinal);
        IDataView narrow = context.Transforms.Concatenate("Features", "A", "B").Fit(data).Transform(data);
        exception = Assert.Throws<ArgumentException>(() => TestData.Trainer(context).Fit(narrow, null, first.Model));
        StringAssert.Contains(exception.Message, "number of features (4), but here it would be 2", StringComparison.Ordinal);
    }

    [TestMethod]
    public void Every_iteration_is_logged_and_reported()
    {
        var context = new MLContext(1);
        var lines = new List<string>();
        context.Log += (_, entry) =>
        {
            lock (lines)
                lines.Add(entry.Message);
        };
        var reports = new List<TrainingProgress>();
        var transformer = TestData.Fit(context, change: options => options.Progress = new Recorder(reports));
        string[] iterations = [.. lines.Where(line => line.Contains("Iteration ", StringComparison.Ordinal))];
        Assert.HasCount(20, iterations);
        foreach (string part in new[] { "Iteration 20/20", "expected log-likelihood ", "KL ", "ELBO ", "validation log-loss ", "mean dropout rates " })
            StringAssert.Contains(iterations[19], part, StringComparison.Ordinal);

        Assert.HasCount(20, reports);
        TrainingProgress last = reports[^1];
        Assert.AreEqual(20, last.Iteration);
        Assert.AreEqual(20, last.NumberOfIterations);
        Assert.AreEqual(last.ExpectedLogLikelihood - last.KullbackLeibler, last.EvidenceLowerBound);
        Assert.HasCount(2, last.MeanDropoutRates);
        Assert.AreEqual(transformer.Model.EvidenceLowerBound, last.EvidenceLowerBound, 1e-9);
        CollectionAssert.AreEqual(transformer.Model.MeanDropoutRates.ToArray(), last.MeanDropoutRates.ToArray());
    }

    [TestMethod]
    public void A_token_cancels_before_the_first_step_and_in_the_middle()
    {
        var context = new MLContext(1);
        IDataView data = TestData.Load(context, TestData.Rows(60));
        var reports = new List<TrainingProgress>();
        Assert.Throws<OperationCanceledException>(() => TestData.Trainer(context, options =>
        {
            options.CancellationToken = new CancellationToken(true);
            options.Progress = new Recorder(reports);
        }).Fit(data));
        Assert.IsEmpty(reports);

        using var source = new CancellationTokenSource();
        Assert.Throws<OperationCanceledException>(() => TestData.Trainer(context, options =>
        {
            options.CancellationToken = source.Token;
            options.Progress = new Recorder(reports, report =>
            {
                if (report.Iteration == 3)
                    source.Cancel();
            });
        }).Fit(data));
        Assert.HasCount(3, reports);
    }

    [TestMethod]
    public void The_context_cancels_before_the_first_step_and_in_the_middle()
    {
        var context = new MLContext(1);
        IDataView data = TestData.Load(context, TestData.Rows(60));
        var reports = new List<TrainingProgress>();
        var trainer = TestData.Trainer(context, options => options.Progress = new Recorder(reports, report =>
        {
            if (report.Iteration == 3)
                context.CancelExecution();
        }));
        Assert.Throws<OperationCanceledException>(() => trainer.Fit(data));
        Assert.HasCount(3, reports);
        Assert.Throws<OperationCanceledException>(() => trainer.Fit(data));
        Assert.HasCount(3, reports);
    }

    [TestMethod]
    public void The_seed_comes_from_the_options_or_from_the_context()
    {
        string[] Run(int contextSeed, int? seed)
        {
            var context = new MLContext(contextSeed);
            return TestData.ScoreBits(TestData.Fit(context, 60, options => options.Seed = seed).Transform(TestData.Load(context, TestData.Rows(9))));
        }

        CollectionAssert.AreEqual(Run(1, 5), Run(2, 5));
        CollectionAssert.AreEqual(Run(1, null), Run(1, null));
        CollectionAssert.AreNotEqual(Run(1, 5), Run(1, 6));
        CollectionAssert.AreNotEqual(Run(1, null), Run(2, null));
    }

    [TestMethod]
    public void It_composes_with_caching_and_with_mapping_keys_back()
    {
        var context = new MLContext(1);
        IDataView data = context.Data.LoadFromEnumerable(TestData.Rows(120));
        var pipeline = TestData.Featurize(context)
            .AppendCacheCheckpoint(context)
            .Append(TestData.Trainer(context))
            .Append(context.Transforms.Conversion.MapKeyToValue("PredictedLabel"));
        string[] predicted = [.. pipeline.Fit(data).Transform(data).GetColumn<string>("PredictedLabel")];
        double right = TestData.Rows(120).Zip(predicted).Count(pair => pair.First.Label == pair.Second);
        Assert.IsGreaterThan(110, right);
    }

    [TestMethod]
    public void Early_stopping_needs_a_validation_set()
    {
        var context = new MLContext(1);
        IDataView data = TestData.Load(context, TestData.Rows(60));
        var trainer = TestData.Trainer(context, options => (options.EarlyStoppingPatience, options.ValidationSetFraction, options.NumberOfIterations) = (2, 0, 500));
        var exception = Assert.ThrowsExactly<ArgumentException>(() => trainer.Fit(data));
        StringAssert.Contains(exception.Message, "EarlyStoppingPatience is 2, but there is nothing to validate on", StringComparison.Ordinal);
        var model = trainer.Fit(data, TestData.Load(context, TestData.Rows(30, seed: 2))).Model;
        Assert.IsLessThan(500, model.Iterations);
        Assert.AreEqual(model.Iterations - 2, model.BestIteration);
    }

    [TestMethod]
    public void The_trainer_tells_the_truth_about_itself()
    {
        var context = new MLContext(1);
        TrainerInfo info = TestData.Trainer(context).Info;
        Assert.IsFalse(info.NeedNormalization);
        Assert.IsFalse(info.WantCaching);
        Assert.IsTrue(info.SupportsValidation);
        Assert.IsTrue(info.SupportsIncrementalTraining);
        Assert.IsTrue(TestData.Trainer(context, options => options.StandardizeFeatures = false).Info.NeedNormalization);
    }

    [TestMethod]
    public void Divergence_in_the_first_iteration_names_the_learning_rate()
    {
        var context = new MLContext(1);
        var exception = Assert.ThrowsExactly<InvalidOperationException>(() => TestData.Fit(context, change: options =>
        {
            options.LearningRate = 10;
            options.HiddenLayerSizes = [64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64];
            options.BatchSize = 4;
        }));
        StringAssert.Contains(exception.Message, "Lower LearningRate, which is 10", StringComparison.Ordinal);
    }

    [TestMethod]
    public void Divergence_later_on_keeps_the_last_good_parameters_and_logs_an_error()
    {
        var context = new MLContext(1);
        var errors = new List<string>();
        context.Log += (_, entry) =>
        {
            if (entry.Kind == ChannelMessageKind.Error)
                errors.Add(entry.Message);
        };
        using IChannel channel = ((IHostEnvironment)context).Register("Test").Start("Training");
        using var monitor = new TrainingMonitor(((IHostEnvironment)context).Register("Test"), channel, TestData.SmallOptions(), VariationalDropout.Network.Likelihood.Categorical);
        monitor.Diverged(7, 6);
        Assert.HasCount(1, errors);
        StringAssert.Contains(errors[0], "The loss stopped being finite in iteration 7. Training ends with the parameters of iteration 6. Lower LearningRate, which is 0.02, and look for huge example weights.", StringComparison.Ordinal);
    }

    [TestMethod]
    public void The_estimators_schema_is_that_of_the_transformer()
    {
        var context = new MLContext(1);
        IDataView data = TestData.Load(context, TestData.Rows(30));
        SchemaShape shape = TestData.Trainer(context).GetOutputSchema(SchemaShape.Create(data.Schema));
        SchemaShape native = context.MulticlassClassification.Trainers.SdcaMaximumEntropy().GetOutputSchema(SchemaShape.Create(data.Schema));
        CollectionAssert.AreEquivalent(native.Select(Describe).ToArray(), shape.Select(Describe).ToArray());

        static string Describe(SchemaShape.Column column)
            => $"{column.Name} {column.GetTypeString()} [{string.Join(", ", column.Annotations.Select(annotation => annotation.Name + ' ' + annotation.GetTypeString()).Order(StringComparer.Ordinal))}]";
    }

    private sealed class Recorder(List<TrainingProgress> reports, Action<TrainingProgress>? then = null) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value)
        {
            reports.Add(value);
            then?.Invoke(value);
        }
    }
}
