namespace Microsoft.ML.Trainers.VariationalDropout;

/// <summary>Pruning would leave no path from a feature to the score: it would be the same for all rows.</summary>
/// <remarks>
/// A path to the noise of a regression alone is not enough. Of several targets or classes one path to any of them is: the others have a
/// constant score (a class, a constant logit).
/// </remarks>
public sealed class PruningException : InvalidOperationException
{
    internal PruningException(string message, double? limit)
        : base(message)
        => Limit = limit;

    /// <summary>
    /// How far pruning can go: every threshold of log α above it leaves a network whose score depends on a feature and it itself does not,
    /// or it is the largest sparsity that leaves one. <see langword="null"/> when the network has no path to begin with.
    /// </summary>
    public double? Limit { get; }
}
