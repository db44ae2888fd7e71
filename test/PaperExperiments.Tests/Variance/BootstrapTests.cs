using PaperExperiments.Variance;

namespace PaperExperiments.Tests.Variance;

/// <summary>Intervals of a ratio of variances of normal numbers, whose true value and spread are known.</summary>
[TestClass]
public sealed class BootstrapTests
{
    private const int Draws = 200, Entries = 5, Simulations = 300;

    private const double TrueRatio = 4;

    [TestMethod]
    public void Interval_covers_the_true_ratio_as_often_as_it_says_and_is_as_wide_as_theory_says()
    {
        var random = new Random(12);
        int covered = 0;
        double width = 0;
        for (int simulation = 0; simulation < Simulations; simulation++)
        {
            Interval interval = Bootstrap.OfRatio(SquaredNorms(random, TrueRatio), SquaredNorms(random, 1), resamples: 500, seed: simulation);
            covered += interval.Low <= TrueRatio && TrueRatio <= interval.High ? 1 : 0;
            width += (Math.Log(interval.High) - Math.Log(interval.Low)) / Simulations;
        }

        // A sum of n k squares of normals has the relative variance 2 / (n k); the logarithm of a ratio of two such sums twice that.
        double theory = 2 * 1.96 * Math.Sqrt(4.0 / (Draws * Entries));
        Assert.AreEqual(theory, width, 0.05 * theory);

        // 95 % of 300 with a deviation of 3.8; a bootstrap of 200 draws covers a little less than it says.
        Assert.IsInRange(0.90 * Simulations, 0.99 * Simulations, covered);
    }

    /// <summary>What numerator and denominator have in common from the same minibatch cancels out.</summary>
    [TestMethod]
    public void Pairs_are_drawn_together()
    {
        double[] denominators = SquaredNorms(new Random(1), 1);
        Interval interval = Bootstrap.OfRatio([.. denominators.Select(value => 3 * value)], denominators);
        Assert.AreEqual(3, interval.Low, 1e-12);
        Assert.AreEqual(3, interval.High, 1e-12);
    }

    [TestMethod]
    public void Counts_that_differ_are_refused()
    {
        ArgumentException error = Assert.ThrowsExactly<ArgumentException>(() => Bootstrap.OfRatio([1, 2], [1]));
        StringAssert.Contains(error.Message, "found 2 and 1", StringComparison.Ordinal);
    }

    private static double[] SquaredNorms(Random random, double variance)
        => [.. Enumerable.Range(0, Draws).Select(_ => Enumerable.Range(0, Entries).Sum(_ => variance * Square(Normal(random))))];

    private static double Square(double value) => value * value;

    private static double Normal(Random random) => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
