namespace Microsoft.ML.Trainers.VariationalDropout.Numerics;

/// <summary>Special functions in double precision.</summary>
internal static class SpecialFunctions
{
    /// <summary>The limit of 2∫₀ˣF − log x for x → ∞: (γ + log 4) / 2, γ Euler's constant.</summary>
    private const double IntegralConstant = 0.98175501301071174;

    /// <summary>From here on the asymptotic series is good to 1e-8 at its smallest term.</summary>
    private const double SeriesLimit = 4.25;

    /// <summary>log(1 + x) for x > −1 with a relative error of a few units in the last place (Kahan: the rounding of 1 + x cancels).</summary>
    public static double LogOnePlus(double x)
    {
        double u = 1 + x;
        return u == 1 || double.IsInfinity(u) ? x : Math.Log(u) * (x / (u - 1));
    }

    /// <summary>σ(x) = 1 / (1 + e^−x), to full relative accuracy on both sides.</summary>
    public static double Sigmoid(double x) => 1 / (1 + Math.Exp(-x));

    /// <summary>log(1 + eˣ), to full relative accuracy on both sides.</summary>
    public static double Softplus(double x) => Math.Max(x, 0) + LogOnePlus(Math.Exp(-Math.Abs(x)));

    /// <summary>erf(x) by its always positive series, 2/√π e^(−x²) Σ 2ⁿ x^(2n+1) / (2n+1)!!.</summary>
    public static double Erf(double x)
    {
        double a = Math.Abs(x);
        if (a > 6)
            return Math.Sign(x);

        double term = x, sum = x;
        for (int n = 1; Math.Abs(term) > 1e-17 * Math.Abs(sum); n++)
        {
            term *= 2 * x * x / ((2 * n) + 1);
            sum += term;
        }

        return 2 / Math.Sqrt(Math.PI) * Math.Exp(-x * x) * sum;
    }

    /// <summary>x F(x), F(x) = e^(−x²) ∫₀ˣ e^(t²) dt Dawson's integral, for x ≥ 0; tends to ½.</summary>
    public static double DawsonTimesArgument(double x)
    {
        if (x < 1)
        {
            // F(x) = Σ (−2)ᵏ x^(2k+1) / (2k+1)!!
            double term = x * x, sum = term;
            for (int k = 1; Math.Abs(term) > 1e-17 * sum; k++)
            {
                term *= -2 * x * x / ((2 * k) + 1);
                sum += term;
            }

            return sum;
        }

        if (x > 8)
        {
            // x F(x) ~ ½ Σ (2k−1)!! / (2x²)ᵏ, summed to its smallest term.
            double term = 0.5, sum = term;
            for (int k = 1; k < 30 && term > 1e-17; k++)
            {
                term *= ((2 * k) - 1) / (2 * x * x);
                sum += term;
            }

            return sum;
        }

        // Rybicki's method: F(x) = lim 1/√π Σ over odd n of e^(−(x − nh)²) / n; h = 0.2 is exact to rounding.
        const double H = 0.2;
        double total = 0;
        int centre = (int)Math.Round(x / H);
        for (int n = (centre - 32) | 1; n <= centre + 33; n += 2)
            total += Math.Exp(-((x - (n * H)) * (x - (n * H)))) / n;
        return x * total / Math.Sqrt(Math.PI);
    }

    /// <summary>2∫₀ˣ F(u) du for x ≥ 0, F Dawson's integral; absolute error below 2e-8.</summary>
    public static double DawsonIntegralTwice(double x)
    {
        double sum = 0;
        if (x < SeriesLimit)
        {
            // 2 Σ (−2)ᵏ x^(2k+2) / ((2k+1)!! (2k+2))
            double term = 2 * x * x;
            for (int k = 0; k < 200; k++)
            {
                double part = term / ((2 * k) + 2);
                sum += part;
                if (Math.Abs(part) < 1e-17 * Math.Abs(sum))
                    break;
                term *= -2 * x * x / ((2 * k) + 3);
            }

            return sum;
        }

        // log x + c − Σ (2k−1)!! / (2k (2x²)ᵏ), summed to its smallest term.
        double factor = 1, previous = double.PositiveInfinity;
        for (int k = 1; k < 60; k++)
        {
            factor *= ((2 * k) - 1) / (2 * x * x);
            double part = factor / (2 * k);
            if (part > previous)
                break;
            sum += part;
            previous = part;
        }

        return Math.Log(x) + IntegralConstant - sum;
    }
}
