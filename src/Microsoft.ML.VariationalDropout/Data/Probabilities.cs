using Microsoft.ML.Runtime;

namespace Microsoft.ML.Trainers.VariationalDropout.Data;

/// <summary>Tells probabilities from margins and other scores.</summary>
internal static class Probabilities
{
    private const double LargestErrorOfSum = 1e-3;

    /// <param name="channel">Where the error comes from.</param>
    /// <param name="column">The column's name.</param>
    /// <param name="values">The probability of one class, or those of all.</param>
    /// <param name="row">Where they are, counted from 0.</param>
    /// <exception cref="InvalidOperationException">They are no probabilities.</exception>
    public static void Check(IChannel channel, string column, ReadOnlySpan<float> values, long row)
    {
        double sum = 0;
        bool areProbabilities = true;
        foreach (float value in values)
        {
            sum += value;
            areProbabilities &= value is >= 0 and <= 1;
        }

        if (!areProbabilities && values.Length == 1)
            throw channel.Except(FormattableString.Invariant($"Column '{column}' is {values[0]} in row {row}, counted from 0, which is no probability: a number from 0 to 1 is needed."));
        if (values.Length > 1 && !(areProbabilities && Math.Abs(sum - 1) <= LargestErrorOfSum))
        {
            throw channel.Except(FormattableString.Invariant(
                $"Column '{column}' has no probabilities in row {row}, counted from 0: numbers from 0 to 1 whose sum is 1 are needed, and the sum is {sum}. Use a trainer whose scores are probabilities, as LbfgsMaximumEntropy, LightGbm or VariationalDropout."));
        }
    }
}
