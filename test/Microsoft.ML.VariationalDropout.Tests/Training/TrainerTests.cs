using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Trainers.VariationalDropout.Tests.Training;

[TestClass]
public sealed class TrainerTests
{
    [TestMethod]
    [DynamicData(nameof(TestTask.Names), typeof(TestTask))]
    public void It_learns_and_is_evaluated_as_a_built_in_trainer(string name)
    {
        var context = new MLContext(1);
        TestTask task = TestTask.Of(name);
        IDataView data = TestData.Load(context, TestData.Rows(300));
        ITransformer transformer = task.Trainer(context).Fit(data);
        foreach (ITransformer mode in new[] { transformer, task.WithSampling(transformer, 20, 3) })
            Assert.IsTrue(task.IsLearned(context, mode.Transform(data)));
    }

    [TestMethod]
    [DynamicData(nameof(TestTask.Names), typeof(TestTask))]
    public void Cross_validation_works_in_a_pipeline(string name)
    {
        var context = new MLContext(1);
        TestTask task = TestTask.Of(name);
        IDataView data = context.Data.LoadFromEnumerable(TestData.Rows(240));
        bool[]? folds = task.CrossValidate(context, data, TestData.Featurize(context).Append(task.Trainer(context).Estimator));
        if (folds is null)
            return;
        CollectionAssert.AreEqual(new[] { true, true, true }, folds);
    }

    [TestMethod]
    [DynamicData(nameof(TestTask.Names), typeof(TestTask))]
    public void Both_overloads_of_permutation_feature_importance_find_the_useless_feature(string name)
    {
        var context = new MLContext(1);
        TestTask task = TestTask.Of(name);
        IDataView data = TestData.Load(context, TestData.Rows(240));
        ITransformer transformer = task.Trainer(context).Fit(data);
        foreach (ITransformer mode in new[] { transformer, task.WithSampling(transformer, 5, 1) })
        {
            if (task.FeatureImportance(context, mode, data) is not var (byIndex, byName))
                return;
            Assert.HasCount(4, byIndex);
            Assert.IsGreaterThan(10 * Math.Abs(byIndex[3]), byIndex[0]);
            CollectionAssert.AreEquivalent(new[] { "A", "B", "C", "D" }, byName.Keys.ToArray());
            Assert.IsGreaterThan(10 * Math.Abs(byName["D"]), byName["A"]);
        }
    }

    [TestMethod]
    [DynamicData(nameof(TestTask.Names), typeof(TestTask))]
    public void A_validation_set_of_its_own_is_used_and_not_trained_on(string name)
    {
        var context = new MLContext(1);
        TestTask task = TestTask.Of(name);
        var reports = new List<TrainingProgress>();
        IDataView train = TestData.Load(context, TestData.Rows(90));
        TaskTrainer trainer = task.Trainer(context, options => options.Progress = new Recorder(reports));
        ITransformer transformer = trainer.Fit(train, TestData.Load(context, TestData.Rows(30, seed: 2)));
        Assert.AreEqual(90, task.Model(transformer).TrainingRows);
        Assert.IsTrue(reports.All(report => report.ValidationLogLoss.HasValue));

        // Without one, a tenth of the training set is kept aside.
        Assert.AreEqual(81, task.Model(trainer.Fit(train)).TrainingRows);
    }

    [TestMethod]
    [DynamicData(nameof(TestTask.Names), typeof(TestTask))]
    public void A_validation_set_of_another_size_is_a_schema_error(string name)
    {
        var context = new MLContext(1);
        IDataView train = TestData.Load(context, TestData.Rows(30));
        IDataView wide = context.Transforms.Concatenate("Features", "A", "B").Fit(train).Transform(train);
        var exception = Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => TestTask.Of(name).Trainer(context).Fit(train, wide));
        StringAssert.Contains(exception.Message, "Schema mismatch for feature column 'Features': expected Vector<Single, 4>, got Vector<Single, 2>", StringComparison.Ordinal);
    }

    [TestMethod]
    [DynamicData(nameof(TestTask.Names), typeof(TestTask))]
    public void Training_goes_on_from_an_earlier_model(string name)
    {
        var context = new MLContext(1);
        TestTask task = TestTask.Of(name);
        IDataView data = TestData.Load(context, TestData.Rows(120));
        var reports = new List<TrainingProgress>();
        VariationalDropoutModelParameters first = task.Model(task.Trainer(context, options => options.Progress = new Recorder(reports)).Fit(data));
        float[] before = [.. first.GetWeights(0)];
        task.Trainer(context, options => options.Progress = new Recorder(reports)).Fit(data, null, first);
        Assert.HasCount(40, reports);
        Assert.IsLessThan(reports[0].ValidationLogLoss!.Value, reports[20].ValidationLogLoss!.Value);
        CollectionAssert.AreEqual(before, first.GetWeights(0).ToArray());

        // With a validation set of its own as well.
        IDataView validation = TestData.Load(context, TestData.Rows(30, seed: 2));
        Assert.AreEqual(120, task.Model(task.Trainer(context).Fit(data, validation, first)).TrainingRows);
    }

    [TestMethod]
    [DynamicData(nameof(TestTask.Names), typeof(TestTask))]
    public void Going_on_with_another_architecture_is_an_error(string name)
    {
        var context = new MLContext(1);
        TestTask task = TestTask.Of(name);
        IDataView data = TestData.Load(context, TestData.Rows(60));
        VariationalDropoutModelParameters first = task.Model(task.Trainer(context).Fit(data));
        var exception = Assert.Throws<ArgumentException>(() => task.Trainer(context, options => options.HiddenLayerSizes = [9]).Fit(data, null, first));
        StringAssert.Contains(exception.Message, "previous model's HiddenLayerSizes (8), but here it would be 9", StringComparison.Ordinal);
        IDataView narrow = context.Transforms.Concatenate("Features", "A", "B").Fit(data).Transform(data);
        exception = Assert.Throws<ArgumentException>(() => task.Trainer(context).Fit(narrow, null, first));
        StringAssert.Contains(exception.Message, "number of features (4), but here it would be 2", StringComparison.Ordinal);
    }

    [TestMethod]
    [DataRow(WeightPosterior.BinaryDropout)]
    [DataRow(WeightPosterior.FixedGaussianDropout)]
    public void Going_on_keeps_given_rates_and_refuses_others(WeightPosterior posterior)
    {
        var context = new MLContext(1);
        IDataView data = TestData.Load(context, TestData.Rows(60));
        var first = Trainer(0.1, 0.3).Fit(data).Model;
        foreach (var (input, hidden) in new[] { (0.1, 0.3), (0.2, 0.5), (0.1, 0.5) })
        {
            var rates = Trainer(input, hidden).Fit(data, null, first).Model.MeanDropoutRates;
            Assert.AreEqual(0.1, rates[0], 1e-6);
            Assert.AreEqual(0.3, rates[1], 1e-6);
        }

        Refused(0.4, 0.3, "InitialInputDropoutRate is 0.4; allowed is the model's, 0.1, or the default, 0.2, which keeps the model's.");
        Refused(0.1, 0.05, "InitialHiddenDropoutRate is 0.05; allowed is the model's, 0.3, or the default, 0.5, which keeps the model's.");

        VariationalDropoutMulticlassTrainer Trainer(double input, double hidden)
            => TestData.Trainer(context, options => (options.Posterior, options.InitialInputDropoutRate, options.InitialHiddenDropoutRate) = (posterior, input, hidden));

        void Refused(double input, double hidden, string message)
        {
            var exception = Assert.Throws<ArgumentException>(() => Trainer(input, hidden).Fit(data, null, first));
            StringAssert.Contains(exception.Message, message, StringComparison.Ordinal);
        }
    }

    [TestMethod]
    [DataRow(0, 4, null)]
    [DataRow(0, 5, "the Kullback-Leibler divergence never reaches its full weight")]
    [DataRow(3, 9, "the Kullback-Leibler divergence never reaches its full weight")]
    [DataRow(4, 9, "the Kullback-Leibler divergence has no weight in any iteration")]
    public void A_warm_up_that_does_not_end_is_warned_of(int start, int end, string? message)
    {
        var context = new MLContext(1);
        List<string> warnings = TestData.Warnings(context);
        TestData.Fit(context, 30, options => (options.NumberOfIterations, options.KullbackLeiblerWarmUpStart, options.KullbackLeiblerWarmUpIterations) = (5, start, end));
        Assert.HasCount(message is null ? 0 : 1, warnings);
        if (message is not null)
            StringAssert.Contains(warnings[0], $"KullbackLeiblerWarmUpIterations is {end}, KullbackLeiblerWarmUpStart {start} and NumberOfIterations 5: {message}", StringComparison.Ordinal);
    }

    [TestMethod]
    [DynamicData(nameof(TestTask.Names), typeof(TestTask))]
    public void Every_iteration_is_logged_and_reported(string name)
    {
        var context = new MLContext(1);
        TestTask task = TestTask.Of(name);
        var lines = new List<string>();
        context.Log += (_, entry) =>
        {
            lock (lines)
                lines.Add(entry.Message);
        };
        var reports = new List<TrainingProgress>();
        VariationalDropoutModelParameters model = task.Model(task.Fit(context, change: options => options.Progress = new Recorder(reports)));
        string[] iterations = [.. lines.Where(line => line.Contains("Iteration ", StringComparison.Ordinal))];
        Assert.HasCount(20, iterations);
        foreach (string part in new[] { "Iteration 20/20", "expected log-likelihood ", "KL ", "ELBO ", $"validation {task.ValidationMetric} ", "mean dropout rates " })
            StringAssert.Contains(iterations[19], part, StringComparison.Ordinal);

        Assert.HasCount(20, reports);
        TrainingProgress last = reports[^1];
        Assert.AreEqual(20, last.Iteration);
        Assert.AreEqual(20, last.NumberOfIterations);
        Assert.AreEqual(last.ExpectedLogLikelihood - last.KullbackLeibler, last.EvidenceLowerBound);
        Assert.HasCount(2, last.MeanDropoutRates);
        Assert.AreEqual(model.EvidenceLowerBound, last.EvidenceLowerBound, 1e-9);
        CollectionAssert.AreEqual(model.MeanDropoutRates.ToArray(), last.MeanDropoutRates.ToArray());
    }

    [TestMethod]
    [DynamicData(nameof(TestTask.Names), typeof(TestTask))]
    public void A_token_cancels_before_the_first_step_and_in_the_middle(string name)
    {
        var context = new MLContext(1);
        TestTask task = TestTask.Of(name);
        IDataView data = TestData.Load(context, TestData.Rows(60));
        var reports = new List<TrainingProgress>();
        Assert.Throws<OperationCanceledException>(() => task.Trainer(context, options =>
        {
            options.CancellationToken = new CancellationToken(true);
            options.Progress = new Recorder(reports);
        }).Fit(data));
        Assert.IsEmpty(reports);

        using var source = new CancellationTokenSource();
        Assert.Throws<OperationCanceledException>(() => task.Trainer(context, options =>
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
    [DynamicData(nameof(TestTask.Names), typeof(TestTask))]
    public void The_context_cancels_before_the_first_step_and_in_the_middle(string name)
    {
        var context = new MLContext(1);
        IDataView data = TestData.Load(context, TestData.Rows(60));
        var reports = new List<TrainingProgress>();
        TaskTrainer trainer = TestTask.Of(name).Trainer(context, options => options.Progress = new Recorder(reports, report =>
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
    [DynamicData(nameof(TestTask.Names), typeof(TestTask))]
    public void The_seed_comes_from_the_options_or_from_the_context(string name)
    {
        string[] Run(int contextSeed, int? seed)
        {
            var context = new MLContext(contextSeed);
            return TestData.ScoreBits(TestTask.Of(name).Fit(context, 60, options => options.Seed = seed).Transform(TestData.Load(context, TestData.Rows(9))));
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
    [DynamicData(nameof(TestTask.Names), typeof(TestTask))]
    public void The_trainer_tells_the_truth_about_itself(string name)
    {
        var context = new MLContext(1);
        TestTask task = TestTask.Of(name);
        TrainerInfo info = task.Trainer(context).Info;
        Assert.IsFalse(info.NeedNormalization);
        Assert.IsFalse(info.WantCaching);
        Assert.IsTrue(info.SupportsValidation);
        Assert.IsTrue(info.SupportsIncrementalTraining);
        Assert.IsTrue(task.Trainer(context, options => options.StandardizeFeatures = false).Info.NeedNormalization);
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
    [DynamicData(nameof(TestTask.Names), typeof(TestTask))]
    public void The_estimators_schema_is_that_of_the_transformer_and_of_a_built_in_trainer(string name)
    {
        var context = new MLContext(1);
        TestTask task = TestTask.Of(name);
        IDataView data = TestData.Load(context, TestData.Rows(30));
        TaskTrainer trainer = task.Trainer(context);
        string[] shape = Describe(trainer.Estimator.GetOutputSchema(SchemaShape.Create(data.Schema)));
        CollectionAssert.AreEquivalent(Describe(SchemaShape.Create(trainer.Fit(data).GetOutputSchema(data.Schema))), shape);
        if (task.NativeTrainer(context) is { } native)
            CollectionAssert.IsSubsetOf(Describe(native.GetOutputSchema(SchemaShape.Create(data.Schema))), shape);

        static string[] Describe(SchemaShape shape) =>
        [
            .. shape.Select(column => $"{column.Name} {column.GetTypeString()} [{string.Join(", ", column.Annotations.Select(annotation => annotation.Name + ' ' + annotation.GetTypeString()).Order(StringComparer.Ordinal))}]"),
        ];
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
