using ModelComparison.Data;
using ModelComparison.Measurement;

namespace ModelComparison.Contestants;

/// <summary>A trainer that takes part.</summary>
internal interface IContestant
{
    /// <summary>What <c>--trainers</c> calls it.</summary>
    string Name { get; }

    /// <summary>Why it does not take part in a task; null where it does.</summary>
    string? ReasonAgainst(LearningTask task);

    /// <summary>What a reader of its figures must know; null for nothing.</summary>
    string? NoteOn(LearningTask task);

    /// <summary>Trains on a fold and scores its test rows.</summary>
    /// <param name="round">The fold.</param>
    /// <param name="progress">Told the share of the work that is done, 0 to 1.</param>
    /// <returns>A result for each way to predict.</returns>
    IReadOnlyList<TestResult> Measure(Round round, Action<double> progress);
}
