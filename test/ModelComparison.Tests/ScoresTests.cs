using ModelComparison.Measurement;

namespace ModelComparison.Tests;

[TestClass]
public sealed class ScoresTests
{
    [TestMethod]
    public void Two_classes_by_hand()
    {
        var scores = new ClassScores([new(1, [0.1f, 0.9f]), new(0, [0.6f, 0.4f]), new(1, [0.7f, 0.3f]), new(0, [0.8f, 0.2f])]);

        IReadOnlyDictionary<Metric, double> figures = scores.Figures;

        Assert.AreEqual(75, figures[Metric.Accuracy]);
        Assert.AreEqual(-(Math.Log(0.9) + Math.Log(0.6) + Math.Log(0.3) + Math.Log(0.8)) / 4, figures[Metric.LogLoss], 1e-6);
        Assert.AreEqual((0.01 + 0.16 + 0.49 + 0.04) / 4, figures[Metric.BrierScore], 1e-6);
        Assert.AreEqual((0.1 + 0.4 + 0.7 + 0.2) / 4, figures[Metric.CalibrationError] / 100, 1e-6);
        Assert.AreEqual(3.0 / 4, figures[Metric.AreaUnderCurve], 1e-9);
        Assert.AreEqual(25, scores.Rejection.Ys[^1], 1e-9);
        Assert.AreEqual(0, scores.Rejection.Ys[0], 1e-9);
    }

    [TestMethod]
    public void Several_classes_by_hand()
    {
        var scores = new ClassScores([new(0, [0.7f, 0.2f, 0.1f]), new(1, [0.5f, 0.3f, 0.2f]), new(2, [0.1f, 0.1f, 0.8f])]);

        IReadOnlyDictionary<Metric, double> figures = scores.Figures;

        Assert.AreEqual(200.0 / 3, figures[Metric.Accuracy], 1e-6);
        Assert.AreEqual((0.14 + 0.78 + 0.06) / 3, figures[Metric.BrierScore], 1e-6);
        Assert.AreEqual(1, figures[Metric.AreaUnderCurve], 1e-9);
    }

    [TestMethod]
    public void Without_one_of_two_classes_there_is_no_area_under_the_curve()
        => Assert.IsFalse(new ClassScores([new(1, [0.1f, 0.9f])]).Figures.ContainsKey(Metric.AreaUnderCurve));

    [TestMethod]
    public void Numbers_by_hand()
    {
        var scores = new NumberScores([Row(1, 2, 1), Row(5, 2, 2), Row(3, 3, 0.5f)]);

        IReadOnlyDictionary<Metric, double> figures = scores.Figures;

        double half = 1.6448536;
        Assert.AreEqual(Math.Sqrt(10.0 / 3), figures[Metric.RootMeanSquaredError], 1e-6);
        Assert.AreEqual(1 - (10.0 / 8), figures[Metric.RSquared], 1e-6);
        Assert.AreEqual(-(0.5 + 1.125 + Math.Log(2) + Math.Log(0.5) + (1.5 * Math.Log(2 * Math.PI))) / 3, figures[Metric.LogLikelihood], 1e-6);
        Assert.AreEqual(100, figures[Metric.Coverage], 1e-9);
        Assert.AreEqual(2 * half * 3.5 / 3, figures[Metric.Width], 1e-5);
        Assert.AreEqual(100.0 / 3, scores.Reliability.Ys[0], 1e-9);
        Assert.AreEqual(4.0 / 3, scores.Rejection.Ys[^1], 1e-6);
    }

    [TestMethod]
    public void Folds_are_pooled()
    {
        TestScores pooled = TestScores.Pool([new ClassScores([new(1, [0.1f, 0.9f])]), new ClassScores([new(0, [0.1f, 0.9f])])]);

        Assert.AreEqual(50, pooled.Figures[Metric.Accuracy]);
    }

    private static ScoredNumber Row(float label, float score, float deviation) => new() { Label = label, Score = score, ScoreStandardDeviation = deviation };
}
