using System.Runtime.CompilerServices;
using Microsoft.ML.Trainers.VariationalDropout.Numerics;

namespace Microsoft.ML.Trainers.VariationalDropout.Network;

/// <summary>
/// KL(q ‖ p) of one multiplicative noise variable N(1, α) from the log-uniform prior, as a function of log α, normalised to 0 at α → ∞
/// so that it is never negative (the prior is improper: its constant is arbitrary).
/// </summary>
/// <remarks>
/// Exact form: with x = sqrt(λ), λ = 1 / (2α) and F Dawson's integral, KL = 2∫₀ˣF(u)du and dKL / dlog α = −x F(x).
/// </remarks>
internal static class LogUniformPrior
{
    // Kingma, Salimans and Welling (2015), equation 14.
    private const double C1 = 1.16145124, C2 = -1.50204118, C3 = 0.58629921, PolynomialConstant = 0.635181423;

    // Molchanov, Ashukha and Vetrov (2017), equation 14.
    private const double K1 = 0.63576, K2 = 1.87320, K3 = 1.48695;

    /// <summary>The divergence in nats.</summary>
    public static double Value(KullbackLeiblerForm form, double logDropoutVariance)
    {
        double alpha = Math.Exp(logDropoutVariance);
        return form switch
        {
            KullbackLeiblerForm.Exact => SpecialFunctions.DawsonIntegralTwice(Math.Sqrt(0.5 / alpha)),
            KullbackLeiblerForm.Polynomial => PolynomialConstant - ((0.5 * logDropoutVariance) + (alpha * (C1 + (alpha * (C2 + (alpha * C3)))))),
            KullbackLeiblerForm.Sigmoid => K1 + (0.5 * double.LogP1(1 / alpha)) - (K1 / (1 + Math.Exp(-K2 - (K3 * logDropoutVariance)))),
            _ => throw UnknownForm(form),
        };
    }

    /// <summary>The exact form as a function of λ = 1 / (2α) by two rational functions, off by less than 1e-6.</summary>
    public static double FastValue(double lambda)
    {
        if (lambda <= 4)
        {
            double p = 1.00000134 + (lambda * (0.114462856 + (lambda * (0.0216331098 - (lambda * 4.94492958e-5)))));
            double q = 1 + (lambda * (0.447808313 + (lambda * (0.0819765091 + (lambda * 0.00657416577)))));
            return lambda * p / q;
        }

        double t = 1 / lambda;
        double above = 0.250029199 + (t * (-2.55013831 + (t * (16.5589385 + (t * (-37.5735777 + (t * 85.3828653)))))));
        double below = 1 + (t * (-10.9352739 + (t * (72.5292114 + (t * (-182.134803 + (t * 317.372808)))))));
        return (0.5 * Math.Log(lambda)) + 0.981754988 - (t * above / below);
    }

    /// <summary>dKL / dlog α, always negative for the exact form.</summary>
    public static double Slope(KullbackLeiblerForm form, double logDropoutVariance)
    {
        double alpha = Math.Exp(logDropoutVariance);
        switch (form)
        {
            case KullbackLeiblerForm.Exact:
                return -SpecialFunctions.DawsonTimesArgument(Math.Sqrt(0.5 / alpha));
            case KullbackLeiblerForm.Polynomial:
                return -(0.5 + (alpha * (C1 + (alpha * ((2 * C2) + (alpha * 3 * C3))))));
            case KullbackLeiblerForm.Sigmoid:
                double sigmoid = 1 / (1 + Math.Exp(-K2 - (K3 * logDropoutVariance)));
                return (-0.5 / (1 + alpha)) - (K1 * K3 * sigmoid * (1 - sigmoid));
            default:
                throw UnknownForm(form);
        }
    }

    /// <summary>dKL / dlog α for many weights at once; in single precision the exact form by two rational functions (error 3e-7).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLanes Slope<TLanes, T>(KullbackLeiblerForm form, TLanes logDropoutVariance)
        where TLanes : unmanaged, ILanes<TLanes, T>
        where T : unmanaged
    {
        if (typeof(TLanes) == typeof(DoubleLane))
        {
            double slope = Slope(form, Unsafe.BitCast<TLanes, double>(logDropoutVariance));
            return TLanes.Create(slope);
        }

        var alpha = TLanes.Exp(logDropoutVariance);
        var one = TLanes.Create(1.0);
        if (form == KullbackLeiblerForm.Polynomial)
        {
            var p = TLanes.MultiplyAdd(alpha, TLanes.Create(-3 * C3), TLanes.Create(-2 * C2));
            p = TLanes.MultiplyAdd(alpha, p, TLanes.Create(-C1));
            return TLanes.MultiplyAdd(alpha, p, TLanes.Create(-0.5));
        }

        if (form == KullbackLeiblerForm.Sigmoid)
        {
            var sigmoid = one / (one + TLanes.Exp(TLanes.MultiplyAdd(logDropoutVariance, TLanes.Create(-K3), TLanes.Create(-K2))));
            return (TLanes.Create(-0.5) / (one + alpha)) - (TLanes.Create(K1 * K3) * sigmoid * (one - sigmoid));
        }

        var t = alpha + alpha;
        var lambda = one / t;
        return TLanes.Create(0.0) - TLanes.SelectGreater(lambda, TLanes.Create(4.0), SlopeAbove4<TLanes, T>(t), SlopeUpTo4<TLanes, T>(lambda));
    }

    /// <summary>
    /// dKL / dθ and dKL / dlog σ² of N(θ, σ²), λ = θ² / (2σ²): −√λ F(√λ) by log σ² and (θ / σ²) √λ F(√λ) / λ by θ. Both factors are
    /// smooth at θ = 0, where they are 0.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void GaussianSlopes<TLanes, T>(TLanes mean, TLanes variance, out TLanes byMean, out TLanes byLogVariance)
        where TLanes : unmanaged, ILanes<TLanes, T>
        where T : unmanaged
    {
        var scaled = mean / variance;
        var lambda = TLanes.Create(0.5) * mean * scaled;
        if (typeof(TLanes) == typeof(DoubleLane))
        {
            double number = Unsafe.BitCast<TLanes, double>(lambda);
            double product = SpecialFunctions.DawsonTimesArgument(Math.Sqrt(number));

            // x F(x) / x² → 1 at 0; the series' first two terms are exact to rounding below 1e-8.
            byMean = scaled * TLanes.Create(number < 1e-8 ? 1 - (2.0 / 3 * number) : product / number);
            byLogVariance = TLanes.Create(-product);
            return;
        }

        var four = TLanes.Create(4.0);
        var t = TLanes.Create(1.0) / TLanes.Max(lambda, four);
        var ratioUpTo4 = RatioUpTo4<TLanes, T>(TLanes.Min(lambda, four));
        var slopeAbove4 = SlopeAbove4<TLanes, T>(t);
        byMean = scaled * TLanes.SelectGreater(lambda, four, slopeAbove4 * t, ratioUpTo4);
        byLogVariance = TLanes.Create(0.0) - TLanes.SelectGreater(lambda, four, slopeAbove4, lambda * ratioUpTo4);
    }

    /// <summary>x F(x) for λ = x² ≤ 4, off by at most 1.3e-7.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TLanes SlopeUpTo4<TLanes, T>(TLanes lambda)
        where TLanes : unmanaged, ILanes<TLanes, T>
        where T : unmanaged
        => lambda * RatioUpTo4<TLanes, T>(lambda);

    /// <summary>x F(x) / λ for λ = x² ≤ 4.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TLanes RatioUpTo4<TLanes, T>(TLanes lambda)
        where TLanes : unmanaged, ILanes<TLanes, T>
        where T : unmanaged
    {
        var p = TLanes.MultiplyAdd(lambda, TLanes.Create(0.000498608966), TLanes.Create(0.0293308579));
        p = TLanes.MultiplyAdd(lambda, p, TLanes.Create(-0.0640502042));
        p = TLanes.MultiplyAdd(lambda, p, TLanes.Create(0.999998315));
        var q = TLanes.MultiplyAdd(lambda, TLanes.Create(0.00230619224), TLanes.Create(0.0254791128));
        q = TLanes.MultiplyAdd(lambda, q, TLanes.Create(0.164478966));
        q = TLanes.MultiplyAdd(lambda, q, TLanes.Create(0.602596036));
        q = TLanes.MultiplyAdd(lambda, q, TLanes.Create(1.0));
        return p / q;
    }

    /// <summary>x F(x) for t = 1 / λ &lt; 1/4, off by at most 2.8e-7.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TLanes SlopeAbove4<TLanes, T>(TLanes t)
        where TLanes : unmanaged, ILanes<TLanes, T>
        where T : unmanaged
    {
        // The branch that is not selected may see a huge t: keep it finite.
        t = TLanes.Min(t, TLanes.Create(1.0));
        var p = TLanes.MultiplyAdd(t, TLanes.Create(-646.267024), TLanes.Create(475.836412));
        p = TLanes.MultiplyAdd(t, p, TLanes.Create(-160.688611));
        p = TLanes.MultiplyAdd(t, p, TLanes.Create(36.6864103));
        p = TLanes.MultiplyAdd(t, p, TLanes.Create(-4.16045544));
        p = TLanes.MultiplyAdd(t, p, TLanes.Create(0.250081335));
        var q = TLanes.MultiplyAdd(t, TLanes.Create(-2410.61841), TLanes.Create(2103.69768));
        q = TLanes.MultiplyAdd(t, q, TLanes.Create(-786.439258));
        q = TLanes.MultiplyAdd(t, q, TLanes.Create(167.728379));
        q = TLanes.MultiplyAdd(t, q, TLanes.Create(-18.093557));
        q = TLanes.MultiplyAdd(t, q, TLanes.Create(1.0));
        return TLanes.MultiplyAdd(t, p / q, TLanes.Create(0.5));
    }

    private static InvalidOperationException UnknownForm(KullbackLeiblerForm form) => new($"Unknown form {form}.");
}
