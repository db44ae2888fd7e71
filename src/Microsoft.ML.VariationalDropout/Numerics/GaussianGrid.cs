namespace Microsoft.ML.Trainers.VariationalDropout.Numerics;

/// <summary>
/// E[b(X)] for X ~ N(m, s²) with s ≥ <see cref="LeastDeviation"/> and a function b that is smooth and dies out away from 0: the trapezoidal rule on the
/// fixed grid x_j = j / 2, |x_j| ≤ 32, on which b is tabulated once.
/// </summary>
/// <remarks>
/// Where b is analytic for |Im x| &lt; π and falls as e^−|x| (differences of the logistic sigmoid and its kin from a normal distribution), the rule
/// errs by a few hundred times e^(−2π·π/h + π²/2s²): 1e-11 at s = ¾, 1e-13 from s = 1 on (Trefethen and Weideman, "The exponentially convergent trapezoidal
/// rule", 2014). Plain Gauss–Hermite fails there from s = 2 on, because its nodes spread with s and miss what happens near 0.
/// </remarks>
internal static class GaussianGrid
{
    /// <summary>Below this deviation the Gaussian falls through the grid.</summary>
    public const double LeastDeviation = 0.75;

    /// <summary>Nodes of the grid.</summary>
    public const int Count = (2 * Half) + 1;

    private const int Half = 64;
    private const double Step = 0.5;

    /// <summary>1 / √(2π).</summary>
    private const double InverseRootTwoPi = 0.39894228040143267794;

    /// <summary>Deviations from the mean beyond which the density counts as 0 (2e-16 of its peak).</summary>
    private const double Reach = 8.5;

    /// <summary>b(x_j) for all nodes, [<see cref="Count"/>].</summary>
    public static double[] Tabulate(Func<double, double> function)
    {
        var table = new double[Count];
        for (int j = -Half; j <= Half; j++)
            table[j + Half] = function(j * Step);
        return table;
    }

    /// <summary>
    /// The weights of the nodes from number <paramref name="first"/> on; returns how many: none where the Gaussian lies beside the grid.
    /// Their error is below 1e-12 of each.
    /// </summary>
    public static int GetWeights(double mean, double deviation, Span<double> weights, out int first)
    {
        double from = Math.Ceiling((mean - (Reach * deviation)) / Step);
        double to = Math.Floor((mean + (Reach * deviation)) / Step);
        if (!(from <= Half && to >= -Half))
        {
            first = 0;
            return 0;
        }

        int lowest = (int)Math.Max(from, -Half), highest = (int)Math.Min(to, Half);
        int centre = (int)Math.Clamp(Math.Round(mean / Step), lowest, highest);
        first = lowest + Half;

        // Neighbours on the grid have a ratio that itself changes by a fixed factor from node to node: three exponentials in all.
        double offset = (centre * Step) - mean, half = 0.5 / (deviation * deviation);
        double peak = Step * InverseRootTwoPi / deviation * Math.Exp(-offset * offset * half);
        double factor = Math.Exp(-2 * Step * Step * half);
        double up = Math.Exp(-Step * (Step + (2 * offset)) * half);
        double down = Math.Exp(-Step * (Step - (2 * offset)) * half);
        for (double j = centre, weight = peak; j <= highest; j++, weight *= up, up *= factor)
            weights[(int)j - lowest] = weight;
        for (double j = centre, weight = peak; j >= lowest; j--, weight *= down, down *= factor)
            weights[(int)j - lowest] = weight;
        return highest - lowest + 1;
    }

    /// <summary>Σ b(x_j) w_j over the nodes that have weights.</summary>
    public static double Sum(double[] table, int first, ReadOnlySpan<double> weights)
    {
        var values = table.AsSpan(first, weights.Length);
        double even = 0, odd = 0;
        int j = 0;
        for (; j + 1 < weights.Length; j += 2)
        {
            even += values[j] * weights[j];
            odd += values[j + 1] * weights[j + 1];
        }

        return even + odd + (j < weights.Length ? values[j] * weights[j] : 0);
    }
}
