using Microsoft.ML.Trainers.VariationalDropout.Tests.EndToEnd;
using ModelComparison.Contestants;
using ModelComparison.Data;
using ModelComparison.Measurement;
using TestResult = ModelComparison.Measurement.TestResult;

namespace ModelComparison.Tests;

[TestClass]
public sealed class RealDataTests
{
    /// <summary>A bound for all who take the defaults, with four fifths of the rows to train on; docs/results/comparison.md has the figures.</summary>
    [TestMethod]
    public void The_defaults_hold_on_adult()
    {
        var data = Dataset.Create(CsvTable.Read(SharedData.Find("tabular", "adult.txt.gz")), "label(IsOver50K)", null, new());
        var round = new Round(data, Folds.Create(data, 5, seed: 1)[0], seed: 1, new(Threads: 1, Iterations: null), CancellationToken.None);

        IReadOnlyList<TestResult> results = new OwnTrainer().Measure(round, _ => { });

        Assert.AreEqual(32_561, data.RowCount);
        Assert.HasCount(2, results);
        foreach (TestResult result in results)
        {
            double auc = result.Scores.Figures[Metric.AreaUnderCurve];
            Console.WriteLine($"{result.Row}: AUC {auc:F4}");
            Assert.IsGreaterThanOrEqualTo(0.915, auc, result.Row);
        }
    }
}
