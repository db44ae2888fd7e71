using Microsoft.ML.Data;

namespace Microsoft.ML.Trainers.VariationalDropout.Tests.Evaluation;

[TestClass]
public sealed class MultiTargetEvaluationTests
{
    [TestMethod]
    public void Figures_are_those_computed_by_hand()
    {
        var context = new MLContext(1);
        Scored[] rows =
        [
            new() { Label = [1, 10], Score = [2, 10], ScoreStandardDeviation = [1, 2] },
            new() { Label = [3, 20], Score = [3, 16], ScoreStandardDeviation = [1, 4] },
            new() { Label = [5, 30], Score = [4, 32], ScoreStandardDeviation = [2, 1] },
            new() { Label = [float.NaN, 30], Score = [4, 32], ScoreStandardDeviation = [2, 1] },
            new() { Label = [1, float.PositiveInfinity], Score = [4, 32], ScoreStandardDeviation = [2, 1] },
            new() { Label = [1, 1], Score = [float.NaN, 32], ScoreStandardDeviation = [2, 1] },
        ];
        List<string> warnings = TestData.Warnings(context);
        MultiTargetRegressionMetrics metrics = context.Regression.EvaluateMultiTarget(context.Data.LoadFromEnumerable(rows));
        Assert.AreEqual((3L, 3L), (metrics.RowCount, metrics.SkippedRowCount));
        StringAssert.Contains(warnings.Single(), "Skipped 3 instances with a missing label or score during evaluation", StringComparison.Ordinal);

        // Errors -1, 0, 1 of labels 1, 3, 5; errors 0, 4, -2 of labels 10, 20, 30.
        TargetRegressionMetrics first = metrics.Targets[0], second = metrics.Targets[1];
        Assert.AreEqual(Math.Sqrt(2.0 / 3), first.RootMeanSquaredError, 1e-12);
        Assert.AreEqual(2.0 / 3, first.MeanAbsoluteError, 1e-12);
        Assert.AreEqual(1 - (2.0 / 8), first.RSquared, 1e-12);
        Assert.AreEqual(Math.Sqrt(20.0 / 3), second.RootMeanSquaredError, 1e-12);
        Assert.AreEqual(2, second.MeanAbsoluteError, 1e-12);
        Assert.AreEqual(1 - (20.0 / 200), second.RSquared, 1e-12);
        double normalizer = 0.5 * Math.Log(2 * Math.PI);
        Assert.AreEqual((-0.5 - (0.5 * 0.25) - Math.Log(2)) / 3 - normalizer, first.LogLikelihood, 1e-12);
        Assert.AreEqual((-0.5 - 2 - Math.Log(2) - Math.Log(4)) / 3 - normalizer, second.LogLikelihood, 1e-12);
        CollectionAssert.AreEqual(new[] { "0", "1" }, metrics.Targets.Select(target => target.Name).ToArray());

        Assert.AreEqual((first.RootMeanSquaredError + second.RootMeanSquaredError) / 2, metrics.AverageRootMeanSquaredError);
        Assert.AreEqual((first.MeanAbsoluteError + second.MeanAbsoluteError) / 2, metrics.AverageMeanAbsoluteError);
        Assert.AreEqual((first.RSquared + second.RSquared) / 2, metrics.AverageRSquared);
        Assert.AreEqual((first.LogLikelihood + second.LogLikelihood) / 2, metrics.AverageLogLikelihood);
    }

    [TestMethod]
    public void A_label_that_is_the_same_in_all_rows_has_no_variance_to_explain()
    {
        var context = new MLContext(1);
        Unsure[] rows = [new() { Label = [1, 1], Score = [1, 1] }, new() { Label = [1, 2], Score = [2, 2] }];
        MultiTargetRegressionMetrics metrics = context.Regression.EvaluateMultiTarget(context.Data.LoadFromEnumerable(rows));
        Assert.IsTrue(double.IsNaN(metrics.Targets[0].RSquared));
        Assert.AreEqual(1, metrics.Targets[1].RSquared);
        Assert.IsTrue(metrics.Targets.All(target => double.IsNaN(target.LogLikelihood)), "without standard deviations");
        Assert.IsTrue(double.IsNaN(metrics.AverageLogLikelihood));
    }

    [TestMethod]
    public void Each_target_is_evaluated_as_ML_NET_evaluates_one()
    {
        var context = new MLContext(1);
        IDataView data = TestData.Load(context, TestData.Rows(90));
        foreach (ITransformer mode in new[] { TestTask.MultiTarget.Fit(context), TestTask.MultiTarget.WithSampling(TestTask.MultiTarget.Fit(context), 10, 1) })
        {
            IDataView scored = mode.Transform(data);
            MultiTargetRegressionMetrics metrics = context.Regression.EvaluateMultiTarget(scored, "Sizes");
            CollectionAssert.AreEqual(TestTask.MultiTarget.SlotNames, metrics.Targets.Select(target => target.Name).ToArray());
            float[][] labels = TestData.Values(scored, "Sizes"), scores = TestData.Values(scored);

            // The whole standard deviation where there is one, or else that of the noise.
            float[][] deviations = TestData.Values(scored, scored.Schema.GetColumnOrNull("ScoreStandardDeviation") is null ? "ScoreAleatoricStandardDeviation" : "ScoreStandardDeviation");
            for (int t = 0; t < 2; t++)
            {
                IDataView one = context.Data.LoadFromEnumerable(labels.Zip(scores).Select(row => new One { Label = row.First[t], Score = row.Second[t] }));
                RegressionMetrics expected = context.Regression.Evaluate(one);
                Assert.AreEqual(expected.RootMeanSquaredError, metrics.Targets[t].RootMeanSquaredError, 1e-4 * expected.RootMeanSquaredError);
                Assert.AreEqual(expected.MeanAbsoluteError, metrics.Targets[t].MeanAbsoluteError, 1e-4 * expected.MeanAbsoluteError);
                Assert.AreEqual(expected.RSquared, metrics.Targets[t].RSquared, 1e-4);
                double logLikelihood = Enumerable.Range(0, labels.Length).Average(row =>
                    -(0.5 * Math.Log(2 * Math.PI)) - Math.Log(deviations[row][t]) - (0.5 * Math.Pow((labels[row][t] - scores[row][t]) / deviations[row][t], 2)));
                Assert.AreEqual(logLikelihood, metrics.Targets[t].LogLikelihood, 1e-6 * Math.Abs(logLikelihood));
            }
        }
    }

    [TestMethod]
    public void Columns_that_are_missing_or_of_another_shape_are_schema_errors()
    {
        var context = new MLContext(1);
        IDataView scored = TestTask.MultiTarget.Fit(context).Transform(TestData.Load(context, TestData.Rows(30)));
        Expect("Could not find label column 'Nothing'", "Nothing", "Score");
        Expect("Could not find score column 'Nothing'", "Sizes", "Nothing");
        Expect("Schema mismatch for label column 'Height': expected known-size vector of Single, got Single", "Height", "Score");
        Expect("Schema mismatch for score column 'Features': expected Vector<Single, 2>, got Vector<Single, 4>", "Sizes", "Features");

        void Expect(string message, string label, string score)
        {
            var exception = Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => context.Regression.EvaluateMultiTarget(scored, label, score));
            StringAssert.Contains(exception.Message, message, StringComparison.Ordinal);
        }
    }

    [TestMethod]
    public void No_row_with_a_label_is_an_error()
    {
        var context = new MLContext(1);
        Unsure[] rows = [new() { Label = [float.NaN, 1], Score = [1, 1] }];
        var exception = Assert.ThrowsExactly<InvalidOperationException>(() => context.Regression.EvaluateMultiTarget(context.Data.LoadFromEnumerable(rows)));
        StringAssert.Contains(exception.Message, "There are 0 instances with a label and a score to evaluate.", StringComparison.Ordinal);
    }

    private sealed class One
    {
        public float Label { get; set; }

        public float Score { get; set; }
    }

    private class Unsure
    {
        [VectorType(2)]
        public float[] Label { get; set; } = [];

        [VectorType(2)]
        public float[] Score { get; set; } = [];
    }

    private sealed class Scored : Unsure
    {
        [VectorType(2)]
        public float[] ScoreStandardDeviation { get; set; } = [];
    }
}
