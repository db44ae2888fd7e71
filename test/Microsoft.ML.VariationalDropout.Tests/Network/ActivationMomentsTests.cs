using Microsoft.ML.Trainers.VariationalDropout.Network;
using Microsoft.ML.Trainers.VariationalDropout.Numerics;
using Microsoft.ML.Trainers.VariationalDropout.Tests.Numerics;

namespace Microsoft.ML.Trainers.VariationalDropout.Tests.Network;

[TestClass]
public sealed class ActivationMomentsTests
{
    private static readonly double[] Means = [-30, -17.3, -9, -5, -3, -1.7, -1.278, -0.75179, -0.3, 0, 1e-3, 0.25, 0.8, 1.5, 2.7, 4, 7, 12, 30, 400];

    /// <summary>Both sides of every place where the method changes.</summary>
    private static readonly double[] Deviations =
        [1e-6, 9e-6, 1.1e-5, 1e-4, 3e-3, 0.05, 0.095, 0.11, 0.19, 0.21, 0.37, 0.38, 0.6, 0.74, 0.76, 1, 1.4, 2, 3, 5, 8, 15, 40, 100, 3000];

    public static IEnumerable<object[]> Activations => Enum.GetValues<Activation>().Select(activation => new object[] { activation });

    [TestMethod]
    [DynamicData(nameof(Activations))]
    public void Moments_equal_quadrature(Activation activation)
    {
        double worstMean = 0, worstDeviation = 0, worstRelative = 0;
        string meanAt = "", deviationAt = "", relativeAt = "";
        foreach (double m in Means)
        {
            foreach (double s in Deviations)
            {
                ActivationMoments.Propagate(activation, m, s * s, out double mean, out double variance);

                // Centred at f(m), so that the reference keeps its digits too.
                double centre = Function(activation, m);
                double first = GaussianQuadrature.Expectation(x => Function(activation, x) - centre, m, s);
                double second = GaussianQuadrature.Expectation(x => Math.Pow(Function(activation, x) - centre - first, 2), m, s);
                double scale = Math.Max(1, Math.Max(s, Math.Abs(m)));
                double deviation = Math.Sqrt(second);
                Note(Math.Abs(mean - centre - first) / scale, ref worstMean, ref meanAt);
                Note(Math.Abs(Math.Sqrt(variance) - deviation) / scale, ref worstDeviation, ref deviationAt);

                // Where something is left of the spread it must be right in itself, not only by the scale of the input.
                if (deviation > 1e-5 * s)
                    Note(Math.Abs((Math.Sqrt(variance) / deviation) - 1), ref worstRelative, ref relativeAt);

                void Note(double error, ref double worst, ref string at)
                {
                    if (!(error <= worst))
                        (worst, at) = (error, $"{error} at m = {m}, s = {s}");
                }
            }
        }

        Assert.IsLessThan(1e-11, worstMean, $"mean: {meanAt}");
        Assert.IsLessThan(1e-9, worstDeviation, $"deviation: {deviationAt}");
        Assert.IsLessThan(1e-6, worstRelative, $"relative deviation: {relativeAt}");
    }

    [TestMethod]
    public void Symmetric_input_has_its_known_moments()
    {
        // max(X, 0) of N(0, s²): s/√(2π) and s²(½ − 1/(2π)); xΦ(x) of N(0, 1): 1/(2√π); σ and tanh: ½ and 0.
        ActivationMoments.Propagate(Activation.Relu, 0, 4, out double mean, out double variance);
        Assert.AreEqual(2 / Math.Sqrt(2 * Math.PI), mean, 1e-15);
        Assert.AreEqual(4 * (0.5 - (0.5 / Math.PI)), variance, 1e-15);
        ActivationMoments.Propagate(Activation.Gelu, 0, 1, out mean, out _);
        Assert.AreEqual(0.5 / Math.Sqrt(Math.PI), mean, 1e-14);
        foreach (double s in new[] { 0, 1e-5, 0.1, 0.5, 1, 10, 1e6 })
        {
            ActivationMoments.Propagate(Activation.Sigmoid, 0, s * s, out mean, out _);
            Assert.AreEqual(0.5, mean, 1e-14);
            ActivationMoments.Propagate(Activation.Tanh, 0, s * s, out mean, out _);
            Assert.AreEqual(0, mean, 1e-14);
        }
    }

    [TestMethod]
    [DynamicData(nameof(Activations))]
    public void Without_variance_the_function_itself_and_with_little_its_slope(Activation activation)
    {
        foreach (double m in new[] { -1e6, -200, -50, -20, -3, -0.4, 0, 0.4, 3, 20, 50, 200, 1e6 })
        {
            double value = Function(activation, m);
            foreach (double zero in new[] { 0, -0.0, -1e-3 })
            {
                ActivationMoments.Propagate(activation, m, zero, out double mean, out double variance);
                Assert.AreEqual(value, mean, 1e-14 * Math.Max(1, Math.Abs(value)), $"{m}");
                Assert.AreEqual(0, variance, $"{m}");
            }

            if (m == 0 && activation is Activation.Relu or Activation.LeakyRelu)
                continue;
            double slope = m == 0 || Math.Abs(m) < 30 ? (Function(activation, m + 1e-5) - Function(activation, m - 1e-5)) / 2e-5 : Limit();
            foreach (double tiny in new[] { 1e-30, 1e-300, 1e-12 })
            {
                ActivationMoments.Propagate(activation, m, tiny, out double mean, out double variance);
                Assert.AreEqual(value, mean, 1e-11 * Math.Max(1, Math.Abs(value)), $"{m}, {tiny}");
                Assert.AreEqual(slope * slope, variance / tiny, 1e-8, $"{m}, {tiny}");
            }

            double Limit() => activation is Activation.Sigmoid or Activation.Tanh ? 0 : m > 0 ? 1 : activation == Activation.LeakyRelu ? 0.01 : 0;
        }
    }

    [TestMethod]
    [DynamicData(nameof(Activations))]
    public void Extreme_moments_are_finite_and_have_their_limits(Activation activation)
    {
        bool isBounded = activation is Activation.Sigmoid or Activation.Tanh;
        double leak = activation == Activation.LeakyRelu ? 0.01 : 0;
        foreach (double m in new[] { -1e6, -40, 0, 3, 40, 1e6 })
        {
            foreach (double s in new[] { 1e-15, 1e-5, 0.1, 0.5, 3, 100, 1e4, 1e6 })
            {
                ActivationMoments.Propagate(activation, m, s * s, out double mean, out double variance);
                Assert.IsTrue(double.IsFinite(mean) && double.IsFinite(variance) && variance >= 0, $"{m}, {s}: {mean}, {variance}");

                // At most the steepest slope's share; SiLU and GELU are a little steeper than 1.
                Assert.IsLessThanOrEqualTo(s * s * (activation is Activation.Silu or Activation.Gelu ? 1.3 : 1 + 1e-9), variance, $"{m}, {s}");
                if (isBounded)
                    Assert.IsLessThanOrEqualTo(1, Math.Abs(mean));
            }
        }

        // Far on the positive side a rectifier is the identity: both moments keep their digits.
        ActivationMoments.Propagate(activation, 1e6, 9, out double farMean, out double farVariance);
        Assert.AreEqual(isBounded ? 1 : 1e6, farMean, 1e-9);
        Assert.AreEqual(isBounded ? 0 : 9, farVariance, 1e-9);
        ActivationMoments.Propagate(activation, -1e6, 9, out farMean, out farVariance);
        Assert.AreEqual(activation == Activation.Tanh ? -1 : -1e6 * leak, farMean, 1e-9);
        Assert.AreEqual(9 * leak * leak, farVariance, 1e-12);

        // Wide Gaussians see the kink or the step only.
        ActivationMoments.Propagate(activation, 0, 1e12, out double wideMean, out double wideVariance);
        double half = 1e6 / Math.Sqrt(2 * Math.PI);
        double expected = activation switch { Activation.Sigmoid => 0.5, Activation.Tanh => 0, Activation.LeakyRelu => 0.99 * half, _ => half };
        Assert.AreEqual(expected, wideMean, 1e-5);
        double rectified = 1e12 * (((1 + (leak * leak)) / 2) - Math.Pow((1 - leak) / Math.Sqrt(2 * Math.PI), 2));
        double spread = activation switch { Activation.Sigmoid => 0.25, Activation.Tanh => 1, _ => rectified };
        Assert.AreEqual(spread, wideVariance, 1e-5 * spread);
    }

    [TestMethod]
    [DynamicData(nameof(Activations))]
    public void What_is_not_finite_gives_NaN(Activation activation)
    {
        const double NaN = double.NaN, Infinity = double.PositiveInfinity;
        foreach (var (m, v) in new[] { (NaN, 1), (1, NaN), (NaN, NaN), (NaN, 0), (Infinity, 1), (-Infinity, 0), (0, Infinity) })
        {
            ActivationMoments.Propagate(activation, m, v, out double mean, out double variance);
            Assert.IsTrue(double.IsNaN(mean) && double.IsNaN(variance), $"{m}, {v}");
        }
    }

    [TestMethod]
    [DynamicData(nameof(Activations))]
    public void Mean_rises_with_the_input_and_does_not_jump_where_methods_meet(Activation activation)
    {
        foreach (double s in new[] { 1e-5, 0.1, 0.2, 0.375, 0.75 })
        {
            foreach (double m in new[] { -8, -1, 0.3, 2, 9 })
            {
                ActivationMoments.Propagate(activation, m, s * s * (1 - 1e-12), out double mean, out double variance);
                ActivationMoments.Propagate(activation, m, s * s * (1 + 1e-12), out double meanAbove, out double varianceAbove);
                Assert.AreEqual(mean, meanAbove, 1e-10, $"{m}, {s}");
                Assert.AreEqual(Math.Sqrt(variance), Math.Sqrt(varianceAbove), 2e-9 * s, $"{m}, {s}");
            }
        }

        if (activation is Activation.Gelu or Activation.Silu)
            return;
        foreach (double s in Deviations)
        {
            double last = double.NegativeInfinity;
            for (double m = -35; m <= 35; m += 0.25)
            {
                ActivationMoments.Propagate(activation, m, s * s, out double mean, out _);
                Assert.IsGreaterThanOrEqualTo(last - 1e-13, mean, $"{m}, {s}");
                last = mean;
            }
        }
    }

    [TestMethod]
    public void A_call_allocates_nothing()
    {
        Run();
        long before = GC.GetAllocatedBytesForCurrentThread();
        Run();
        Assert.AreEqual(0, GC.GetAllocatedBytesForCurrentThread() - before);

        static void Run()
        {
            for (var activation = Activation.Relu; activation <= Activation.Sigmoid; activation++)
            {
                for (double s = 1e-5; s < 100; s *= 7)
                    ActivationMoments.Propagate(activation, 0.3, s * s, out _, out _);
            }
        }
    }

    [TestMethod]
    [DynamicData(nameof(Activations))]
    public void Slope_and_curvature_are_derivatives(Activation activation)
    {
        for (double x = -9.07; x < 9; x += 0.1)
        {
            double slope = ActivationFunctions.Slope(activation, x, out double curvature);
            Assert.AreEqual(Function(activation, x), ActivationFunctions.Value(activation, x), 1e-14 * Math.Max(1, Math.Abs(x)));
            Assert.AreEqual((Function(activation, x + 1e-5) - Function(activation, x - 1e-5)) / 2e-5, slope, 1e-9, $"{x}");
            double above = ActivationFunctions.Slope(activation, x + 1e-5, out _), below = ActivationFunctions.Slope(activation, x - 1e-5, out _);
            Assert.AreEqual((above - below) / 2e-5, curvature, 1e-9, $"{x}");
        }
    }

    private static double Function(Activation activation, double x) => activation switch
    {
        Activation.Relu => x > 0 ? x : 0,
        Activation.Softplus => x > 30 ? x + Math.Exp(-x) : x < -10 ? Math.Exp(x) * (1 - (Math.Exp(x) / 2) + (Math.Exp(2 * x) / 3)) : Math.Log(1 + Math.Exp(x)),
        Activation.Tanh => Math.Tanh(x),
        Activation.Gelu => x * NormalDistribution.Distribution(x),
        Activation.Silu => x / (1 + Math.Exp(-x)),
        Activation.LeakyRelu => x > 0 ? x : 0.01 * x,
        Activation.Sigmoid => 1 / (1 + Math.Exp(-x)),
        _ => throw new InvalidOperationException($"{activation}"),
    };
}
