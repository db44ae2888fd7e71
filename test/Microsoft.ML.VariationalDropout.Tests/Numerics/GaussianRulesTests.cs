using Microsoft.ML.Trainers.VariationalDropout.Numerics;

namespace Microsoft.ML.Trainers.VariationalDropout.Tests.Numerics;

[TestClass]
public sealed class GaussianRulesTests
{
    [TestMethod]
    [DataRow(8)]
    [DataRow(16)]
    [DataRow(20)]
    [DataRow(32)]
    public void Hermite_rule_has_the_moments_of_a_normal_up_to_its_degree(int count)
    {
        var rule = new GaussHermiteRule(count);
        for (int power = 0; power <= (2 * count) - 1; power++)
        {
            double sum = 0, exact = power % 2 == 0 ? 1 : 0, size = 0;
            for (int k = 1; k < power; k += 2)
                exact *= k;
            for (int i = 0; i < count; i++)
            {
                double term = rule.Weights[i] * Math.Pow(rule.Nodes[i], power);
                sum += term;
                size += Math.Abs(term);
            }

            Assert.AreEqual(exact, sum, 2e-13 * size, $"z^{power}");
        }

        // One degree more is n! too small: a rule that is better than it can be would be wrong as well.
        double last = 0, moment = 1, factorial = 1;
        for (int i = 0; i < count; i++)
            last += rule.Weights[i] * Math.Pow(rule.Nodes[i], 2 * count);
        for (int k = 1; k <= count; k++)
        {
            moment *= (2 * k) - 1;
            factorial *= k;
        }

        Assert.AreEqual(moment - factorial, last, 1e-12 * moment);
    }

    [TestMethod]
    public void Hermite_nodes_are_distinct_sorted_and_symmetric()
    {
        foreach (int count in new[] { 8, 16, 20, 32 })
        {
            var rule = new GaussHermiteRule(count);
            for (int i = 0; i < count; i++)
            {
                Assert.AreEqual(-rule.Nodes[count - 1 - i], rule.Nodes[i], 1e-14);
                if (i > 0)
                    Assert.IsLessThan(rule.Nodes[i - 1] - 0.1, rule.Nodes[i]);
            }
        }

        // Abramowitz and Stegun, table 25.10, n = 20: x = 5.387480890011 and 0.245340708301 with e^(−x²).
        Assert.AreEqual(5.387480890011 * Math.Sqrt(2), GaussHermiteRule.Twenty.Nodes[0], 2e-12);
        Assert.AreEqual(0.245340708301 * Math.Sqrt(2), GaussHermiteRule.Twenty.Nodes[9], 2e-12);
        Assert.AreEqual(0.4622436696006 / Math.Sqrt(Math.PI), GaussHermiteRule.Twenty.Weights[9], 2e-13);
    }

    [TestMethod]
    public void Grid_integrates_bumps_against_any_Gaussian_that_it_resolves()
    {
        // sech(x)², by its singularities ±iπ/2 half as far away as those of the sigmoid, would be worse; sech(x/2)² has them at ±iπ.
        static double Bump(double x) => 1 / Math.Pow(Math.Cosh(x / 2), 2);
        double[] table = GaussianGrid.Tabulate(Bump);
        var buffer = new double[GaussianGrid.Count];
        foreach (double deviation in new[] { GaussianGrid.LeastDeviation, 0.8, 1, 2, 5, 30, 1000 })
        {
            foreach (double mean in new[] { 0, 0.13, 0.25, -1, 3.3, 17, -31, 40, 500, -1e6 })
            {
                int count = GaussianGrid.GetWeights(mean, deviation, buffer, out int first);
                double actual = GaussianGrid.Sum(table, first, buffer.AsSpan(0, count));
                double expected = GaussianQuadrature.Expectation(Bump, mean, deviation);
                Assert.AreEqual(expected, actual, deviation < 1 ? 2e-11 : 5e-13, $"{mean}, {deviation}");
            }
        }
    }

    [TestMethod]
    public void Grid_weights_are_the_density()
    {
        var buffer = new double[GaussianGrid.Count];
        foreach (double deviation in new[] { 0.75, 3, 100, 1e9 })
        {
            foreach (double mean in new[] { 0, 5.1, -33, 60 })
            {
                int count = GaussianGrid.GetWeights(mean, deviation, buffer, out int first);
                for (int j = 0; j < count; j++)
                {
                    double z = (((first + j - 64) * 0.5) - mean) / deviation;
                    double expected = 0.5 / deviation * NormalDistribution.Density(z);
                    Assert.AreEqual(expected, buffer[j], 1e-12 * expected, $"{mean}, {deviation}, {j}");
                }
            }
        }

        Assert.AreEqual(0, GaussianGrid.GetWeights(1e6, 1, buffer, out _));
        Assert.AreEqual(0, GaussianGrid.GetWeights(double.NaN, 1, buffer, out _));
    }
}
