namespace Pipeline;

/// <summary>The command line, with the defaults filled in.</summary>
internal sealed record PipelineSettings
{
    public const int DefaultRows = 12_000;

    public const int DefaultSeed = 1;

    public const string DefaultOutput = "pipeline-output";

    /// <summary>A census file; null to draw one.</summary>
    public required string? DataFile { get; init; }

    /// <summary>Rows of the drawn census.</summary>
    public required int Rows { get; init; }

    public required string OutputFolder { get; init; }

    /// <summary>Of the drawn rows, the split, the training and the shuffling that explains.</summary>
    public required int Seed { get; init; }

    /// <summary>End with a line of JSON.</summary>
    public required bool Json { get; init; }
}
