using Microsoft.ML.Trainers.VariationalDropout.Network;
using Microsoft.ML.Trainers.VariationalDropout.Numerics;
using Microsoft.ML.Trainers.VariationalDropout.Tests.Inference;
using Microsoft.ML.Trainers.VariationalDropout.Tests.Numerics;

namespace Microsoft.ML.Trainers.VariationalDropout.Tests.Network;

[TestClass]
public sealed class OutputMomentsTests
{
    private static readonly double[] Means = [-50, -20, -6, -1.5, -0.2, 0, 0.7, 3, 11, 30];
    private static readonly double[] Deviations = [0, 1e-8, 1e-3, 0.2, 0.74, 0.76, 1.3, 3, 10, 45, 1000];

    [TestMethod]
    public void Bernoulli_equals_quadrature()
    {
        foreach (double m in Means)
        {
            foreach (double s in Deviations)
            {
                OutputMoments.Bernoulli(m, s * s, out double probability, out double variance, out double entropy);
                double p = GaussianQuadrature.Expectation(Sigmoid, m, s);
                Assert.AreEqual(p, probability, 2e-11, $"{m}, {s}");
                Assert.AreEqual(GaussianQuadrature.Expectation(x => Math.Pow(Sigmoid(x) - p, 2), m, s), variance, 2e-11, $"{m}, {s}");
                Assert.AreEqual(GaussianQuadrature.Expectation(PlainEntropy, m, s), entropy, 2e-11, $"{m}, {s}");
                double information = Entropy.MutualInformation(Entropy.Binary(probability), entropy);
                Assert.IsGreaterThanOrEqualTo(0, information);
                Assert.IsLessThanOrEqualTo(Math.Log(2), information);
                if (s > 0.1 && Math.Abs(m) < 12)
                    Assert.IsGreaterThan(0, information, $"{m}, {s}");
            }
        }

        static double PlainEntropy(double z)
        {
            double a = Sigmoid(z), b = Sigmoid(-z);
            return (a > 0 ? -a * Math.Log(a) : 0) - (b > 0 ? b * Math.Log(b) : 0);
        }
    }

    [TestMethod]
    public void The_logarithm_of_a_probability_is_right_however_small_it_is()
    {
        foreach (double m in (double[])[-700, -300, -90, -55, -33, -25, .. Means, 90])
        {
            foreach (double s in Deviations)
            {
                double log = OutputMoments.LogProbability(m, s * s);
                Assert.AreEqual(LogQuadrature(m, s), log, 1e-9 * Math.Max(1, Math.Abs(log)), $"{m}, {s}");
            }
        }

        Assert.IsTrue(double.IsNaN(OutputMoments.LogProbability(double.NaN, 1)));

        // The trapezoidal rule with the largest term taken out. The integrand's peak lies between m and m + s², and not right of 0 unless m does.
        static double LogQuadrature(double m, double s)
        {
            if (s == 0)
                return -SpecialFunctions.Softplus(-m);
            double from = -12, to = 12 + Math.Max(0, Math.Min(s, -m / s));
            double largest = double.NegativeInfinity, sum = 0;
            int count = (int)((to - from) * 8 * Math.Max(1, s));
            double step = (to - from) / count;
            for (int pass = 0; pass < 2; pass++)
            {
                for (int j = 0; j <= count; j++)
                {
                    double z = from + (j * step), log = -SpecialFunctions.Softplus(-m - (s * z)) - (0.5 * z * z);
                    if (pass == 0)
                        largest = Math.Max(largest, log);
                    else
                        sum += Math.Exp(log - largest);
                }
            }

            return largest + Math.Log(sum * step / Math.Sqrt(2 * Math.PI));
        }
    }

    [TestMethod]
    public void Bernoulli_has_its_limits()
    {
        foreach (double m in Means)
        {
            OutputMoments.Bernoulli(m, 0, out double probability, out double variance, out double entropy);
            Assert.AreEqual(Sigmoid(m), probability, 1e-16 + (1e-14 * Sigmoid(m)));
            Assert.AreEqual(0, variance);
            Assert.AreEqual(Entropy.OfLogit(m), entropy);
            double predictive = Entropy.Binary(probability);
            Assert.AreEqual(0, Entropy.MutualInformation(predictive, entropy), 1e-14);
        }

        // ∫ H(σ(z)) dz = π²/3, so for wide Gaussians the expected entropy is that times the density at 0; all uncertainty is of the parameters.
        OutputMoments.Bernoulli(0, 1e12, out double half, out double quarter, out double little);
        Assert.AreEqual(0.5, half, 1e-15);
        Assert.AreEqual(0.25, quarter, 1e-6);
        Assert.AreEqual(Math.PI * Math.PI / 3 / Math.Sqrt(2 * Math.PI) / 1e6, little, 1e-15);

        // More uncertainty, less decided; never past one half.
        double last = 1;
        for (double s = 0; s < 50; s += 0.25)
        {
            OutputMoments.Bernoulli(2, s * s, out double probability, out _, out _);
            Assert.IsLessThan(last, probability, $"{s}");
            Assert.IsGreaterThan(0.5, probability);
            last = probability;
        }

        foreach (var (m, v) in new[] { (double.NaN, 1.0), (1.0, double.NaN), (0.0, double.PositiveInfinity) })
        {
            OutputMoments.Bernoulli(m, v, out double a, out double b, out double c);
            Assert.IsTrue(double.IsNaN(a) && double.IsNaN(b) && double.IsNaN(c));
        }
    }

    [TestMethod]
    public void Entropies_have_their_values_and_ends()
    {
        Assert.AreEqual(Math.Log(2), Entropy.Binary(0.5), 1e-16);
        Assert.AreEqual(0, Entropy.Binary(0));
        Assert.AreEqual(0, Entropy.Binary(1));
        Assert.IsTrue(double.IsNaN(Entropy.Binary(-0.1)) && double.IsNaN(Entropy.Binary(1.1)) && double.IsNaN(Entropy.Binary(double.NaN)));

        // p (1 − log p) − p²/2 for small p; 1 − p = 2⁻⁴⁰ is exact.
        foreach (double p in new[] { 1e-300, 1e-20, Math.Pow(2, -40) })
        {
            double expected = (p * (1 - Math.Log(p))) - (p * p / 2);
            Assert.AreEqual(expected, Entropy.Binary(p), 1e-14 * expected);
        }

        Assert.AreEqual(Entropy.Binary(Math.Pow(2, -40)), Entropy.Binary(1 - Math.Pow(2, -40)), 1e-14 * Entropy.Binary(Math.Pow(2, -40)));
        for (double z = -30; z <= 30; z += 0.1)
            Assert.AreEqual(Entropy.Binary(Sigmoid(-Math.Abs(z))), Entropy.OfLogit(z), 1e-13 * Entropy.OfLogit(z), $"{z}");
        Assert.AreEqual(0, Entropy.OfLogit(1e300));
        Assert.IsTrue(double.IsNaN(Entropy.OfLogit(double.NaN)));
        Assert.AreEqual(Math.Log(4), Entropy.Categorical([0.25, 0.25, 0.25, 0.25]), 1e-15);
        Assert.AreEqual(0, Entropy.Categorical([0, 1, 0]));
        Assert.AreEqual(0, Entropy.MutualInformation(0.5, 0.5000001));
        Assert.AreEqual(0.25, Entropy.MutualInformation(0.5, 0.25));
    }

    [TestMethod]
    public void Draws_of_the_softmax_are_near_many_draws_and_so_is_the_form_without_draws()
    {
        const int K = 10, Problems = 12, Samples = 20000;
        var random = new Random(7);
        var softmax = new SoftmaxMoments(K);
        var probabilities = new double[K];
        var deviations = new double[K];
        var pairwise = new double[K];
        double worst = 0, worstDeviation = 0, worstEntropy = 0, worstInformation = 0, worstPairwise = 0, error = 0;
        for (int problem = 0; problem < Problems; problem++)
        {
            double[] means = [.. Enumerable.Range(0, K).Select(_ => CoreProblem.Normal(random))];
            double[] variances = [.. Enumerable.Range(0, K).Select(_ => Math.Pow(0.5 + random.NextDouble(), 2))];
            softmax.Compute(means, variances, probabilities, deviations, out double entropy, out double information);
            OutputMoments.SoftmaxPairwise(means, variances, pairwise);
            Assert.AreEqual(1, probabilities.Sum(), 1e-12);
            Assert.AreEqual(1, pairwise.Sum(), 1e-12);

            var first = new double[K];
            var second = new double[K];
            double expectedEntropy = 0;
            var logits = new double[K];
            for (int sample = 0; sample < Samples; sample++)
            {
                for (int k = 0; k < K; k++)
                    logits[k] = means[k] + (Math.Sqrt(variances[k]) * CoreProblem.Normal(random));
                Softmax(logits);
                for (int k = 0; k < K; k++)
                {
                    first[k] += logits[k] / Samples;
                    second[k] += logits[k] * logits[k] / Samples;
                    expectedEntropy -= logits[k] * Math.Log(logits[k]) / Samples;
                }
            }

            double total = -first.Sum(p => p * Math.Log(p));
            for (int k = 0; k < K; k++)
            {
                double deviation = Math.Sqrt(second[k] - (first[k] * first[k]));
                error = Math.Max(error, deviation / Math.Sqrt(Samples));
                worst = Math.Max(worst, Math.Abs(first[k] - probabilities[k]));
                worstDeviation = Math.Max(worstDeviation, Math.Abs(deviation - deviations[k]));
                worstPairwise = Math.Max(worstPairwise, Math.Abs(first[k] - pairwise[k]));
            }

            worstEntropy = Math.Max(worstEntropy, Math.Abs(total - entropy));
            worstInformation = Math.Max(worstInformation, Math.Abs(total - expectedEntropy - information));
        }

        Assert.IsLessThan(0.015, worst);
        Assert.IsLessThan(0.03, worstDeviation);
        Assert.IsLessThan(0.03, worstEntropy);
        Assert.IsLessThan(0.05, worstInformation);
        Assert.IsLessThan(0.08, worstPairwise);
    }

    [TestMethod]
    public void Softmax_of_two_classes_is_near_the_Bernoulli_of_their_difference()
    {
        var softmax = new SoftmaxMoments(2);
        var probabilities = new double[2];
        var deviations = new double[2];
        var pairwise = new double[2];
        foreach (double m in new[] { -3, 0, 1.5 })
        {
            foreach (double s in new[] { 0.01, 0.5, 2 })
            {
                double[] variances = [s * s * 0.4, s * s * 0.6];
                softmax.Compute([m, 0], variances, probabilities, deviations, out double entropy, out double information);
                OutputMoments.Bernoulli(m, s * s, out double probability, out double variance, out double expectedEntropy);
                OutputMoments.SoftmaxPairwise([m, 0], variances, pairwise);
                Assert.AreEqual(probability, pairwise[0], 0.02, $"{m}, {s}");
                Assert.AreEqual(probability, probabilities[0], 0.02 * s * s, $"{m}, {s}");
                Assert.AreEqual(Math.Sqrt(variance), deviations[0], 0.15 * Math.Sqrt(variance), $"{m}, {s}");
                Assert.AreEqual(Entropy.Binary(probability), entropy, 0.05 * s * s, $"{m}, {s}");
                Assert.AreEqual(Entropy.Binary(probability) - expectedEntropy, information, 0.3 * (Entropy.Binary(probability) - expectedEntropy), $"{m}, {s}");
            }
        }
    }

    [TestMethod]
    [DataRow(1)]
    [DataRow(3)]
    [DataRow(40)]
    public void Softmax_without_variance_is_the_softmax_of_the_means(int classes)
    {
        var random = new Random(3);
        double[] means = [.. Enumerable.Range(0, classes).Select(_ => 5 * CoreProblem.Normal(random))];
        double[] expected = [.. means];
        Softmax(expected);
        var softmax = new SoftmaxMoments(classes);
        var probabilities = new double[classes];
        var deviations = new double[classes];
        foreach (double nothing in new[] { 0, -1e-9 })
        {
            double[] variances = [.. Enumerable.Repeat(nothing, classes)];
            Array.Fill(deviations, 1);
            softmax.Compute(means, variances, probabilities, deviations, out double entropy, out double information);
            CollectionAssert.AreEqual(expected, probabilities);
            Assert.IsTrue(deviations.All(deviation => deviation == 0));
            Assert.AreEqual(Entropy.Categorical(expected), entropy, 1e-14);
            Assert.AreEqual(0, information);
            OutputMoments.SoftmaxPairwise(means, variances, probabilities);
            for (int k = 0; k < classes; k++)
                Assert.AreEqual(expected[k], probabilities[k], 1e-14);
        }

        // Next to nothing: the linear answer, s² on one logit gives deviations p_k |[k = 0] − p_0| s.
        double[] tiny = new double[classes];
        tiny[0] = 1e-16;
        softmax.Compute(means, tiny, probabilities, deviations, out _, out double little);
        for (int k = 0; k < classes; k++)
            Assert.AreEqual(1e-8 * expected[k] * Math.Abs((k == 0 ? 1 : 0) - expected[0]), deviations[k], 1e-15);
        Assert.AreEqual(0, little, 1e-14);
    }

    [TestMethod]
    public void Softmax_stands_extreme_logits_repeats_itself_and_allocates_nothing()
    {
        const int K = 17;
        var softmax = new SoftmaxMoments(K);
        double[] means = new double[K], variances = new double[K], probabilities = new double[K], deviations = new double[K], again = new double[K];
        for (int k = 0; k < K; k++)
        {
            means[k] = k % 3 == 0 ? 1e6 : -1e6;
            variances[k] = k % 2 == 0 ? 1e12 : 1e-30;
        }

        softmax.Compute(means, variances, probabilities, deviations, out double entropy, out double information);
        Assert.AreEqual(1, probabilities.Sum(), 1e-12);
        Assert.IsTrue(deviations.All(deviation => deviation is >= 0 and <= 0.501));
        Assert.IsTrue(information >= 0 && information <= entropy && entropy <= Math.Log(K));

        long before = GC.GetAllocatedBytesForCurrentThread();
        softmax.Compute(means, variances, again, deviations, out _, out _);
        Assert.AreEqual(0, GC.GetAllocatedBytesForCurrentThread() - before);
        CollectionAssert.AreEqual(probabilities, again);
        new SoftmaxMoments(K).Compute(means, variances, again, deviations, out _, out _);
        CollectionAssert.AreEqual(probabilities, again);

        OutputMoments.SoftmaxPairwise(means, variances, probabilities);
        Assert.AreEqual(1, probabilities.Sum(), 1e-12);
        OutputMoments.SoftmaxPairwise([1e6, -1e6], [0, 0], probabilities.AsSpan(0, 2));
        Assert.AreEqual(1, probabilities[0]);

        means[5] = double.NaN;
        softmax.Compute(means, variances, probabilities, deviations, out entropy, out information);
        Assert.IsTrue(probabilities.All(double.IsNaN) && deviations.All(double.IsNaN) && double.IsNaN(entropy) && double.IsNaN(information));
        means[5] = 0;
        variances[5] = double.NaN;
        softmax.Compute(means, variances, probabilities, deviations, out entropy, out information);
        Assert.IsTrue(probabilities.All(double.IsNaN) && deviations.All(double.IsNaN) && double.IsNaN(entropy) && double.IsNaN(information));
    }

    [TestMethod]
    public void Expected_noise_variance_equals_quadrature()
    {
        foreach (var (lower, upper) in new[] { (-20.0, 10.0), (-4.0, 1.0), (-0.01, 0.01), (-300.0, 300.0) })
        {
            foreach (double m in new[] { -25, -7, -1, 0, 0.5, 4, 12, 30 })
            {
                foreach (double s in new[] { 0, 1e-9, 1e-3, 0.1, 0.7, 1, 2.5, 6, 20 })
                {
                    // Where the middle lies beyond the reach of the reference, it is not one.
                    double expected = GaussianQuadrature.Expectation(v => Math.Exp(Math.Clamp(v, lower, upper)), m, s, [lower, upper]);
                    double actual = OutputMoments.ExpectedNoiseVariance(m, s * s, lower, upper);
                    double tolerance = lower < -100 && s > 2.5 ? 1e-8 : 1e-11;
                    if (lower > -100 || s <= 6)
                        Assert.AreEqual(expected, actual, tolerance * expected, $"[{lower}, {upper}], {m}, {s}");
                    Assert.IsTrue(actual >= Math.Exp(lower) && actual <= Math.Exp(upper), $"[{lower}, {upper}], {m}, {s}: {actual}");
                }
            }
        }

        // Not clamped: exp(μ + s²/2).
        Assert.AreEqual(Math.Exp(0.3 + 0.125), OutputMoments.ExpectedNoiseVariance(0.3, 0.25, -20, 20), 1e-14);

        // Widest: half at either end. e^(m + s²/2) alone would be infinite.
        Assert.AreEqual((Math.Exp(10) + Math.Exp(-20)) / 2, OutputMoments.ExpectedNoiseVariance(0, 1e16, -20, 10), 1e-2);
        Assert.AreEqual(Math.Exp(10), OutputMoments.ExpectedNoiseVariance(1e6, 1, -20, 10), 1e-9);
        Assert.AreEqual(Math.Exp(-20), OutputMoments.ExpectedNoiseVariance(-1e6, 1, -20, 10), 1e-20);
        Assert.IsTrue(double.IsNaN(OutputMoments.ExpectedNoiseVariance(double.NaN, 1, -20, 10)));
        Assert.IsTrue(double.IsNaN(OutputMoments.ExpectedNoiseVariance(0, double.NaN, -20, 10)));
        Assert.IsTrue(double.IsNaN(OutputMoments.ExpectedNoiseVariance(double.NaN, 0, -20, 10)));

        double last = 0;
        for (double m = -30; m < 20; m += 0.1)
        {
            double value = OutputMoments.ExpectedNoiseVariance(m, 4, -20, 10);
            Assert.IsGreaterThanOrEqualTo(last, value, $"{m}");
            last = value;
        }
    }

    [TestMethod]
    public void Log_density_equals_quadrature()
    {
        double worstNarrow = 0, worstWide = 0;
        foreach (double meanVariance in new[] { 0, 0.3, 20 })
        {
            foreach (double m in new[] { -19, -3, 0, 2 })
            {
                foreach (double s in new[] { 0, 0.01, 0.5, 1, 2 })
                {
                    foreach (double deviations in new[] { 0, 0.5, 2, 5 })
                    {
                        double y = 1.5 + (deviations * Math.Sqrt(meanVariance + Math.Exp(m)));
                        double AtV(double v) => Density(y - 1.5, meanVariance + Math.Exp(Math.Clamp(v, -20, 10)));
                        double expected = Math.Log(GaussianQuadrature.Expectation(AtV, m, s, [-20, 10]));
                        double actual = OutputMoments.LogDensity(y, 1.5, meanVariance, m, s * s, -20, 10);
                        ref double worst = ref s <= 1 && m > -10 ? ref worstNarrow : ref worstWide;
                        worst = Math.Max(worst, Math.Abs(expected - actual));
                    }
                }
            }
        }

        Assert.IsLessThan(1e-4, worstNarrow);
        Assert.IsLessThan(0.05, worstWide);

        // Nothing but a Gaussian; far outside; and what is not finite.
        Assert.AreEqual(Math.Log(Density(0.7, 0.5 + Math.Exp(-1))), OutputMoments.LogDensity(0.7, 0, 0.5, -1, 0, -20, 10), 1e-14);
        Assert.IsTrue(double.IsFinite(OutputMoments.LogDensity(1e9, 0, 0, -30, 1, -20, 10)));
        Assert.IsTrue(double.IsNaN(OutputMoments.LogDensity(double.NaN, 0, 1, 0, 1, -20, 10)));
        Assert.IsTrue(double.IsNaN(OutputMoments.LogDensity(0, 0, 1, double.NaN, 1, -20, 10)));
        Assert.IsTrue(double.IsNaN(OutputMoments.LogDensity(0, 0, double.NaN, 0, 1, -20, 10)));

        // It is a density: it integrates to 1.
        double total = 0;
        for (double y = -60; y <= 60; y += 0.05)
            total += 0.05 * Math.Exp(OutputMoments.LogDensity(y, 1, 0.5, 0.2, 0.49, -20, 10));
        Assert.AreEqual(1, total, 1e-9);
    }

    private static void Softmax(double[] logits)
    {
        double largest = logits.Max();
        double sum = 0;
        for (int k = 0; k < logits.Length; k++)
            sum += logits[k] = Math.Exp(logits[k] - largest);
        for (int k = 0; k < logits.Length; k++)
            logits[k] /= sum;
    }

    private static double Density(double error, double variance) => Math.Exp(-0.5 * error * error / variance) / Math.Sqrt(2 * Math.PI * variance);

    private static double Sigmoid(double z) => 1 / (1 + Math.Exp(-z));
}
