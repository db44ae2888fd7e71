using Microsoft.ML;
using Microsoft.ML.Runtime;
using Microsoft.ML.Trainers.VariationalDropout;
using Microsoft.ML.Trainers.VariationalDropout.Data;
using Microsoft.ML.Trainers.VariationalDropout.Network;

[assembly: LoadableClass(
    typeof(VariationalDropoutMultiTargetRegressionPredictionTransformer),
    null,
    typeof(SignatureLoadModel),
    "Variational dropout multi-target regression transformer",
    VariationalDropoutMultiTargetRegressionPredictionTransformer.LoaderSignature)]

namespace Microsoft.ML.Trainers.VariationalDropout;

/// <summary>
/// Scores rows with a <see cref="VariationalDropoutMultiTargetRegressionModelParameters"/>; the columns stand in the documentation of
/// <see cref="VariationalDropoutMultiTargetRegressionTrainer"/>.
/// </summary>
/// <inheritdoc cref="VariationalDropoutPredictionTransformer{TSelf, TModel}" path="/remarks"/>
public sealed class VariationalDropoutMultiTargetRegressionPredictionTransformer
    : VariationalDropoutPredictionTransformer<VariationalDropoutMultiTargetRegressionPredictionTransformer, VariationalDropoutMultiTargetRegressionModelParameters>
{
    internal const string LoaderSignature = "VarDropoutMultiTargXfer";

    private static readonly SavedComponent Saved = new("VARDRXMT", LoaderSignature);

    internal VariationalDropoutMultiTargetRegressionPredictionTransformer(
        IHostEnvironment env,
        VariationalDropoutMultiTargetRegressionModelParameters model,
        DataViewSchema trainSchema,
        string featureColumnName,
        string? labelColumnName,
        PredictionSettings settings)
        : base(env, Saved, model, trainSchema, featureColumnName, labelColumnName, settings)
    {
    }

    private VariationalDropoutMultiTargetRegressionPredictionTransformer(IHostEnvironment env, ModelLoadContext ctx)
        : base(env, Saved, ctx)
    {
    }

    internal static VariationalDropoutMultiTargetRegressionPredictionTransformer Create(IHostEnvironment env, ModelLoadContext ctx)
    {
        Saved.CheckLoad(env, ctx);
        return new VariationalDropoutMultiTargetRegressionPredictionTransformer(env, ctx);
    }

    private protected override TrainingSetReader CreateReader(IChannel channel) => new MultiTargetSetReader(channel, Host.CheckAlive);

    private protected override VariationalDropoutMultiTargetRegressionModelParameters CreateModel(TrainedNetwork network) => new(Host, network);

    private protected override VariationalDropoutMultiTargetRegressionPredictionTransformer Create(VariationalDropoutMultiTargetRegressionModelParameters model, PredictionSettings settings)
        => new(Host, model, TrainSchema, FeatureColumnName, LabelColumnName, settings);
}
