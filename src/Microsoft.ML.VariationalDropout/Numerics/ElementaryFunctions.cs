using System.Runtime.CompilerServices;

namespace Microsoft.ML.Trainers.VariationalDropout.Numerics;

/// <summary>Elementary functions in single precision, the same polynomial on every path.</summary>
internal static class ElementaryFunctions<TLanes>
    where TLanes : unmanaged, IBitLanes<TLanes>
{
    /// <summary>exp(x), within 2 units in the last place; x below −87.3 gives 1.2e-38 (never a denormal), above 88 it stays at 1.7e38.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLanes Exp(TLanes x)
    {
        // 1. exp(x) = 2^n exp(r), n = round(x / ln 2), |r| ≤ ln 2 / 2; ln 2 is taken off in two parts.
        x = TLanes.Min(TLanes.Max(x, TLanes.Create(-87.3f)), TLanes.Create(88f));
        var n = TLanes.ToInteger(x * TLanes.Create(1.44269504f));
        var nFloat = TLanes.ToSingle(n);
        var r = TLanes.MultiplyAdd(nFloat, TLanes.Create(-0.693359375f), x);
        r = TLanes.MultiplyAdd(nFloat, TLanes.Create(2.12194440e-4f), r);

        // 2. exp(r) = 1 + r + r² P(r), P of degree 5 (Cephes expf).
        var p = TLanes.Create(1.9875691500e-4f);
        p = TLanes.MultiplyAdd(p, r, TLanes.Create(1.3981999507e-3f));
        p = TLanes.MultiplyAdd(p, r, TLanes.Create(8.3334519073e-3f));
        p = TLanes.MultiplyAdd(p, r, TLanes.Create(4.1665795894e-2f));
        p = TLanes.MultiplyAdd(p, r, TLanes.Create(1.6666665459e-1f));
        p = TLanes.MultiplyAdd(p, r, TLanes.Create(5.0000001201e-1f));
        p = TLanes.MultiplyAdd(p, r * r, r + TLanes.Create(1f));

        // 3. 2^n by its exponent bits.
        return p * TLanes.ShiftLeft(TLanes.AddIntegers(n, TLanes.CreateBits(127)), 23);
    }

    /// <summary>log(x) for positive, normal x, within 2 units in the last place away from 1.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLanes Log(TLanes x)
    {
        // 1. x = 2^e (1 + f), 1 + f in [sqrt(1/2), sqrt(2)): 0x3F3504F3 are the bits of sqrt(1/2).
        var e = TLanes.ShiftRightArithmetic(TLanes.SubtractIntegers(x, TLanes.CreateBits(0x3F3504F3)), 23);
        var f = TLanes.SubtractIntegers(x, TLanes.ShiftLeft(e, 23)) - TLanes.Create(1f);

        // 2. log(1 + f) = f − f²/2 + f³ P(f), P of degree 8 (Cephes logf).
        var p = TLanes.Create(7.0376836292e-2f);
        p = TLanes.MultiplyAdd(p, f, TLanes.Create(-1.1514610310e-1f));
        p = TLanes.MultiplyAdd(p, f, TLanes.Create(1.1676998740e-1f));
        p = TLanes.MultiplyAdd(p, f, TLanes.Create(-1.2420140846e-1f));
        p = TLanes.MultiplyAdd(p, f, TLanes.Create(1.4249322787e-1f));
        p = TLanes.MultiplyAdd(p, f, TLanes.Create(-1.6668057665e-1f));
        p = TLanes.MultiplyAdd(p, f, TLanes.Create(2.0000714765e-1f));
        p = TLanes.MultiplyAdd(p, f, TLanes.Create(-2.4999993993e-1f));
        p = TLanes.MultiplyAdd(p, f, TLanes.Create(3.3333331174e-1f));
        var f2 = f * f;
        p = TLanes.MultiplyAdd(f2, TLanes.Create(-0.5f), p * f * f2) + f;

        // 3. Put the exponent back.
        return TLanes.MultiplyAdd(TLanes.ToSingle(e), TLanes.Create(0.69314718056f), p);
    }

    /// <summary>erf(x), off by at most 2e-7.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLanes Erf(TLanes x)
    {
        // 1. |x| < 1: the first eleven terms of the Maclaurin series, 2/√π Σ (−1)ⁿ x^(2n+1) / (n! (2n+1)); the next is 1e-9.
        var x2 = TLanes.Min(x * x, TLanes.Create(1f));
        var series = TLanes.Create(1.480719282e-08f);
        series = TLanes.MultiplyAdd(series, x2, TLanes.Create(-1.636584469e-07f));
        series = TLanes.MultiplyAdd(series, x2, TLanes.Create(1.646211437e-06f));
        series = TLanes.MultiplyAdd(series, x2, TLanes.Create(-1.492565036e-05f));
        series = TLanes.MultiplyAdd(series, x2, TLanes.Create(1.205533298e-04f));
        series = TLanes.MultiplyAdd(series, x2, TLanes.Create(-8.548327023e-04f));
        series = TLanes.MultiplyAdd(series, x2, TLanes.Create(5.223977625e-03f));
        series = TLanes.MultiplyAdd(series, x2, TLanes.Create(-2.686617065e-02f));
        series = TLanes.MultiplyAdd(series, x2, TLanes.Create(1.128379167e-01f));
        series = TLanes.MultiplyAdd(series, x2, TLanes.Create(-3.761263890e-01f));
        series = TLanes.MultiplyAdd(series, x2, TLanes.Create(1.128379167e+00f));

        // 2. Elsewhere Abramowitz and Stegun 7.1.26; the exponent is bounded so that its square stays finite.
        var one = TLanes.Create(1f);
        var a = TLanes.Min(TLanes.Abs(x), TLanes.Create(9f));
        var t = one / TLanes.MultiplyAdd(a, TLanes.Create(0.3275911f), one);
        var p = TLanes.Create(1.061405429f);
        p = TLanes.MultiplyAdd(p, t, TLanes.Create(-1.453152027f));
        p = TLanes.MultiplyAdd(p, t, TLanes.Create(1.421413741f));
        p = TLanes.MultiplyAdd(p, t, TLanes.Create(-0.284496736f));
        p = TLanes.MultiplyAdd(p, t, TLanes.Create(0.254829592f));
        var magnitude = one - (p * t * Exp(TLanes.Create(0f) - (a * a)));
        return TLanes.SelectGreater(one, a, x * series, magnitude ^ (x & TLanes.CreateBits(0x80000000)));
    }
}
