namespace Microsoft.ML.Trainers.VariationalDropout.Numerics;

/// <summary>The standard normal distribution in double precision.</summary>
internal static class NormalDistribution
{
    /// <summary>1 / √(2π).</summary>
    private const double InverseRootTwoPi = 0.39894228040143267794;

    /// <summary>√(2π).</summary>
    private const double RootTwoPi = 2.5066282746310005024;

    /// <summary>The upper quartile: below it the distribution is ½ + x times a rational function, above it a tail.</summary>
    private const double Centre = 0.67448975;

    /// <summary>√32: above it the tail is an expansion in 1 / x².</summary>
    private const double FarTail = 5.656854249492380195;

    // W. J. Cody, "Rational Chebyshev approximations for the error function", Math. Comp. 23 (1969), as rearranged for the normal
    // distribution in ANORM of SPECFUN (ACM TOMS 19, 1993). Highest power first; what each is of stands where it is used.
    private static ReadOnlySpan<double> CentreNumerator =>
        [0.065682337918207449113, 2.2352520354606839287, 161.02823106855587881, 1067.6894854603709582, 18154.981253343561249];

    private static ReadOnlySpan<double> CentreDenominator =>
        [1, 47.20258190468824187, 976.09855173777669322, 10260.932208618978205, 45507.789335026729956];

    private static ReadOnlySpan<double> TailNumerator =>
    [
        1.0765576773720192317e-8, 0.39894151208813466764, 8.8831497943883759412, 93.506656132177855979, 597.27027639480026226,
        2494.5375852903726711, 6848.1904505362823326, 11602.651437647350124, 9842.7148383839780218,
    ];

    private static ReadOnlySpan<double> TailDenominator =>
    [
        1, 22.266688044328115691, 235.38790178262499861, 1519.377599407554805, 6485.558298266760755,
        18615.571640885098091, 34900.952721145977266, 38912.003286093271411, 19685.429676859990727,
    ];

    private static ReadOnlySpan<double> FarNumerator =>
        [0.02307344176494017303, 0.21589853405795699, 0.1274011611602473639, 0.022235277870649807, 0.001421619193227893466, 2.9112874951168792e-5];

    private static ReadOnlySpan<double> FarDenominator =>
        [1, 1.28426009614491121, 0.468238212480865118, 0.0659881378689285515, 0.00378239633202758244, 7.29751555083966205e-5];

    // M. J. Wichura, "Algorithm AS 241: the percentage points of the normal distribution", Appl. Statist. 37 (1988), PPND16.
    private static ReadOnlySpan<double> QuantileCentreNumerator =>
    [
        2.5090809287301226727e3, 3.3430575583588128105e4, 6.7265770927008700853e4, 4.5921953931549871457e4,
        1.3731693765509461125e4, 1.9715909503065514427e3, 1.3314166789178437745e2, 3.3871328727963666080,
    ];

    private static ReadOnlySpan<double> QuantileCentreDenominator =>
    [
        5.2264952788528545610e3, 2.8729085735721942674e4, 3.9307895800092710610e4, 2.1213794301586595867e4,
        5.3941960214247511077e3, 6.8718700749205790830e2, 4.2313330701600911252e1, 1,
    ];

    private static ReadOnlySpan<double> QuantileTailNumerator =>
    [
        7.74545014278341407640e-4, 2.27238449892691845833e-2, 2.41780725177450611770e-1, 1.27045825245236838258,
        3.64784832476320460504, 5.76949722146069140550, 4.63033784615654529590, 1.42343711074968357734,
    ];

    private static ReadOnlySpan<double> QuantileTailDenominator =>
    [
        1.05075007164441684324e-9, 5.47593808499534494600e-4, 1.51986665636164571966e-2, 1.48103976427480074590e-1,
        6.89767334985100004550e-1, 1.67638483018380384940, 2.05319162663775882187, 1,
    ];

    private static ReadOnlySpan<double> QuantileFarNumerator =>
    [
        2.01033439929228813265e-7, 2.71155556874348757815e-5, 1.24266094738807843860e-3, 2.65321895265761230930e-2,
        2.96560571828504891230e-1, 1.78482653991729133580, 5.46378491116411436990, 6.65790464350110377720,
    ];

    private static ReadOnlySpan<double> QuantileFarDenominator =>
    [
        2.04426310338993978564e-15, 1.42151175831644588870e-7, 1.84631831751005468180e-5, 7.86869131145613259100e-4,
        1.48753612908506148525e-2, 1.36929880922735805310e-1, 5.99832206555887937690e-1, 1,
    ];

    /// <summary>φ(x) = e^(−x²/2) / √(2π).</summary>
    public static double Density(double x) => InverseRootTwoPi * Math.Exp(-0.5 * x * x);

    /// <summary>Φ(x), the probability of a number below x; relative error below 1e-13 down to the smallest normal numbers (x = −37).</summary>
    public static double Distribution(double x)
    {
        double a = Math.Abs(x);
        if (a < Centre)
            return 0.5 + (x * CentralSlope(x * x));

        // Beyond 40 the exponential is 0; the bound keeps 0 · ∞ away from infinite arguments. A NaN comes through.
        a = Math.Min(a, 40);
        double tail = Math.Exp(-0.5 * a * a) * ScaledTail(a);
        return x > 0 ? 1 - tail : tail;
    }

    /// <summary>Mills' ratio (1 − Φ(x)) / φ(x) for x ≥ 0, relative error below 1e-14: the upper tail without its exponential. At ∞ it is 0.</summary>
    public static double MillsRatio(double x)
        => RootTwoPi * (x < Centre ? (0.5 - (x * CentralSlope(x * x))) * Math.Exp(0.5 * x * x) : ScaledTail(x));

    /// <summary>Φ⁻¹(p): relative error about 1e-15; −∞ at 0, ∞ at 1, NaN outside [0, 1].</summary>
    public static double Quantile(double p)
    {
        // 1. The centre, |p − ½| ≤ 0.425.
        double q = p - 0.5;
        if (Math.Abs(q) <= 0.425)
        {
            double square = 0.180625 - (q * q);
            return q * Polynomial(QuantileCentreNumerator, square) / Polynomial(QuantileCentreDenominator, square);
        }

        // 2. The tails, in r = sqrt(−log p) of the smaller side.
        double smaller = q < 0 ? p : 1 - p;
        if (!(smaller > 0))
            return smaller == 0 ? (q < 0 ? double.NegativeInfinity : double.PositiveInfinity) : double.NaN;
        double r = Math.Sqrt(-Math.Log(smaller));
        double magnitude = r <= 5
            ? Polynomial(QuantileTailNumerator, r - 1.6) / Polynomial(QuantileTailDenominator, r - 1.6)
            : Polynomial(QuantileFarNumerator, r - 5) / Polynomial(QuantileFarDenominator, r - 5);
        return q < 0 ? -magnitude : magnitude;
    }

    /// <summary>(Φ(x) − ½) / x by x², |x| below the quartile.</summary>
    private static double CentralSlope(double square) => Polynomial(CentreNumerator, square) / Polynomial(CentreDenominator, square);

    /// <summary>(1 − Φ(x)) e^(x²/2) for x above the quartile.</summary>
    private static double ScaledTail(double x)
    {
        if (x < FarTail)
            return Polynomial(TailNumerator, x) / Polynomial(TailDenominator, x);
        double inverseSquare = 1 / (x * x);
        return (InverseRootTwoPi - (inverseSquare * Polynomial(FarNumerator, inverseSquare) / Polynomial(FarDenominator, inverseSquare))) / x;
    }

    /// <summary>Horner's scheme, highest power first.</summary>
    private static double Polynomial(ReadOnlySpan<double> coefficients, double x)
    {
        double sum = 0;
        foreach (double coefficient in coefficients)
            sum = (sum * x) + coefficient;
        return sum;
    }
}
