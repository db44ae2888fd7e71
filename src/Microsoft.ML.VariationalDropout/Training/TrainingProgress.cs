namespace Microsoft.ML.Trainers.VariationalDropout;

/// <summary>The figures of one pass over the training set. Sums are in nats over the whole training set.</summary>
public sealed class TrainingProgress
{
    internal TrainingProgress(Inference.IterationReport report)
    {
        Iteration = report.Iteration;
        NumberOfIterations = report.NumberOfIterations;
        ExpectedLogLikelihood = report.ExpectedLogLikelihood;
        KullbackLeibler = report.KullbackLeibler;
        ValidationLogLoss = report.ValidationLogLoss;
        MeanDropoutRates = [.. report.MeanDropoutRates];
    }

    /// <summary>The pass, counted from 1.</summary>
    public int Iteration { get; }

    /// <summary>The passes that were asked for; early stopping may end training before.</summary>
    public int NumberOfIterations { get; }

    /// <summary>
    /// The weighted sum of log p(label | features) over the rows, each with one draw of the noise; of a regression the logarithm of a density
    /// in the label's units.
    /// </summary>
    public double ExpectedLogLikelihood { get; }

    /// <summary>The Kullback-Leibler divergence of the posterior from the prior, summed over the layers; 0 or more.</summary>
    public double KullbackLeibler { get; }

    /// <summary><see cref="ExpectedLogLikelihood"/> minus <see cref="KullbackLeibler"/>, at the full weight of the latter.</summary>
    public double EvidenceLowerBound => ExpectedLogLikelihood - KullbackLeibler;

    /// <summary>
    /// The mean of −log p(label | features) over the validation rows under the posterior mean, in nats per unit of weight;
    /// <see langword="null"/> without a validation set. Of a regression p is a density in the label's units: the figure may be below 0, and
    /// is log c greater for labels in units c times smaller.
    /// </summary>
    public double? ValidationLogLoss { get; }

    /// <summary>For each layer, from the features on: the mean of the dropout rates α / (1 + α), in [0, 1); 0 without noise.</summary>
    public IReadOnlyList<double> MeanDropoutRates { get; }
}
