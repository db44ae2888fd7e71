using Microsoft.ML.Data;

namespace Microsoft.ML.Trainers.VariationalDropout.Tests.Training;

/// <summary>What regressions have to themselves: units, noise, several targets, and labels that nothing can be learned from.</summary>
[TestClass]
public sealed class RegressionTests
{
    private const string Skipped = "instances with missing features/label/weight during training";

    [TestMethod]
    [DataRow(1e6f, true)]
    [DataRow(1e-6f, true)]
    [DataRow(1e6f, false)]
    [DataRow(1e-6f, false)]
    public void Units_of_the_label_do_not_matter(float unit, bool heteroscedastic)
    {
        var context = new MLContext(1);
        (double error, double total, double aleatoric, double epistemic) one = Figures(1), other = Figures(unit);
        Assert.AreEqual(1, other.error / one.error, 0.03);
        Assert.AreEqual(1, other.total / one.total, 0.03);
        Assert.AreEqual(1, other.aleatoric / one.aleatoric, 0.03);
        Assert.AreEqual(1, other.epistemic / one.epistemic, 0.05);
        Assert.IsLessThan(0.35, one.error);

        // Root mean squared error and mean standard deviations over that of the label.
        (double, double, double, double) Figures(float factor)
        {
            List<TestRow> rows = TestData.Rows(200);
            rows.ForEach(row => row.Height *= factor);
            IDataView data = TestData.Load(context, rows);
            var transformer = Trainer(context, heteroscedastic).Fit(data).WithSampling(20, 1);
            IDataView scored = transformer.Transform(data);
            double mean = rows.Average(row => row.Height);
            double spread = Math.Sqrt(rows.Average(row => Math.Pow(row.Height - mean, 2)));
            return (
                context.Regression.Evaluate(scored, "Height").RootMeanSquaredError / spread,
                scored.GetColumn<float>("ScoreStandardDeviation").Average() / spread,
                scored.GetColumn<float>("ScoreAleatoricStandardDeviation").Average() / spread,
                scored.GetColumn<float>("ScoreEpistemicStandardDeviation").Average() / spread);
        }
    }

    [TestMethod]
    [DataRow(false)]
    [DataRow(true)]
    public void The_noise_of_the_label_is_found(bool heteroscedastic)
    {
        // y = 2 a - b with noise of standard deviation 20, or 20 e^d.
        var context = new MLContext(1);
        List<TestRow> rows = TestData.Rows(3000);
        var random = new Random(3);
        foreach (TestRow row in rows)
            row.Height = (float)(100 * ((2 * row.A) - row.B) + (Noise(row) * Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble())));
        IDataView data = TestData.Load(context, rows);
        var transformer = Trainer(context, heteroscedastic, options =>
        {
            options.HiddenLayerSizes = [];
            options.NumberOfIterations = 40;
            options.BatchSize = 64;
        }).Fit(data);
        foreach (var mode in new[] { transformer, transformer.WithSampling(10, 1), transformer.WithMomentPropagation() })
        {
            float[] deviations = [.. mode.Transform(data).GetColumn<float>("ScoreAleatoricStandardDeviation")];
            double error = rows.Zip(deviations).Average(pair => Math.Abs(Math.Log(pair.Second / Noise(pair.First))));
            Assert.IsLessThan(0.1, error);
        }

        double Noise(TestRow row) => 20 * (heteroscedastic ? Math.Exp(row.D) : 1);
    }

    [TestMethod]
    public void The_whole_deviation_is_made_of_its_parts()
    {
        var context = new MLContext(1);
        foreach (TestTask task in new[] { TestTask.Regression, TestTask.MultiTarget })
        {
            IDataView data = TestData.Load(context, TestData.Rows(60));
            IDataView scored = task.WithSampling(task.Fit(context), 10, 1).Transform(data);
            float[][] total = TestData.Values(scored, "ScoreStandardDeviation"), noise = TestData.Values(scored, "ScoreAleatoricStandardDeviation"), weights = TestData.Values(scored, "ScoreEpistemicStandardDeviation");
            for (int row = 0; row < total.Length; row++)
            {
                for (int t = 0; t < total[row].Length; t++)
                {
                    Assert.IsTrue(noise[row][t] > 0 && weights[row][t] > 0);
                    Assert.AreEqual(Math.Sqrt((noise[row][t] * noise[row][t]) + (weights[row][t] * weights[row][t])), total[row][t], 1e-4 * total[row][t]);
                }
            }
        }
    }

    [TestMethod]
    public void One_noise_for_all_rows_takes_one_output_per_target()
    {
        var context = new MLContext(1);
        IDataView data = TestData.Load(context, TestData.Rows(60));
        var transformer = Trainer(context, heteroscedastic: false).Fit(data);
        Assert.IsFalse(transformer.Model.HasHeteroscedasticNoise);
        CollectionAssert.AreEqual(new[] { 4, 8, 1 }, transformer.Model.LayerSizes.ToArray());
        Assert.HasCount(1, transformer.Transform(data).GetColumn<float>("ScoreAleatoricStandardDeviation").Distinct());

        var options = new VariationalDropoutMultiTargetRegressionTrainer.Options();
        TestData.MakeSmall(options);
        options.LabelColumnName = "Sizes";
        options.HeteroscedasticNoise = false;
        var several = context.Regression.Trainers.VariationalDropoutMultiTarget(options).Fit(data);
        Assert.AreEqual(2, several.Model.NumberOfTargets);
        CollectionAssert.AreEqual(new[] { 4, 8, 2 }, several.Model.LayerSizes.ToArray());

        var exception = Assert.Throws<ArgumentException>(() => Trainer(context, heteroscedastic: true).Fit(data, null, transformer.Model));
        StringAssert.Contains(exception.Message, "previous model's likelihood (the option HeteroscedasticNoise) (Gaussian), but here it would be HeteroscedasticGaussian", StringComparison.Ordinal);
    }

    /// <summary>The option reaches what is trained, its default is what the documentation says, and without a noise for every row it does nothing.</summary>
    [TestMethod]
    [DataRow(false)]
    [DataRow(true)]
    public void Beta_changes_what_is_learned_where_every_row_has_its_noise(bool severalTargets)
    {
        var context = new MLContext(1);
        IDataView data = TestData.Load(context, TestData.Rows(60));
        float[] byDefault = Weights(null, true);
        CollectionAssert.AreEqual(byDefault, Weights(0.25, true));
        CollectionAssert.AreNotEqual(byDefault, Weights(0, true));
        CollectionAssert.AreNotEqual(byDefault, Weights(1, true));
        CollectionAssert.AreEqual(Weights(0, false), Weights(1, false));

        float[] Weights(double? beta, bool heteroscedastic)
        {
            VariationalDropoutRegressionOptions options = severalTargets
                ? new VariationalDropoutMultiTargetRegressionTrainer.Options { LabelColumnName = "Sizes" }
                : new VariationalDropoutRegressionTrainer.Options { LabelColumnName = "Height" };
            TestData.MakeSmall(options);
            options.Seed = 3;
            options.HeteroscedasticNoise = heteroscedastic;
            options.HeteroscedasticBeta = beta ?? options.HeteroscedasticBeta;
            return options is VariationalDropoutRegressionTrainer.Options one
                ? context.Regression.Trainers.VariationalDropout(one).Fit(data).Model.GetWeights(0).ToArray()
                : context.Regression.Trainers.VariationalDropoutMultiTarget((VariationalDropoutMultiTargetRegressionTrainer.Options)options).Fit(data).Model.GetWeights(0).ToArray();
        }
    }

    [TestMethod]
    public void Labels_that_are_missing_or_infinite_are_skipped_and_counted()
    {
        foreach (TestTask task in new[] { TestTask.Regression, TestTask.MultiTarget })
        {
            var context = new MLContext(1);
            List<TestRow> rows = TestData.Rows(60);
            rows[3].Height = float.NaN;
            rows[4].Height = float.PositiveInfinity;
            rows[5].Height = float.NegativeInfinity;
            rows[6].A = float.NaN;
            List<string> warnings = TestData.Warnings(context);
            ITransformer transformer = task.Trainer(context, options => options.ValidationSetFraction = 0).Fit(TestData.Load(context, rows));
            Assert.AreEqual(56, task.Model(transformer).TrainingRows);
            StringAssert.Contains(warnings.Single(), $"Skipped 4 {Skipped}", StringComparison.Ordinal);

            rows.ForEach(row => row.Height = float.PositiveInfinity);
            var exception = Assert.ThrowsExactly<InvalidOperationException>(() => task.Trainer(context).Fit(TestData.Load(context, rows)));
            StringAssert.Contains(exception.Message, "Training set has 0 instances, aborting training.", StringComparison.Ordinal);
        }
    }

    [TestMethod]
    public void A_label_that_is_the_same_in_all_rows_is_an_error_that_names_it()
    {
        var context = new MLContext(1);
        List<TestRow> rows = TestData.Rows(60);
        rows.ForEach(row => row.Height = 7.5f);
        IDataView data = TestData.Load(context, rows);
        Expect(TestTask.Regression, "Label column 'Height' is 7.5 in all of the 60 training instances: there is nothing to learn.");
        Expect(TestTask.MultiTarget, "Target 0 (Height) of label column 'Sizes' is 7.5 in all of the 60 training instances: there is nothing to learn.");

        void Expect(TestTask task, string message)
        {
            var exception = Assert.ThrowsExactly<InvalidOperationException>(() => task.Trainer(context, options => options.ValidationSetFraction = 0).Fit(data));
            StringAssert.Contains(exception.Message, message, StringComparison.Ordinal);
        }
    }

    [TestMethod]
    public void A_label_of_the_other_shape_is_refused_with_the_name_of_the_trainer_that_takes_it()
    {
        var context = new MLContext(1);
        IDataView data = TestData.Load(context, TestData.Rows(30));
        var exception = Assert.Throws<ArgumentException>(() => TestTask.Regression.Trainer(context, options => options.LabelColumnName = "Sizes").Fit(data));
        StringAssert.Contains(exception.Message, "Label column 'Sizes' is a vector (Vector<Single>). This trainer learns one number; for several there is VariationalDropoutMultiTargetRegressionTrainer", StringComparison.Ordinal);
        exception = Assert.Throws<ArgumentException>(() => TestTask.MultiTarget.Trainer(context, options => options.LabelColumnName = "Height").Fit(data));
        StringAssert.Contains(exception.Message, "Label column 'Height' is one number (Single). This trainer learns a vector of targets; for one there is VariationalDropoutRegressionTrainer", StringComparison.Ordinal);

        // Other types in ML.NET's words.
        exception = Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => TestTask.Regression.Trainer(context, options => options.LabelColumnName = "IsRed").Fit(data));
        var native = Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => context.Regression.Trainers.Sdca("IsRed").Fit(data));
        Assert.AreEqual(native.Message, exception.Message);
    }

    [TestMethod]
    public void Labels_whose_size_differs_from_row_to_row_are_refused_with_row_and_sizes()
    {
        var context = new MLContext(1);
        ManyTargets[] rows = [.. Enumerable.Range(0, 20).Select(i => new ManyTargets { Label = i == 11 ? [1, 2, 3] : [i, -i], Features = [i, i % 3] })];
        var schema = SchemaDefinition.Create(typeof(ManyTargets));
        schema["Features"].ColumnType = new VectorDataViewType(NumberDataViewType.Single, 2);
        IDataView variable = context.Data.LoadFromEnumerable(rows, schema);
        var trainer = context.Regression.Trainers.VariationalDropoutMultiTarget(numberOfIterations: 1);
        Exception exception = Assert.Throws<ArgumentException>(() => trainer.Fit(variable));
        StringAssert.Contains(exception.Message, "Label column 'Label' is a vector of variable size (VarVector<Single>): every row needs the same targets.", StringComparison.Ordinal);

        schema["Label"].ColumnType = new VectorDataViewType(NumberDataViewType.Single, 2);
        IDataView known = context.Data.LoadFromEnumerable(rows, schema);
        exception = Assert.ThrowsExactly<InvalidOperationException>(() => trainer.Fit(known));
        StringAssert.Contains(exception.Message, "Label column 'Label' has 3 targets in row 11, counted from 0, where its type Vector<Single, 2> has 2", StringComparison.Ordinal);

        // A validation set of another number of targets.
        IDataView train = context.Data.TakeRows(known, 10);
        schema["Label"].ColumnType = new VectorDataViewType(NumberDataViewType.Single, 3);
        exception = Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => trainer.Fit(train, context.Data.LoadFromEnumerable(rows, schema)));
        StringAssert.Contains(exception.Message, "Schema mismatch for label column 'Label': expected Vector<Single, 2>, got Vector<Single, 3>", StringComparison.Ordinal);
    }

    [TestMethod]
    public void Two_targets_of_very_different_units_are_both_learned()
    {
        var context = new MLContext(1);
        List<TestRow> rows = TestData.Rows(300);
        rows.ForEach(row => row.Width *= 1e6f);
        IDataView scored = TestTask.MultiTarget.Trainer(context).Fit(TestData.Load(context, rows)).Transform(TestData.Load(context, rows));
        MultiTargetRegressionMetrics metrics = context.Regression.EvaluateMultiTarget(scored, "Sizes");
        Assert.IsTrue(metrics.Targets.All(target => target.RSquared > 0.9));
        Assert.IsGreaterThan(1e6, metrics.Targets[1].RootMeanSquaredError);
        Assert.IsLessThan(1, metrics.Targets[0].RootMeanSquaredError);
    }

    [TestMethod]
    public void A_row_that_weighs_twice_counts_twice()
    {
        var context = new MLContext(1);
        foreach (TestTask task in TestTask.All)
        {
            List<TestRow> rows = TestData.Rows(60);
            rows.ForEach(row => row.Weight = 2);
            double Likelihood(bool weighted) => task.Model(task.Trainer(context, options =>
            {
                options.ExampleWeightColumnName = weighted ? "Weight" : null;
                options.NumberOfIterations = 1;
                options.LearningRate = 1e-10;
            }).Fit(TestData.Load(context, rows))).ExpectedLogLikelihood;
            Assert.AreEqual(2, Likelihood(true) / Likelihood(false), 1e-4, task.Name);
        }
    }

    private static VariationalDropoutRegressionTrainer Trainer(MLContext context, bool heteroscedastic, Action<VariationalDropoutOptions>? change = null)
    {
        var options = new VariationalDropoutRegressionTrainer.Options();
        TestData.MakeSmall(options);
        options.LabelColumnName = "Height";
        options.HeteroscedasticNoise = heteroscedastic;
        change?.Invoke(options);
        return context.Regression.Trainers.VariationalDropout(options);
    }

    private sealed class ManyTargets
    {
        public float[] Label { get; set; } = [];

        public float[] Features { get; set; } = [];
    }
}
