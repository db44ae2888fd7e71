using System.Runtime.CompilerServices;
using Microsoft.ML.Trainers.VariationalDropout.Numerics;

namespace Microsoft.ML.Trainers.VariationalDropout.Network;

/// <summary>What a Gaussian over the outputs of the network becomes as a prediction. For classes by draws see <see cref="SoftmaxMoments"/>.</summary>
internal static class OutputMoments
{
    private const double LogTwoPi = 1.8378770664093454836;

    /// <summary>1 / √(2π).</summary>
    private const double InverseRootTwoPi = 0.39894228040143267794;

    private static readonly double[] SeriesWeights = AlternatingSeries.Weights(16);

    private static readonly double[] EntropyTable = GaussianGrid.Tabulate(Entropy.OfLogit);

    /// <summary>
    /// A logit z ~ N(<paramref name="mean"/>, <paramref name="variance"/>): the probability E[σ(z)], its variance, and the expected entropy E[H(σ(z))] in nats.
    /// Errors of probability and entropy below 1e-11. The predictive entropy is <see cref="Entropy.Binary"/> of the probability. A variance
    /// of 0 gives σ(mean), 0 and H(σ(mean)); what is not finite gives NaN.
    /// </summary>
    [SkipLocalsInit]
    public static void Bernoulli(double mean, double variance, out double probability, out double probabilityVariance, out double expectedEntropy)
    {
        ActivationMoments.Propagate(Activation.Sigmoid, mean, variance, out probability, out probabilityVariance);
        double deviation = Math.Sqrt(Math.Max(variance, 0));
        if (double.IsNaN(probability))
        {
            expectedEntropy = double.NaN;
        }
        else if (deviation >= GaussianGrid.LeastDeviation)
        {
            // The entropy is a bump of a few units' width around 0, however wide the Gaussian is.
            Span<double> buffer = stackalloc double[GaussianGrid.Count];
            var weights = buffer[..GaussianGrid.GetWeights(mean, deviation, buffer, out int first)];
            expectedEntropy = GaussianGrid.Sum(EntropyTable, first, weights);
        }
        else
        {
            // By differences, so that a variance of 0 gives the entropy's own bits.
            double centre = Entropy.OfLogit(mean), sum = 0;
            var rule = GaussHermiteRule.Twenty;
            for (int i = 0; i < rule.Nodes.Length; i++)
                sum += rule.Weights[i] * (Entropy.OfLogit(mean + (deviation * rule.Nodes[i])) - centre);
            expectedEntropy = centre + sum;
        }
    }

    /// <summary>log E[σ(z)], z ~ N(<paramref name="mean"/>, <paramref name="variance"/>), however small the probability is; error below 1e-9 of max(1, |result|).</summary>
    public static double LogProbability(double mean, double variance)
    {
        variance = Math.Max(variance, 0);
        if (variance == 0)
            return -SpecialFunctions.Softplus(-mean);
        double probability;
        if (mean >= 0)
        {
            ActivationMoments.Propagate(Activation.Sigmoid, -mean, variance, out probability, out _);
            return SpecialFunctions.LogOnePlus(-probability);
        }

        // 1. m ≤ −s²: σ(z) = e^z σ(−z), and e^z moves the Gaussian to m + s². Its mean is 0 or less, so that E σ(−z) is ½ or more.
        double moved = mean + variance, deviation = Math.Sqrt(variance);
        if (moved <= 0)
        {
            ActivationMoments.Propagate(Activation.Sigmoid, moved, variance, out probability, out _);
            return mean + (0.5 * variance) + SpecialFunctions.LogOnePlus(-probability);
        }

        // 2. A narrow Gaussian that is not far: the probability is not small.
        if (deviation < GaussianGrid.LeastDeviation)
        {
            ActivationMoments.Propagate(Activation.Sigmoid, mean, variance, out probability, out _);
            return Math.Log(probability);
        }

        // 3. A wide one: σ is 1 − e^−z + e^−2z … on the right of 0 and e^z − e^2z … on its left. With a = −m/s, 0 < a < s, and Mills' ratio R the Gaussian's
        //    integrals are φ(a) R(ks + a), k = 0, 1 …, and φ(a) R(ks − a), k = 1, 2 … R is the Laplace transform of e^(−t²/2), so that both series converge fast.
        double a = -mean / deviation, sum = 0;
        for (int k = 0; k < SeriesWeights.Length; k++)
            sum += SeriesWeights[k] * (NormalDistribution.MillsRatio((k * deviation) + a) + NormalDistribution.MillsRatio(((k + 1) * deviation) - a));
        return Math.Log(sum) - (0.5 * ((a * a) + LogTwoPi));
    }

    /// <summary>
    /// Mean class probabilities of independent logits z_k ~ N(μ_k, s_k²), [K] each, without draws:
    /// p_k ∝ 1 / (1 + Σ_(j≠k) exp(−(μ_k − μ_j) / sqrt(1 + π(s_k² + s_j²)/8))).
    /// </summary>
    /// <remarks>
    /// Each pair of classes by MacKay's (1992) approximation of the mean sigmoid of z_k − z_j, put together as the softmax is from its pairs. Exact
    /// without variance, and for two classes as good as MacKay's (0.02); at K = 10 and μ, s of unit scale the largest error of a class is about 0.06.
    /// </remarks>
    public static void SoftmaxPairwise(ReadOnlySpan<double> means, ReadOnlySpan<double> variances, Span<double> probabilities)
    {
        double total = 0;
        for (int k = 0; k < means.Length; k++)
        {
            double sum = 1;
            for (int j = 0; j < means.Length; j++)
            {
                if (j != k)
                    sum += Math.Exp((means[j] - means[k]) / Math.Sqrt(1 + (Math.PI / 8 * (Math.Max(variances[k], 0) + Math.Max(variances[j], 0)))));
            }

            probabilities[k] = 1 / sum;
            total += probabilities[k];
        }

        for (int k = 0; k < means.Length; k++)
            probabilities[k] /= total;
    }

    /// <summary>
    /// The expected noise variance E[e^c] of a regression, c = v clamped to [<paramref name="lower"/>, <paramref name="upper"/>] (finite),
    /// v ~ N(<paramref name="meanV"/>, <paramref name="varianceV"/>) the logarithm of the noise variance. Exact to rounding.
    /// </summary>
    public static double ExpectedNoiseVariance(double meanV, double varianceV, double lower, double upper)
    {
        double deviation = Math.Sqrt(Math.Max(varianceV, 0));
        if (deviation == 0)
            return Math.Exp(Math.Clamp(meanV, lower, upper));

        // With a = (L − m)/s and b = (U − m)/s the ends contribute e^L Φ(a) + e^U Φ(−b), and the middle, by completing the square,
        // ∫ e^(m + sz) φ(z) dz from a to b = e^(m + s²/2) [Φ(b − s) − Φ(a − s)].
        double a = (lower - meanV) / deviation, b = (upper - meanV) / deviation;
        double ends = (Math.Exp(lower) * NormalDistribution.Distribution(a)) + (Math.Exp(upper) * NormalDistribution.Distribution(-b));
        double middle;
        if (b < deviation)
        {
            // e^(m + s²/2) may overflow while Φ vanishes. m + s²/2 − (b − s)²/2 = U − b²/2: with Mills' ratio nothing does.
            middle = InverseRootTwoPi * ((Math.Exp(upper - (0.5 * b * b)) * NormalDistribution.MillsRatio(deviation - b))
                - (Math.Exp(lower - (0.5 * a * a)) * NormalDistribution.MillsRatio(deviation - a)));
        }
        else
        {
            // Here m + s² ≤ U. The difference is taken in the tail that both are in.
            double part = a < deviation
                ? NormalDistribution.Distribution(b - deviation) - NormalDistribution.Distribution(a - deviation)
                : NormalDistribution.Distribution(deviation - a) - NormalDistribution.Distribution(deviation - b);
            middle = Math.Exp(meanV + (0.5 * deviation * deviation)) * part;
        }

        return Math.Clamp(ends + middle, Math.Exp(lower), Math.Exp(upper));
    }

    /// <summary>
    /// The predictive log density log p(y) of a regression with a Gaussian over the mean, N(<paramref name="mean"/>,
    /// <paramref name="meanVariance"/>), and one over the logarithm v of the noise variance: log ∫ N(y; mean, meanVariance + e^c) N(v; meanV, varianceV) dv, c = v clamped to
    /// [<paramref name="lower"/>, <paramref name="upper"/>].
    /// </summary>
    /// <remarks>
    /// An approximation in two places: mean and v count as independent, though they share the hidden layers; and the integral is 20-node Gauss–Hermite
    /// (error below 1e-4 for deviations of v up to 1 and y within five deviations, 0.01 for a deviation of 2 or with the clamping's kinks in the middle).
    /// </remarks>
    public static double LogDensity(double y, double mean, double meanVariance, double meanV, double varianceV, double lower, double upper)
    {
        double deviation = Math.Sqrt(Math.Max(varianceV, 0)), error = y - mean;
        var rule = GaussHermiteRule.Twenty;
        Span<double> terms = stackalloc double[20];
        double largest = double.NegativeInfinity;
        for (int i = 0; i < terms.Length; i++)
        {
            double variance = Math.Max(meanVariance, 0) + Math.Exp(Math.Clamp(meanV + (deviation * rule.Nodes[i]), lower, upper));
            terms[i] = -0.5 * (LogTwoPi + Math.Log(variance) + (error * error / variance));
            largest = Math.Max(largest, terms[i]);
        }

        if (double.IsNegativeInfinity(largest))
            return largest;
        double sum = 0;
        for (int i = 0; i < terms.Length; i++)
            sum += rule.Weights[i] * Math.Exp(terms[i] - largest);
        return largest + Math.Log(sum);
    }
}
