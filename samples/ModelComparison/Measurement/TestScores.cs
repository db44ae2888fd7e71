using Microsoft.ML.Trainers.VariationalDropout;

namespace ModelComparison.Measurement;

/// <summary>Points of a line in a picture.</summary>
internal sealed record Curve(double[] Xs, double[] Ys);

/// <summary>What a model says about test rows, beside what they are.</summary>
internal abstract class TestScores
{
    /// <summary>The mean error of fewer rows is noise.</summary>
    private const double LeastAnswered = 0.05;

    /// <summary>The figures of these rows; none where it is not defined, such as the area under the ROC curve of one class.</summary>
    public abstract IReadOnlyDictionary<Metric, double> Figures { get; }

    /// <summary>Classes: how often what gets a probability comes true. Numbers: which share of the labels is within the intervals of a share. In per cent.</summary>
    public abstract Curve Reliability { get; }

    /// <summary>The error of the rows that are answered when the least certain ones are not: over the share that is answered, in per cent.</summary>
    public abstract Curve Rejection { get; }

    /// <summary>The rows of all folds as if they were one test set.</summary>
    public static TestScores Pool(IReadOnlyList<TestScores> folds) => folds[0] is ClassScores
        ? new ClassScores([.. folds.Cast<ClassScores>().SelectMany(scores => scores.Rows)])
        : new NumberScores([.. folds.Cast<NumberScores>().SelectMany(scores => scores.Rows)]);

    protected static Curve Draw(RejectionCurve curve, double unit)
    {
        RejectionPoint[] points = [.. curve.Points.Where(point => point.Coverage >= LeastAnswered)];
        return new([.. points.Select(point => 100 * point.Coverage)], [.. points.Select(point => unit * point.Error)]);
    }
}
