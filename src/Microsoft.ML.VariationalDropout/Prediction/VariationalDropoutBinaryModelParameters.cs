using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Microsoft.ML.Trainers.VariationalDropout;
using Microsoft.ML.Trainers.VariationalDropout.Inference;
using Microsoft.ML.Trainers.VariationalDropout.Network;

[assembly: LoadableClass(
    typeof(VariationalDropoutBinaryModelParameters),
    null,
    typeof(SignatureLoadModel),
    "Variational dropout binary classifier",
    VariationalDropoutBinaryModelParameters.LoaderSignature)]

namespace Microsoft.ML.Trainers.VariationalDropout;

/// <summary>The trained network of <see cref="VariationalDropoutBinaryTrainer"/>. Immutable, and safe to use from many threads.</summary>
/// <inheritdoc cref="VariationalDropoutModelParameters" path="/remarks"/>
public sealed class VariationalDropoutBinaryModelParameters : VariationalDropoutModelParameters, IPredictorProducing<float>
{
    internal const string LoaderSignature = "VarDropoutBinary";

    private static readonly SavedComponent Saved = new("VARDRPBC", LoaderSignature);

    internal VariationalDropoutBinaryModelParameters(IHostEnvironment env, TrainedNetwork network)
        : base(env, Saved, network)
    {
    }

    private VariationalDropoutBinaryModelParameters(IHostEnvironment env, ModelLoadContext ctx)
        : base(env, Saved, ctx, Likelihood.Bernoulli)
    {
    }

    internal override string ScoreColumnKind => AnnotationUtils.Const.ScoreColumnKind.BinaryClassification;

    private protected override PredictionKind PredictionKind => PredictionKind.BinaryClassification;

    private protected override string Description => "binary classifier";

    internal static VariationalDropoutBinaryModelParameters Create(IHostEnvironment env, ModelLoadContext ctx)
    {
        Saved.CheckLoad(env, ctx);
        return new VariationalDropoutBinaryModelParameters(env, ctx);
    }

    internal override IEnumerable<ScoreColumn> CreateScoreColumns(PredictionSettings settings, DataViewSchema.Column? trainingLabel)
    {
        yield return ScoreColumn.Of(DefaultColumnNames.PredictedLabel, BooleanDataViewType.Instance, (predictions, row) => predictions.Scores[row] > settings.Threshold);
        yield return ScoreColumn.Scalar(DefaultColumnNames.Score, predictions => predictions.Logits);
        yield return ScoreColumn.Of(
            DefaultColumnNames.Probability,
            NumberDataViewType.Single,
            (predictions, row) => predictions.Scores[row],
            builder => builder.Add(AnnotationUtils.Kinds.IsNormalized, BooleanDataViewType.Instance, (ref bool value) => value = true));
        if (!settings.HasUncertainty)
            yield break;
        yield return ScoreColumn.Scalar(ScoreColumn.StandardDeviation, predictions => predictions.StandardDeviations);
        yield return ScoreColumn.Scalar(ScoreColumn.PredictiveEntropy, predictions => predictions.PredictiveEntropies);
        yield return ScoreColumn.Scalar(ScoreColumn.MutualInformation, predictions => predictions.MutualInformations);
    }

    private protected override float[] Scores(Predictions predictions) => predictions.Logits;
}
