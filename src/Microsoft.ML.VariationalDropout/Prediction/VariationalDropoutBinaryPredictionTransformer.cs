using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Runtime;
using Microsoft.ML.Trainers.VariationalDropout;
using Microsoft.ML.Trainers.VariationalDropout.Data;
using Microsoft.ML.Trainers.VariationalDropout.Network;

[assembly: LoadableClass(
    typeof(VariationalDropoutBinaryPredictionTransformer),
    null,
    typeof(SignatureLoadModel),
    "Variational dropout binary transformer",
    VariationalDropoutBinaryPredictionTransformer.LoaderSignature)]

namespace Microsoft.ML.Trainers.VariationalDropout;

/// <summary>
/// Scores rows with a <see cref="VariationalDropoutBinaryModelParameters"/>; the columns stand in the documentation of
/// <see cref="VariationalDropoutBinaryTrainer"/>.
/// </summary>
/// <inheritdoc cref="VariationalDropoutPredictionTransformer{TSelf, TModel}" path="/remarks"/>
public sealed class VariationalDropoutBinaryPredictionTransformer
    : VariationalDropoutPredictionTransformer<VariationalDropoutBinaryPredictionTransformer, VariationalDropoutBinaryModelParameters>
{
    internal const string LoaderSignature = "VarDropoutBinaryXfer";

    private static readonly SavedComponent Saved = new("VARDRXBC", LoaderSignature, HasThreshold: true);

    internal VariationalDropoutBinaryPredictionTransformer(
        IHostEnvironment env,
        VariationalDropoutBinaryModelParameters model,
        DataViewSchema trainSchema,
        string featureColumnName,
        string? labelColumnName,
        PredictionSettings settings)
        : base(env, Saved, model, trainSchema, featureColumnName, labelColumnName, settings)
    {
    }

    private VariationalDropoutBinaryPredictionTransformer(IHostEnvironment env, ModelLoadContext ctx)
        : base(env, Saved, ctx)
    {
    }

    /// <summary>
    /// The probability above which <c>PredictedLabel</c> is <see langword="true"/>, in (0, 1). Default 0.5. A probability that equals it
    /// gives <see langword="false"/>, as ML.NET's own scorer has it.
    /// </summary>
    public float Threshold => Settings.Threshold;

    /// <summary>
    /// Makes a transformer over the same model that predicts <see langword="true"/> where <c>Probability</c> is above another threshold;
    /// the threshold is saved with it.
    /// </summary>
    /// <remarks>
    /// <c>mlContext.BinaryClassification.ChangeModelThreshold</c> does not apply here: it takes ML.NET's own
    /// <see cref="Microsoft.ML.Data.BinaryPredictionTransformer{TModel}"/> alone, a sealed class whose scorer knows neither the posterior over the weights nor
    /// blocks of rows. Its thresholds are also on <c>Score</c>, a logit, where this one is a probability. Like that one, this threshold decides
    /// <c>PredictedLabel</c> and nothing else: <c>mlContext.BinaryClassification.Evaluate</c> counts from <c>Score</c> and <c>Probability</c>, at a
    /// threshold of its own, whatever the predicted labels are.
    /// </remarks>
    /// <param name="probability">The threshold, in (0, 1). A probability that equals it gives <see langword="false"/>.</param>
    /// <returns>The transformer; this one stays as it is.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="probability"/> is outside of its range.</exception>
    public VariationalDropoutBinaryPredictionTransformer WithThreshold(float probability)
    {
        if (!PredictionSettings.IsThreshold(probability))
            throw OptionsValidation.OutOfRange(nameof(probability), probability.ToString(CultureInfo.InvariantCulture), "(0, 1)", probability);
        return Create(Model, Settings with { Threshold = probability });
    }

    internal static VariationalDropoutBinaryPredictionTransformer Create(IHostEnvironment env, ModelLoadContext ctx)
    {
        Saved.CheckLoad(env, ctx);
        return new VariationalDropoutBinaryPredictionTransformer(env, ctx);
    }

    private protected override TrainingSetReader CreateReader(IChannel channel) => new BinarySetReader(channel, Host.CheckAlive);

    private protected override VariationalDropoutBinaryModelParameters CreateModel(TrainedNetwork network) => new(Host, network);

    private protected override VariationalDropoutBinaryPredictionTransformer Create(VariationalDropoutBinaryModelParameters model, PredictionSettings settings)
        => new(Host, model, TrainSchema, FeatureColumnName, LabelColumnName, settings);
}
