using System.Runtime.CompilerServices;
using Microsoft.ML.Trainers.VariationalDropout.Numerics;

namespace Microsoft.ML.Trainers.VariationalDropout.Network;

/// <summary>Mean and variance of a hidden unit's output when its pre-activation is Gaussian.</summary>
/// <remarks>
/// <para>
/// Rectified linear units in closed form (Frey and Hinton 1999). The smooth functions by three methods, by the deviation s of the input: below 1e-5 a Taylor
/// expansion; below ¾ Gauss–Hermite quadrature of centred values, so that a variance is never the difference of two large numbers; above that
/// f = xⁿΦ(x/τ) + b, the first part in closed form and b, which dies out away from 0, by <see cref="GaussianGrid"/>. (tanh x is 2σ(2x) − 1, and counts
/// with deviation 2s.)
/// </para>
/// <para>
/// Sums of eight normal distribution functions in place of the sigmoid (Monahan and Stefanski 1989) are right to 1e-8 in the raw moments only; where the
/// variance is small, or the mean large, that leaves nothing of it.
/// </para>
/// <para>
/// For m in [−30, 30] and s in [1e-6, 100] the mean is within 1e-12 of max(1, s, |m|), the standard deviation within 5e-10 (GELU; the others 5e-11), the
/// rectified linear units both within 1e-15. The relative error of the deviation is below 2e-7 as long as it is not below 1e-5 s.
/// </para>
/// </remarks>
internal static class ActivationMoments
{
    /// <summary>
    /// Below this deviation f is its Taylor polynomial of second degree: a relative error of s² in the variance, of s where f′ is as small as s.
    /// </summary>
    private const double SmallDeviation = 1e-5;

    /// <summary>Below this deviation 8 nodes do: 1e-12, and 1e-7 of what is left in the tail of GELU. Above it 20 nodes.</summary>
    private const double FewNodesDeviation = 0.2;

    /// <summary>From here on (and eight deviations of at most ¾ below) smooth rectifiers are linear and the sigmoids constant to 1e-20.</summary>
    private const double Saturation = 60;

    private static readonly Localised SoftplusParts = new(Activation.Softplus);
    private static readonly Localised SiluParts = new(Activation.Silu);
    private static readonly Localised GeluParts = new(Activation.Gelu);
    private static readonly Localised SigmoidParts = new(Activation.Sigmoid);

    /// <summary>
    /// E[f(X)] and Var[f(X)] for X ~ N(<paramref name="mean"/>, <paramref name="variance"/>). A negative variance counts as 0, and a variance of 0
    /// gives f(mean) and 0; where mean or variance is not finite both results are NaN.
    /// </summary>
    public static void Propagate(Activation activation, double mean, double variance, out double resultMean, out double resultVariance)
    {
        if (!double.IsFinite(mean) || !double.IsFinite(variance))
        {
            resultMean = resultVariance = double.NaN;
            return;
        }

        variance = Math.Max(variance, 0);
        double deviation = Math.Sqrt(variance);
        switch (activation)
        {
            case Activation.Relu:
                Rectify(mean, variance, deviation, out resultMean, out resultVariance, out _);
                break;
            case Activation.LeakyRelu:
                // f(x) = a x + (1 − a) max(x, 0), and Cov(X, max(X, 0)) = s²Φ(m/s).
                const double A = ActivationFunctions.LeakyReluSlope;
                Rectify(mean, variance, deviation, out double rectifiedMean, out double rectifiedVariance, out double positive);
                resultMean = (A * mean) + ((1 - A) * rectifiedMean);
                resultVariance = (A * A * variance) + ((1 - A) * (1 - A) * rectifiedVariance) + (2 * A * (1 - A) * variance * positive);
                break;
            default:
                PropagateSmooth(activation, mean, variance, deviation, out resultMean, out resultVariance);
                break;
        }
    }

    /// <summary>Mean and variance of max(X, 0), and the probability Φ(r), r = m/s, of a positive X.</summary>
    private static void Rectify(double mean, double variance, double deviation, out double resultMean, out double resultVariance, out double positive)
    {
        double r = mean / deviation;
        if (!(Math.Abs(r) < 38))
        {
            // No probability on the other side; also a deviation of 0.
            positive = mean > 0 ? 1 : 0;
            resultMean = Math.Max(mean, 0);
            resultVariance = positive * variance;
            return;
        }

        // 1. The smaller side, r ≤ 0: E = s g, Var = s²[Φ(r) − g g(−r)], g(r) = φ(r) + rΦ(r), g(−r) = |r| + g(r). With Mills' ratio R = Φ(r)/φ(r)
        //    all of it is a multiple of φ(r), so that it stays good in the tail.
        double a = Math.Abs(r), density = NormalDistribution.Density(a), ratio = NormalDistribution.MillsRatio(a);
        double g = density * (1 - (a * ratio));
        double tail = density * ratio;
        resultMean = deviation * Math.Max(g, 0);
        resultVariance = variance * Math.Max(tail - (g * (a + g)), 0);
        positive = tail;

        // 2. max(x, 0) = x + max(−x, 0).
        if (r > 0)
        {
            positive = 1 - tail;
            Reflect(mean, variance, tail, ref resultMean, ref resultVariance);
        }
    }

    /// <summary>
    /// All rectifiers here have f(x) = x + f(−x): from the moments of f(−X), and its mean slope, to those of f(X). Cov(X, f(−X)) = −s²E[f′(−X)] (Stein's
    /// lemma). A large mean is therefore never squared.
    /// </summary>
    private static void Reflect(double mean, double variance, double meanSlope, ref double resultMean, ref double resultVariance)
    {
        resultMean += mean;
        resultVariance = Math.Max((variance * (1 - (2 * meanSlope))) + resultVariance, 0);
    }

    private static void PropagateSmooth(Activation activation, double mean, double variance, double deviation, out double resultMean, out double resultVariance)
    {
        double width = activation == Activation.Tanh ? 2 * deviation : deviation;
        var rule = width < FewNodesDeviation ? GaussHermiteRule.Eight : GaussHermiteRule.Twenty;
        if (width >= GaussianGrid.LeastDeviation)
            PropagateOnGrid(activation, mean, variance, deviation, out resultMean, out resultVariance);
        else if (deviation < SmallDeviation || Math.Abs(mean) > Saturation)
            PropagateTaylor(activation, mean, variance, out resultMean, out resultVariance);
        else
            PropagateHermite(activation, mean, deviation, rule, out resultMean, out resultVariance);
    }

    /// <summary>E = f + ½f″s², Var = f′²s² + ½f″²s⁴; the second term counts where the slope is 0.</summary>
    private static void PropagateTaylor(Activation activation, double mean, double variance, out double resultMean, out double resultVariance)
    {
        double slope = ActivationFunctions.Slope(activation, mean, out double curvature);
        resultMean = ActivationFunctions.Value(activation, mean) + (0.5 * curvature * variance);
        resultVariance = ((slope * slope) + (0.5 * curvature * curvature * variance)) * variance;
    }

    private static void PropagateHermite(
        Activation activation,
        double mean,
        double deviation,
        GaussHermiteRule rule,
        out double resultMean,
        out double resultVariance)
    {
        // Differences from f(m), so that rounding is relative to the spread.
        double centre = ActivationFunctions.Value(activation, mean), first = 0, second = 0;
        var nodes = rule.Nodes;
        var weights = rule.Weights;
        for (int i = 0; i < nodes.Length; i++)
        {
            double difference = ActivationFunctions.Value(activation, mean + (deviation * nodes[i])) - centre;
            first += weights[i] * difference;
            second += weights[i] * difference * difference;
        }

        resultMean = centre + first;
        resultVariance = Math.Max(second - (first * first), 0);
    }

    [SkipLocalsInit]
    private static void PropagateOnGrid(Activation activation, double mean, double variance, double deviation, out double resultMean, out double resultVariance)
    {
        if (activation == Activation.Tanh)
        {
            // tanh(x) = 2σ(2x) − 1.
            PropagateOnGrid(Activation.Sigmoid, 2 * mean, 4 * variance, 2 * deviation, out resultMean, out resultVariance);
            resultMean = (2 * resultMean) - 1;
            resultVariance *= 4;
            return;
        }

        var parts = activation switch
        {
            Activation.Softplus => SoftplusParts,
            Activation.Silu => SiluParts,
            Activation.Gelu => GeluParts,
            Activation.Sigmoid => SigmoidParts,
            _ => throw new InvalidOperationException($"Unknown activation {activation}."),
        };

        // 1. On the negative side, where f is small: E[XⁿΦ(X/τ)], n = 0, 1, 2, by Stein's lemma; t² = s² + τ², E[Φ(X/τ)] = Φ(m/t).
        double m = -Math.Abs(mean), t = Math.Sqrt(variance + (parts.Scale * parts.Scale)), ratio = variance / (t * t);
        double distribution = NormalDistribution.Distribution(m / t), density = NormalDistribution.Density(m / t);
        double moment1 = (m * distribution) + (ratio * t * density);
        double moment2 = (((m * m) + variance) * distribution) + (m * ratio * t * (2 - ratio) * density);

        // 2. What is left of f, f′ and f².
        Span<double> buffer = stackalloc double[GaussianGrid.Count];
        var weights = buffer[..GaussianGrid.GetWeights(m, deviation, buffer, out int first)];
        double value = GaussianGrid.Sum(parts.Values, first, weights);
        double square = GaussianGrid.Sum(parts.Squares, first, weights);
        if (activation == Activation.Sigmoid)
        {
            resultMean = distribution + value;
            resultVariance = Math.Max(distribution + square - (resultMean * resultMean), 0);
            if (mean > 0)
                resultMean = 1 - resultMean;
            return;
        }

        resultMean = moment1 + value;
        resultVariance = Math.Max(moment2 + square - (resultMean * resultMean), 0);
        if (mean > 0)
            Reflect(mean, variance, distribution + GaussianGrid.Sum(parts.Slopes, first, weights), ref resultMean, ref resultVariance);
    }

    /// <summary>A <see cref="LocalisedActivation"/> on the grid.</summary>
    private sealed class Localised
    {
        public Localised(Activation activation)
        {
            var parts = new LocalisedActivation(activation);
            Scale = parts.Scale;
            Values = GaussianGrid.Tabulate(parts.Value);
            Slopes = GaussianGrid.Tabulate(parts.Slope);
            Squares = GaussianGrid.Tabulate(parts.Square);
        }

        public double Scale { get; }

        public double[] Values { get; }

        public double[] Slopes { get; }

        public double[] Squares { get; }
    }
}
