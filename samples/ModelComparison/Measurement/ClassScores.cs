using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Trainers.VariationalDropout;
using Samples;

namespace ModelComparison.Measurement;

/// <summary>A test row's class, from 0, and the probability that a model gives each class.</summary>
internal sealed record ScoredClass(int Class, float[] Probabilities);

/// <summary>Test rows of two or more classes.</summary>
internal sealed class ClassScores : TestScores
{
    private readonly Lazy<ClassificationUncertaintyMetrics> _metrics;

    public ClassScores(IReadOnlyList<ScoredClass> rows)
    {
        Rows = rows;
        _metrics = new(Evaluate);
    }

    public IReadOnlyList<ScoredClass> Rows { get; }

    public override IReadOnlyDictionary<Metric, double> Figures
    {
        get
        {
            ClassificationUncertaintyMetrics metrics = _metrics.Value;
            var figures = new Dictionary<Metric, double>
            {
                [Metric.Accuracy] = 100 * metrics.Accuracy,
                [Metric.LogLoss] = metrics.NegativeLogLikelihood,
                [Metric.BrierScore] = metrics.BrierScore,
                [Metric.CalibrationError] = 100 * metrics.ExpectedCalibrationError,
            };
            if (Questions.Select(AreaUnderCurve).Average() is double area)
                figures[Metric.AreaUnderCurve] = area;
            return figures;
        }
    }

    public override Curve Reliability
    {
        get
        {
            CalibrationBin[] bins = [.. _metrics.Value.CalibrationBins.Where(bin => bin.RowCount > 0)];
            return new([.. bins.Select(bin => 100 * bin.MeanProbability)], [.. bins.Select(bin => 100 * bin.ObservedFrequency)]);
        }
    }

    public override Curve Rejection => Draw(_metrics.Value.RejectionCurve, unit: 100);

    private int ClassCount => Rows[0].Probabilities.Length;

    /// <summary>The classes to tell from all others; of two, one will do.</summary>
    private IEnumerable<int> Questions => ClassCount == 2 ? [1] : Enumerable.Range(0, ClassCount);

    private double? AreaUnderCurve(int one)
    {
        ILookup<bool, float> sides = Rows.ToLookup(row => row.Class == one, row => row.Probabilities[one]);
        return Metrics.AreaUnderRocCurve([.. sides[true]], [.. sides[false]]);
    }

    /// <summary>By the library's evaluator, which takes what any trainer says.</summary>
    private ClassificationUncertaintyMetrics Evaluate()
    {
        var mlContext = new MLContext();
        if (ClassCount == 2)
        {
            return mlContext.BinaryClassification.EvaluateUncertainty(
                mlContext.Data.LoadFromEnumerable(Rows.Select(row => new BinaryRow { Label = row.Class == 1, Probability = row.Probabilities[1] })));
        }

        var schema = SchemaDefinition.Create(typeof(MulticlassRow));
        schema[nameof(MulticlassRow.Label)].ColumnType = new KeyDataViewType(typeof(uint), ClassCount);
        schema[nameof(MulticlassRow.Score)].ColumnType = new VectorDataViewType(NumberDataViewType.Single, ClassCount);
        return mlContext.MulticlassClassification.EvaluateUncertainty(
            mlContext.Data.LoadFromEnumerable(Rows.Select(row => new MulticlassRow { Label = (uint)row.Class, Score = row.Probabilities }), schema));
    }

    private sealed class BinaryRow
    {
        public bool Label { get; init; }

        public float Probability { get; init; }
    }

    private sealed class MulticlassRow
    {
        public uint Label { get; init; }

        public float[] Score { get; init; } = [];
    }
}
