using Samples;

namespace QuickStart.Tests;

[TestClass]
public sealed class MetricsTests
{
    [TestMethod]
    public void Calibration_error_is_the_row_weighted_gap_of_each_bin()
    {
        // Bins of width 1/15. (13/15, 14/15]: 0.90 and 0.92, one of two right, gap |1.82 − 1| = 0.82.
        // (8/15, 9/15]: 0.55, wrong, gap 0.55. (14/15, 1]: 0.97 and 0.99, both right, gap |1.96 − 2| = 0.04. Five rows.
        double error = Metrics.ExpectedCalibrationError([(0.90, true), (0.92, false), (0.55, false), (0.97, true), (0.99, true)]);

        Assert.AreEqual((0.82 + 0.55 + 0.04) / 5, error, 1e-12);
    }

    [TestMethod]
    public void Calibration_error_of_a_bin_cancels_within_the_bin_only()
    {
        // One bin: over- and underconfident rows balance. Two bins: they do not.
        Assert.AreEqual(0, Metrics.ExpectedCalibrationError([(0.5, true), (0.5, false)]), 1e-12);
        Assert.AreEqual(0.45, Metrics.ExpectedCalibrationError([(0.5, true), (0.4, false)]), 1e-12);
    }

    [TestMethod]
    public void Calibration_error_at_the_edges_of_the_bins()
    {
        Assert.AreEqual(0, Metrics.ExpectedCalibrationError([(1, true)]), 1e-12);
        Assert.AreEqual(1, Metrics.ExpectedCalibrationError([(1, false)]), 1e-12);
        Assert.AreEqual(1, Metrics.ExpectedCalibrationError([(0, true)]), 1e-12);

        // 0.8 = 12/15 closes the bin (11/15, 12/15], which holds 0.75 too; 0.81 opens the next.
        Assert.AreEqual(Math.Abs(0.8 + 0.75 - 1) / 2, Metrics.ExpectedCalibrationError([(0.8, true), (0.75, false)]), 1e-12);
        Assert.AreEqual((0.2 + 0.81) / 2, Metrics.ExpectedCalibrationError([(0.8, true), (0.81, false)]), 1e-12);
    }

    [TestMethod]
    public void Calibration_error_of_no_rows_is_refused()
        => StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => Metrics.ExpectedCalibrationError([])).Message, "at least one row");

    [TestMethod]
    public void Auroc_counts_the_pairs_that_are_in_order()
    {
        // Of the six pairs, (3, 1), (3, 2), (1.5, 1), (0.5, …) none: 3 of 6.
        Assert.AreEqual(3 / 6.0, Metrics.AreaUnderRocCurve([3, 1.5f, 0.5f], [1, 2])!.Value, 1e-12);
        Assert.AreEqual(1, Metrics.AreaUnderRocCurve([3, 4], [1, 2])!.Value, 1e-12);
        Assert.AreEqual(0, Metrics.AreaUnderRocCurve([1], [2, 3, 4])!.Value, 1e-12);
    }

    [TestMethod]
    public void Auroc_counts_ties_half()
    {
        Assert.AreEqual(0.5, Metrics.AreaUnderRocCurve([1, 1], [1, 1, 1])!.Value, 1e-12);

        // Pairs: (2, 2) tie, (2, 1) won, (1, 2) lost, (1, 1) tie: (1 + ½ + ½) / 4.
        Assert.AreEqual(0.5, Metrics.AreaUnderRocCurve([2, 1], [2, 1])!.Value, 1e-12);

        // Pairs: (2, 2) tie, (2, 1) won, (3, …) won twice: 3.5 / 4.
        Assert.AreEqual(3.5 / 4, Metrics.AreaUnderRocCurve([2, 3], [2, 1])!.Value, 1e-12);
    }

    [TestMethod]
    public void Auroc_needs_both_kinds_of_rows()
    {
        Assert.IsNull(Metrics.AreaUnderRocCurve([], [1]));
        Assert.IsNull(Metrics.AreaUnderRocCurve([1], []));
    }
}
