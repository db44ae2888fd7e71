using Microsoft.ML.Runtime;
using Microsoft.ML.Trainers.VariationalDropout.Data;
using Microsoft.ML.Trainers.VariationalDropout.Network;
using Microsoft.ML.Trainers.VariationalDropout.Numerics;

namespace Microsoft.ML.Trainers.VariationalDropout;

/// <summary>What the trainers of every task have in common.</summary>
/// <typeparam name="TTransformer">The transformer that is trained.</typeparam>
/// <typeparam name="TModel">Its model.</typeparam>
public abstract class VariationalDropoutTrainer<TTransformer, TModel> : TrainerEstimatorBase<TTransformer, TModel>
    where TTransformer : ISingleFeaturePredictionTransformer<TModel>
    where TModel : VariationalDropoutModelParameters
{
    private readonly VariationalDropoutOptions _options;

    /// <param name="env">The environment, for the log, the seed and cancellation.</param>
    /// <param name="loadName">The trainer's name in the log.</param>
    /// <param name="options">What to train; copied.</param>
    /// <param name="makeLabel">The label column that the task needs, from its name.</param>
    private protected VariationalDropoutTrainer(IHostEnvironment env, string loadName, VariationalDropoutOptions options, Func<string, SchemaShape.Column> makeLabel)
        : base(
            Contracts.CheckRef(env, nameof(env)).Register(loadName),
            TrainerUtils.MakeR4VecFeature(OptionsValidation.CheckColumnName(nameof(options.FeatureColumnName), Contracts.CheckRef(options, nameof(options)).FeatureColumnName)),
            makeLabel(OptionsValidation.CheckColumnName(nameof(options.LabelColumnName), options.LabelColumnName)),
            TrainerUtils.MakeR4ScalarWeightColumn(
                options.ExampleWeightColumnName is null ? null : OptionsValidation.CheckColumnName(nameof(options.ExampleWeightColumnName), options.ExampleWeightColumnName)))
    {
        OptionsValidation.Check(options);
        _ = KernelPaths.Current; // A path that is forced and cannot run is refused now, not after all data have been read.
        _options = options.Snapshot();
        Info = NetworkTraining.CreateInfo(_options);
    }

    /// <summary>Whether normalization and caching help this trainer.</summary>
    public override TrainerInfo Info { get; }

    /// <summary>How the network's outputs explain a label.</summary>
    private protected abstract Likelihood Likelihood { get; }

    /// <summary>Trains with a validation set of its own instead of a share of the training set.</summary>
    /// <param name="trainData">The rows to train on.</param>
    /// <param name="validationData">
    /// The rows of the validation metric, with the same columns; they are never trained on.
    /// </param>
    /// <returns>The trained transformer.</returns>
    /// <exception cref="ArgumentException">A column is missing, or of the wrong type.</exception>
    /// <exception cref="InvalidOperationException">
    /// A set has no usable row, or the labels of the training set are all the same, or <c>CheckpointFile</c> belongs to another training.
    /// </exception>
    /// <exception cref="InvalidDataException"><c>CheckpointFile</c> is damaged, or something else than a checkpoint.</exception>
    /// <exception cref="IOException">The temporary file of rows beyond <c>MemoryBudgetMegabytes</c>, or <c>CheckpointFile</c>, cannot be written or read.</exception>
    /// <exception cref="UnauthorizedAccessException"><c>CheckpointFile</c>, or its folder, may not be written to.</exception>
    /// <exception cref="OperationCanceledException">The training was cancelled.</exception>
    public TTransformer Fit(IDataView trainData, IDataView validationData) => TrainTransformer(trainData, validationData);

    /// <summary>Continues the training of an earlier model.</summary>
    /// <param name="trainData">The rows to train on.</param>
    /// <param name="validationData">The rows of the validation metric, or <see langword="null"/> for a share of the training set.</param>
    /// <param name="previousModel">
    /// The model to start from. Its weights, variances (or given dropout rates) and the scaling of features and targets are taken over; the
    /// optimiser starts afresh.
    /// </param>
    /// <returns>The trained transformer; <paramref name="previousModel"/> stays as it is.</returns>
    /// <exception cref="ArgumentException">The model has another architecture than the options ask for, or other given dropout rates.</exception>
    /// <exception cref="InvalidOperationException">
    /// A set has no usable row, or the labels of the training set are all the same, or <c>CheckpointFile</c> belongs to another training.
    /// </exception>
    /// <exception cref="InvalidDataException"><c>CheckpointFile</c> is damaged, or something else than a checkpoint.</exception>
    /// <exception cref="IOException">The temporary file of rows beyond <c>MemoryBudgetMegabytes</c>, or <c>CheckpointFile</c>, cannot be written or read.</exception>
    /// <exception cref="UnauthorizedAccessException"><c>CheckpointFile</c>, or its folder, may not be written to.</exception>
    /// <exception cref="OperationCanceledException">The training was cancelled.</exception>
    public TTransformer Fit(IDataView trainData, IDataView? validationData, TModel previousModel)
    {
        Host.CheckValue(previousModel, nameof(previousModel));
        return TrainTransformer(trainData, validationData, previousModel);
    }

    private protected sealed override TModel TrainModelCore(TrainContext trainContext)
    {
        Host.CheckValue(trainContext, nameof(trainContext));
        var previous = trainContext.InitialPredictor as TModel;
        Host.CheckParam(trainContext.InitialPredictor is null || previous is not null, nameof(trainContext), $"The initial predictor is not a {typeof(TModel).Name}.");

        if (_options.CheckpointFile is not null)
            CheckpointFile.Check(_options.CheckpointFile);
        using IChannel channel = Host.Start("Training");
        using var monitor = new TrainingMonitor(Host, channel, _options, Likelihood);
        TrainingSetReader reader = CreateReader(channel, monitor.ThrowIfCancelled);
        using MemoryBudget budget = NetworkTraining.CreateBudget(Host, channel, monitor, _options);
        TrainingSet training = reader.ReadTraining(trainContext.TrainingSet, previous?.Network.Architecture.HasSparseInputs, budget);
        TrainingSet? validation = trainContext.ValidationSet is null ? null : reader.ReadValidation(trainContext.ValidationSet, training, budget);
        return CreateModel(NetworkTraining.Run(Host, channel, monitor, _options, Likelihood, reader, training, validation, previous?.Network));
    }

    /// <summary>Makes what reads the task's rows.</summary>
    private protected abstract TrainingSetReader CreateReader(IChannel channel, Action throwIfCancelled);

    /// <summary>Makes the task's model of a trained network.</summary>
    private protected abstract TModel CreateModel(TrainedNetwork network);
}
