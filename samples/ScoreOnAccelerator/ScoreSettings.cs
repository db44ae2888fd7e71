using Microsoft.ML.Trainers.VariationalDropout.Onnx;

namespace ScoreOnAccelerator;

/// <summary>The command line, with the defaults filled in.</summary>
internal sealed record ScoreSettings
{
    /// <summary>An ONNX file; null to train and export a network.</summary>
    public required string? ModelFile { get; init; }

    /// <summary>The most wanted first.</summary>
    public required IReadOnlyList<ExecutionProvider> Providers { get; init; }

    /// <summary>The provider that must have taken at least half of the operators' time; null for any.</summary>
    public required string? Required { get; init; }

    public required int BatchRows { get; init; }

    /// <summary>How long each measurement takes.</summary>
    public required double Seconds { get; init; }
}
