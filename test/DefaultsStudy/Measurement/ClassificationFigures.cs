using Microsoft.ML.Data;
using Microsoft.ML.Trainers.VariationalDropout.DefaultsStudy.Sets;

namespace Microsoft.ML.Trainers.VariationalDropout.DefaultsStudy.Measurement;

/// <summary>Log-loss, calibration error, error and area under the ROC curve, the same way for every trainer.</summary>
internal static class ClassificationFigures
{
    private const double LeastProbability = 1e-7;

    private const int Bins = 15;

    /// <param name="scored">The test rows with "Probability" (two classes) or "Score", probabilities in the order of the classes.</param>
    /// <param name="split">The split.</param>
    public static Figures Of(IDataView scored, DataSplit split)
    {
        float[][] probabilities = split.Classes == 2
            ? [.. scored.GetColumn<float>("Probability").Select(second => new[] { 1 - second, second })]
            : [.. scored.GetColumn<float[]>("Score")];
        var figures = new Figures
        {
            [Metric.LogLoss] = split.Test.Zip(probabilities, (row, p) => -Math.Log(Math.Clamp(p[row.Class], LeastProbability, 1 - LeastProbability))).Average(),
            [Metric.Error] = split.Test.Zip(probabilities, (row, p) => IsRight(p, row) ? 0.0 : 1.0).Average(),
            [Metric.CalibrationError] = CalibrationError(probabilities, split.Test),
        };
        if (split.Classes == 2 && split.Test.DistinctBy(row => row.Class).Count() == 2)
            figures[Metric.AreaUnderCurve] = AreaUnderCurve([.. probabilities.Select(p => p[1])], split.Test);
        return figures;
    }

    private static bool IsRight(float[] probabilities, Example row) => Array.IndexOf(probabilities, probabilities.Max()) == row.Class;

    private static double CalibrationError(float[][] probabilities, IReadOnlyList<Example> rows)
        => rows.Zip(probabilities)
            .GroupBy(pair => Math.Min(Bins - 1, (int)(Bins * pair.Second.Max())))
            .Sum(bin => Math.Abs(bin.Sum(pair => pair.Second.Max() - (IsRight(pair.Second, pair.First) ? 1.0 : 0.0)))) / rows.Count;

    /// <summary>From the ranks of the second class's rows; equal scores share theirs (Mann and Whitney).</summary>
    private static double AreaUnderCurve(float[] scores, IReadOnlyList<Example> rows)
    {
        int[] order = [.. Enumerable.Range(0, scores.Length).OrderBy(row => scores[row])];
        double rankSum = 0;
        long positives = rows.Count(row => row.IsSecondClass);
        for (int first = 0, end; first < order.Length; first = end)
        {
            for (end = first + 1; end < order.Length && scores[order[end]] == scores[order[first]]; end++)
            {
                // Rows of one score.
            }

            double sharedRank = (first + 1 + end) / 2.0;
            rankSum += sharedRank * order[first..end].Count(row => rows[row].IsSecondClass);
        }

        return (rankSum - (positives * (positives + 1) / 2.0)) / (positives * (double)(rows.Count - positives));
    }
}
