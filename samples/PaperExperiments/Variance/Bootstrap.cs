namespace PaperExperiments.Variance;

/// <summary>A range that an estimate lies in, from draws that are drawn again (Efron 1979).</summary>
internal readonly record struct Interval(double Low, double High);

internal static class Bootstrap
{
    /// <summary>The percentile interval, 95 %, of Σ numerators ÷ Σ denominators: pairs are drawn together, since they come from the same minibatches.</summary>
    public static Interval OfRatio(IReadOnlyList<double> numerators, IReadOnlyList<double> denominators, int resamples = 2000, int seed = 1)
    {
        if (numerators.Count != denominators.Count || numerators.Count == 0)
            throw new ArgumentException($"A ratio is of as many numerators as denominators, one or more; found {numerators.Count} and {denominators.Count}.", nameof(numerators));

        var random = new Random(seed);
        double[] ratios = new double[resamples];
        for (int r = 0; r < resamples; r++)
        {
            double numerator = 0, denominator = 0;
            for (int i = 0; i < numerators.Count; i++)
            {
                int drawn = random.Next(numerators.Count);
                numerator += numerators[drawn];
                denominator += denominators[drawn];
            }

            ratios[r] = numerator / denominator;
        }

        Array.Sort(ratios);
        return new(Quantile(ratios, 0.025), Quantile(ratios, 0.975));
    }

    private static double Quantile(double[] sorted, double share) => sorted[(int)Math.Round(share * (sorted.Length - 1))];
}
