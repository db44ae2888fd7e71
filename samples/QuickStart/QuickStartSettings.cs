namespace QuickStart;

/// <summary>The command line, with the defaults filled in.</summary>
internal sealed record QuickStartSettings
{
    /// <summary>Folder of MNIST's idx files; null to draw digits.</summary>
    public required string? DataFolder { get; init; }

    public required string OutputFolder { get; init; }

    public required IReadOnlyList<int> HiddenLayerSizes { get; init; }

    public required int Iterations { get; init; }

    public required int UnseenDigitIterations { get; init; }

    public required int Seed { get; init; }

    /// <summary>Draws of the network per prediction.</summary>
    public required int Samples { get; init; }

    /// <summary>End with a line of JSON.</summary>
    public required bool Json { get; init; }
}
