namespace Microsoft.ML.Trainers.VariationalDropout.PeerComparison.Measurement;

/// <summary>The quartiles of a sample, linear between its values; all NaN for none.</summary>
internal readonly record struct Quartiles(double Lower, double Median, double Upper)
{
    public static Quartiles Of(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return sorted.Length == 0 ? new(double.NaN, double.NaN, double.NaN) : new(At(sorted, 0.25), At(sorted, 0.5), At(sorted, 0.75));
    }

    public Quartiles Times(double factor) => new(Lower * factor, Median * factor, Upper * factor);

    private static double At(double[] sorted, double quantile)
    {
        double position = quantile * (sorted.Length - 1);
        int below = (int)position;
        int above = Math.Min(below + 1, sorted.Length - 1);
        return sorted[below] + ((position - below) * (sorted[above] - sorted[below]));
    }
}
