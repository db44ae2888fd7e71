namespace ModelComparison.Measurement;

/// <summary>Points of a line in a picture.</summary>
internal sealed record Curve(double[] Xs, double[] Ys);

/// <summary>What a model says about test rows, beside what they are.</summary>
internal abstract class TestScores
{
    /// <summary>The figures of these rows; none where it is not defined, such as the area under the ROC curve of one class.</summary>
    public abstract IReadOnlyDictionary<Metric, double> Figures { get; }

    /// <summary>Classes: how often answers of a confidence are right. Numbers: which share of the labels is within the intervals of a share.</summary>
    public abstract Curve Reliability { get; }

    /// <summary>The error of the rows that are answered when the least certain ones are not: over the share that is answered.</summary>
    public abstract Curve Rejection { get; }

    /// <summary>The rows of all folds as if they were one test set.</summary>
    public static TestScores Pool(IReadOnlyList<TestScores> folds) => folds[0] is ClassScores
        ? new ClassScores([.. folds.Cast<ClassScores>().SelectMany(scores => scores.Rows)])
        : new NumberScores([.. folds.Cast<NumberScores>().SelectMany(scores => scores.Rows)]);

    private const int RejectionSteps = 50;

    /// <summary>The mean error of fewer rows is noise.</summary>
    private const double LeastAnswered = 0.05;

    /// <summary>Rows by uncertainty, the most certain first, and the mean error of all up to each of some shares.</summary>
    protected static Curve Reject(IEnumerable<(double Uncertainty, double Error)> rows, Func<double, double> finish)
    {
        double[] errors = [.. rows.OrderBy(row => row.Uncertainty).Select(row => row.Error)];
        double sum = 0;
        int counted = 0;
        List<double> shares = [], means = [];
        for (int step = 1; step <= RejectionSteps; step++)
        {
            int upTo = (int)((long)errors.Length * step / RejectionSteps);
            for (; counted < upTo; counted++)
                sum += errors[counted];
            if (counted == 0)
                continue;
            shares.Add(100.0 * step / RejectionSteps);
            means.Add(finish(sum / counted));
        }

        return new([.. shares], [.. means]);
    }
}
