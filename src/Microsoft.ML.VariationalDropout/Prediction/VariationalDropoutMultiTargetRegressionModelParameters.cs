using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Microsoft.ML.Trainers.VariationalDropout;
using Microsoft.ML.Trainers.VariationalDropout.Inference;
using Microsoft.ML.Trainers.VariationalDropout.Network;

[assembly: LoadableClass(
    typeof(VariationalDropoutMultiTargetRegressionModelParameters),
    null,
    typeof(SignatureLoadModel),
    "Variational dropout multi-target regressor",
    VariationalDropoutMultiTargetRegressionModelParameters.LoaderSignature)]

namespace Microsoft.ML.Trainers.VariationalDropout;

/// <summary>The trained network of <see cref="VariationalDropoutMultiTargetRegressionTrainer"/>. Immutable, and safe to use from many threads.</summary>
/// <inheritdoc cref="VariationalDropoutModelParameters" path="/remarks"/>
public sealed class VariationalDropoutMultiTargetRegressionModelParameters : VariationalDropoutModelParameters
{
    internal const string LoaderSignature = "VarDropoutMultiTarget";

    private static readonly SavedComponent Saved = new("VARDRPMT", LoaderSignature);

    internal VariationalDropoutMultiTargetRegressionModelParameters(IHostEnvironment env, TrainedNetwork network)
        : base(env, Saved, network)
    {
    }

    private VariationalDropoutMultiTargetRegressionModelParameters(IHostEnvironment env, ModelLoadContext ctx)
        : base(env, Saved, ctx, Likelihood.Gaussian, Likelihood.HeteroscedasticGaussian)
    {
    }

    /// <summary>Number of targets.</summary>
    public int NumberOfTargets => Network.Architecture.LabelCount;

    /// <summary>Whether the noise differs from row to row; otherwise there is one learned noise variance per target.</summary>
    public bool HasHeteroscedasticNoise => Network.Architecture.Likelihood == Likelihood.HeteroscedasticGaussian;

    internal override string ScoreColumnKind => AnnotationUtils.Const.ScoreColumnKind.MultiOutputRegression;

    private protected override PredictionKind PredictionKind => PredictionKind.MultiOutputRegression;

    private protected override DataViewType ScoreType => new VectorDataViewType(NumberDataViewType.Single, NumberOfTargets);

    private protected override string Description => "multi-target regressor";

    internal static VariationalDropoutMultiTargetRegressionModelParameters Create(IHostEnvironment env, ModelLoadContext ctx)
    {
        Saved.CheckLoad(env, ctx);
        return new VariationalDropoutMultiTargetRegressionModelParameters(env, ctx);
    }

    internal override IEnumerable<ScoreColumn> CreateScoreColumns(PredictionSettings settings, DataViewSchema.Column? trainingLabel)
    {
        yield return Targets(DefaultColumnNames.Score, predictions => predictions.Scores);
        yield return Targets(ScoreColumn.AleatoricStandardDeviation, predictions => predictions.AleatoricDeviations);
        if (!settings.HasUncertainty)
            yield break;
        yield return Targets(ScoreColumn.StandardDeviation, predictions => predictions.StandardDeviations);
        yield return Targets(ScoreColumn.EpistemicStandardDeviation, predictions => predictions.EpistemicDeviations);

        ScoreColumn Targets(string name, Func<Predictions, float[]> values) => ScoreColumn.Vector(name, NumberOfTargets, values, AddTargetNames);

        void AddTargetNames(DataViewSchema.Annotations.Builder builder)
        {
            if (trainingLabel is DataViewSchema.Column label)
                builder.Add(label.Annotations, kind => kind == AnnotationUtils.Kinds.SlotNames);
        }
    }
}
