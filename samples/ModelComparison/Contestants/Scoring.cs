using System.Diagnostics;
using Microsoft.ML;
using ModelComparison.Data;
using ModelComparison.Measurement;

namespace ModelComparison.Contestants;

/// <summary>Reads what models say about rows, with the seconds that it takes.</summary>
internal static class Scoring
{
    /// <summary>Scores the test rows of a round, whose labels are known in their order.</summary>
    /// <param name="round">The fold.</param>
    /// <param name="model">The model.</param>
    /// <param name="standardDeviation">Of a regression whose model predicts a number alone; null where it has a column for it.</param>
    public static (TestScores Scores, double Seconds) Score(Round round, ITransformer model, float? standardDeviation = null)
    {
        IDataView scored = model.Transform(round.Test);
        Dataset data = round.Data;
        IReadOnlyList<int> rows = round.Fold.Test;
        long start = Stopwatch.GetTimestamp();
        switch (data.Task)
        {
            case LearningTask.Binary:
                BinaryColumns[] binary = Read<BinaryColumns>();
                return (new ClassScores([.. rows.Zip(binary, (row, found) => new ScoredClass(data.ClassOf(row), [1 - found.Probability, found.Probability]))]), Seconds());
            case LearningTask.Multiclass:
                MulticlassColumns[] multiclass = Read<MulticlassColumns>();
                return (new ClassScores([.. rows.Zip(multiclass, (row, found) => new ScoredClass(data.ClassOf(row), found.Score))]), Seconds());
            default:
                RegressionColumns[] numbers = Read<RegressionColumns>();
                return (new NumberScores([.. rows.Zip(numbers, (row, found) => new ScoredNumber
                {
                    Label = data.TargetOf(row),
                    Score = found.Score,
                    ScoreStandardDeviation = standardDeviation ?? found.StandardDeviation,
                })]), Seconds());
        }

        TColumns[] Read<TColumns>()
            where TColumns : class, new()
            => [.. round.CreateContext().Data.CreateEnumerable<TColumns>(scored, reuseRowObject: false, ignoreMissingColumns: typeof(TColumns) == typeof(RegressionColumns))];

        double Seconds() => Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    private sealed class BinaryColumns
    {
        public float Probability { get; set; }
    }

    private sealed class MulticlassColumns
    {
        public float[] Score { get; set; } = [];
    }

    private sealed class RegressionColumns
    {
        public float Score { get; set; }

        public float ScoreStandardDeviation { get; set; }

        public float ScoreAleatoricStandardDeviation { get; set; }

        /// <summary>A network without draws knows the noise alone.</summary>
        public float StandardDeviation => ScoreStandardDeviation > 0 ? ScoreStandardDeviation : ScoreAleatoricStandardDeviation;
    }
}
