using Microsoft.ML.Trainers.VariationalDropout.Tests.Calibration;

namespace Microsoft.ML.Trainers.VariationalDropout.Tests.Evaluation;

[TestClass]
public sealed class UncertaintyEvaluationTests
{
    [TestMethod]
    public void Figures_of_two_classes_are_those_computed_by_hand()
    {
        var context = new MLContext(1);
        ScoredBinary[] rows =
        [
            new() { Label = true, Probability = 0.9f },
            new() { Label = false, Probability = 0.8f },
            new() { Label = false, Probability = 0.1f },
            new() { Label = true, Probability = 0.15f },
            new() { Label = true, Probability = 1 },
            new() { Label = true, Probability = float.NaN },
        ];
        ClassificationUncertaintyMetrics metrics = context.BinaryClassification.EvaluateUncertainty(context.Data.LoadFromEnumerable(rows), numberOfBins: 5);
        Assert.AreEqual((5L, 1L), (metrics.RowCount, metrics.SkippedRowCount));
        Assert.AreEqual(0.6, metrics.Accuracy, 1e-12);
        Assert.AreEqual(-(Math.Log(0.9) + Math.Log(0.2) + Math.Log(0.9) + Math.Log(0.15)) / 5, metrics.NegativeLogLikelihood, 1e-7);
        Assert.AreEqual((0.01 + 0.64 + 0.01 + 0.7225) / 5, metrics.BrierScore, 1e-7);

        // Bins [0, 0.2) with 0.1 false and 0.15 true, and [0.8, 1] with 0.9 true, 0.8 false, 1 true. 0.8 in single precision is above 0.8.
        Assert.HasCount(5, metrics.CalibrationBins);
        CalibrationBin first = metrics.CalibrationBins[0], last = metrics.CalibrationBins[4];
        Assert.AreEqual((0.0, 0.2, 2L, 2.0), (first.LowerBound, first.UpperBound, first.RowCount, first.Weight));
        Assert.AreEqual(0.125, first.MeanProbability, 1e-7);
        Assert.AreEqual(0.5, first.ObservedFrequency);
        Assert.AreEqual((0.8, 1.0, 3L), (last.LowerBound, last.UpperBound, last.RowCount));
        Assert.AreEqual(0.9, last.MeanProbability, 1e-7);
        Assert.AreEqual(2.0 / 3, last.ObservedFrequency, 1e-12);
        Assert.IsTrue(double.IsNaN(metrics.CalibrationBins[2].MeanProbability) && metrics.CalibrationBins[2].RowCount == 0);
        Assert.AreEqual(((2 * 0.375) + (3 * (0.9 - (2.0 / 3)))) / 5, metrics.ExpectedCalibrationError, 1e-7);
        Assert.AreEqual(0.375, metrics.MaximumCalibrationError, 1e-7);
        Assert.IsTrue(double.IsNaN(metrics.PredictionSetCoverage) && double.IsNaN(metrics.MeanPredictionSetSize), "there are none");

        // From the most certain: 1 (right), 0.9 and 0.1 (right; both may be equally certain), 0.15 (wrong), 0.8 (wrong).
        Assert.AreEqual(0, metrics.RejectionCurve.GetError(0.6), 1e-12);
        Assert.AreEqual(0.25, metrics.RejectionCurve.GetError(0.8), 1e-9);
        Assert.AreEqual(0.4, metrics.RejectionCurve.GetError(1), 1e-12);
        Assert.AreEqual((0.2 * 0) + Integral(3, 4, 0) + Integral(4, 5, 1), metrics.RejectionCurve.Area, 1e-9);

        // The mean of (errors + x − from) / x.
        static double Integral(double from, double to, double errors) => (to - from + ((errors - from) * Math.Log(to / from))) / 5;
    }

    [TestMethod]
    public void Figures_of_several_classes_are_those_of_a_plain_loop()
    {
        var context = new MLContext(1);
        List<ScoredClass> rows = ScoredData.Classes(3000, 0.4, 1);
        IDataView data = context.Data.LoadFromEnumerable(rows);
        ClassificationUncertaintyMetrics metrics = context.MulticlassClassification.EvaluateUncertainty(data);
        Assert.AreEqual(rows.Average(row => -Math.Log(row.Score[row.Label])), metrics.NegativeLogLikelihood, 1e-9);
        Assert.AreEqual(rows.Average(row => row.Score.Select((p, k) => Math.Pow(p - (k == row.Label ? 1 : 0), 2)).Sum()), metrics.BrierScore, 1e-6);
        var answers = rows.Select(row => (Confidence: row.Score.Max(), IsRight: row.Score[row.Label] == row.Score.Max())).ToArray();
        Assert.AreEqual(answers.Average(answer => answer.IsRight ? 1 : 0), metrics.Accuracy, 1e-12);
        double expected = answers.GroupBy(answer => Math.Min((int)(answer.Confidence * 15.0), 14))
            .Sum(bin => Math.Abs(bin.Sum(answer => (answer.IsRight ? 1 : 0) - (double)answer.Confidence))) / rows.Count;
        double calibrationError = metrics.ExpectedCalibrationError;
        Assert.AreEqual(expected, calibrationError, 1e-9);
        Assert.AreEqual(context.MulticlassClassification.Evaluate(data).MicroAccuracy, metrics.Accuracy, 1e-12);
        Assert.AreEqual(context.MulticlassClassification.Evaluate(data).LogLoss, metrics.NegativeLogLikelihood, 1e-6);

        bool[] sorted = [.. answers.OrderByDescending(answer => answer.Confidence).Select(answer => answer.IsRight)];
        Assert.AreEqual(sorted.Take(1500).Average(isRight => isRight ? 0 : 1), metrics.RejectionCurve.GetError(0.5), 1e-3);
        double wrong = 0;
        double area = sorted.Select((isRight, i) => (wrong += isRight ? 0 : 1) / (i + 1)).Average();
        Assert.AreEqual(area, metrics.RejectionCurve.Area, 2e-3, "the sum over rows in place of the integral");
        Assert.HasCount(100, metrics.RejectionCurve.Points);
        Assert.AreEqual((1.0, metrics.RejectionCurve.GetError(1)), (metrics.RejectionCurve.Points[^1].Coverage, metrics.RejectionCurve.Points[^1].Error));
        Assert.IsLessThan(metrics.RejectionCurve.GetError(1), metrics.RejectionCurve.Area, "the confidence tells something");
    }

    [TestMethod]
    public void The_right_probabilities_are_calibrated_and_a_temperature_brings_them_back()
    {
        var context = new MLContext(1);
        IDataView Data(int seed) => context.Data.LoadFromEnumerable(ScoredData.Binary(20_000, 3, seed));
        IDataView test = Data(2), calibrated = context.BinaryClassification.Calibrators.Temperature().Fit(Data(1)).Transform(test);
        ClassificationUncertaintyMetrics before = context.BinaryClassification.EvaluateUncertainty(test), after = context.BinaryClassification.EvaluateUncertainty(calibrated);
        Assert.IsGreaterThan(0.08, before.ExpectedCalibrationError);
        Assert.IsLessThan(0.015, after.ExpectedCalibrationError);
        Assert.IsLessThan(before.NegativeLogLikelihood, after.NegativeLogLikelihood);
        Assert.IsLessThan(before.BrierScore, after.BrierScore);
        Assert.AreEqual(before.Accuracy, after.Accuracy);
        Assert.AreEqual(before.RejectionCurve.Area, after.RejectionCurve.Area, 1e-4, "the order stays");
    }

    [TestMethod]
    public void A_probability_of_nothing_costs_what_it_costs_in_ML_NET()
    {
        var context = new MLContext(1);
        IDataView data = context.Data.LoadFromEnumerable([new ScoredClass { Label = 0, Score = [0, 1, 0] }, new ScoredClass { Label = 1, Score = [0, 1, 0] }]);
        Assert.AreEqual(-Math.Log(1e-15) / 2, context.MulticlassClassification.EvaluateUncertainty(data).NegativeLogLikelihood, 1e-9);
        Assert.AreEqual(context.MulticlassClassification.Evaluate(data).LogLoss, context.MulticlassClassification.EvaluateUncertainty(data).NegativeLogLikelihood, 1e-4);
    }

    [TestMethod]
    public void A_weight_is_as_good_as_repeated_rows()
    {
        var context = new MLContext(1);
        List<ScoredBinary> rows = ScoredData.Binary(200, 2, 5);
        List<ScoredNumber> numbers = ScoredData.Numbers(200, 5);
        for (int i = 0; i < rows.Count; i++)
            rows[i].Weight = numbers[i].Weight = 1 + (i % 3);
        ConformalPredictionSetTransformer sets = context.BinaryClassification.ConformalPredictionSets().Fit(context.Data.LoadFromEnumerable(rows));
        ClassificationUncertaintyMetrics weighted = context.BinaryClassification.EvaluateUncertainty(sets.Transform(context.Data.LoadFromEnumerable(rows)), exampleWeightColumnName: "Weight");
        ClassificationUncertaintyMetrics repeated = context.BinaryClassification.EvaluateUncertainty(sets.Transform(context.Data.LoadFromEnumerable(Repeat(rows, row => row.Weight))));
        foreach (var figure in new Func<ClassificationUncertaintyMetrics, double>[]
        {
            m => m.Accuracy, m => m.NegativeLogLikelihood, m => m.BrierScore, m => m.ExpectedCalibrationError, m => m.MaximumCalibrationError, m => m.PredictionSetCoverage,
            m => m.MeanPredictionSetSize, m => m.RejectionCurve.Area, m => m.RejectionCurve.GetError(0.37), m => m.CalibrationBins.Sum(bin => bin.Weight),
        })
            Assert.AreEqual(figure(repeated), figure(weighted), 1e-9);

        RegressionUncertaintyMetrics weightedNumbers = context.Regression.EvaluateUncertainty(context.Data.LoadFromEnumerable(numbers), exampleWeightColumnName: "Weight");
        RegressionUncertaintyMetrics repeatedNumbers = context.Regression.EvaluateUncertainty(context.Data.LoadFromEnumerable(Repeat(numbers, row => row.Weight)));
        foreach (var figure in new Func<RegressionUncertaintyMetrics, double>[]
        {
            m => m.RootMeanSquaredError, m => m.MeanAbsoluteError, m => m.NegativeLogLikelihood, m => m.CalibrationError, m => m.IntervalCoverage, m => m.MeanIntervalWidth, m => m.IntervalScore,
            m => m.RejectionCurve!.Area, m => m.RejectionCurve!.GetError(0.37),
        })
            Assert.AreEqual(figure(repeatedNumbers), figure(weightedNumbers), 1e-9);

        static IEnumerable<T> Repeat<T>(IEnumerable<T> all, Func<T, float> weight) => all.SelectMany(row => Enumerable.Repeat(row, (int)weight(row)));
    }

    [TestMethod]
    public void Figures_of_a_regressor_are_those_computed_by_hand()
    {
        var context = new MLContext(1);
        ScoredNumber[] rows =
        [
            new() { Label = 1, Score = 0, ScoreStandardDeviation = 1 },
            new() { Label = 5, Score = 8, ScoreStandardDeviation = 2 },
            new() { Label = 2, Score = 2, ScoreStandardDeviation = 0.5f },
            new() { Label = -4, Score = 0, ScoreStandardDeviation = 1 },
            new() { Label = float.NaN },
            new() { Score = float.NegativeInfinity },
        ];
        RegressionUncertaintyMetrics metrics = context.Regression.EvaluateUncertainty(context.Data.LoadFromEnumerable(rows), numberOfBins: 4);
        Assert.AreEqual((4L, 2L), (metrics.RowCount, metrics.SkippedRowCount));
        Assert.AreEqual(Math.Sqrt((1 + 9 + 0 + 16) / 4.0), metrics.RootMeanSquaredError, 1e-12);
        Assert.AreEqual(2, metrics.MeanAbsoluteError, 1e-12);
        double ofSquares = 0.5 * (1 + 2.25 + 0 + 16) / 4, ofDeviations = Math.Log(1 * 2 * 0.5 * 1) / 4;
        Assert.AreEqual(ofSquares + ofDeviations + (0.5 * Math.Log(2 * Math.PI)), metrics.NegativeLogLikelihood, 1e-12);

        // Gaussian intervals, ±1.644854 deviations: the last row is outside by 4 − 1.644854.
        const double z = 1.6448536269514722;
        Assert.AreEqual((0.75, 0.9), (metrics.IntervalCoverage, metrics.ConfidenceLevel));
        Assert.AreEqual(2 * z * 4.5 / 4, metrics.MeanIntervalWidth, 1e-9);
        Assert.AreEqual(((2 * z * 4.5) + (20 * (4 - z))) / 4, metrics.IntervalScore, 1e-9);

        // Places in the distributions: Φ(1), Φ(−1.5), Φ(0), Φ(−4) = 0.84, 0.07, 0.5, 0.00003; shares below ¼, ½, ¾: ½, ½, ¾ (0.5 falls into [½, ¾)).
        Assert.AreEqual(0.25 / 3, metrics.CalibrationError, 1e-12);

        // The most certain first: 0.5, then 1 and 1, then 2.
        Assert.AreEqual(0, metrics.RejectionCurve!.GetError(0.25), 1e-12);
        Assert.AreEqual((0 + 2.5) / 2, metrics.RejectionCurve.GetError(0.5), 1e-12);
        Assert.AreEqual(5.0 / 3, metrics.RejectionCurve.GetError(0.75), 1e-12);
        Assert.AreEqual(2, metrics.RejectionCurve.GetError(1), 1e-12);
        double area = 0;
        for (int i = 0; i < 100_000; i++)
            area += metrics.RejectionCurve.GetError((i + 0.5) / 100_000) / 100_000;
        Assert.AreEqual(area, metrics.RejectionCurve.Area, 1e-4);
    }

    [TestMethod]
    public void Peers_without_columns_of_uncertainty_are_evaluated_as_far_as_it_goes()
    {
        var context = new MLContext(1);
        IDataView data = TestData.Load(context, TestData.Rows(200));
        IDataView regression = context.Regression.Trainers.Sdca("Height").Fit(data).Transform(data);
        RegressionUncertaintyMetrics metrics = context.Regression.EvaluateUncertainty(regression, "Height");
        Assert.AreEqual(context.Regression.Evaluate(regression, "Height").RootMeanSquaredError, metrics.RootMeanSquaredError, 1e-5);
        Assert.IsNull(metrics.RejectionCurve);
        Assert.IsTrue(new[] { metrics.NegativeLogLikelihood, metrics.CalibrationError, metrics.IntervalCoverage, metrics.MeanIntervalWidth, metrics.IntervalScore }.All(double.IsNaN));

        // Intervals make up for it.
        RegressionUncertaintyMetrics withIntervals = context.Regression.EvaluateUncertainty(context.Regression.ConformalIntervals("Height").Fit(regression).Transform(regression), "Height");
        Assert.AreEqual(Math.Ceiling(0.9 * 201) / 200, withIntervals.IntervalCoverage, 1e-12);
        Assert.IsNotNull(withIntervals.RejectionCurve);
        Assert.AreEqual(withIntervals.MeanAbsoluteError, withIntervals.RejectionCurve.Area, 1e-9, "all intervals are equally wide, and tell nothing");
        Assert.IsTrue(double.IsNaN(withIntervals.NegativeLogLikelihood));

        IDataView logistic = context.BinaryClassification.Trainers.LbfgsLogisticRegression("IsRed").Fit(data).Transform(data);
        ClassificationUncertaintyMetrics binary = context.BinaryClassification.EvaluateUncertainty(logistic, "IsRed");
        Assert.AreEqual(context.BinaryClassification.Evaluate(logistic, "IsRed").LogLoss * Math.Log(2), binary.NegativeLogLikelihood, 1e-6, "bits");
        Assert.AreEqual(context.BinaryClassification.Evaluate(logistic, "IsRed").Accuracy, binary.Accuracy, 1e-12);
    }

    [TestMethod]
    public void Rows_are_rejected_by_the_column_that_is_named()
    {
        var context = new MLContext(1);
        List<ScoredBinary> rows = ScoredData.Binary(100, 1, 1);
        foreach (ScoredBinary row in rows)
            row.Score = row.Label == row.Probability > 0.5f ? 0 : 1;
        ClassificationUncertaintyMetrics oracle = context.BinaryClassification.EvaluateUncertainty(context.Data.LoadFromEnumerable(rows), uncertaintyColumnName: "Score");
        Assert.AreEqual(0, oracle.RejectionCurve.GetError(oracle.Accuracy), 1e-12, "it knows what is wrong");
        ClassificationUncertaintyMetrics constant = context.BinaryClassification.EvaluateUncertainty(context.Data.LoadFromEnumerable(rows), uncertaintyColumnName: "Weight");
        Assert.AreEqual(1 - constant.Accuracy, constant.RejectionCurve.Area, 1e-12, "it knows nothing");
        foreach (double coverage in new[] { 0, -1, 1.01, double.NaN })
            Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => constant.RejectionCurve.GetError(coverage));
    }

    /// <summary>Sums of weights do not change by the last row; its error still has its place.</summary>
    [TestMethod]
    public void A_row_that_weighs_next_to_nothing_leaves_the_curve_as_it_is()
    {
        var context = new MLContext(1);
        List<ScoredNumber> rows = [.. Enumerable.Range(1, 4).Select(i => new ScoredNumber { Label = i, ScoreStandardDeviation = i })];
        RejectionCurve expected = context.Regression.EvaluateUncertainty(context.Data.LoadFromEnumerable(rows), exampleWeightColumnName: "Weight").RejectionCurve!;
        rows.Insert(2, new ScoredNumber { Label = 9, ScoreStandardDeviation = 2.5f, Weight = 1e-20f });
        RejectionCurve actual = context.Regression.EvaluateUncertainty(context.Data.LoadFromEnumerable(rows), exampleWeightColumnName: "Weight").RejectionCurve!;
        Assert.AreEqual(expected.Area, actual.Area, 1e-12);
        foreach ((RejectionPoint wanted, RejectionPoint got) in expected.Points.Zip(actual.Points))
            Assert.AreEqual(wanted.Error, got.Error, 1e-12);
    }

    /// <summary>Widths tell who is unsure, also where another row's interval is unbounded or so far away that floats there are wider apart.</summary>
    [TestMethod]
    [DataRow(0f, float.PositiveInfinity)]
    [DataRow(1e9f, 1e9f)]
    public void One_odd_interval_does_not_make_all_of_them_equally_wide(float lower, float upper)
    {
        var context = new MLContext(1);
        List<ScoredInterval> rows = [.. Enumerable.Range(1, 9).Select(i => new ScoredInterval { Label = i, ScoreLowerBound = -i, ScoreUpperBound = i })];
        rows.Add(new ScoredInterval { Label = lower, Score = lower, ScoreLowerBound = lower, ScoreUpperBound = upper });
        RejectionCurve curve = context.Regression.EvaluateUncertainty(context.Data.LoadFromEnumerable(rows)).RejectionCurve!;
        Assert.IsLessThan(curve.GetError(1) / 2, curve.GetError(0.3), "errors are as large as intervals");
    }

    [TestMethod]
    public void A_standard_deviation_of_nothing_is_a_certainty_and_one_below_is_refused()
    {
        var context = new MLContext(1);
        RegressionUncertaintyMetrics Evaluate(params (float Label, float Deviation)[] rows)
            => context.Regression.EvaluateUncertainty(context.Data.LoadFromEnumerable(rows.Select(row => new ScoredNumber { Label = row.Label, ScoreStandardDeviation = row.Deviation })), numberOfBins: 2);
        RegressionUncertaintyMetrics wrong = Evaluate((1, 0), (0, 1)), right = Evaluate((0, 0), (0, 1));
        Assert.AreEqual(double.PositiveInfinity, wrong.NegativeLogLikelihood);
        Assert.AreEqual(double.NegativeInfinity, right.NegativeLogLikelihood);
        Assert.AreEqual((0.5, 1.0), (wrong.IntervalCoverage, right.IntervalCoverage));
        Assert.AreEqual(0.5, right.CalibrationError, "both labels are the median, and above none of it");
        StringAssert.Contains(
            Assert.ThrowsExactly<InvalidOperationException>(() => Evaluate((1, 1), (1, -0.5f))).Message,
            "Column 'ScoreStandardDeviation' is -0.5 in row 1, counted from 0; a standard deviation must be 0 or more.",
            StringComparison.Ordinal);
    }

    /// <summary>A user's column may be called PredictionSet; who names it wants it to be one.</summary>
    [TestMethod]
    public void A_column_that_happens_to_have_the_name_of_prediction_sets_is_let_alone()
    {
        var context = new MLContext(1);
        IDataView rows = context.Data.LoadFromEnumerable(ScoredData.Binary(10, 1, 1));
        IDataView named = context.Transforms.CopyColumns("PredictionSet", "Weight").Fit(rows).Transform(rows);
        Assert.IsTrue(double.IsNaN(context.BinaryClassification.EvaluateUncertainty(named).PredictionSetCoverage));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => context.BinaryClassification.EvaluateUncertainty(named, predictionSetColumnName: "PredictionSet"));
    }

    [TestMethod]
    public void Intervals_tell_their_level()
    {
        var context = new MLContext(1);
        IDataView data = context.Data.LoadFromEnumerable(ScoredData.Numbers(100, 1));
        IDataView intervals = context.Regression.ConformalIntervals(confidenceLevel: 0.6).Fit(data).Transform(data);
        RegressionUncertaintyMetrics metrics = context.Regression.EvaluateUncertainty(intervals);
        Assert.AreEqual((0.6, 0.61), (metrics.ConfidenceLevel, metrics.IntervalCoverage));

        // Twenty-fold what is outside for 0.9, five-fold for 0.6.
        RegressionUncertaintyMetrics other = context.Regression.EvaluateUncertainty(intervals, confidenceLevel: 0.9);
        Assert.AreEqual(0.9, other.ConfidenceLevel);
        Assert.AreEqual(4, (other.IntervalScore - other.MeanIntervalWidth) / (metrics.IntervalScore - metrics.MeanIntervalWidth), 1e-9);
    }

    [TestMethod]
    public void Scores_that_are_no_probabilities_are_refused()
    {
        var context = new MLContext(1);
        IDataView binary = context.Data.LoadFromEnumerable([new ScoredBinary { Probability = 0.4f }, new ScoredBinary { Probability = -2.5f }]);
        StringAssert.Contains(
            Assert.ThrowsExactly<InvalidOperationException>(() => context.BinaryClassification.EvaluateUncertainty(binary)).Message, "Column 'Probability' is -2.5 in row 1", StringComparison.Ordinal);
        IDataView classes = context.Data.LoadFromEnumerable([new ScoredClass { Score = [-1, 1, 1] }]);
        StringAssert.Contains(
            Assert.ThrowsExactly<InvalidOperationException>(() => context.MulticlassClassification.EvaluateUncertainty(classes)).Message, "Column 'Score' has no probabilities in row 0", StringComparison.Ordinal);
    }

    [TestMethod]
    public void Bad_input_is_named()
    {
        var context = new MLContext(1);
        IDataView binary = context.Data.LoadFromEnumerable(ScoredData.Binary(10, 1, 1)), classes = context.Data.LoadFromEnumerable(ScoredData.Classes(10, 1, 1));
        IDataView numbers = context.Data.LoadFromEnumerable(ScoredData.Numbers(10, 1));
        (Action Call, string Part)[] cases =
        [
            (() => context.BinaryClassification.EvaluateUncertainty(binary, "Truth"), "'Truth'"),
            (() => context.BinaryClassification.EvaluateUncertainty(binary, probabilityColumnName: "Chance"), "'Chance'"),
            (() => context.BinaryClassification.EvaluateUncertainty(numbers), "expected Boolean, got Single"),
            (() => context.BinaryClassification.EvaluateUncertainty(binary, uncertaintyColumnName: "Doubt"), "'Doubt'"),
            (() => context.BinaryClassification.EvaluateUncertainty(binary, predictionSetColumnName: "Score"), "ector"),
            (() => context.BinaryClassification.EvaluateUncertainty(binary, exampleWeightColumnName: "Mass"), "'Mass'"),
            (() => context.BinaryClassification.EvaluateUncertainty(binary, numberOfBins: 1), "[2, 1000]"),
            (() => context.MulticlassClassification.EvaluateUncertainty(binary), "label"),
            (() => context.MulticlassClassification.EvaluateUncertainty(classes, scoreColumnName: "Weight"), "ector"),
            (() => context.Regression.EvaluateUncertainty(numbers, standardDeviationColumnName: "Spread"), "'Spread'"),
            (() => context.Regression.EvaluateUncertainty(numbers, confidenceLevel: 1), "(0, 1)"),
        ];
        foreach ((Action call, string part) in cases)
            StringAssert.Contains(Assert.ThrowsExactly<ArgumentOutOfRangeException>(call).Message, part, StringComparison.Ordinal);
        StringAssert.Contains(
            Assert.Throws<ArgumentException>(() => context.Regression.EvaluateUncertainty(numbers, lowerBoundColumnName: "Weight")).Message, "one of the columns of bounds only: Weight", StringComparison.Ordinal);
        Assert.ThrowsExactly<InvalidOperationException>(() => context.Regression.EvaluateUncertainty(context.Data.LoadFromEnumerable([new ScoredNumber { Label = float.NaN }])));
    }
}
