using Microsoft.ML;
using Microsoft.ML.Runtime;
using Microsoft.ML.Trainers.VariationalDropout;
using Microsoft.ML.Trainers.VariationalDropout.Data;
using Microsoft.ML.Trainers.VariationalDropout.Network;

[assembly: LoadableClass(
    typeof(VariationalDropoutRegressionPredictionTransformer),
    null,
    typeof(SignatureLoadModel),
    "Variational dropout regression transformer",
    VariationalDropoutRegressionPredictionTransformer.LoaderSignature)]

namespace Microsoft.ML.Trainers.VariationalDropout;

/// <summary>
/// Scores rows with a <see cref="VariationalDropoutRegressionModelParameters"/>; the columns stand in the documentation of
/// <see cref="VariationalDropoutRegressionTrainer"/>.
/// </summary>
/// <inheritdoc cref="VariationalDropoutPredictionTransformer{TSelf, TModel}" path="/remarks"/>
public sealed class VariationalDropoutRegressionPredictionTransformer
    : VariationalDropoutPredictionTransformer<VariationalDropoutRegressionPredictionTransformer, VariationalDropoutRegressionModelParameters>
{
    internal const string LoaderSignature = "VarDropoutRegressionXfer";

    private static readonly SavedComponent Saved = new("VARDRXRG", LoaderSignature);

    internal VariationalDropoutRegressionPredictionTransformer(
        IHostEnvironment env,
        VariationalDropoutRegressionModelParameters model,
        DataViewSchema trainSchema,
        string featureColumnName,
        string? labelColumnName,
        PredictionSettings settings)
        : base(env, Saved, model, trainSchema, featureColumnName, labelColumnName, settings)
    {
    }

    private VariationalDropoutRegressionPredictionTransformer(IHostEnvironment env, ModelLoadContext ctx)
        : base(env, Saved, ctx)
    {
    }

    internal static VariationalDropoutRegressionPredictionTransformer Create(IHostEnvironment env, ModelLoadContext ctx)
    {
        Saved.CheckLoad(env, ctx);
        return new VariationalDropoutRegressionPredictionTransformer(env, ctx);
    }

    private protected override TrainingSetReader CreateReader(IChannel channel) => new RegressionSetReader(channel, Host.CheckAlive);

    private protected override VariationalDropoutRegressionModelParameters CreateModel(TrainedNetwork network) => new(Host, network);

    private protected override VariationalDropoutRegressionPredictionTransformer Create(VariationalDropoutRegressionModelParameters model, PredictionSettings settings)
        => new(Host, model, TrainSchema, FeatureColumnName, LabelColumnName, settings);
}
