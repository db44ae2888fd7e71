namespace ScoringService.Load;

/// <summary>The command line of a load test, with the defaults filled in.</summary>
internal sealed record LoadSettings
{
    public const int DefaultSeconds = 10, DefaultConnections = 32, DefaultReloads = 20, DefaultSampleSeconds = 10;

    public required string? ModelFile { get; init; }

    public required string CacheFolder { get; init; }

    public required int Seconds { get; init; }

    public required int Connections { get; init; }

    /// <summary>Spread evenly over the run.</summary>
    public required int Reloads { get; init; }

    /// <summary>Of all connections; null for as many as go.</summary>
    public required int? RequestsPerSecond { get; init; }

    public required int SampleSeconds { get; init; }

    public required bool Json { get; init; }
}
