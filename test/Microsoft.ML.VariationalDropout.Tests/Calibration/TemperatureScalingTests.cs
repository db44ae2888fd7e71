using Microsoft.ML.Data;

namespace Microsoft.ML.Trainers.VariationalDropout.Tests.Calibration;

[TestClass]
public sealed class TemperatureScalingTests
{
    private const float LeastProbability = 1.17549435e-38f;

    [TestMethod]
    [DataRow(0.4)]
    [DataRow(1)]
    [DataRow(3)]
    public void A_known_temperature_comes_back_and_is_the_most_likely_one(double temperature)
    {
        var context = new MLContext(1);
        List<ScoredBinary> binary = ScoredData.Binary(20_000, temperature, 1);
        double found = FitBinary(context, binary).Temperature;
        Assert.AreEqual(temperature, found, 0.05 * temperature);
        AssertLeast(t => binary.Average(row => Math.Log(1 + Math.Exp((row.Label ? -1 : 1) * row.Score / t))), found);

        List<ScoredClass> classes = ScoredData.Classes(20_000, temperature, 2);
        found = FitClasses(context, classes).Temperature;
        Assert.AreEqual(temperature, found, 0.05 * temperature);
        AssertLeast(
            t => classes.Average(row =>
            {
                double[] powers = [.. row.Score.Select(p => Math.Pow(Math.Max(p, LeastProbability), 1 / t))];
                return Math.Log(powers.Sum()) - Math.Log(powers[row.Label]);
            }),
            found);

        // The slope is 0 to within what the rounding of the sums leaves of central differences.
        static void AssertLeast(Func<double, double> loss, double at)
        {
            double step = 1e-4 * at, slope = at * (loss(at + step) - loss(at - step)) / (2 * step);
            Assert.AreEqual(0, slope, 1e-6);
            Assert.IsGreaterThan(loss(at), loss(at * 1.02));
            Assert.IsGreaterThan(loss(at), loss(at * 0.98));
        }
    }

    [TestMethod]
    public void Probabilities_are_those_of_the_scaled_logits()
    {
        var context = new MLContext(1);
        List<ScoredBinary> binary = ScoredData.Binary(500, 2, 3);
        binary.Add(new ScoredBinary { Score = float.NaN });
        binary.Add(new ScoredBinary { Score = float.PositiveInfinity });
        IDataView data = context.Data.LoadFromEnumerable(binary);
        TemperatureScalingTransformer transformer = FitBinary(context, binary);
        float[] scaled = [.. transformer.Transform(data).GetColumn<float>("Probability")];
        for (int i = 0; i < 500; i++)
            Assert.AreEqual((float)ScoredData.Sigmoid(binary[i].Score / transformer.Temperature), scaled[i]);
        Assert.IsTrue(float.IsNaN(scaled[500]));
        Assert.AreEqual(1, scaled[501]);

        List<ScoredClass> classes = ScoredData.Classes(500, 3, 4);
        classes.Add(new ScoredClass { Label = ScoredClass.Missing, Score = [float.NaN, 0.5f, 0.5f] });
        classes.Add(new ScoredClass { Label = ScoredClass.Missing, Score = [0, 0.5f, 0.5f] });
        TemperatureScalingTransformer several = FitClasses(context, classes);
        float[][] scores = TestData.Scores(several.Transform(context.Data.LoadFromEnumerable(classes)));
        for (int i = 0; i < 500; i++)
        {
            double[] powers = [.. classes[i].Score.Select(p => Math.Pow(p, 1 / several.Temperature))];
            for (int k = 0; k < 3; k++)
                Assert.AreEqual(powers[k] / powers.Sum(), scores[i][k], 1e-6);
            Assert.AreEqual(Array.IndexOf(classes[i].Score, classes[i].Score.Max()), Array.IndexOf(scores[i], scores[i].Max()));
        }

        Assert.IsTrue(scores[500].All(float.IsNaN));
        Assert.AreEqual(1, scores[501].Sum(), 1e-6);
    }

    [TestMethod]
    public void A_weight_is_as_good_as_repeated_rows()
    {
        var context = new MLContext(1);
        List<ScoredBinary> rows = ScoredData.Binary(300, 2, 5);
        var repeated = new List<ScoredBinary>();
        for (int i = 0; i < rows.Count; i++)
        {
            rows[i].Weight = i % 4;
            repeated.AddRange(Enumerable.Repeat(rows[i], i % 4));
        }

        List<string> warnings = TestData.Warnings(context);
        double weighted = context.BinaryClassification.Calibrators.Temperature(exampleWeightColumnName: "Weight").Fit(context.Data.LoadFromEnumerable(rows)).Temperature;
        StringAssert.Contains(warnings.Single(), "Skipped 75 instances", StringComparison.Ordinal);
        Assert.AreEqual(FitBinary(context, repeated).Temperature, weighted, 1e-9);
        Assert.AreNotEqual(FitBinary(context, rows).Temperature, weighted, 1e-4);
    }

    [TestMethod]
    public void Sets_without_a_most_likely_temperature_give_a_warning_and_a_number_that_does_no_harm()
    {
        var context = new MLContext(1);
        List<string> warnings = TestData.Warnings(context);

        // Every label has the greatest score.
        Assert.AreEqual(1, FitBinary(context, [new() { Label = true, Score = 0.1f }, new() { Label = false, Score = -3 }, new() { Label = true, Score = 0 }]).Temperature);
        StringAssert.Contains(warnings[^1], "No temperature is the most likely one on 3 instances, because each label has the greatest score", StringComparison.Ordinal);

        // Scores that are wrong more often than right; their root mean square around the mean of 0 and the score is half of it.
        double limit = FitBinary(context, [new() { Label = true, Score = -2 }, new() { Label = false, Score = 2 }, new() { Label = true, Score = 2 }]).Temperature;
        Assert.AreEqual(1000, limit, 1e-6);
        StringAssert.Contains(warnings[^1], "no better than chance", StringComparison.Ordinal);

        Assert.AreEqual(1, FitBinary(context, [new() { Label = true }, new() { Label = false }]).Temperature);
        StringAssert.Contains(warnings[^1], "no score tells the classes apart", StringComparison.Ordinal);
        Assert.HasCount(3, warnings);

        // Nearly separated: 1000 rows that are right by 1 and one that is wrong by 0.001; log(1 + e^-β) and log(1 + e^(0.001 β)) weigh 1000 : 1.
        List<ScoredBinary> rows = [.. Enumerable.Repeat(new ScoredBinary { Label = true, Score = 1 }, 1000), new ScoredBinary { Label = true, Score = -0.001f }];
        double inverse = 1 / FitBinary(context, rows).Temperature;
        Assert.AreEqual(1000 * ScoredData.Sigmoid(-inverse), 0.001 * ScoredData.Sigmoid(0.001 * inverse), 1e-9);
        Assert.HasCount(3, warnings);
    }

    [TestMethod]
    public void A_probability_of_zero_for_the_label_leaves_the_temperature_finite()
    {
        var context = new MLContext(1);
        List<ScoredClass> rows = ScoredData.Classes(2000, 1, 6);
        double before = FitClasses(context, rows).Temperature;
        rows.Add(new ScoredClass { Label = 0, Score = [0, 1, 0] });
        double after = FitClasses(context, rows).Temperature;
        Assert.IsGreaterThan(before, after);
        Assert.IsLessThan(3, after);
    }

    [TestMethod]
    public void Rows_that_lack_something_are_skipped_and_none_is_an_error()
    {
        var context = new MLContext(1);
        List<ScoredClass> rows = ScoredData.Classes(200, 2, 7);
        double expected = FitClasses(context, rows).Temperature;
        List<string> warnings = TestData.Warnings(context);
        rows.Insert(3, new ScoredClass { Label = ScoredClass.Missing, Score = [0.2f, 0.3f, 0.5f] });
        rows.Insert(5, new ScoredClass { Label = 1, Score = [float.NaN, 0.3f, 0.5f] });
        rows.Insert(6, new ScoredClass { Label = 2, Score = [float.PositiveInfinity, 0.3f, 0.5f] });
        Assert.AreEqual(expected, FitClasses(context, rows).Temperature);
        StringAssert.Contains(warnings.Single(), "Skipped 3 instances with a missing label or score", StringComparison.Ordinal);

        var none = Assert.ThrowsExactly<InvalidOperationException>(() => FitClasses(context, [rows[3]]));
        StringAssert.Contains(none.Message, "There are 0 instances with a label and a score", StringComparison.Ordinal);
        Assert.ThrowsExactly<InvalidOperationException>(() => FitBinary(context, []));
    }

    [TestMethod]
    public void Scores_that_are_no_probabilities_are_refused()
    {
        var context = new MLContext(1);
        foreach (float[] score in new float[][] { [1.5f, -2, 0.3f], [0.5f, 0.5f, 0.5f], [2, -0.5f, -0.5f] })
        {
            var refusal = Assert.ThrowsExactly<InvalidOperationException>(() => FitClasses(context, [new() { Label = 1, Score = [0.2f, 0.3f, 0.5f] }, new() { Label = 1, Score = score }]));
            StringAssert.Contains(refusal.Message, "Column 'Score' has no probabilities in row 1, counted from 0", StringComparison.Ordinal);
        }
    }

    [TestMethod]
    public void Missing_columns_and_those_of_other_types_are_named()
    {
        var context = new MLContext(1);
        IDataView data = context.Data.LoadFromEnumerable(ScoredData.Binary(10, 1, 1));
        IDataView classes = context.Data.LoadFromEnumerable(ScoredData.Classes(10, 1, 1));
        var calibrators = context.BinaryClassification.Calibrators;
        (IEstimator<ITransformer> Estimator, IDataView Data, string Part)[] cases =
        [
            (calibrators.Temperature("Truth"), data, "'Truth'"),
            (calibrators.Temperature("Label", "Margin"), data, "'Margin'"),
            (calibrators.Temperature("Probability"), data, "expected Boolean, got Single"),
            (calibrators.Temperature("Label", "Label"), data, "expected Single, got Boolean"),
            (calibrators.Temperature(exampleWeightColumnName: "Label"), data, "weight"),
            (calibrators.Temperature(exampleWeightColumnName: "Mass"), data, "'Mass'"),
            (context.MulticlassClassification.TemperatureScaling(), data, "label"),
            (context.MulticlassClassification.TemperatureScaling("Score"), classes, "expected Key"),
            (context.MulticlassClassification.TemperatureScaling("Label", "Weight"), classes, "ector"),
        ];
        foreach ((IEstimator<ITransformer> estimator, IDataView rows, string part) in cases)
        {
            StringAssert.Contains(Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => estimator.Fit(rows)).Message, part, StringComparison.Ordinal);
            StringAssert.Contains(
                Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => estimator.GetOutputSchema(SchemaShape.Create(rows.Schema))).Message, part, StringComparison.Ordinal);
        }

        TemperatureScalingTransformer fitted = calibrators.Temperature().Fit(data);
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => fitted.Transform(classes));
        Assert.ThrowsExactly<ArgumentException>(() => calibrators.Temperature(""));
        Assert.ThrowsExactly<ArgumentNullException>(() => calibrators.Temperature(scoreColumnName: null!));
    }

    [TestMethod]
    [DataRow("binary", false)]
    [DataRow("binary", true)]
    [DataRow("multiclass", false)]
    [DataRow("multiclass", true)]
    public void Predictions_of_this_library_keep_their_columns_labels_and_meaning(string task, bool isSampled)
    {
        var context = new MLContext(1);
        IDataView train = TestData.Load(context, TestData.Rows(120)), validation = TestData.Load(context, ScoredData.MixUp(TestData.Rows(400, seed: 2)));
        TestTask test = TestTask.All.Single(one => one.Name.Equals(task, StringComparison.OrdinalIgnoreCase));
        ITransformer model = test.Trainer(context).Fit(train, null, null);
        if (isSampled)
            model = test.WithSampling(model, 8, 3);
        IDataView scored = model.Transform(validation);
        bool isBinary = task == "binary";
        TemperatureScalingTransformer scaling = isBinary
            ? context.BinaryClassification.Calibrators.Temperature("IsRed").Fit(scored)
            : context.MulticlassClassification.TemperatureScaling().Fit(scored);
        IDataView scaled = scaling.Transform(scored);
        Assert.IsGreaterThan(1.05, scaling.Temperature, "labels that were mixed up make it too sure");

        // The same names, types and annotations; the label predicted does not change.
        CollectionAssert.AreEqual(Visible(scored).ToArray(), Visible(scaled).ToArray());
        string rewritten = isBinary ? "Probability" : "Score";
        CollectionAssert.AreEqual(
            scored.Schema[rewritten].Annotations.Schema.Select(column => column.Name).Order().ToArray(),
            scaled.Schema[rewritten].Annotations.Schema.Select(column => column.Name).Order().ToArray());
        CollectionAssert.AreEqual(SlotNames(scored), SlotNames(scaled));

        float[][] before = TestData.Values(scored, rewritten), after = TestData.Values(scaled, rewritten);
        Assert.IsLessThan(Loss(scored), Loss(scaled));
        for (int row = 0; row < before.Length; row++)
        {
            double[] logits = isBinary ? [0, Logit(before[row][0])] : [.. before[row].Select(p => Math.Log(p))];
            double[] expected = ScoredData.Softmax(logits, 1 / scaling.Temperature);
            for (int k = 0; k < after[row].Length; k++)
                Assert.AreEqual(expected[isBinary ? 1 : k], after[row][k], 1e-4, "that of the predictive distribution, in every mode");
        }

        // The entropy is that of the scaled probabilities, the information what it was.
        if (isSampled)
        {
            float[] entropies = [.. scaled.GetColumn<float>("ScorePredictiveEntropy")];
            for (int row = 0; row < entropies.Length; row++)
            {
                double[] all = isBinary ? [after[row][0], 1 - after[row][0]] : [.. after[row].Select(p => (double)p)];
                Assert.AreEqual(-all.Where(p => p > 0).Sum(p => p * Math.Log(p)), entropies[row], 1e-4);
            }

            CollectionAssert.AreEqual(scored.GetColumn<float>("ScoreMutualInformation").ToArray(), scaled.GetColumn<float>("ScoreMutualInformation").ToArray());
        }

        // ML.NET's own evaluators find the columns.
        if (isBinary)
            Assert.AreEqual(context.BinaryClassification.Evaluate(scored, "IsRed").AreaUnderRocCurve, context.BinaryClassification.Evaluate(scaled, "IsRed").AreaUnderRocCurve, 1e-6);
        else
            Assert.AreEqual(context.MulticlassClassification.Evaluate(scored).MicroAccuracy, context.MulticlassClassification.Evaluate(scaled).MicroAccuracy);

        double Loss(IDataView view) => isBinary
            ? context.BinaryClassification.Evaluate(view, "IsRed").LogLoss
            : context.MulticlassClassification.Evaluate(view).LogLoss;

        static double Logit(double p) => Math.Log(p / (1 - p));

        static IEnumerable<string> Visible(IDataView view) => view.Schema.Where(column => !column.IsHidden).Select(column => $"{column.Name}: {column.Type}").Order();

        string[] SlotNames(IDataView view)
        {
            VBuffer<ReadOnlyMemory<char>> names = default;
            if (!isBinary)
                view.Schema["Score"].GetSlotNames(ref names);
            return [.. names.DenseValues().Select(name => name.ToString())];
        }
    }

    [TestMethod]
    public void It_takes_the_scores_of_other_trainers_also_those_without_a_probability()
    {
        var context = new MLContext(1);
        IDataView train = TestData.Load(context, TestData.Rows(120)), validation = TestData.Load(context, ScoredData.MixUp(TestData.Rows(400, seed: 2)));
        IDataView margins = context.BinaryClassification.Trainers.AveragedPerceptron("IsRed").Fit(train).Transform(validation);
        Assert.IsNull(margins.Schema.GetColumnOrNull("Probability"));
        IDataView scaled = context.BinaryClassification.Calibrators.Temperature("IsRed").Fit(margins).Transform(margins);
        Assert.IsLessThan(1, context.BinaryClassification.Evaluate(scaled, "IsRed").LogLoss, "bits; 1 is a coin");

        IDataView logistic = context.BinaryClassification.Trainers.SdcaLogisticRegression("IsRed").Fit(train).Transform(validation);
        Assert.IsLessThan(
            context.BinaryClassification.Evaluate(logistic, "IsRed").LogLoss,
            context.BinaryClassification.Evaluate(context.BinaryClassification.Calibrators.Temperature("IsRed").Fit(logistic).Transform(logistic), "IsRed").LogLoss);

        IDataView entropic = context.MulticlassClassification.Trainers.SdcaMaximumEntropy().Fit(train).Transform(validation);
        Assert.IsLessThan(
            context.MulticlassClassification.Evaluate(entropic).LogLoss,
            context.MulticlassClassification.Evaluate(context.MulticlassClassification.TemperatureScaling().Fit(entropic).Transform(entropic)).LogLoss);
    }

    private static TemperatureScalingTransformer FitBinary(MLContext context, List<ScoredBinary> rows)
        => context.BinaryClassification.Calibrators.Temperature().Fit(context.Data.LoadFromEnumerable(rows));

    private static TemperatureScalingTransformer FitClasses(MLContext context, List<ScoredClass> rows)
        => context.MulticlassClassification.TemperatureScaling().Fit(context.Data.LoadFromEnumerable(rows));
}
