namespace Microsoft.ML.Trainers.VariationalDropout.Network;

/// <summary>Figures of the training that produced a network, in nats over the whole training set where they are sums.</summary>
internal sealed record TrainingSummary
{
    /// <summary>Rows kept for training: N of the objective.</summary>
    public required long Rows { get; init; }

    /// <summary>Passes over the data that were made.</summary>
    public required int Iterations { get; init; }

    /// <summary>The same with those of the trainings that this one went on from.</summary>
    public int TotalIterations { get; init; }

    /// <summary>The pass whose parameters were kept, counted from 1.</summary>
    public required int BestIteration { get; init; }

    /// <summary>Σ w_i log p(y_i | x_i) over the pass <see cref="BestIteration"/>, estimated with one noise draw per row.</summary>
    public required double ExpectedLogLikelihood { get; init; }

    /// <summary>Σ over layers of KL(q ‖ p), normalised so that it is 0 or more.</summary>
    public required double KullbackLeibler { get; init; }

    /// <summary>The prior that the divergence is from: bounds of different priors are not comparable.</summary>
    public WeightPrior Prior { get; init; } = WeightPrior.LogUniform;

    /// <summary>The evidence lower bound, with the KL at its full weight.</summary>
    public double EvidenceLowerBound => ExpectedLogLikelihood - KullbackLeibler;
}
