using Microsoft.ML.Trainers.VariationalDropout.Network;
using Microsoft.ML.Trainers.VariationalDropout.Numerics;

namespace Microsoft.ML.Trainers.VariationalDropout.Tests.Network;

[TestClass]
public sealed class LogUniformPriorTests
{
    private const double Shift = 0.635181423;

    [TestMethod]
    [DataRow(0.01, -2.297507)]
    [DataRow(0.1, -1.088956)]
    [DataRow(0.5, -0.104260)]
    [DataRow(1, 0.208496)]
    [DataRow(10, 0.586004)]
    public void Exact_divergence_has_its_reference_values(double dropoutVariance, double expected)
        => Assert.AreEqual(expected, Shift - LogUniformPrior.Value(KullbackLeiblerForm.Exact, Math.Log(dropoutVariance)), 1e-6);

    /// <summary>F solves F′ = 1 − 2xF: integrated here by Simpson's rule on e^(t² − x²), independent of the methods in the library.</summary>
    [TestMethod]
    public void Dawson_equals_quadrature_over_eighteen_decades()
    {
        for (double exponent = -9; exponent <= 9; exponent += 0.05)
        {
            double lambda = Math.Pow(10, exponent), x = Math.Sqrt(lambda);
            double expected = x * DawsonByQuadrature(x);
            double alpha = 1 / (2 * lambda);
            double actual = -LogUniformPrior.Slope(KullbackLeiblerForm.Exact, Math.Log(alpha));
            Assert.AreEqual(expected, actual, 1e-9 * expected, $"λ = {lambda}");
        }
    }

    [TestMethod]
    public void Fast_value_equals_the_exact_one()
    {
        for (double exponent = -12; exponent <= 12; exponent += 0.01)
        {
            double lambda = Math.Pow(10, exponent);
            Assert.AreEqual(LogUniformPrior.Value(KullbackLeiblerForm.Exact, -Math.Log(2 * lambda)), LogUniformPrior.FastValue(lambda), 1e-6, $"λ = {lambda}");
        }

        Assert.AreEqual(0, LogUniformPrior.FastValue(0));
    }

    [TestMethod]
    public void Vector_slope_equals_the_double_precision_slope()
    {
        foreach (var form in Enum.GetValues<KullbackLeiblerForm>())
        {
            for (double logAlpha = Math.Log(0.5e-9); logAlpha <= Math.Log(form == KullbackLeiblerForm.Polynomial ? 1 : 0.5e9); logAlpha += 0.01)
            {
                float argument = (float)logAlpha;
                double expected = LogUniformPrior.Slope(form, argument);
                Assert.AreEqual(expected, VectorSlope<SingleLane>(form, argument), 1e-6, $"{form} at log α = {argument}");
                Assert.AreEqual(expected, VectorSlope<PortableLanes>(form, argument), 1e-6, $"{form} at log α = {argument}");
            }
        }
    }

    [TestMethod]
    public void Slope_is_the_derivative_of_the_value()
    {
        foreach (var form in Enum.GetValues<KullbackLeiblerForm>())
        {
            for (double logAlpha = -12; logAlpha <= (form == KullbackLeiblerForm.Polynomial ? 0 : 12); logAlpha += 0.37)
            {
                double difference = (LogUniformPrior.Value(form, logAlpha + 1e-4) - LogUniformPrior.Value(form, logAlpha - 1e-4)) / 2e-4;
                Assert.AreEqual(difference, LogUniformPrior.Slope(form, logAlpha), 2e-4, $"{form} at log α = {logAlpha}");
            }
        }
    }

    [TestMethod]
    public void Approximations_are_as_far_from_the_exact_value_as_published()
    {
        double polynomial = 0, sigmoid = 0;
        for (double logAlpha = Math.Log(1e-4); logAlpha <= Math.Log(1e4); logAlpha += 0.005)
        {
            double exact = LogUniformPrior.Value(KullbackLeiblerForm.Exact, logAlpha);
            if (logAlpha <= 0)
                polynomial = Math.Max(polynomial, Math.Abs(exact - LogUniformPrior.Value(KullbackLeiblerForm.Polynomial, logAlpha)));
            sigmoid = Math.Max(sigmoid, Math.Abs(exact - LogUniformPrior.Value(KullbackLeiblerForm.Sigmoid, logAlpha)));
        }

        Assert.AreEqual(0.0403, polynomial, 5e-4);
        Assert.AreEqual(0.0094, sigmoid, 5e-4);
    }

    private static unsafe double VectorSlope<TLanes>(KullbackLeiblerForm form, float logAlpha)
        where TLanes : unmanaged, ILanes<TLanes, float>
    {
        float* lanes = stackalloc float[16];
        TLanes.Store(LogUniformPrior.Slope<TLanes, float>(form, TLanes.Create(logAlpha)), lanes);
        return lanes[TLanes.Count - 1];
    }

    private static double DawsonByQuadrature(double x)
    {
        // ∫₀ˣ e^(t² − x²) dt: beyond 40 / x below its upper end the integrand is nothing.
        const int Intervals = 20000;
        double from = Math.Max(0, x - (40 / Math.Max(x, 1e-9)));
        double step = (x - from) / Intervals, sum = 0;
        for (int i = 0; i <= Intervals; i++)
        {
            double back = (Intervals - i) * step;
            double weight = i is 0 or Intervals ? 1 : i % 2 == 1 ? 4 : 2;
            sum += weight * Math.Exp(-back * ((2 * x) - back));
        }

        return sum * step / 3;
    }
}
