using System.Collections.Concurrent;
using Microsoft.ML.Data;

namespace Microsoft.ML.Trainers.VariationalDropout.Onnx.Tests;

/// <summary>The tasks of this library.</summary>
public enum OnnxTask
{
    Multiclass = 0,
    Binary = 1,
    Regression = 2,
    MultiTarget = 3,
}

/// <summary>A small trained pipeline for each task, from <see cref="RawRow"/>; trained once.</summary>
internal static class Tasks
{
    private static readonly ConcurrentDictionary<OnnxTask, Lazy<TrainedTask>> Trained = new();

    public static readonly string[] ScoreColumns =
    [
        "PredictedLabel", "Score", "Probability", "ScoreStandardDeviation", "ScoreEpistemicStandardDeviation", "ScoreAleatoricStandardDeviation",
        "ScorePredictiveEntropy", "ScoreMutualInformation",
    ];

    public static EstimatorChain<ITransformer> Featurize(MLContext context)
    {
        TransformsCatalog t = context.Transforms;
        return new EstimatorChain<ITransformer>()
            .Append((IEstimator<ITransformer>)t.ReplaceMissingValues("GapFilled", "Gap"))
            .Append((IEstimator<ITransformer>)t.Categorical.OneHotEncoding("ColorHot", "Color"))
            .Append((IEstimator<ITransformer>)t.Conversion.ConvertType("FlagNumber", "Flag"))
            .Append((IEstimator<ITransformer>)t.NormalizeMeanVariance("Vn", "V"))
            .Append((IEstimator<ITransformer>)t.NormalizeMinMax("An", "A"))
            .Append((IEstimator<ITransformer>)t.Concatenate("Features", "An", "Vn", "GapFilled", "ColorHot", "FlagNumber"));
    }

    public static TrainedTask Get(OnnxTask task) => Trained.GetOrAdd(task, key => new Lazy<TrainedTask>(() => Train(key))).Value;

    private static TrainedTask Train(OnnxTask task)
    {
        var ml = new MLContext(seed: 1);
        IDataView rows = ml.Data.LoadFromEnumerable(RawRow.Create(300, seed: 1));
        EstimatorChain<ITransformer> features = Featurize(ml);
        int[] hidden = [12, 8];
        switch (task)
        {
            case OnnxTask.Multiclass:
                TransformerChain<VariationalDropoutMulticlassPredictionTransformer> multiclass = features.Append((IEstimator<ITransformer>)ml.Transforms.Conversion.MapValueToKey("Kind"))
                    .Append(ml.MulticlassClassification.Trainers.VariationalDropout("Kind", hiddenLayerSizes: hidden, numberOfIterations: 3)).Fit(rows);
                ITransformer names = ml.Transforms.Conversion.MapKeyToValue("PredictedLabel").Fit(multiclass.Transform(rows));
                return TrainedTask.Create(multiclass, names);
            case OnnxTask.Binary:
                return TrainedTask.Create(features.Append(ml.BinaryClassification.Trainers.VariationalDropout("IsHigh", hiddenLayerSizes: hidden, numberOfIterations: 3)).Fit(rows));
            case OnnxTask.Regression:
                return TrainedTask.Create(features.Append(ml.Regression.Trainers.VariationalDropout("Target", hiddenLayerSizes: hidden, numberOfIterations: 3)).Fit(rows));
            default:
                return TrainedTask.Create(features.Append((IEstimator<ITransformer>)ml.Transforms.Concatenate("Targets", "Target", "B"))
                    .Append(ml.Regression.Trainers.VariationalDropoutMultiTarget("Targets", hiddenLayerSizes: hidden, numberOfIterations: 3)).Fit(rows));
        }
    }
}
