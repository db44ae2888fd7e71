using Microsoft.ML.Trainers.VariationalDropout;
using PaperExperiments.Digits;
using PaperExperiments.Study;
using Samples;

namespace PaperExperiments.Mnist;

/// <summary>Everything that decides the result of a run.</summary>
internal sealed record MnistRunSettings
{
    /// <summary>See <see cref="DigitSets.Fingerprint"/>.</summary>
    public required string Data { get; init; }

    public required int TrainRows { get; init; }

    /// <summary>"test" or "validation".</summary>
    public required string EvaluatedOn { get; init; }

    public required int EvaluatedRows { get; init; }

    public required string Method { get; init; }

    public required WeightPosterior Posterior { get; init; }

    public required WeightPrior Prior { get; init; }

    public required DropoutVarianceSharing DropoutVarianceSharing { get; init; }

    public required double KullbackLeiblerScale { get; init; }

    public required int Units { get; init; }

    public required int HiddenLayers { get; init; }

    public required int Iterations { get; init; }

    public required int BatchSize { get; init; }

    public required double LearningRate { get; init; }

    public required LearningRateSchedule LearningRateSchedule { get; init; }

    public required double WeightDecay { get; init; }

    public required bool ParameterAveraging { get; init; }

    /// <summary>Where a learned rate starts, and what a given one is: the paper's reference.</summary>
    public double InputDropoutRate { get; init; } = 0.2;

    public double HiddenDropoutRate { get; init; } = 0.5;

    public double MinimumDropoutVariance { get; init; } = 1e-4;

    public double MaximumDropoutVariance { get; init; } = 1;

    public required int Samples { get; init; }

    public required int Seed { get; init; }

    public override string ToString() => $"{Method}, {Units} units, seed {Seed}";

    public VariationalDropoutMulticlassTrainer.Options ToOptions()
    {
        VariationalDropoutMulticlassTrainer.Options options = DigitTraining.CreateOptions(Seed);
        options.HiddenLayerSizes = [.. Enumerable.Repeat(Units, HiddenLayers)];
        options.Posterior = Posterior;
        options.Prior = Prior;
        options.DropoutVarianceSharing = DropoutVarianceSharing;
        options.KullbackLeiblerScale = KullbackLeiblerScale;
        options.InitialInputDropoutRate = InputDropoutRate;
        options.InitialHiddenDropoutRate = HiddenDropoutRate;
        options.MinimumDropoutVariance = MinimumDropoutVariance;
        options.MaximumDropoutVariance = MaximumDropoutVariance;
        options.NumberOfIterations = Iterations;
        options.BatchSize = BatchSize;
        options.LearningRate = LearningRate;
        options.LearningRateSchedule = LearningRateSchedule;
        options.WeightDecay = WeightDecay;
        options.ParameterAveraging = ParameterAveraging;
        return options;
    }
}

/// <summary>The figures of a run.</summary>
/// <param name="ErrorPercent">Of the last parameters, posterior mean.</param>
/// <param name="SampledErrorPercent">Of the same, averaged over draws.</param>
/// <param name="SecondsPerEpoch">On all threads.</param>
/// <param name="DropoutRates">Mean of each layer, from the input on; 0 without noise.</param>
internal sealed record MnistRunResult(double ErrorPercent, double SampledErrorPercent, double SecondsPerEpoch, IReadOnlyList<double> DropoutRates)
{
    public static MnistRunResult Measure(DigitSets digits, MnistRunSettings settings, string checkpointFile, StudyClock clock, CancellationToken cancellation)
    {
        var training = DigitTraining.Run(digits, settings.ToOptions(), checkpointFile, clock, cancellation);
        double error = training.ErrorPercent(training.Model.WithPosteriorMean());
        double sampledError = training.ErrorPercent(training.Model.WithSampling(settings.Samples, settings.Seed));
        return new(error, sampledError, training.SecondsPerEpoch, [.. training.Model.Model.MeanDropoutRates]);
    }

    /// <summary>Multiply-adds of one pass over the training rows.</summary>
    public static double EpochOperations(MnistRunSettings settings) => Weights(settings) * settings.TrainRows * NetworkCost.TrainingProducts(settings.Posterior);

    /// <summary>Multiply-adds of training and predictions.</summary>
    public static double Operations(MnistRunSettings settings) => (settings.Iterations * EpochOperations(settings))
        + (Weights(settings) * settings.EvaluatedRows * (1 + (settings.Samples * NetworkCost.PredictionProducts(settings.Posterior))));

    private static double Weights(MnistRunSettings settings)
        => NetworkCost.Weights(DigitImage.PixelCount, [.. Enumerable.Repeat(settings.Units, settings.HiddenLayers)], outputs: 10);
}
