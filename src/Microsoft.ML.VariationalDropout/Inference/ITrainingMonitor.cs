namespace Microsoft.ML.Trainers.VariationalDropout.Inference;

/// <summary>The training loop's view of whoever watches it.</summary>
internal interface ITrainingMonitor
{
    /// <summary>Called before every step; throws <see cref="OperationCanceledException"/> to end the training.</summary>
    void ThrowIfCancelled();

    /// <summary>Called after every pass over the data.</summary>
    void IterationEnded(IterationReport report);

    /// <summary>The loss was no longer finite; training ends with the parameters of <paramref name="lastGoodIteration"/> (1 or more).</summary>
    void Diverged(int iteration, int lastGoodIteration);
}

/// <summary>One pass over the data. Sums are in nats over the whole training set.</summary>
internal readonly record struct IterationReport
{
    /// <summary>Counted from 1.</summary>
    public required int Iteration { get; init; }

    public required int NumberOfIterations { get; init; }

    /// <summary>Σ w_i over the training rows: what the sums are divided by to compare trainings of different size.</summary>
    public required double TotalWeight { get; init; }

    public required double ExpectedLogLikelihood { get; init; }

    public required double KullbackLeibler { get; init; }

    public double EvidenceLowerBound => ExpectedLogLikelihood - KullbackLeibler;

    /// <summary>Mean −log p of the validation rows under the posterior mean, in nats per unit of weight; null without a validation set.</summary>
    public required double? ValidationLogLoss { get; init; }

    /// <summary>Mean α / (1 + α) of each layer, from the input on.</summary>
    public required IReadOnlyList<double> MeanDropoutRates { get; init; }
}
