using Samples;

namespace PaperExperiments;

/// <summary>What every command is told.</summary>
internal sealed record ExperimentSettings
{
    /// <summary>The folder of <c>--data</c>; null to make data.</summary>
    public required string? DataFolder { get; init; }

    /// <summary>Where results go; it is known to be writable.</summary>
    public required OutputFolder Output { get; init; }

    /// <summary>Everything smaller, to see the program work: the figures mean nothing.</summary>
    public required bool Quick { get; init; }

    public required int Seeds { get; init; }
}
