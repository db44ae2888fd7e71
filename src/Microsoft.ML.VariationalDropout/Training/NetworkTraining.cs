using Microsoft.ML.Runtime;
using Microsoft.ML.Trainers.VariationalDropout.Data;
using Microsoft.ML.Trainers.VariationalDropout.Inference;
using Microsoft.ML.Trainers.VariationalDropout.Network;
using Microsoft.ML.Trainers.VariationalDropout.Numerics;

namespace Microsoft.ML.Trainers.VariationalDropout;

/// <summary>What the trainers of every task share: from checked options and rows that were read to a trained network.</summary>
internal static class NetworkTraining
{
    /// <summary>Everything of <see cref="TrainerInfo"/> follows from whether the features are standardised inside.</summary>
    public static TrainerInfo CreateInfo(VariationalDropoutOptions options)
        => new(normalization: options.StandardizeFeatures == false, calibration: false, caching: false, supportValid: true, supportIncrementalTrain: true);

    /// <summary>The memory that rows may take, and the folder for those that need more.</summary>
    public static MemoryBudget CreateBudget(IHost host, IChannel channel, TrainingMonitor monitor, VariationalDropoutOptions options)
    {
        long bytes = options.MemoryBudgetMegabytes * MemoryBudget.BytesPerMegabyte ?? GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 2;
        string? folder = (host as IHostEnvironmentInternal)?.TempFilePath;
        return new MemoryBudget(bytes, string.IsNullOrEmpty(folder) ? Path.GetTempPath() : folder, options.BatchSize ?? TrainingLength.LargestBatch, message => channel.Info(message), monitor.ThrowIfCancelled);
    }

    /// <param name="host">The trainer's host.</param>
    /// <param name="channel">Where the log lines go.</param>
    /// <param name="monitor">Watches over the training.</param>
    /// <param name="options">Checked options.</param>
    /// <param name="likelihood">How the outputs explain a label.</param>
    /// <param name="reader">What read the rows: it knows the number of classes or targets, and the label's name.</param>
    /// <param name="training">The rows to train on, 1 or more.</param>
    /// <param name="validation">The rows to validate on, or null to split them off <paramref name="training"/>.</param>
    /// <param name="previous">The network to continue from, or null to start afresh.</param>
    /// <exception cref="InvalidOperationException">
    /// The loss diverged in the first iteration, or one class or value of a target is all there is to train on, or the checkpoint belongs to another training.
    /// </exception>
    /// <exception cref="InvalidDataException">The checkpoint is damaged, or none.</exception>
    /// <exception cref="IOException">The checkpoint cannot be read or written.</exception>
    /// <exception cref="ArgumentException">Early stopping without a validation set, or a previous network of another shape or of other given rates.</exception>
    public static TrainedNetwork Run(
        IHost host,
        IChannel channel,
        TrainingMonitor monitor,
        VariationalDropoutOptions options,
        Likelihood likelihood,
        TrainingSetReader reader,
        TrainingSet training,
        TrainingSet? validation,
        TrainedNetwork? previous)
    {
        options = options.OfRows(training.IsSparse);
        int outputSize = likelihood == Likelihood.HeteroscedasticGaussian ? 2 * reader.ScoreSize : reader.ScoreSize;
        var architecture = new NetworkArchitecture
        {
            InputSize = training.FeatureCount,
            HiddenLayerSizes = options.HiddenLayerSizes,
            OutputSize = outputSize,
            Likelihood = likelihood,
            HasSparseInputs = training.IsSparse,
            Activation = options.Activation,
            Posterior = options.ResolvedPosterior,
            Sharing = options.ResolvedSharing,
        };
        OptionsValidation.CheckSizes(options, training, outputSize);
        if (options.EarlyStoppingPatience > 0 && validation is null && options.ValidationSetFraction == 0)
        {
            throw new ArgumentException(
                $"EarlyStoppingPatience is {options.EarlyStoppingPatience}, but there is nothing to validate on: pass a validation set to Fit, or choose a ValidationSetFraction above 0.");
        }

        if (previous?.Pruning is not null)
            throw host.ExceptParam("previousModel", "The previous model was pruned, and a pruned model cannot be trained further: continue from the model that it was made of, and prune again.");
        if (previous is not null)
        {
            CheckSameArchitecture(host, previous, architecture);
            CheckSameRates(host, previous, options);
        }

        TrainingSettings settings = CreateSettings(host, options, architecture, training, continues: previous is not null);
        WarnOfUnfinishedWarmUp(channel, settings);

        try
        {
            CheckpointFile? checkpoint = OpenCheckpoint(channel, options, settings, training, validation, previous);
            TrainedNetwork network = NetworkTrainer.Train(training, validation, settings with { Seed = checkpoint?.Seed ?? settings.Seed }, previous, monitor, checkpoint);
            checkpoint?.Delete();
            return network;
        }
        catch (DivergenceException exception)
        {
            throw channel.Except(exception, FormattableString.Invariant(
                $"The loss was not finite in the first iteration, so that there is no model. Lower LearningRate, which is {options.LearningRate}, and look for huge example weights."));
        }
        catch (ConstantTargetException exception)
        {
            throw channel.Except(exception, $"{reader.DescribeConstant(exception.Target, exception.Value, exception.Rows)} {DescribeSplit()}");
        }
        catch (OneClassException exception)
        {
            throw channel.Except(exception, FormattableString.Invariant(
                $"All of the {exception.Rows} training instances are of one class; at least two classes are needed. {DescribeSplit()}"));
        }

        // What was read had more than one class or value: only the split can have taken the others.
        string DescribeSplit() => FormattableString.Invariant(
            $"ValidationSetFraction is {options.ValidationSetFraction}, which kept the others aside: lower it, or pass a validation set to Fit.");
    }

    private static CheckpointFile? OpenCheckpoint(
        IChannel channel, VariationalDropoutOptions options, TrainingSettings settings, TrainingSet training, TrainingSet? validation, TrainedNetwork? previous)
        => options.CheckpointFile is null ? null : new CheckpointFile(
            channel,
            options.CheckpointFile,
            options.CheckpointInterval,
            TrainingIdentity.Describe(settings, KernelPaths.Current, training, validation, previous),
            settings.Seed,
            isSeedGiven: options.Seed is not null);

    /// <summary>Given rates are part of a model, as learned ones are. An option at its default says nothing; any other value would be ignored.</summary>
    private static void CheckSameRates(IHost host, TrainedNetwork previous, VariationalDropoutOptions options)
    {
        const double Rounding = 1e-6;
        WeightPosterior posterior = previous.Architecture.Posterior;
        if (posterior.IsLearned() || !posterior.IsNoisy())
            return;
        Check(nameof(options.InitialInputDropoutRate), options.InitialInputDropoutRate, Defaults.InitialInputDropoutRate, previous.Layers[0]);
        if (previous.Layers.Count > 1)
            Check(nameof(options.InitialHiddenDropoutRate), options.InitialHiddenDropoutRate, Defaults.InitialHiddenDropoutRate, previous.Layers[1]);

        void Check(string option, double now, double unset, TrainedLayer layer)
        {
            double before = layer.MeanDropoutRate(posterior);
            if (now != unset && Math.Abs(now - before) > Rounding)
            {
                throw host.ExceptParam("previousModel", FormattableString.Invariant(
                    $"Continued training keeps the previous model's dropout rates: {option} is {now}; allowed is the model's, {before:G6}, or the default, {unset}, which keeps the model's."));
            }
        }
    }

    private static void WarnOfUnfinishedWarmUp(IChannel channel, TrainingSettings settings)
    {
        if (settings.KullbackLeiblerWarmUpIterations < settings.NumberOfIterations || !settings.Architecture.Posterior.IsLearned())
            return;
        string reached = settings.KullbackLeiblerWarmUpStart >= settings.NumberOfIterations - 1 ? "has no weight in any iteration" : "never reaches its full weight";
        channel.Warning(FormattableString.Invariant(
            $"KullbackLeiblerWarmUpIterations is {settings.KullbackLeiblerWarmUpIterations}, KullbackLeiblerWarmUpStart {settings.KullbackLeiblerWarmUpStart} and NumberOfIterations {settings.NumberOfIterations}: the Kullback-Leibler divergence {reached}. Choose a warm-up that ends before the last iteration."));
    }

    private static TrainingSettings CreateSettings(IHost host, VariationalDropoutOptions options, NetworkArchitecture architecture, TrainingSet training, bool continues) => new()
    {
        Architecture = architecture,
        NumberOfIterations = TrainingLength.Iterations(options, training.RowCount),
        BatchSize = TrainingLength.BatchSize(options, training.RowCount),
        Shuffle = options.Shuffle,
        LearningRate = options.LearningRate,
        LearningRateSchedule = options.LearningRateSchedule,
        Beta1 = options.Beta1,
        Beta2 = options.Beta2,
        Epsilon = options.Epsilon,
        WeightDecay = options.WeightDecay,
        ParameterAveraging = options.ParameterAveraging,
        Estimator = options.ResolvedEstimator,
        Prior = options.ResolvedPrior,
        PriorVariance = options.PriorVariance,
        KullbackLeiblerForm = options.KullbackLeiblerForm,
        KullbackLeiblerScale = options.KullbackLeiblerScale,
        KullbackLeiblerWarmUpIterations = TrainingLength.WarmUp(options, training.RowCount, continues),
        KullbackLeiblerWarmUpStart = options.KullbackLeiblerWarmUpStart,
        InitialInputDropoutRate = options.InitialInputDropoutRate,
        InitialHiddenDropoutRate = options.InitialHiddenDropoutRate,
        MinimumDropoutVariance = options.MinimumDropoutVariance,
        MaximumDropoutVariance = options.MaximumDropoutVariance,
        HeteroscedasticBeta = (options as VariationalDropoutRegressionOptions)?.HeteroscedasticBeta ?? 0,
        StandardizeFeatures = options.StandardizeFeatures ?? !architecture.HasSparseInputs,
        ScalesSparseFeaturesTogether = options.StandardizeFeatures is null && options.ResolvedPosterior == WeightPosterior.Gaussian && options.ResolvedPrior == WeightPrior.LogUniform,
        OutlierThreshold = options.OutlierThreshold,
        Bins = BinChoice.Limits(options, training, architecture.OutputSize),
        ValidationSetFraction = options.ValidationSetFraction,
        BalanceClasses = options is VariationalDropoutClassificationOptions { UnbalancedSets: true },
        EarlyStoppingPatience = options.EarlyStoppingPatience,
        NumberOfThreads = options.NumberOfThreads ?? Math.Min(Environment.ProcessorCount, 1024),
        Seed = CreateSeed(host, options),
    };

    private static uint CreateSeed(IHost host, VariationalDropoutOptions options)
    {
#pragma warning disable RS0030 // The environment's generator is where the user's MLContext seed arrives; all noise comes from Numerics.
        return unchecked((uint)(options.Seed ?? host.Rand.Next()));
#pragma warning restore RS0030
    }

    private static void CheckSameArchitecture(IHost host, TrainedNetwork network, NetworkArchitecture wanted)
    {
        NetworkArchitecture previous = network.Architecture;
        Check("number of features", network.FeatureCount, wanted.InputSize);
        Check("likelihood (the option HeteroscedasticNoise)", previous.Likelihood, wanted.Likelihood);
        Check(wanted.Likelihood == Likelihood.Categorical ? "number of classes" : "number of targets", previous.ScoreSize, wanted.ScoreSize);
        Check("HiddenLayerSizes", string.Join(", ", previous.HiddenLayerSizes), string.Join(", ", wanted.HiddenLayerSizes));
        Check("Activation", previous.Activation, wanted.Activation);
        Check("Posterior", previous.Posterior, wanted.Posterior);
        Check("DropoutVarianceSharing", previous.Sharing, wanted.Sharing);

        void Check<T>(string what, T before, T now)
        {
            if (!Equals(before, now))
                throw host.ExceptParam("previousModel", $"Continued training needs the previous model's {what} ({before}), but here it would be {now}.");
        }
    }
}
