using Samples;

namespace ModelComparison.Measurement;

/// <summary>A test row's class, from 0, and the probability that a model gives each class.</summary>
internal sealed record ScoredClass(int Class, float[] Probabilities)
{
    public double Confidence => Probabilities.Max();

    public bool IsRight => Array.IndexOf(Probabilities, Probabilities.Max()) == Class;
}

/// <summary>Test rows of two or more classes.</summary>
internal sealed class ClassScores(IReadOnlyList<ScoredClass> rows) : TestScores
{
    /// <summary>A probability of 0 would cost infinitely many nats.</summary>
    private const double LeastProbability = 1e-7;

    private const int Bins = 10;

    public IReadOnlyList<ScoredClass> Rows { get; } = rows;

    public override IReadOnlyDictionary<Metric, double> Figures
    {
        get
        {
            var figures = new Dictionary<Metric, double>
            {
                [Metric.Accuracy] = 100 * Rows.Average(row => row.IsRight ? 1.0 : 0),
                [Metric.LogLoss] = Rows.Average(row => -Math.Log(Math.Clamp(row.Probabilities[row.Class], LeastProbability, 1))),
                [Metric.BrierScore] = Rows.Average(row => row.Probabilities.Select((probability, one) => Math.Pow(probability - (one == row.Class ? 1 : 0), 2)).Sum()),
                [Metric.CalibrationError] = 100 * Metrics.ExpectedCalibrationError([.. Rows.Select(row => (row.Confidence, row.IsRight))]),
            };
            int classes = Rows[0].Probabilities.Length;
            double?[] areas = [.. Enumerable.Range(classes == 2 ? 1 : 0, classes == 2 ? 1 : classes).Select(AreaUnderCurve)];
            if (areas.Average() is double area)
                figures[Metric.AreaUnderCurve] = area;
            return figures;
        }
    }

    public override Curve Reliability
    {
        get
        {
            (double Confidence, double Share)[] bins =
            [
                .. Rows.GroupBy(row => Math.Min(Bins - 1, (int)(Bins * row.Confidence))).OrderBy(bin => bin.Key)
                    .Select(bin => (bin.Average(row => row.Confidence), bin.Average(row => row.IsRight ? 1.0 : 0))),
            ];
            return new([.. bins.Select(bin => 100 * bin.Confidence)], [.. bins.Select(bin => 100 * bin.Share)]);
        }
    }

    public override Curve Rejection => Reject(Rows.Select(row => (-row.Confidence, row.IsRight ? 0.0 : 1)), error => 100 * error);

    private double? AreaUnderCurve(int one)
    {
        ILookup<bool, float> sides = Rows.ToLookup(row => row.Class == one, row => row.Probabilities[one]);
        return Metrics.AreaUnderRocCurve([.. sides[true]], [.. sides[false]]);
    }
}
