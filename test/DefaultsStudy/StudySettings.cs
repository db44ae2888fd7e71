namespace Microsoft.ML.Trainers.VariationalDropout.DefaultsStudy;

/// <summary>What was asked for.</summary>
internal sealed record StudySettings
{
    /// <summary>The folder with the data; null for the sets that the program makes alone.</summary>
    public required string? DataFolder { get; init; }

    /// <summary>Names of sets; null for all of a part.</summary>
    public required IReadOnlyList<string>? Sets { get; init; }

    /// <summary>What the names of contestants have in them, other than the first; null for all.</summary>
    public string? Only { get; init; }

    /// <summary>The first splits of each set alone; null for all.</summary>
    public required int? Splits { get; init; }

    /// <summary>Trainings on each split.</summary>
    public required int Seeds { get; init; }

    /// <summary>Trainings beside each other.</summary>
    public required int Threads { get; init; }
}
