using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Microsoft.ML.Trainers.VariationalDropout.Data;
using Microsoft.ML.Trainers.VariationalDropout.Network;

namespace Microsoft.ML.Trainers.VariationalDropout;

/// <summary>
/// The <see cref="IEstimator{TTransformer}"/> that trains a neural network for binary classification with variational dropout: it learns its
/// own dropout rates and knows what it does not know.
/// </summary>
/// <remarks>
/// <format type="text/markdown"><![CDATA[
/// To create this trainer, use
/// [VariationalDropout](xref:Microsoft.ML.VariationalDropoutCatalog.VariationalDropout(Microsoft.ML.BinaryClassificationCatalog.BinaryClassificationTrainers,System.String,System.String,System.String,System.Int32[],System.Int32))
/// or [VariationalDropout(Options)](xref:Microsoft.ML.VariationalDropoutCatalog.VariationalDropout(Microsoft.ML.BinaryClassificationCatalog.BinaryClassificationTrainers,Microsoft.ML.Trainers.VariationalDropout.VariationalDropoutBinaryTrainer.Options)).
///
/// ### Input and Output Columns
/// The label column must be a <xref:System.Boolean>, the feature column a known-sized vector of <xref:System.Single>, and the optional weight
/// column a <xref:System.Single>.
///
/// This trainer outputs the following columns:
///
/// | Output column | Column type | Description |
/// | -- | -- | -- |
/// | `PredictedLabel` | <xref:System.Boolean> | Whether `Probability` is above the threshold, 0.5 unless changed (<xref:Microsoft.ML.Trainers.VariationalDropout.VariationalDropoutBinaryPredictionTransformer.WithThreshold*>); equal is `false`. |
/// | `Score` | <xref:System.Single> | The logit of `Probability`, finite. |
/// | `Probability` | <xref:System.Single> | The probability of the label `true`: of the mean network, or averaged over the posterior. |
///
/// and, when the transformer predicts with more than the posterior mean
/// (<xref:Microsoft.ML.Trainers.VariationalDropout.VariationalDropoutPredictionTransformer`2.WithSampling*>,
/// <xref:Microsoft.ML.Trainers.VariationalDropout.VariationalDropoutPredictionTransformer`2.WithMomentPropagation*>):
///
/// | Output column | Column type | Description |
/// | -- | -- | -- |
/// | `ScoreStandardDeviation` | <xref:System.Single> | The standard deviation of the probability over the posterior. |
/// | `ScorePredictiveEntropy` | <xref:System.Single> | The entropy of `Probability`, in nats: the whole uncertainty. |
/// | `ScoreMutualInformation` | <xref:System.Single> | The part of the entropy that more data would remove, in nats. |
///
/// Missing features give NaN in all of them, and a `PredictedLabel` that is `false`.
///
/// ### Trainer Characteristics
/// |  |  |
/// | -- | -- |
/// | Machine learning task | Binary classification |
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
/// <seealso cref="VariationalDropoutCatalog.VariationalDropout(BinaryClassificationCatalog.BinaryClassificationTrainers, string, string, string, int[], int?)"/>
/// <seealso cref="VariationalDropoutCatalog.VariationalDropout(BinaryClassificationCatalog.BinaryClassificationTrainers, Options)"/>
/// <seealso cref="Options"/>
public sealed class VariationalDropoutBinaryTrainer
    : VariationalDropoutTrainer<VariationalDropoutBinaryPredictionTransformer, VariationalDropoutBinaryModelParameters>
{
    internal const string LoadName = "VariationalDropoutBinary";

    internal VariationalDropoutBinaryTrainer(IHostEnvironment env, Options options)
        : base(env, LoadName, options, TrainerUtils.MakeBoolScalarLabel)
    {
    }

    private protected override PredictionKind PredictionKind => PredictionKind.BinaryClassification;

    private protected override Likelihood Likelihood => Likelihood.Bernoulli;

    private protected override SchemaShape.Column[] GetOutputColumnsCore(SchemaShape inputSchema) =>
    [
        new(DefaultColumnNames.Score, SchemaShape.Column.VectorKind.Scalar, NumberDataViewType.Single, false, new SchemaShape(AnnotationUtils.GetTrainerOutputAnnotation())),
        new(DefaultColumnNames.Probability, SchemaShape.Column.VectorKind.Scalar, NumberDataViewType.Single, false, new SchemaShape(AnnotationUtils.GetTrainerOutputAnnotation(isNormalized: true))),
        new(DefaultColumnNames.PredictedLabel, SchemaShape.Column.VectorKind.Scalar, BooleanDataViewType.Instance, false, new SchemaShape(AnnotationUtils.GetTrainerOutputAnnotation())),
    ];

    private protected override TrainingSetReader CreateReader(IChannel channel, Action throwIfCancelled) => new BinarySetReader(channel, throwIfCancelled);

    private protected override VariationalDropoutBinaryModelParameters CreateModel(TrainedNetwork network) => new(Host, network);

    private protected override VariationalDropoutBinaryPredictionTransformer MakeTransformer(VariationalDropoutBinaryModelParameters model, DataViewSchema trainSchema)
        => new(Host, model, trainSchema, FeatureColumn.Name, LabelColumn.Name, PredictionSettings.PosteriorMean with { Threshold = Defaults.Threshold });

    /// <summary>What <see cref="VariationalDropoutBinaryTrainer"/> is to do.</summary>
    public sealed class Options : VariationalDropoutClassificationOptions
    {
    }
}
