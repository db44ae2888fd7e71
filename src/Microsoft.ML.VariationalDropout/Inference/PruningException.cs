namespace Microsoft.ML.Trainers.VariationalDropout;

/// <summary>Pruning would leave no path from a feature to an output: every prediction would be the same.</summary>
public sealed class PruningException : InvalidOperationException
{
    internal PruningException(string message, double? limit)
        : base(message)
        => Limit = limit;

    /// <summary>
    /// How far pruning can go: every threshold of log α above it leaves a network and it itself does not, or it is the largest sparsity that
    /// leaves one. <see langword="null"/> when the network has no path to begin with.
    /// </summary>
    public double? Limit { get; }
}
