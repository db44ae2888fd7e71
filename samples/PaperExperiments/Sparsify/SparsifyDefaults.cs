namespace PaperExperiments.Sparsify;

/// <summary>
/// The published recipe (Molchanov, Ashukha and Vetrov 2017): batches of 100, Adam at 1e-3, 200 epochs, no divergence in the first 5 of them
/// and its full weight from the 20th on, a learning rate that falls linearly from the 100th on. It differs in where weights and variances start.
/// </summary>
/// <param name="Iterations">Passes over the training rows.</param>
/// <param name="WarmUpStart">Passes without the divergence.</param>
/// <param name="WarmUpEnd">The pass from which on it has its full weight.</param>
internal sealed record SparsifyDefaults(int Iterations, int WarmUpStart, int WarmUpEnd)
{
    public const int Seeds = 3;

    public const int BatchSize = 100;

    public const double LearningRate = 1e-3;

    /// <summary>
    /// Weights with log α of so much or more go, a network each. The published figures are those of 3; on validation rows the error is the same from 2 on
    /// (docs/results/paper.md).
    /// </summary>
    public static readonly double[] PruningThresholds = [2, 3];

    /// <summary>LeNet-300-100.</summary>
    public static readonly int[] HiddenLayerSizes = [300, 100];

    /// <summary>Weights ÷ surviving weights that a plain network is pruned to, beside that of sparse variational dropout.</summary>
    public static readonly double[] MagnitudeCompressions = [2, 5, 10, 20, 50, 100];

    public static SparsifyDefaults Full { get; } = new(200, 5, 20);

    public static SparsifyDefaults Quick { get; } = new(10, 1, 4);
}
