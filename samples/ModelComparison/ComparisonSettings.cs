using ModelComparison.Data;

namespace ModelComparison;

/// <summary>What the command line asks for.</summary>
internal sealed record ComparisonSettings
{
    /// <summary>Null to make data.</summary>
    public required string? DataFile { get; init; }

    /// <summary>The label's column; null for that of made data.</summary>
    public required string? Label { get; init; }

    /// <summary>Null to infer it.</summary>
    public required LearningTask? Task { get; init; }

    public required int Folds { get; init; }

    public required int Seed { get; init; }

    public required int Threads { get; init; }

    /// <summary>Trials of the random search; 0 for no search.</summary>
    public required int Trials { get; init; }

    /// <summary>Names of those who take part; null for all.</summary>
    public required IReadOnlyList<string>? Trainers { get; init; }

    public required ColumnHints Hints { get; init; }

    public required string OutputFolder { get; init; }

    public required bool Json { get; init; }

    /// <summary>Few rows and short trainings, to see the program work: the figures mean nothing.</summary>
    public required bool Quick { get; init; }

    /// <summary>Passes of our trainer; null for its default.</summary>
    public int? Iterations => Quick ? ComparisonDefaults.QuickIterations : null;
}
