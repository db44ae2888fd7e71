using PaperExperiments.Uci;

namespace PaperExperiments.Tests;

[TestClass]
public sealed class UciStudyTests
{
    [TestMethod]
    public void Made_sets_lie_beside_the_truth()
    {
        RegressionSet set = GeneratedSets.ReadAsFolder(["made-linear"])[0];

        // Noise of deviation 0.5: the mean log-density is −½ log(2πe · 0.25), of 100 test rows within three standard errors of √(½ / 100).
        Assert.AreEqual(-0.5 * Math.Log(2 * Math.PI * Math.E * 0.25), set.ReferenceLogLikelihoods!.Average(), 0.22);
        Assert.AreEqual(0.5, Math.Sqrt(set.ReferenceErrors!.Average(error => error * error)), 0.11);
        foreach (RegressionSplit split in set.Splits)
            CollectionAssert.AreEquivalent(Enumerable.Range(0, set.Rows.Count).ToArray(), split.Train.Concat(split.Test).ToArray());
    }

    [TestMethod]
    public void The_same_study_has_the_same_figures_and_splits_and_seeds_have_different_ones()
    {
        RegressionSet[] sets = [GeneratedSets.ReadAsFolder(["made-linear"])[0].Shrink(2, 100, 20)];

        UciStudy first = UciStudy.Run(sets, 8, seeds: 2, samples: 10, CancellationToken.None)[0], second = UciStudy.Run(sets, 8, seeds: 2, samples: 10, CancellationToken.None)[0];

        double[] figures = [.. first.Runs.SelectMany(seeds => seeds).Select(run => run.LogLikelihood)];
        CollectionAssert.AreEqual(figures, second.Runs.SelectMany(seeds => seeds).Select(run => run.LogLikelihood).ToArray());
        Assert.HasCount(4, figures.Distinct());
        Assert.AreEqual((figures[2] + figures[3]) / 2, first.PerSplit(run => run.LogLikelihood)[1], 1e-12);
    }

    [TestMethod]
    [DataRow(null, 3, 3)]
    [DataRow(null, null, 50)]
    [DataRow(4, 3, 4)]
    public void Units_come_from_the_command_line_or_the_folder_or_the_benchmark(int? commandLine, int? folder, int expected)
    {
        RegressionSet[] sets = [GeneratedSets.ReadAsFolder(["made-linear"])[0].Shrink(1, 20, 5) with { HiddenUnits = folder }];

        Assert.AreEqual(expected, UciStudy.Run(sets, commandLine, seeds: 1, samples: 1, CancellationToken.None)[0].HiddenUnits);
    }
}
