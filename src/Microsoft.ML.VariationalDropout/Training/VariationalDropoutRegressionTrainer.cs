using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Microsoft.ML.Trainers.VariationalDropout.Data;
using Microsoft.ML.Trainers.VariationalDropout.Network;

namespace Microsoft.ML.Trainers.VariationalDropout;

/// <summary>
/// The <see cref="IEstimator{TTransformer}"/> that trains a neural network for regression with variational dropout: it learns its own dropout
/// rates, the noise of the label, and knows what it does not know.
/// </summary>
/// <remarks>
/// <format type="text/markdown"><![CDATA[
/// To create this trainer, use
/// [VariationalDropout](xref:Microsoft.ML.VariationalDropoutCatalog.VariationalDropout(Microsoft.ML.RegressionCatalog.RegressionTrainers,System.String,System.String,System.String,System.Int32[],System.Int32))
/// or [VariationalDropout(Options)](xref:Microsoft.ML.VariationalDropoutCatalog.VariationalDropout(Microsoft.ML.RegressionCatalog.RegressionTrainers,Microsoft.ML.Trainers.VariationalDropout.VariationalDropoutRegressionTrainer.Options)).
///
/// ### Input and Output Columns
/// The label column must be a <xref:System.Single>, the feature column a known-sized vector of <xref:System.Single>, and the optional weight
/// column a <xref:System.Single>. Rows whose label is NaN or infinite are skipped. For a label of several numbers there is
/// <xref:Microsoft.ML.Trainers.VariationalDropout.VariationalDropoutMultiTargetRegressionTrainer>.
///
/// This trainer outputs the following columns, all in the label's units:
///
/// | Output column | Column type | Description |
/// | -- | -- | -- |
/// | `Score` | <xref:System.Single> | The prediction: of the mean network, or averaged over the posterior. |
/// | `ScoreAleatoricStandardDeviation` | <xref:System.Single> | The standard deviation of the label's noise, which more data would not remove. |
///
/// and, when the transformer predicts with more than the posterior mean
/// (<xref:Microsoft.ML.Trainers.VariationalDropout.VariationalDropoutPredictionTransformer`2.WithSampling*>,
/// <xref:Microsoft.ML.Trainers.VariationalDropout.VariationalDropoutPredictionTransformer`2.WithMomentPropagation*>):
///
/// | Output column | Column type | Description |
/// | -- | -- | -- |
/// | `ScoreStandardDeviation` | <xref:System.Single> | The standard deviation of the label: the root of the sum of the squares of the other two. |
/// | `ScoreEpistemicStandardDeviation` | <xref:System.Single> | The standard deviation of the prediction over the posterior, which more data would remove. |
///
/// ### Trainer Characteristics
/// |  |  |
/// | -- | -- |
/// | Machine learning task | Regression |
/// | Is normalization required? | No, neither of the features (unless `StandardizeFeatures` is turned off) nor of the label |
/// | Is caching required? | No |
/// | Required NuGet in addition to Microsoft.ML | Microsoft.ML.VariationalDropout |
/// | Exportable to ONNX | Yes, in every prediction mode |
///
/// ### Training Algorithm Details
/// A fully connected network is trained by stochastic gradient variational Bayes with Adam. By default every weight is a
/// Gaussian whose mean θ and variance σ² are learned by maximising the evidence lower bound with a Gaussian prior of empirical Bayes,
/// whose divergence weighs half by default (`KullbackLeiblerScale`) and whose rows' errors weigh more than their noise would let them
/// (`HeteroscedasticBeta`); the noise is drawn by local reparameterization; with α = σ² / θ², p = α / (1 + α) is the weight's dropout rate. See Kingma, Salimans and Welling,
/// ["Variational Dropout and the Local Reparameterization Trick"](https://arxiv.org/abs/1506.02557), NIPS 2015, and Molchanov, Ashukha and Vetrov,
/// ["Variational Dropout Sparsifies Deep Neural Networks"](https://arxiv.org/abs/1701.05369), ICML 2017. The options `Posterior`, `Prior`,
/// `DropoutVarianceSharing` and `GradientEstimator` choose other forms of noise, the first paper's with a rate per unit among them, other priors, and
/// plain dropout for comparison.
///
/// Targets are standardised inside; everything that is reported is in the label's units. The noise of the label is Gaussian, with a variance
/// that the network makes of the features (`HeteroscedasticNoise`) or one that is learned. See Nix and Weigend, "Estimating the mean and
/// variance of the target probability distribution", ICNN 1994, and for the two kinds of uncertainty Kendall and Gal,
/// ["What Uncertainties Do We Need in Bayesian Deep Learning for Computer Vision?"](https://arxiv.org/abs/1703.04977), NIPS 2017.
///
/// Check the See Also section for links to usage examples.
/// ]]></format>
/// </remarks>
/// <seealso cref="VariationalDropoutCatalog.VariationalDropout(RegressionCatalog.RegressionTrainers, string, string, string, int[], int?)"/>
/// <seealso cref="VariationalDropoutCatalog.VariationalDropout(RegressionCatalog.RegressionTrainers, Options)"/>
/// <seealso cref="Options"/>
public sealed class VariationalDropoutRegressionTrainer
    : VariationalDropoutTrainer<VariationalDropoutRegressionPredictionTransformer, VariationalDropoutRegressionModelParameters>
{
    internal const string LoadName = "VariationalDropoutRegression";

    internal VariationalDropoutRegressionTrainer(IHostEnvironment env, Options options)
        : base(env, LoadName, options, TrainerUtils.MakeR4ScalarColumn)
        => Likelihood = options.Likelihood;

    private protected override PredictionKind PredictionKind => PredictionKind.Regression;

    private protected override Likelihood Likelihood { get; }

    private protected override void CheckLabelCompatible(SchemaShape.Column labelCol)
    {
        if (labelCol.Kind != SchemaShape.Column.VectorKind.Scalar)
        {
            throw Host.ExceptParam(
                nameof(labelCol),
                $"Label column '{labelCol.Name}' is a vector ({labelCol.GetTypeString()}). This trainer learns one number; for several there is {nameof(VariationalDropoutMultiTargetRegressionTrainer)} (mlContext.Regression.Trainers.VariationalDropoutMultiTarget).");
        }

        base.CheckLabelCompatible(labelCol);
    }

    private protected override SchemaShape.Column[] GetOutputColumnsCore(SchemaShape inputSchema)
    {
        var annotations = new SchemaShape(AnnotationUtils.GetTrainerOutputAnnotation());
        return
        [
            new(DefaultColumnNames.Score, SchemaShape.Column.VectorKind.Scalar, NumberDataViewType.Single, false, annotations),
            new(ScoreColumn.AleatoricStandardDeviation, SchemaShape.Column.VectorKind.Scalar, NumberDataViewType.Single, false, annotations),
        ];
    }

    private protected override TrainingSetReader CreateReader(IChannel channel, Action throwIfCancelled) => new RegressionSetReader(channel, throwIfCancelled);

    private protected override VariationalDropoutRegressionModelParameters CreateModel(TrainedNetwork network) => new(Host, network);

    private protected override VariationalDropoutRegressionPredictionTransformer MakeTransformer(VariationalDropoutRegressionModelParameters model, DataViewSchema trainSchema)
        => new(Host, model, trainSchema, FeatureColumn.Name, LabelColumn.Name, PredictionSettings.PosteriorMean);

    /// <summary>What <see cref="VariationalDropoutRegressionTrainer"/> is to do.</summary>
    public sealed class Options : VariationalDropoutRegressionOptions
    {
    }
}
