namespace Samples;

/// <summary>A mean over repetitions, and how far it may be off.</summary>
/// <param name="Mean">The mean.</param>
/// <param name="StandardError">Of the mean: standard deviation (divisor n − 1) ÷ √n; null for a single value.</param>
internal sealed record Estimate(double Mean, double? StandardError)
{
    /// <exception cref="ArgumentException">There are no values.</exception>
    public static Estimate Of(IReadOnlyCollection<double> values)
    {
        if (values.Count == 0)
            throw new ArgumentException("A mean needs at least one value.", nameof(values));
        double mean = values.Average();
        double? error = values.Count < 2 ? null : Math.Sqrt(values.Sum(value => (value - mean) * (value - mean)) / (values.Count - 1) / values.Count);
        return new(mean, error);
    }

    /// <summary>Of ours − reference, pair by pair: what both have in common, such as a hard split, cancels out.</summary>
    /// <exception cref="ArgumentException">The counts differ, or there are no values.</exception>
    public static Estimate OfPairedDifference(IReadOnlyList<double> ours, IReadOnlyList<double> reference)
        => ours.Count == reference.Count
            ? Of([.. ours.Zip(reference, (left, right) => left - right)])
            : throw new ArgumentException($"Pairs need as many values on both sides; found {ours.Count} and {reference.Count}.", nameof(reference));
}
