using Microsoft.ML;
using Microsoft.ML.Runtime;
using Microsoft.ML.Trainers.VariationalDropout;
using Microsoft.ML.Trainers.VariationalDropout.Data;
using Microsoft.ML.Trainers.VariationalDropout.Network;

[assembly: LoadableClass(
    typeof(VariationalDropoutMulticlassPredictionTransformer),
    null,
    typeof(SignatureLoadModel),
    "Variational dropout multiclass transformer",
    VariationalDropoutMulticlassPredictionTransformer.LoaderSignature)]

namespace Microsoft.ML.Trainers.VariationalDropout;

/// <summary>
/// Scores rows with a <see cref="VariationalDropoutMulticlassModelParameters"/>; the columns stand in the documentation of
/// <see cref="VariationalDropoutMulticlassTrainer"/>.
/// </summary>
/// <inheritdoc cref="VariationalDropoutPredictionTransformer{TSelf, TModel}" path="/remarks"/>
public sealed class VariationalDropoutMulticlassPredictionTransformer
    : VariationalDropoutPredictionTransformer<VariationalDropoutMulticlassPredictionTransformer, VariationalDropoutMulticlassModelParameters>
{
    internal const string LoaderSignature = "VarDropoutMulticlassXfer";

    private static readonly SavedComponent Saved = new("VARDRXMC", LoaderSignature);

    internal VariationalDropoutMulticlassPredictionTransformer(
        IHostEnvironment env,
        VariationalDropoutMulticlassModelParameters model,
        DataViewSchema trainSchema,
        string featureColumnName,
        string? labelColumnName,
        PredictionSettings settings)
        : base(env, Saved, model, trainSchema, featureColumnName, labelColumnName, settings)
    {
    }

    private VariationalDropoutMulticlassPredictionTransformer(IHostEnvironment env, ModelLoadContext ctx)
        : base(env, Saved, ctx)
    {
    }

    internal static VariationalDropoutMulticlassPredictionTransformer Create(IHostEnvironment env, ModelLoadContext ctx)
    {
        Saved.CheckLoad(env, ctx);
        return new VariationalDropoutMulticlassPredictionTransformer(env, ctx);
    }

    private protected override TrainingSetReader CreateReader(IChannel channel) => new MulticlassSetReader(channel, Host.CheckAlive);

    private protected override VariationalDropoutMulticlassModelParameters CreateModel(TrainedNetwork network) => new(Host, network);

    private protected override VariationalDropoutMulticlassPredictionTransformer Create(VariationalDropoutMulticlassModelParameters model, PredictionSettings settings)
        => new(Host, model, TrainSchema, FeatureColumnName, LabelColumnName, settings);
}
