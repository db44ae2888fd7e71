using Samples;

namespace PaperExperiments.Tests;

[TestClass]
public sealed class EstimateTests
{
    [TestMethod]
    public void The_standard_error_is_the_deviation_over_the_root_of_the_count()
    {
        // Mean 2.5; squares of the deviations 2.25 + 0.25 + 0.25 + 2.25 = 5; variance 5/3; of the mean 5/12.
        Estimate estimate = Estimate.Of([1, 2, 3, 4]);

        Assert.AreEqual(2.5, estimate.Mean, 1e-15);
        Assert.AreEqual(Math.Sqrt(5.0 / 12), estimate.StandardError!.Value, 1e-15);
    }

    [TestMethod]
    public void A_paired_difference_forgets_what_both_sides_share()
    {
        // Differences 1, 2, 6: mean 3, variance (4 + 1 + 9) / 2 = 7, of the mean 7/3.
        Estimate difference = Estimate.OfPairedDifference([102, -46, 9], [101, -48, 3]);

        Assert.AreEqual(3, difference.Mean, 1e-15);
        Assert.AreEqual(Math.Sqrt(7.0 / 3), difference.StandardError!.Value, 1e-15);
    }

    [TestMethod]
    public void One_value_has_no_standard_error() => Assert.AreEqual(new Estimate(7, null), Estimate.Of([7]));

    [TestMethod]
    public void Pairs_that_do_not_match_are_refused()
    {
        Assert.Throws<ArgumentException>(() => Estimate.OfPairedDifference([1, 2], [1]));
        Assert.Throws<ArgumentException>(() => Estimate.Of([]));
    }
}
