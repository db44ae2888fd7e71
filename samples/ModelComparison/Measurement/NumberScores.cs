using Microsoft.ML;
using Microsoft.ML.Trainers.VariationalDropout;

namespace ModelComparison.Measurement;

/// <summary>A test row's label, and the normal distribution that a model expects it from.</summary>
internal sealed class ScoredNumber
{
    public float Label { get; init; }

    public float Score { get; init; }

    public float ScoreStandardDeviation { get; init; }
}

/// <summary>Test rows of a regression.</summary>
internal sealed class NumberScores : TestScores
{
    private const double Level = 0.9;

    private static readonly double[] Levels = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99];

    private readonly Lazy<RegressionUncertaintyMetrics> _metrics;

    public NumberScores(IReadOnlyList<ScoredNumber> rows)
    {
        Rows = rows;
        _metrics = new(() => Evaluate(Level));
    }

    public IReadOnlyList<ScoredNumber> Rows { get; }

    public override IReadOnlyDictionary<Metric, double> Figures
    {
        get
        {
            RegressionUncertaintyMetrics metrics = _metrics.Value;
            double mean = Rows.Average(row => row.Label), spread = Rows.Average(row => (row.Label - mean) * (row.Label - mean));
            return new Dictionary<Metric, double>
            {
                [Metric.RootMeanSquaredError] = metrics.RootMeanSquaredError,
                [Metric.RSquared] = 1 - (metrics.RootMeanSquaredError * metrics.RootMeanSquaredError / spread),
                [Metric.LogLikelihood] = -metrics.NegativeLogLikelihood,
                [Metric.Coverage] = 100 * metrics.IntervalCoverage,
                [Metric.Width] = metrics.MeanIntervalWidth,
            };
        }
    }

    public override Curve Reliability => new([.. Levels.Select(level => 100 * level)], [.. Levels.Select(level => 100 * Evaluate(level).IntervalCoverage)]);

    /// <summary>A model that is as sure of all rows has the same error whichever are answered.</summary>
    public override Curve Rejection => Draw(_metrics.Value.RejectionCurve!, unit: 1);

    /// <summary>By the library's evaluator, which takes what any trainer says.</summary>
    private RegressionUncertaintyMetrics Evaluate(double level)
    {
        var mlContext = new MLContext();
        return mlContext.Regression.EvaluateUncertainty(mlContext.Data.LoadFromEnumerable(Rows), confidenceLevel: level);
    }
}
