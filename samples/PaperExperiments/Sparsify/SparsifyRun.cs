using Microsoft.ML.Trainers.VariationalDropout;
using PaperExperiments.Digits;
using PaperExperiments.Study;
using Samples;

namespace PaperExperiments.Sparsify;

/// <summary>Everything that decides the result of a run.</summary>
internal sealed record SparsifyRunSettings
{
    /// <summary>See <see cref="DigitSets.Fingerprint"/>.</summary>
    public required string Data { get; init; }

    public required int TrainRows { get; init; }

    /// <summary>"test" or "validation".</summary>
    public required string EvaluatedOn { get; init; }

    public required int EvaluatedRows { get; init; }

    /// <summary><see cref="WeightPosterior.Gaussian"/> to prune by α, <see cref="WeightPosterior.None"/> to prune by magnitude.</summary>
    public required WeightPosterior Posterior { get; init; }

    public required WeightPrior Prior { get; init; }

    /// <summary>Weights ÷ surviving weights to prune to by magnitude, one network each; empty to prune by α.</summary>
    public required IReadOnlyList<double> MagnitudeCompressions { get; init; }

    /// <summary>Of log α, one network each; not looked at when pruning by magnitude.</summary>
    public IReadOnlyList<double> PruningThresholds { get; init; } = SparsifyDefaults.PruningThresholds;

    public IReadOnlyList<int> HiddenLayerSizes { get; init; } = SparsifyDefaults.HiddenLayerSizes;

    public required int Iterations { get; init; }

    /// <summary>Passes without divergence, and until its full weight; 0 without one.</summary>
    public required int WarmUpStart { get; init; }

    public required int WarmUpEnd { get; init; }

    public int BatchSize { get; init; } = SparsifyDefaults.BatchSize;

    public double LearningRate { get; init; } = SparsifyDefaults.LearningRate;

    public LearningRateSchedule LearningRateSchedule { get; init; } = LearningRateSchedule.LinearDecay;

    public required int Seed { get; init; }

    public override string ToString() => $"{(Posterior == WeightPosterior.Gaussian ? "sparse variational dropout" : "plain network")}, seed {Seed}";

    public VariationalDropoutMulticlassTrainer.Options ToOptions()
    {
        VariationalDropoutMulticlassTrainer.Options options = DigitTraining.CreateOptions(Seed);
        options.HiddenLayerSizes = [.. HiddenLayerSizes];
        options.Posterior = Posterior;
        options.Prior = Prior;
        options.DropoutVarianceSharing = Posterior == WeightPosterior.Gaussian ? DropoutVarianceSharing.Weight : DropoutVarianceSharing.Layer;
        options.KullbackLeiblerScale = 1;
        options.KullbackLeiblerWarmUpStart = WarmUpStart;
        options.KullbackLeiblerWarmUpIterations = WarmUpEnd;
        options.NumberOfIterations = Iterations;
        options.BatchSize = BatchSize;
        options.LearningRate = LearningRate;
        options.LearningRateSchedule = LearningRateSchedule;
        return options;
    }
}

/// <summary>A network after pruning.</summary>
/// <param name="ErrorPercent">Of the rows that errors are counted on.</param>
/// <param name="Compression">Weights ÷ surviving weights.</param>
/// <param name="LayerSparsityPercent">Of each layer's weights, those that were removed.</param>
/// <param name="DenseCompression">Weights ÷ the weights of the layers that are left once units and features are removed.</param>
/// <param name="LayerSizes">Features, hidden units and classes that are left.</param>
internal sealed record PrunedNetwork(double ErrorPercent, double Compression, IReadOnlyList<double> LayerSparsityPercent, double DenseCompression, IReadOnlyList<int> LayerSizes);

/// <summary>The figures of a run.</summary>
/// <param name="ErrorPercent">Before pruning, posterior mean.</param>
/// <param name="Pruned">After it: one network for each threshold of log α or each compression; null where no path through the network would be left.</param>
/// <param name="SecondsPerEpoch">On all threads.</param>
internal sealed record SparsifyRunResult(double ErrorPercent, IReadOnlyList<PrunedNetwork?> Pruned, double SecondsPerEpoch)
{
    public static SparsifyRunResult Measure(DigitSets digits, SparsifyRunSettings settings, string checkpointFile, StudyClock clock, CancellationToken cancellation)
    {
        var training = DigitTraining.Run(digits, settings.ToOptions(), checkpointFile, clock, cancellation);
        VariationalDropoutMulticlassPredictionTransformer model = training.Model.WithPosteriorMean();
        PrunedNetwork?[] pruned = settings.MagnitudeCompressions.Count == 0
            ? [.. settings.PruningThresholds.Select(threshold => Prune(training, () => model.Prune(threshold)))]
            : [.. settings.MagnitudeCompressions.Select(compression => Prune(training, () => PruneByMagnitude(model, compression)))];
        return new(training.ErrorPercent(model), pruned, training.SecondsPerEpoch);
    }

    /// <summary>Multiply-adds of one pass over the training rows.</summary>
    public static double EpochOperations(SparsifyRunSettings settings) => Weights(settings) * settings.TrainRows * NetworkCost.TrainingProducts(settings.Posterior);

    /// <summary>Multiply-adds of training and predictions.</summary>
    public static double Operations(SparsifyRunSettings settings)
        => (settings.Iterations * EpochOperations(settings)) + (Weights(settings) * settings.EvaluatedRows * (1 + Math.Max(1, settings.MagnitudeCompressions.Count)));

    /// <summary>
    /// The smallest network by magnitude that has no fewer weights than asked for. Units that nothing passes through take weights with them, so
    /// that to remove the share 1 − 1 / compression would leave fewer, and the comparison would be unfair to this method.
    /// </summary>
    internal static VariationalDropoutMulticlassPredictionTransformer PruneByMagnitude(VariationalDropoutMulticlassPredictionTransformer model, double compression)
    {
        double enough = 0, tooMuch = 1 - (1 / compression);
        if (Try(tooMuch) is { } pruned)
            return pruned;
        pruned = model.PruneByMagnitude(enough);
        while ((tooMuch - enough) * model.Model.NumberOfWeights > 0.5)
        {
            double middle = (enough + tooMuch) / 2;
            if (Try(middle) is { } larger)
                (enough, pruned) = (middle, larger);
            else
                tooMuch = middle;
        }

        return pruned;

        VariationalDropoutMulticlassPredictionTransformer? Try(double sparsity)
        {
            try
            {
                VariationalDropoutMulticlassPredictionTransformer result = model.PruneByMagnitude(sparsity);
                return result.Model.Compression <= compression * (1 + 1e-9) ? result : null;
            }
            catch (PruningException)
            {
                return null;
            }
        }
    }

    private static PrunedNetwork? Prune(DigitTraining training, Func<VariationalDropoutMulticlassPredictionTransformer> prune)
    {
        try
        {
            VariationalDropoutMulticlassPredictionTransformer pruned = prune();
            VariationalDropoutMulticlassModelParameters before = training.Model.Model, after = pruned.Model;
            double[] sparsity = [.. Enumerable.Range(0, before.HiddenLayerSizes.Count + 1).Select(layer => 100 * (1 - ((double)CountWeights(after, layer) / before.GetWeights(layer).Length)))];
            return new(training.ErrorPercent(pruned), after.Compression, sparsity, after.DenseCompression, after.LayerSizes);
        }
        catch (PruningException)
        {
            return null;
        }
    }

    private static long CountWeights(VariationalDropoutMulticlassModelParameters model, int layer)
    {
        ReadOnlySpan<float> weights = model.GetWeights(layer);
        return weights.Length - System.MemoryExtensions.Count(weights, 0f);
    }

    private static double Weights(SparsifyRunSettings settings) => NetworkCost.Weights(DigitImage.PixelCount, settings.HiddenLayerSizes, outputs: 10);
}
