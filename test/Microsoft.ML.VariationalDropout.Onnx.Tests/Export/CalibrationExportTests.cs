using Microsoft.ML.Data;

namespace Microsoft.ML.Trainers.VariationalDropout.Onnx.Tests;

/// <summary>Calibration, intervals and prediction sets behind predictors, this library's and ML.NET's: as nodes of the same graph.</summary>
[TestClass]
public sealed class CalibrationExportTests
{
    private static readonly OnnxGraphKind[] Kinds = [OnnxGraphKind.PosteriorMean, OnnxGraphKind.Moments, OnnxGraphKind.FrozenSamples];

    public static IEnumerable<object[]> TasksAndKinds =>
        from task in new[] { OnnxTask.Binary, OnnxTask.Multiclass, OnnxTask.Regression }
        from kind in Kinds
        select new object[] { task, kind };

    [TestMethod]
    [DynamicData(nameof(TasksAndKinds))]
    public void They_are_exported_with_the_network_of_every_kind(OnnxTask task, OnnxGraphKind kind)
    {
        var context = new MLContext(seed: 1);
        ITransformer model = Calibrate(context, task, Tasks.Get(task).InMode(kind, 7, 3), out string[] added);
        IDataView others = context.Data.LoadFromEnumerable(RawRow.Create(200, seed: 2, withUnseen: true));

        var exported = new ExportedPipeline(context, model, others);

        Assert.IsLessThanOrEqualTo(kind == OnnxGraphKind.Moments ? 1e-4 : 1e-5, exported.Compare(model, others));
        foreach (string column in added)
            Assert.Contains(column + ".output", exported.Outputs);
        CollectionAssert.AreEquivalent(new[] { "A", "V", "Color", "Gap", "Flag" }, exported.Inputs);
    }

    /// <summary>One of these rows has the threshold itself for a probability, and the graph's differs in the last digits.</summary>
    [TestMethod]
    [DataRow(OnnxTask.Binary)]
    [DataRow(OnnxTask.Multiclass)]
    public void The_calibration_rows_themselves_may_verify_the_graph(OnnxTask task)
    {
        var context = new MLContext(seed: 1);
        IDataView calibration = context.Data.LoadFromEnumerable(RawRow.Create(60, seed: 3));
        for (double level = 0.35; level < 0.96; level += 0.05)
        {
            ITransformer model = Calibrate(context, task, Tasks.Get(task).InMode(OnnxGraphKind.Moments, null, null), out _, level);
            var exported = new ExportedPipeline(context, model, calibration, new OnnxExportOptions { OutputColumns = ["PredictionSet", "PredictionSetSize"] });
            Assert.HasCount(2, exported.Outputs);
        }
    }

    [TestMethod]
    [DataRow(9)]
    [DataRow(10)]
    [DataRow(12)]
    public void They_may_have_older_operators(int opset)
    {
        var context = new MLContext(seed: 1);
        IDataView others = context.Data.LoadFromEnumerable(RawRow.Create(40, seed: 2, withUnseen: true));
        foreach (OnnxTask task in new[] { OnnxTask.Binary, OnnxTask.Multiclass, OnnxTask.Regression })
        {
            ITransformer model = Calibrate(context, task, Tasks.Get(task).InMode(OnnxGraphKind.FrozenSamples, 7, 3), out _);
            Assert.IsLessThanOrEqualTo(1e-5, new ExportedPipeline(context, model, others, new OnnxExportOptions { Opset = opset }).Compare(model, others));
        }
    }

    [TestMethod]
    public void They_are_exported_with_predictors_of_ML_NET()
    {
        var context = new MLContext(seed: 1);
        IDataView train = context.Data.LoadFromEnumerable(RawRow.Create(300, seed: 1)), others = context.Data.LoadFromEnumerable(RawRow.Create(100, seed: 2, withUnseen: true));
        ITransformer[] models =
        [
            Tasks.Featurize(context).Append((IEstimator<ITransformer>)context.BinaryClassification.Trainers.AveragedPerceptron("IsHigh"))
                .Append(context.BinaryClassification.Calibrators.Temperature("IsHigh")).Append(context.BinaryClassification.ConformalPredictionSets("IsHigh")).Fit(train),
            Tasks.Featurize(context).Append((IEstimator<ITransformer>)context.Transforms.Conversion.MapValueToKey("Kind"))
                .Append((IEstimator<ITransformer>)context.MulticlassClassification.Trainers.LbfgsMaximumEntropy("Kind")).Append(context.MulticlassClassification.TemperatureScaling("Kind"))
                .Append(context.MulticlassClassification.ConformalPredictionSets("Kind")).Fit(train),
            Tasks.Featurize(context).Append((IEstimator<ITransformer>)context.Regression.Trainers.Sdca("Target")).Append(context.Regression.ConformalIntervals("Target")).Fit(train),
        ];
        foreach (ITransformer model in models)
            Assert.IsLessThanOrEqualTo(1e-5, new ExportedPipeline(context, model, train).Compare(model, others));
    }

    [TestMethod]
    public void Full_sets_stay_full_and_unbounded_intervals_are_as_wide_as_numbers_go()
    {
        var context = new MLContext(seed: 1);
        IDataView few = context.Data.LoadFromEnumerable(RawRow.Create(8, seed: 3)), others = context.Data.LoadFromEnumerable(RawRow.Create(40, seed: 2, withUnseen: true));
        ITransformer classifier = Tasks.Get(OnnxTask.Binary).Model, regressor = Tasks.Get(OnnxTask.Regression).Model;
        var sets = new TransformerChain<ITransformer>(classifier, context.BinaryClassification.ConformalPredictionSets("IsHigh").Fit(classifier.Transform(few)));
        Assert.AreEqual(0, new ExportedPipeline(context, sets, others, new OnnxExportOptions { OutputColumns = ["PredictionSet", "PredictionSetSize"] }).Compare(sets, others));
        var intervals = new TransformerChain<ITransformer>(regressor, context.Regression.ConformalIntervals("Target").Fit(regressor.Transform(few)));
        var exported = new ExportedPipeline(context, intervals, others, new OnnxExportOptions { OutputColumns = ["ScoreLowerBound", "ScoreUpperBound"] });
        Assert.AreEqual(0, exported.Compare(intervals, others));
    }

    private static TransformerChain<ITransformer> Calibrate(MLContext context, OnnxTask task, ITransformer model, out string[] added, double level = 0.7)
    {
        IDataView scored = model.Transform(context.Data.LoadFromEnumerable(RawRow.Create(60, seed: 3)));
        switch (task)
        {
            case OnnxTask.Binary:
                added = ["Probability", "PredictionSet", "PredictionSetSize"];
                TemperatureScalingTransformer binary = context.BinaryClassification.Calibrators.Temperature("IsHigh").Fit(scored);
                return new TransformerChain<ITransformer>(model, binary, context.BinaryClassification.ConformalPredictionSets("IsHigh", confidenceLevel: level).Fit(binary.Transform(scored)));
            case OnnxTask.Multiclass:
                added = ["Score", "PredictionSet", "PredictionSetSize"];
                TemperatureScalingTransformer several = context.MulticlassClassification.TemperatureScaling("Kind").Fit(scored);
                return new TransformerChain<ITransformer>(model, several, context.MulticlassClassification.ConformalPredictionSets("Kind", confidenceLevel: level).Fit(several.Transform(scored)));
            default:
                added = ["ScoreLowerBound", "ScoreUpperBound", "From", "To"];
                return new TransformerChain<ITransformer>(
                    model,
                    context.Regression.ConformalIntervals("Target").Fit(scored),
                    context.Regression.ConformalIntervals("Target", scaleColumnName: "ScoreAleatoricStandardDeviation", lowerBoundColumnName: "From", upperBoundColumnName: "To").Fit(scored));
        }
    }
}
