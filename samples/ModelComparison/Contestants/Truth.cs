using ModelComparison.Data;
using ModelComparison.Measurement;

namespace ModelComparison.Contestants;

/// <summary>What the made data were drawn from: no trainer can be expected to do better.</summary>
internal sealed class Truth(double[][] rows) : IContestant
{
    public const string RowName = "the truth";

    public string Name => RowName;

    public string? ReasonAgainst(LearningTask task) => null;

    public string? NoteOn(LearningTask task) => $"{RowName}: what the labels of the made data were drawn from, which no trainer sees.";

    public IReadOnlyList<TestResult> Measure(Round round, Action<double> progress)
    {
        Dataset data = round.Data;
        TestScores scores = data.Task == LearningTask.Regression
            ? new NumberScores([.. round.Fold.Test.Select(Number)])
            : new ClassScores([.. round.Fold.Test.Select(row => new ScoredClass(data.ClassOf(row), [.. rows[row].Select(probability => (float)probability)]))]);
        return [new(Name, null, null, scores)];

        ScoredNumber Number(int row) => new() { Label = data.TargetOf(row), Score = (float)rows[row][0], ScoreStandardDeviation = (float)rows[row][1] };
    }
}
