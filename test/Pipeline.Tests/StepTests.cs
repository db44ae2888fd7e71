using Microsoft.ML;
using Pipeline.Steps;

namespace Pipeline.Tests;

[TestClass]
public sealed class StepTests
{
    [TestMethod]
    public void Triage_refers_the_rows_of_the_greatest_entropy()
    {
        // Of ten rows the two least certain are wrong, and one of the others.
        ScoredRow[] rows = [.. Enumerable.Range(0, 10).Select(i => new ScoredRow { ScorePredictiveEntropy = 0.05f * ((i * 7) % 10), PredictedLabel = true, Label = i is not (7 or 4 or 0) })];
        float[] entropies = [.. rows.Select(row => row.ScorePredictiveEntropy).Order()];

        float threshold = Triage.Threshold(rows, referredShare: 0.2);

        Assert.AreEqual(entropies[7], threshold);
        Assert.AreEqual(new Triage(Answered: 0.8, AnsweredAccuracy: 7.0 / 8, ReferredAccuracy: 0), Triage.Of(rows, threshold));
    }

    [TestMethod]
    [DataRow(0, 0.2f, 1.0, 0.5, double.NaN)]
    [DataRow(1, 0.1f, 0.5, 1.0, 0.0)]
    public void Triage_of_nothing_and_of_as_much_as_there_is(double referredShare, float threshold, double answered, double accuracy, double others)
    {
        ScoredRow[] rows = [new() { ScorePredictiveEntropy = 0.2f, Label = true }, new() { ScorePredictiveEntropy = 0.1f }];

        Assert.AreEqual(threshold, Triage.Threshold(rows, referredShare));
        Assert.AreEqual(new Triage(answered, accuracy, others), Triage.Of(rows, threshold));
    }

    [TestMethod]
    [DataRow("Age", "Age")]
    [DataRow("AgeMissing", "Age")]
    [DataRow("Workclass.Private", "Workclass")]
    [DataRow("Workclass.?", "Workclass")]
    [DataRow("Education.Assoc.-voc", "Education")]
    public void A_feature_belongs_to_the_column_that_it_was_made_of(string feature, string column) => Assert.AreEqual(column, Featurization.OriginalColumn(feature));

    [TestMethod]
    public void Scores_of_other_rows_are_not_compared()
        => Assert.ThrowsExactly<ArgumentException>(() => ScoredRow.LargestDifference([new()], []));

    [TestMethod]
    public void The_largest_difference_is_found_whatever_its_sign()
    {
        ScoredRow[] rows = [new() { Probability = 0.5f }, new() { Probability = 0.25f }];

        Assert.AreEqual(0.5, ScoredRow.LargestDifference(rows, [new() { Probability = 0.375f }, new() { Probability = 0.75f }]));
    }

    /// <summary>Labels are drawn from the probabilities themselves, many times: what is left is chance, and on average as much as was foretold.</summary>
    [TestMethod]
    public void Chance_alone_makes_the_calibration_error_that_was_foretold()
    {
        const int Draws = 50, Rows = 3_000;
        var mlContext = new MLContext();
        var random = new Random(1);
        double error = 0, chance = 0;
        for (int draw = 0; draw < Draws; draw++)
        {
            ScoredRow[] rows = [.. Enumerable.Range(0, Rows).Select(_ => random.NextSingle()).Select(p => new ScoredRow { Probability = p * p, Label = random.NextSingle() < p * p })];
            var metrics = mlContext.BinaryClassification.EvaluateUncertainty(mlContext.Data.LoadFromEnumerable(rows));
            error += metrics.ExpectedCalibrationError / Draws;
            chance += Calibration.ErrorByChance(metrics) / Draws;
        }

        Assert.AreEqual(chance, error, 0.1 * chance);
    }
}
