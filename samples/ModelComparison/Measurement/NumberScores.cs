namespace ModelComparison.Measurement;

/// <summary>A test row's label, and the normal distribution that a model expects it from.</summary>
internal sealed record ScoredNumber(double Target, double Mean, double StandardDeviation)
{
    public double Error => Target - Mean;
}

/// <summary>Test rows of a regression.</summary>
internal sealed class NumberScores(IReadOnlyList<ScoredNumber> rows) : TestScores
{
    /// <summary>Quantiles of the normal distribution: that share lies within so many standard deviations of the mean.</summary>
    private static readonly (double Share, double Deviations)[] Intervals =
    [
        (10, 0.125661), (20, 0.253347), (30, 0.385320), (40, 0.524401), (50, 0.674490), (60, 0.841621), (70, 1.036433), (80, 1.281552), (90, 1.644854), (95, 1.959964), (99, 2.575829),
    ];

    public IReadOnlyList<ScoredNumber> Rows { get; } = rows;

    public override IReadOnlyDictionary<Metric, double> Figures
    {
        get
        {
            double squaredError = Rows.Average(row => row.Error * row.Error), mean = Rows.Average(row => row.Target);
            double spread = Rows.Average(row => (row.Target - mean) * (row.Target - mean)), deviations = Intervals.Single(interval => interval.Share == 90).Deviations;
            return new Dictionary<Metric, double>
            {
                [Metric.RootMeanSquaredError] = Math.Sqrt(squaredError),
                [Metric.RSquared] = 1 - (squaredError / spread),
                [Metric.LogLikelihood] = Rows.Average(LogDensity),
                [Metric.Coverage] = Covered(deviations),
                [Metric.Width] = Rows.Average(row => 2 * deviations * row.StandardDeviation),
            };
        }
    }

    public override Curve Reliability => new([.. Intervals.Select(interval => interval.Share)], [.. Intervals.Select(interval => Covered(interval.Deviations))]);

    public override Curve Rejection => Reject(Rows.Select(row => (row.StandardDeviation, row.Error * row.Error)), Math.Sqrt);

    private double Covered(double deviations) => 100 * Rows.Average(row => Math.Abs(row.Error) <= deviations * row.StandardDeviation ? 1.0 : 0);

    private static double LogDensity(ScoredNumber row)
    {
        double variance = row.StandardDeviation * row.StandardDeviation;
        return -0.5 * (Math.Log(2 * Math.PI * variance) + (row.Error * row.Error / variance));
    }
}
