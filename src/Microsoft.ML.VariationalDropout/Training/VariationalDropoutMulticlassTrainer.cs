using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Microsoft.ML.Trainers.VariationalDropout.Data;
using Microsoft.ML.Trainers.VariationalDropout.Network;
using Microsoft.ML.Trainers.VariationalDropout.Numerics;

namespace Microsoft.ML.Trainers.VariationalDropout;

/// <summary>
/// The <see cref="IEstimator{TTransformer}"/> that trains a neural network for multiclass classification with variational dropout: it
/// learns its own dropout rates and knows what it does not know.
/// </summary>
/// <remarks>
/// <format type="text/markdown"><![CDATA[
/// To create this trainer, use
/// [VariationalDropout](xref:Microsoft.ML.VariationalDropoutCatalog.VariationalDropout(Microsoft.ML.MulticlassClassificationCatalog.MulticlassClassificationTrainers,System.String,System.String,System.String,System.Int32[],System.Int32))
/// or [VariationalDropout(Options)](xref:Microsoft.ML.VariationalDropoutCatalog.VariationalDropout(Microsoft.ML.MulticlassClassificationCatalog.MulticlassClassificationTrainers,Microsoft.ML.Trainers.VariationalDropout.VariationalDropoutMulticlassTrainer.Options)).
///
/// ### Input and Output Columns
/// The label column must be of [key](xref:Microsoft.ML.Data.KeyDataViewType) type, the feature column a known-sized vector of
/// <xref:System.Single>, and the optional weight column a <xref:System.Single>.
///
/// This trainer outputs the following columns:
///
/// | Output column | Column type | Description |
/// | -- | -- | -- |
/// | `Score` | Vector of <xref:System.Single> | The probability of each class, in the order of the key values. |
/// | `PredictedLabel` | [key](xref:Microsoft.ML.Data.KeyDataViewType) type | The class of the greatest probability; the key type of the label. |
///
/// and, when the transformer predicts by sampling
/// (<xref:Microsoft.ML.Trainers.VariationalDropout.VariationalDropoutMulticlassPredictionTransformer.WithSampling*>):
///
/// | Output column | Column type | Description |
/// | -- | -- | -- |
/// | `ScoreStandardDeviation` | Vector of <xref:System.Single> | The standard deviation of each class's probability over the draws. |
/// | `ScorePredictiveEntropy` | <xref:System.Single> | The entropy of `Score`, in nats: the whole uncertainty. |
/// | `ScoreMutualInformation` | <xref:System.Single> | The part of the entropy that more data would remove, in nats. |
///
/// ### Trainer Characteristics
/// |  |  |
/// | -- | -- |
/// | Machine learning task | Multiclass classification |
/// | Is normalization required? | No, unless `StandardizeFeatures` is turned off |
/// | Is caching required? | No |
/// | Required NuGet in addition to Microsoft.ML | Microsoft.ML.VariationalDropout |
/// | Exportable to ONNX | No |
///
/// ### Training Algorithm Details
/// A fully connected network is trained by stochastic gradient variational Bayes with Adam: Gaussian noise multiplies the weights, its
/// variance α is learned per layer, unit or weight by maximising the evidence lower bound with a log-uniform prior, and the noise is
/// drawn by local reparameterization. The learned rate p = α / (1 + α) is the dropout rate. See Kingma, Salimans and Welling,
/// ["Variational Dropout and the Local Reparameterization Trick"](https://arxiv.org/abs/1506.02557), NIPS 2015. The log-uniform prior is
/// improper (Hron, Matthews and Ghahramani, ["Variational Bayesian dropout: pitfalls and fixes"](https://arxiv.org/abs/1807.01969),
/// ICML 2018); with few rows the network can collapse to a constant predictor.
///
/// Check the See Also section for links to usage examples.
/// ]]></format>
/// </remarks>
/// <seealso cref="VariationalDropoutCatalog.VariationalDropout(MulticlassClassificationCatalog.MulticlassClassificationTrainers, string, string, string, int[], int)"/>
/// <seealso cref="VariationalDropoutCatalog.VariationalDropout(MulticlassClassificationCatalog.MulticlassClassificationTrainers, Options)"/>
/// <seealso cref="Options"/>
public sealed class VariationalDropoutMulticlassTrainer
    : TrainerEstimatorBase<VariationalDropoutMulticlassPredictionTransformer, VariationalDropoutMulticlassModelParameters>
{
    internal const string LoadName = "VariationalDropoutMulticlass";

    private readonly VariationalDropoutOptions _options;
    private readonly TrainerInfo _info;

    /// <param name="env">The environment, for the log, the seed and cancellation.</param>
    /// <param name="options">What to train; copied.</param>
    internal VariationalDropoutMulticlassTrainer(IHostEnvironment env, Options options)
        : base(
            Contracts.CheckRef(env, nameof(env)).Register(LoadName),
            TrainerUtils.MakeR4VecFeature(OptionsValidation.CheckColumnName(nameof(Options.FeatureColumnName), Contracts.CheckRef(options, nameof(options)).FeatureColumnName)),
            TrainerUtils.MakeU4ScalarColumn(OptionsValidation.CheckColumnName(nameof(Options.LabelColumnName), options.LabelColumnName)),
            TrainerUtils.MakeR4ScalarWeightColumn(options.ExampleWeightColumnName))
    {
        OptionsValidation.Check(options);
        _ = KernelPaths.Current; // A path that is forced and cannot run is refused now, not after all data have been read.
        _options = options.Snapshot();
        _info = NetworkTraining.CreateInfo(_options);
    }

    /// <summary>Whether normalization and caching help this trainer.</summary>
    public override TrainerInfo Info => _info;

    private protected override PredictionKind PredictionKind => PredictionKind.MulticlassClassification;

    /// <summary>Trains with a validation set of its own instead of a share of the training set.</summary>
    /// <param name="trainData">The rows to train on.</param>
    /// <param name="validationData">
    /// The rows of the validation metric, with the same columns; they are never trained on.
    /// </param>
    /// <returns>The trained transformer.</returns>
    /// <exception cref="InvalidOperationException">A set has no usable row, or the training set has one class only.</exception>
    /// <exception cref="OperationCanceledException">The training was cancelled.</exception>
    public VariationalDropoutMulticlassPredictionTransformer Fit(IDataView trainData, IDataView validationData)
        => TrainTransformer(trainData, validationData);

    /// <summary>Continues the training of an earlier model.</summary>
    /// <param name="trainData">The rows to train on.</param>
    /// <param name="validationData">The rows of the validation metric, or <see langword="null"/> for a share of the training set.</param>
    /// <param name="previousModel">
    /// The model to start from. Its weights, dropout variances and feature scaling are taken over; the optimiser starts afresh.
    /// </param>
    /// <returns>The trained transformer; <paramref name="previousModel"/> stays as it is.</returns>
    /// <exception cref="ArgumentException">The model has another architecture than the options ask for.</exception>
    /// <exception cref="InvalidOperationException">A set has no usable row, or the training set has one class only.</exception>
    /// <exception cref="OperationCanceledException">The training was cancelled.</exception>
    public VariationalDropoutMulticlassPredictionTransformer Fit(
        IDataView trainData, IDataView? validationData, VariationalDropoutMulticlassModelParameters previousModel)
    {
        Host.CheckValue(previousModel, nameof(previousModel));
        return TrainTransformer(trainData, validationData, previousModel);
    }

    private protected override SchemaShape.Column[] GetOutputColumnsCore(SchemaShape inputSchema)
    {
        inputSchema.TryFindColumn(LabelColumn.Name, out SchemaShape.Column label);
        var predictedLabelAnnotations = new SchemaShape(
            label.Annotations.Where(column => column.Name == AnnotationUtils.Kinds.KeyValues).Concat(AnnotationUtils.GetTrainerOutputAnnotation()));
        return
        [
            new(DefaultColumnNames.Score, SchemaShape.Column.VectorKind.Vector, NumberDataViewType.Single, false, new SchemaShape(AnnotationUtils.AnnotationsForMulticlassScoreColumn(label))),
            new(DefaultColumnNames.PredictedLabel, SchemaShape.Column.VectorKind.Scalar, NumberDataViewType.UInt32, true, predictedLabelAnnotations),
        ];
    }

    private protected override VariationalDropoutMulticlassModelParameters TrainModelCore(TrainContext trainContext)
    {
        Host.CheckValue(trainContext, nameof(trainContext));
        var previous = trainContext.InitialPredictor as VariationalDropoutMulticlassModelParameters;
        Host.CheckParam(
            trainContext.InitialPredictor is null || previous is not null,
            nameof(trainContext),
            "The initial predictor is not a VariationalDropoutMulticlassModelParameters.");

        using IChannel channel = Host.Start("Training");
        using var monitor = new TrainingMonitor(Host, channel, _options);
        TrainingSet training = TrainingSetReader.ReadMulticlass(trainContext.TrainingSet, channel, monitor.ThrowIfCancelled, out int classCount);
        TrainingSet? validation = trainContext.ValidationSet is null
            ? null
            : TrainingSetReader.ReadMulticlassValidation(trainContext.ValidationSet, training.FeatureCount, classCount, channel, monitor.ThrowIfCancelled);

        TrainedNetwork network = NetworkTraining.Run(Host, channel, monitor, _options, classCount, training, validation, previous?.Network);
        return new VariationalDropoutMulticlassModelParameters(Host, network);
    }

    private protected override VariationalDropoutMulticlassPredictionTransformer MakeTransformer(
        VariationalDropoutMulticlassModelParameters model, DataViewSchema trainSchema)
        => new(Host, model, trainSchema, FeatureColumn.Name, LabelColumn.Name, PredictionSettings.PosteriorMean);

    /// <summary>What <see cref="VariationalDropoutMulticlassTrainer"/> is to do.</summary>
    public sealed class Options : VariationalDropoutOptions
    {
    }
}
