using System.Numerics;

namespace Microsoft.ML.Trainers.VariationalDropout;

/// <summary>Minibatches and passes where the options leave them out: what suits the number of rows (docs/results/defaults.md).</summary>
internal static class TrainingLength
{
    /// <summary>The greatest minibatch that is chosen: what the memory of rows must hold before they have been counted.</summary>
    public const int LargestBatch = 512;

    private const int SmallestBatch = 32;

    /// <summary>Small tables want many small steps; large ones have enough of them in any case, and large minibatches are cheaper by row.</summary>
    private const int BatchesPerPass = 64;

    /// <summary>More steps than these bring next to nothing on tables of any size: the same training time for all, but for the largest and the smallest.</summary>
    private const long Steps = 20_000;

    /// <summary>More passes without the full divergence overfit small tables beyond what the rest of the training takes back.</summary>
    private const int LongestWarmUp = 200;

    private const int FewestIterations = 5, MostIterations = 2_000;

    /// <param name="options">What is given there wins.</param>
    /// <param name="rows">Rows to train on, 1 or more.</param>
    public static int BatchSize(VariationalDropoutOptions options, long rows)
        => options.BatchSize ?? (int)Math.Clamp(1L << BitOperations.Log2((ulong)Math.Max(1, rows / BatchesPerPass)), SmallestBatch, LargestBatch);

    /// <summary>Iterations over which the divergence comes in.</summary>
    /// <param name="options">What is given there wins.</param>
    /// <param name="rows">Rows to train on, 1 or more.</param>
    /// <param name="continues">Whether a previous model is trained further: what it has learned is not to be loosened.</param>
    public static int WarmUp(VariationalDropoutOptions options, long rows, bool continues)
        => options.KullbackLeiblerWarmUpIterations ?? (options.WarmsUpByDefault && !continues ? Math.Min(Iterations(options, rows) / 2, LongestWarmUp) : 0);

    /// <inheritdoc cref="BatchSize"/>
    public static int Iterations(VariationalDropoutOptions options, long rows)
    {
        if (options.NumberOfIterations is int given)
            return given;
        int batch = BatchSize(options, rows);
        long stepsPerPass = (rows + batch - 1) / batch;
        return (int)Math.Clamp((Steps + stepsPerPass - 1) / stepsPerPass, FewestIterations, MostIterations);
    }
}
