using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Microsoft.ML.Trainers.VariationalDropout.Data;
using Microsoft.ML.Trainers.VariationalDropout.Network;

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
/// and, when the transformer predicts with more than the posterior mean
/// (<xref:Microsoft.ML.Trainers.VariationalDropout.VariationalDropoutPredictionTransformer`2.WithSampling*>,
/// <xref:Microsoft.ML.Trainers.VariationalDropout.VariationalDropoutPredictionTransformer`2.WithMomentPropagation*>):
///
/// | Output column | Column type | Description |
/// | -- | -- | -- |
/// | `ScoreStandardDeviation` | Vector of <xref:System.Single> | The standard deviation of each class's probability over the posterior. |
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
/// | Exportable to ONNX | Yes, in every prediction mode |
///
/// ### Training Algorithm Details
/// A fully connected network is trained by stochastic gradient variational Bayes with Adam. By default every weight is a
/// Gaussian whose mean θ and variance σ² are learned by maximising the evidence lower bound with a log-uniform prior,
/// and the noise is drawn by local reparameterization; with α = σ² / θ², p = α / (1 + α) is the weight's dropout rate. See Kingma, Salimans and Welling,
/// ["Variational Dropout and the Local Reparameterization Trick"](https://arxiv.org/abs/1506.02557), NIPS 2015, and Molchanov, Ashukha and Vetrov,
/// ["Variational Dropout Sparsifies Deep Neural Networks"](https://arxiv.org/abs/1701.05369), ICML 2017. The log-uniform prior is
/// improper (Hron, Matthews and Ghahramani, ["Variational Bayesian dropout: pitfalls and fixes"](https://arxiv.org/abs/1807.01969),
/// ICML 2018); with few rows the network can collapse to a constant predictor. The options `Posterior`, `Prior`,
/// `DropoutVarianceSharing` and `GradientEstimator` choose other forms of noise, the first paper's with a rate per unit among them, other priors, and
/// plain dropout for comparison.
///
/// Check the See Also section for links to usage examples.
/// ]]></format>
/// </remarks>
/// <seealso cref="VariationalDropoutCatalog.VariationalDropout(MulticlassClassificationCatalog.MulticlassClassificationTrainers, string, string, string, int[], int?)"/>
/// <seealso cref="VariationalDropoutCatalog.VariationalDropout(MulticlassClassificationCatalog.MulticlassClassificationTrainers, Options)"/>
/// <seealso cref="Options"/>
public sealed class VariationalDropoutMulticlassTrainer
    : VariationalDropoutTrainer<VariationalDropoutMulticlassPredictionTransformer, VariationalDropoutMulticlassModelParameters>
{
    internal const string LoadName = "VariationalDropoutMulticlass";

    internal VariationalDropoutMulticlassTrainer(IHostEnvironment env, Options options)
        : base(env, LoadName, options, TrainerUtils.MakeU4ScalarColumn)
    {
    }

    private protected override PredictionKind PredictionKind => PredictionKind.MulticlassClassification;

    private protected override Likelihood Likelihood => Likelihood.Categorical;

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

    private protected override TrainingSetReader CreateReader(IChannel channel, Action throwIfCancelled) => new MulticlassSetReader(channel, throwIfCancelled);

    private protected override VariationalDropoutMulticlassModelParameters CreateModel(TrainedNetwork network) => new(Host, network);

    private protected override VariationalDropoutMulticlassPredictionTransformer MakeTransformer(
        VariationalDropoutMulticlassModelParameters model, DataViewSchema trainSchema)
        => new(Host, model, trainSchema, FeatureColumn.Name, LabelColumn.Name, PredictionSettings.PosteriorMean);

    /// <summary>What <see cref="VariationalDropoutMulticlassTrainer"/> is to do.</summary>
    public sealed class Options : VariationalDropoutClassificationOptions
    {
    }
}
