namespace Microsoft.ML.Trainers.VariationalDropout.Network;

/// <summary>What pruning took from a network.</summary>
internal sealed record PruningRecord
{
    /// <summary>Features of a row before pruning, which a row still has.</summary>
    public required int FeatureCount { get; init; }

    /// <summary>Weights before pruning.</summary>
    public required long OriginalWeights { get; init; }

    /// <summary>Weights that are left and not 0.</summary>
    public required long SurvivingWeights { get; init; }
}
