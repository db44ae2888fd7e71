using Microsoft.ML.OnnxRuntime;

namespace Microsoft.ML.Trainers.VariationalDropout.Onnx;

/// <summary>How an <see cref="OnnxScorer"/> runs its model.</summary>
public sealed record OnnxScorerOptions
{
    /// <summary>Rows of a batch unless said otherwise.</summary>
    internal const int DefaultMaximumBatchRows = 1024;

    private const int LargestBatchRows = 1 << 20;

    /// <summary>
    /// The execution providers to try, the most wanted first: the first that is available, takes the model and runs it once is used.
    /// Default: the processor alone. The processor, if it is in the list, stands last.
    /// </summary>
    public IReadOnlyList<ExecutionProvider> Providers { get; init; } = [];

    /// <summary>
    /// Whether the processor is tried after all of <see cref="Providers"/>. Default <see langword="true"/>. Otherwise a scorer is made with
    /// one of <see cref="Providers"/>, or not at all.
    /// </summary>
    public bool FallBackToCpu { get; init; } = true;

    /// <summary>
    /// Whether operators that the chosen provider lacks may run on the processor. Default <see langword="true"/>, as in ONNX Runtime, which
    /// does not tell. When <see langword="false"/> a provider that cannot take the whole graph is not used.
    /// </summary>
    public bool AllowOperatorsOnCpu { get; init; } = true;

    /// <summary>
    /// Threads that one operator may use, 1 or more; <see langword="null"/>, the default, for one per core. Where many threads score, 1 is best.
    /// </summary>
    public int? IntraOpThreads { get; init; }

    /// <summary>
    /// Rows that the model sees at a time, at most, in [1, 1048576]. Default 1024. More rows are cut into batches; a batch takes
    /// memory for its inputs and outputs. A graph with a fixed number of rows has that.
    /// </summary>
    public int MaximumBatchRows { get; init; } = DefaultMaximumBatchRows;

    /// <summary>
    /// Is called for every provider that is tried, with the options of its session before the provider joins them: for whatever else ONNX
    /// Runtime has. Default <see langword="null"/>. The library owns the options. It is not saved with a transformer.
    /// </summary>
    public Action<SessionOptions>? ConfigureSession { get; init; }

    /// <summary>For tests: whether inputs and outputs are bound once (true) or named at every run; null for what the provider allows.</summary>
    internal bool? BindOnce { get; init; }

    /// <exception cref="ArgumentException">An option is outside of its range.</exception>
    internal IReadOnlyList<ExecutionProvider> Validate()
    {
        if (IntraOpThreads is < 1)
            throw new ArgumentOutOfRangeException(nameof(IntraOpThreads), IntraOpThreads, $"{nameof(IntraOpThreads)} must be 1 or more, or null; it is {IntraOpThreads}.");
        if (MaximumBatchRows is < 1 or > LargestBatchRows)
            throw new ArgumentOutOfRangeException(nameof(MaximumBatchRows), MaximumBatchRows, $"{nameof(MaximumBatchRows)} must be in [1, {LargestBatchRows}]; it is {MaximumBatchRows}.");
        ArgumentNullException.ThrowIfNull(Providers);
        return ProviderSelection.Order(Providers, FallBackToCpu);
    }
}
