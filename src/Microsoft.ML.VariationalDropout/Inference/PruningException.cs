namespace Microsoft.ML.Trainers.VariationalDropout.Inference;

/// <summary>Pruning would leave no path from a feature to an output: every prediction would be the same.</summary>
/// <param name="message">What was asked for, and how far it can go.</param>
/// <param name="limit">See <see cref="Limit"/>.</param>
internal sealed class PruningException(string message, double? limit) : InvalidOperationException(message)
{
    /// <summary>
    /// How far pruning can go: every log α above it leaves a network and it itself does not, or the largest sparsity that does. Null when
    /// the network has no path to begin with.
    /// </summary>
    public double? Limit { get; } = limit;
}
