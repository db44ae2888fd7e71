namespace Microsoft.ML.Trainers.VariationalDropout;

/// <summary>The standard normal distribution above a bound a ≥ 0, with a small relative error however small it is.</summary>
internal readonly struct NormalTail
{
    /// <summary>√(π/2).</summary>
    private const double RootHalfPi = 1.2533141373155002512;

    /// <summary>1 / √(2π).</summary>
    private const double InverseRootTwoPi = 0.39894228040143267794;

    /// <summary>Above it the density is nothing in single precision; it keeps 0 · ∞ away.</summary>
    private const double Limit = 13;

    /// <summary>
    /// P of erfc(x) = t e^(−x² + P(t)), t = 1 / (1 + x/2), x ≥ 0, from the constant on: relative error below 1.2e-7 (Press et al., "Numerical recipes",
    /// 2nd ed. 1992, §6.2).
    /// </summary>
    private static readonly double[] Coefficients =
        [-1.26551223, 1.00002368, 0.37409196, 0.09678418, -0.18628806, 0.27886807, -1.13520398, 1.48851587, -0.82215223, 0.17087277];

    /// <param name="bound">a, 0 or more.</param>
    public NormalTail(GraphValue bound)
    {
        Bound = GraphValue.Min(bound, Limit);
        Ratio = MillsRatio(bound);
        Density = Phi(Bound);
        Probability = Density * Ratio;
        MeanExcess = Density * (1 - (Bound * Ratio));
    }

    /// <summary>a, or 13 where it is greater.</summary>
    public GraphValue Bound { get; }

    /// <summary>Mills' ratio Φ(−a) / φ(a), also beyond 13.</summary>
    public GraphValue Ratio { get; }

    /// <summary>φ(a).</summary>
    public GraphValue Density { get; }

    /// <summary>Φ(−a).</summary>
    public GraphValue Probability { get; }

    /// <summary>E[max(z − a, 0)] = φ(a) − aΦ(−a).</summary>
    public GraphValue MeanExcess { get; }

    /// <summary>φ(x).</summary>
    public static GraphValue Phi(GraphValue x) => GraphValue.Exp(GraphValue.Square(x) * -0.5) * InverseRootTwoPi;

    /// <summary>Mills' ratio Φ(−x) / φ(x) for x ≥ 0: relative error a few 1e-7, as single precision rounds.</summary>
    public static GraphValue MillsRatio(GraphValue x)
    {
        GraphValue t = 1 / (1 + (x * (0.5 / Math.Sqrt(2))));
        GraphValue polynomial = (t * Coefficients[^1]) + Coefficients[^2];
        for (int n = Coefficients.Length - 3; n >= 0; n--)
            polynomial = (polynomial * t) + Coefficients[n];
        return t * GraphValue.Exp(polynomial) * RootHalfPi;
    }

    /// <summary>Φ(x) for either sign.</summary>
    public static GraphValue Distribution(GraphValue x) => Distribution(x, out _);

    /// <summary>Φ(x) for either sign, and Mills' ratio of |x|.</summary>
    public static GraphValue Distribution(GraphValue x, out GraphValue ratio)
    {
        var tail = new NormalTail(GraphValue.Abs(x));
        ratio = tail.Ratio;
        return GraphValue.Where(GraphValue.Less(x, 0), tail.Probability, 1 - tail.Probability);
    }
}
