namespace ScoringService.Load;

/// <summary>What a load test measured.</summary>
internal sealed record LoadFigures
{
    public required double Seconds { get; init; }

    public required int Connections { get; init; }

    public required long Requests { get; init; }

    public required double RequestsPerSecond { get; init; }

    public required double P50Milliseconds { get; init; }

    public required double P99Milliseconds { get; init; }

    public required double LongestMilliseconds { get; init; }

    /// <summary>Answers other than 200 with a whole answer, answers that did not come in time, and connections that broke.</summary>
    public required long Errors { get; init; }

    public string? FirstError { get; init; }

    public required int Reloads { get; init; }

    public required int ReloadErrors { get; init; }

    /// <summary>Versions of the model that answered: one more than reloads if all of them took effect.</summary>
    public required int VersionsSeen { get; init; }

    /// <summary>Processor time of the service per request, with what reloads took.</summary>
    public required double ServiceMicrosecondsPerRequest { get; init; }

    /// <summary>Processor time of the client per request.</summary>
    public required double ClientMicrosecondsPerRequest { get; init; }

    /// <summary>After collections, in MB.</summary>
    public required IReadOnlyList<double> WorkingSetMegabytes { get; init; }

    /// <summary>After the first fifth of the run.</summary>
    public double? WorkingSetSlopeMegabytesPerMinute { get; init; }
}
