using Microsoft.ML.Trainers.VariationalDropout.Network;
using Microsoft.ML.Trainers.VariationalDropout.Numerics;

namespace Microsoft.ML.Trainers.VariationalDropout.Tests.Network;

/// <summary>Divergences against their definition: an integral of q log(q / p), less its limit for much noise where the prior is improper.</summary>
[TestClass]
public sealed class WeightDivergenceTests
{
    private static readonly (double Mean, double LogVariance)[] Posteriors =
        [(0, -3), (0.3, -3), (-0.3, -3), (1.5, -8), (1e-6, -2), (-2, 1), (0.05, -12), (4, -1)];

    [TestMethod]
    public void Gaussian_prior_equals_quadrature()
    {
        var divergence = new WeightDivergence(WeightPrior.Gaussian);
        foreach (var (mean, logVariance) in Posteriors)
        {
            const double PriorVariance = 0.7;
            double expected = Expectation(mean, logVariance, w => LogNormal(w, mean, Math.Exp(logVariance)) - LogNormal(w, 0, PriorVariance));
            Assert.AreEqual(expected, divergence.GaussianValue(mean, logVariance, PriorVariance), 1e-8 * Math.Max(1, expected));
        }
    }

    /// <summary>The prior variance that is best for one weight is θ² + σ²: no other one has a smaller divergence.</summary>
    [TestMethod]
    public void Relevance_prior_is_the_best_gaussian_for_each_weight()
    {
        var ard = new WeightDivergence(WeightPrior.ArdEmpiricalBayes);
        var gaussian = new WeightDivergence(WeightPrior.Gaussian);
        foreach (var (mean, logVariance) in Posteriors)
        {
            double best = (mean * mean) + Math.Exp(logVariance), value = ard.GaussianValue(mean, logVariance, 1);
            Assert.AreEqual(gaussian.GaussianValue(mean, logVariance, best), value, 1e-12);
            Assert.IsLessThanOrEqualTo(gaussian.GaussianValue(mean, logVariance, 1.1 * best), value);
            Assert.IsLessThanOrEqualTo(gaussian.GaussianValue(mean, logVariance, 0.9 * best), value);
            if (mean != 0)
                Assert.AreEqual(ard.Value(logVariance - Math.Log(mean * mean)), value, 1e-9);
        }
    }

    /// <summary>E[log |w|] − ½ log σ² is what the log-uniform prior leaves of the integral; at θ = 0 it is −(γ + log 2) / 2.</summary>
    [TestMethod]
    public void Log_uniform_prior_equals_quadrature()
    {
        var divergence = new WeightDivergence(WeightPrior.LogUniform);
        const double AtZero = -0.6351814227307392;
        foreach (var (mean, logVariance) in Posteriors)
        {
            double expected = LogMagnitude(mean / Math.Exp(0.5 * logVariance)) - AtZero;
            Assert.AreEqual(expected, divergence.GaussianValue(mean, logVariance, 1), 1e-6 * Math.Max(1, expected), $"θ = {mean}, log σ² = {logVariance}");
        }
    }

    [TestMethod]
    public void Slopes_of_every_prior_equal_differences_and_are_smooth_at_zero()
    {
        foreach (var prior in new[] { WeightPrior.LogUniform, WeightPrior.ArdEmpiricalBayes, WeightPrior.Gaussian })
        {
            var divergence = new WeightDivergence(prior);
            foreach (var (mean, logVariance) in Posteriors)
            {
                const double Tau = 0.7;
                divergence.GaussianSlopes<DoubleLane, double>(DoubleLane.Create(mean), DoubleLane.Create(Math.Exp(logVariance)), DoubleLane.Create(1 / Tau), out var byMean, out var byLogVariance);
                double step = 1e-5 * Math.Max(Math.Exp(0.5 * logVariance), Math.Abs(mean));
                double slope = (divergence.GaussianValue(mean + step, logVariance, Tau) - divergence.GaussianValue(mean - step, logVariance, Tau)) / (2 * step);
                Assert.AreEqual(slope, Value(byMean), 2e-4 * Math.Max(1, Math.Abs(slope)), $"{prior}, θ = {mean}, log σ² = {logVariance}");
                slope = (divergence.GaussianValue(mean, logVariance + 1e-4, Tau) - divergence.GaussianValue(mean, logVariance - 1e-4, Tau)) / 2e-4;
                Assert.AreEqual(slope, Value(byLogVariance), 2e-4, $"{prior}, θ = {mean}, log σ² = {logVariance}");
            }
        }
    }

    [TestMethod]
    public void Reported_sums_are_the_sums()
    {
        float[] means = [.. Posteriors.Select(posterior => (float)posterior.Mean)], logVariances = [.. Posteriors.Select(posterior => (float)posterior.LogVariance)];
        foreach (var prior in Enum.GetValues<WeightPrior>())
        {
            var divergence = new WeightDivergence(prior);
            double expected = Enumerable.Range(0, means.Length).Sum(n => divergence.GaussianValue(means[n], logVariances[n], 0.7));
            Assert.AreEqual(expected, divergence.SumGaussianValues(means, logVariances, 0.7), 1e-5);
        }
    }

    private static unsafe double Value(DoubleLane lane)
    {
        double value;
        DoubleLane.Store(lane, &value);
        return value;
    }

    private static double LogNormal(double x, double mean, double variance) => -0.5 * (Math.Log(2 * Math.PI * variance) + ((x - mean) * (x - mean) / variance));

    /// <summary>E[log |z + ξ|] for a standard normal ξ, integrated over log |w| so that the singularity at 0 has no weight.</summary>
    private static double LogMagnitude(double z)
    {
        double sum = 0;
        const double Step = 1e-3;
        for (double u = -40; u < 8; u += Step)
        {
            double w = Math.Exp(u);
            sum += Step * u * w * (Math.Exp(LogNormal(w, z, 1)) + Math.Exp(LogNormal(-w, z, 1)));
        }

        return sum;
    }

    private static double Expectation(double mean, double logVariance, Func<double, double> function)
    {
        double deviation = Math.Exp(0.5 * logVariance), sum = 0;
        const double Step = 0.01;
        for (double z = -10; z <= 10; z += Step)
            sum += Step * Math.Exp(LogNormal(z, 0, 1)) * function(mean + (deviation * z));
        return sum;
    }
}
