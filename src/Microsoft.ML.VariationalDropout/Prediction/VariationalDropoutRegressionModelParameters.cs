using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Microsoft.ML.Trainers.VariationalDropout;
using Microsoft.ML.Trainers.VariationalDropout.Network;

[assembly: LoadableClass(
    typeof(VariationalDropoutRegressionModelParameters),
    null,
    typeof(SignatureLoadModel),
    "Variational dropout regressor",
    VariationalDropoutRegressionModelParameters.LoaderSignature)]

namespace Microsoft.ML.Trainers.VariationalDropout;

/// <summary>The trained network of <see cref="VariationalDropoutRegressionTrainer"/>. Immutable, and safe to use from many threads.</summary>
/// <inheritdoc cref="VariationalDropoutModelParameters" path="/remarks"/>
public sealed class VariationalDropoutRegressionModelParameters : VariationalDropoutModelParameters, IPredictorProducing<float>
{
    internal const string LoaderSignature = "VarDropoutRegression";

    private static readonly SavedComponent Saved = new("VARDRPRG", LoaderSignature);

    internal VariationalDropoutRegressionModelParameters(IHostEnvironment env, TrainedNetwork network)
        : base(env, Saved, network)
    {
    }

    private VariationalDropoutRegressionModelParameters(IHostEnvironment env, ModelLoadContext ctx)
        : base(env, Saved, ctx, Likelihood.Gaussian, Likelihood.HeteroscedasticGaussian)
    {
    }

    /// <summary>Whether the noise differs from row to row; otherwise there is one learned noise variance per target.</summary>
    public bool HasHeteroscedasticNoise => Network.Architecture.Likelihood == Likelihood.HeteroscedasticGaussian;

    internal override string ScoreColumnKind => AnnotationUtils.Const.ScoreColumnKind.Regression;

    private protected override PredictionKind PredictionKind => PredictionKind.Regression;

    private protected override string Description => "regressor";

    internal static VariationalDropoutRegressionModelParameters Create(IHostEnvironment env, ModelLoadContext ctx)
    {
        Saved.CheckLoad(env, ctx);
        return new VariationalDropoutRegressionModelParameters(env, ctx);
    }

    internal override IEnumerable<ScoreColumn> CreateScoreColumns(PredictionSettings settings, DataViewSchema.Column? trainingLabel)
    {
        yield return ScoreColumn.Scalar(DefaultColumnNames.Score, predictions => predictions.Scores);
        yield return ScoreColumn.Scalar(ScoreColumn.AleatoricStandardDeviation, predictions => predictions.AleatoricDeviations);
        if (!settings.HasUncertainty)
            yield break;
        yield return ScoreColumn.Scalar(ScoreColumn.StandardDeviation, predictions => predictions.StandardDeviations);
        yield return ScoreColumn.Scalar(ScoreColumn.EpistemicStandardDeviation, predictions => predictions.EpistemicDeviations);
    }
}
