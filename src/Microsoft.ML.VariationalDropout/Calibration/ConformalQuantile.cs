using Microsoft.ML.Runtime;

namespace Microsoft.ML.Trainers.VariationalDropout.Calibration;

/// <summary>
/// The quantile of split-conformal prediction: of n values that are exchangeable with one to come, the ⌈(n + 1) · level⌉-th smallest is not
/// exceeded by that one with probability level or more, and, without ties, with less than level + 1 / (n + 1).
/// </summary>
internal static class ConformalQuantile
{
    /// <summary>The place of the quantile among n sorted values, counted from 1; n + 1 where no value of the n is great enough.</summary>
    /// <param name="count">n.</param>
    /// <param name="level">In (0, 1).</param>
    public static long Rank(long count, double level)
    {
        // As a decimal 0.55 is 0.55: in binary 100 · 0.55 lies above 55, and would be one value too far. A level next to 0 is 0 as a decimal.
        return Math.Max((long)Math.Ceiling((count + 1) * (decimal)level), 1);
    }

    /// <summary>The fewest values with which <see cref="Rank"/> is one of them; <see cref="long.MaxValue"/> for a level next to 1, which is 1 as a decimal.</summary>
    public static long LeastCount(double level)
    {
        // (n + 1) · level is at most n.
        decimal exact = (decimal)level;
        return exact < 1 ? Math.Max((long)Math.Ceiling(exact / (1 - exact)), 1) : long.MaxValue;
    }

    /// <summary>The quantile; infinity where <paramref name="values"/> are too few.</summary>
    /// <param name="values">One or more, no NaN; they are sorted.</param>
    /// <param name="level">In (0, 1).</param>
    public static double Of(List<double> values, double level)
    {
        long rank = Rank(values.Count, level);
        values.Sort();
        return rank > values.Count ? double.PositiveInfinity : values[(int)rank - 1];
    }

    /// <param name="channel">Where the warning goes.</param>
    /// <param name="count">Calibration rows.</param>
    /// <param name="level">In (0, 1).</param>
    /// <param name="consequence">What follows.</param>
    public static void WarnIfTooFew(IChannel channel, long count, double level, string consequence)
    {
        if (Rank(count, level) > count)
            channel.Warning("With {0} instances the confidence level {1} cannot be guaranteed otherwise: {2}. At least {3} instances are needed", count, level, consequence, LeastCount(level));
    }
}
