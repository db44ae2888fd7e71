using Microsoft.ML.Trainers.VariationalDropout.Numerics;

namespace Microsoft.ML.Trainers.VariationalDropout.Tests.Numerics;

/// <summary>Reference values to 17 digits by mpmath (ncdf and its root, 50 digits of working precision).</summary>
[TestClass]
public sealed class NormalDistributionTests
{
    [TestMethod]
    [DataRow(-37.0, 5.7255712225245768e-300)]
    [DataRow(-20.0, 2.7536241186062337e-89)]
    [DataRow(-12.0, 1.776482112077679e-33)]
    [DataRow(-8.0, 6.2209605742717841e-16)]
    [DataRow(-6.0, 9.8658764503769814e-10)]
    [DataRow(-5.0, 2.8665157187919391e-7)]
    [DataRow(-3.0, 0.0013498980316300945)]
    [DataRow(-1.0, 0.15865525393145705)]
    [DataRow(-0.67, 0.2514288950953101)]
    [DataRow(-0.25, 0.40129367431707628)]
    [DataRow(0.0, 0.5)]
    [DataRow(0.5, 0.6914624612740131)]
    [DataRow(1.0, 0.84134474606854295)]
    [DataRow(2.5, 0.99379033467422386)]
    [DataRow(5.0, 0.99999971334842812)]
    public void Distribution_has_its_reference_values(double x, double expected)
        => Assert.AreEqual(expected, NormalDistribution.Distribution(x), 2e-13 * expected);

    [TestMethod]
    [DataRow(1e-300, -37.047096299361199)]
    [DataRow(1e-20, -9.2623400897984076)]
    [DataRow(1e-12, -7.0344838253011319)]
    [DataRow(1e-5, -4.2648907939228246)]
    [DataRow(0.01, -2.3263478740408411)]
    [DataRow(0.075, -1.4395314709384559)]
    [DataRow(0.25, -0.67448975019608174)]
    [DataRow(0.5, 0)]
    [DataRow(0.6, 0.25334710313579974)]
    [DataRow(0.925, 1.4395314709384562)]
    [DataRow(0.999, 3.0902323061678133)]
    public void Quantile_has_its_reference_values(double p, double expected)
        => Assert.AreEqual(expected, NormalDistribution.Quantile(p), 1e-14 * Math.Max(1, Math.Abs(expected)));

    [TestMethod]
    public void Distribution_rises_with_the_density_as_its_slope_also_where_the_formulas_meet()
    {
        for (double x = -9; x <= 9; x += 0.01)
        {
            // Simpson's rule over a step.
            double slope = (NormalDistribution.Density(x) + (4 * NormalDistribution.Density(x + 0.005)) + NormalDistribution.Density(x + 0.01)) / 6;
            double rise = NormalDistribution.Distribution(x + 0.01) - NormalDistribution.Distribution(x);
            Assert.IsGreaterThanOrEqualTo(0, rise);
            Assert.AreEqual(slope * 0.01, rise, 1e-12, $"{x}");
            Assert.AreEqual(1, NormalDistribution.Distribution(x) + NormalDistribution.Distribution(-x), 1e-15);
        }

        Assert.AreEqual(1 / Math.Sqrt(2 * Math.PI), NormalDistribution.Density(0), 1e-16);
    }

    [TestMethod]
    public void Mills_ratio_is_tail_over_density_and_obeys_its_bounds()
    {
        for (double x = 0; x < 37; x += 0.03)
        {
            double ratio = NormalDistribution.MillsRatio(x);
            Assert.AreEqual(NormalDistribution.Distribution(-x) / NormalDistribution.Density(x), ratio, 1e-13 * ratio, $"{x}");

            // Birnbaum (1942) and Sampford (1953).
            Assert.IsGreaterThan(2 / (x + Math.Sqrt((x * x) + 4)) * (1 - 1e-14), ratio, $"{x}");
            Assert.IsLessThan(4 / ((3 * x) + Math.Sqrt((x * x) + 8)) * (1 + 1e-14), ratio, $"{x}");
        }

        Assert.AreEqual(1e-9, NormalDistribution.MillsRatio(1e9), 1e-23);
        Assert.AreEqual(0, NormalDistribution.MillsRatio(double.PositiveInfinity));
    }

    [TestMethod]
    public void Quantile_inverts_the_distribution()
    {
        for (double x = -37; x <= 5; x += 0.013)
        {
            // Above the middle p has lost digits of 1 − p: half a unit in its last place moves x by 1.1e-16 / φ(x).
            double tolerance = (1e-13 * Math.Max(1, Math.Abs(x))) + (x > 0 ? 3e-16 / NormalDistribution.Density(x) : 0);
            Assert.AreEqual(x, NormalDistribution.Quantile(NormalDistribution.Distribution(x)), tolerance, $"{x}");
        }
    }

    [TestMethod]
    public void Ends_and_NaN()
    {
        Assert.AreEqual(0, NormalDistribution.Distribution(double.NegativeInfinity));
        Assert.AreEqual(1, NormalDistribution.Distribution(double.PositiveInfinity));
        Assert.AreEqual(0, NormalDistribution.Density(double.NegativeInfinity));
        Assert.AreEqual(double.NegativeInfinity, NormalDistribution.Quantile(0));
        Assert.AreEqual(double.PositiveInfinity, NormalDistribution.Quantile(1));
        foreach (double outside in new[] { -0.1, 1.1, double.NaN, double.PositiveInfinity, double.NegativeInfinity })
            Assert.IsTrue(double.IsNaN(NormalDistribution.Quantile(outside)), $"{outside}");
        Assert.IsTrue(double.IsNaN(NormalDistribution.Distribution(double.NaN)));
        Assert.IsTrue(double.IsNaN(NormalDistribution.Density(double.NaN)));
    }
}
