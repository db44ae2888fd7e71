namespace Microsoft.ML.Trainers.VariationalDropout.PeerComparison.Measurement;

/// <summary>What a contest showed.</summary>
internal sealed record Outcome
{
    public required string FirstName { get; init; }

    public required string SecondName { get; init; }

    /// <summary>Seconds per unit of work.</summary>
    public required Quartiles First { get; init; }

    /// <summary>Seconds per unit of work.</summary>
    public required Quartiles Second { get; init; }

    /// <summary>Work per second of the first over that of the second, of pairs of neighbouring windows.</summary>
    public required Quartiles Ratio { get; init; }

    /// <summary>Pairs of windows measured.</summary>
    public required int Pairs { get; init; }

    /// <summary>Pairs that no other program disturbed.</summary>
    public required int QuietPairs { get; init; }

    /// <summary>Whether those were too few: then the least disturbed pairs were taken, and the figures are rough.</summary>
    public required bool IsDisturbed { get; init; }
}
