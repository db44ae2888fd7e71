using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Microsoft.ML.Trainers.VariationalDropout;
using Microsoft.ML.Trainers.VariationalDropout.Inference;
using Microsoft.ML.Trainers.VariationalDropout.Network;

[assembly: LoadableClass(
    typeof(VariationalDropoutMulticlassModelParameters),
    null,
    typeof(SignatureLoadModel),
    "Variational dropout multiclass classifier",
    VariationalDropoutMulticlassModelParameters.LoaderSignature)]

namespace Microsoft.ML.Trainers.VariationalDropout;

/// <summary>The trained network of <see cref="VariationalDropoutMulticlassTrainer"/>. Immutable, and safe to use from many threads.</summary>
/// <inheritdoc cref="VariationalDropoutModelParameters" path="/remarks"/>
public sealed class VariationalDropoutMulticlassModelParameters : VariationalDropoutModelParameters
{
    internal const string LoaderSignature = "VarDropoutMulticlass";

    private static readonly SavedComponent Saved = new("VARDRPMC", LoaderSignature);

    internal VariationalDropoutMulticlassModelParameters(IHostEnvironment env, TrainedNetwork network)
        : base(env, Saved, network)
    {
    }

    private VariationalDropoutMulticlassModelParameters(IHostEnvironment env, ModelLoadContext ctx)
        : base(env, Saved, ctx, Likelihood.Categorical)
    {
    }

    /// <summary>Number of classes.</summary>
    public int NumberOfClasses => Network.Architecture.OutputSize;

    internal override string ScoreColumnKind => AnnotationUtils.Const.ScoreColumnKind.MulticlassClassification;

    private protected override PredictionKind PredictionKind => PredictionKind.MulticlassClassification;

    private protected override string Description => "classifier";

    private protected override DataViewType ScoreType => new VectorDataViewType(NumberDataViewType.Single, NumberOfClasses);

    internal static VariationalDropoutMulticlassModelParameters Create(IHostEnvironment env, ModelLoadContext ctx)
    {
        Saved.CheckLoad(env, ctx);
        return new VariationalDropoutMulticlassModelParameters(env, ctx);
    }

    internal override IEnumerable<ScoreColumn> CreateScoreColumns(PredictionSettings settings, DataViewSchema.Column? trainingLabel)
    {
        var classes = new ClassNames(trainingLabel, NumberOfClasses);
        yield return ScoreColumn.Of(DefaultColumnNames.PredictedLabel, new KeyDataViewType(typeof(uint), NumberOfClasses), PredictedKey, classes.AddKeyValues);
        yield return ScoreColumn.Vector(DefaultColumnNames.Score, NumberOfClasses, predictions => predictions.Scores, builder =>
        {
            classes.AddTrainingLabelValues(builder);
            classes.AddSlotNames(builder);
        });
        if (!settings.HasUncertainty)
            yield break;
        yield return ScoreColumn.Vector(ScoreColumn.StandardDeviation, NumberOfClasses, predictions => predictions.StandardDeviations, classes.AddSlotNames);
        yield return ScoreColumn.Scalar(ScoreColumn.PredictiveEntropy, predictions => predictions.PredictiveEntropies);
        yield return ScoreColumn.Scalar(ScoreColumn.MutualInformation, predictions => predictions.MutualInformations);
    }

    /// <summary>The class of the greatest probability, counted from 1; 0, a missing key, where the probabilities are NaN.</summary>
    private static uint PredictedKey(Predictions predictions, int row)
    {
        ReadOnlySpan<float> scores = predictions.Scores.AsSpan(row * predictions.Size, predictions.Size);
        if (float.IsNaN(scores[0]))
            return 0;
        int best = 0;
        for (int k = 1; k < scores.Length; k++)
        {
            if (scores[k] > scores[best])
                best = k;
        }

        return (uint)best + 1;
    }
}
