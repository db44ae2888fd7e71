using System.Text.Json;
using Microsoft.ML.Data;

namespace Microsoft.ML.Trainers.VariationalDropout.Onnx.Tests;

/// <summary>Whole pipelines with a predictor at their end, ML.NET's and this library's, from raw columns.</summary>
[TestClass]
public sealed class PredictorExportTests
{
    private const double Rounding = 1e-5;

    private static readonly Dictionary<string, Func<MLContext, IEstimator<ITransformer>>> BuiltIn = new()
    {
        ["SDCA regression"] = ml => ml.Regression.Trainers.Sdca("Target", maximumNumberOfIterations: 5),
        ["L-BFGS Poisson"] = ml => ml.Transforms.Conversion.ConvertType("Count", "IsHigh").Append(ml.Regression.Trainers.LbfgsPoissonRegression("Count")),
        ["Averaged perceptron"] = ml => ml.BinaryClassification.Trainers.AveragedPerceptron("IsHigh"),
        ["SDCA logistic regression"] = ml => ml.BinaryClassification.Trainers.SdcaLogisticRegression("IsHigh", maximumNumberOfIterations: 5),
        ["Linear SVM with Platt scaling"] = ml => ml.BinaryClassification.Trainers.LinearSvm("IsHigh").Append(ml.BinaryClassification.Calibrators.Platt("IsHigh")),
        ["L-BFGS maximum entropy, names"] = ml => ml.Transforms.Conversion.MapValueToKey("Kind").Append(ml.MulticlassClassification.Trainers.LbfgsMaximumEntropy("Kind"))
            .Append(ml.Transforms.Conversion.MapKeyToValue("PredictedLabel")),
        ["SDCA maximum entropy, keys"] = ml => ml.Transforms.Conversion.MapValueToKey("Kind").Append(ml.MulticlassClassification.Trainers.SdcaMaximumEntropy("Kind", maximumNumberOfIterations: 5)),
    };

    public static IEnumerable<object[]> BuiltInNames => BuiltIn.Keys.Select(name => new object[] { name });

    public static IEnumerable<object[]> TasksAndKinds =>
        from task in Enum.GetValues<OnnxTask>()
        from kind in Enum.GetValues<OnnxGraphKind>()
        select new object[] { task, kind };

    [TestMethod]
    [DynamicData(nameof(BuiltInNames))]
    public void ML_NETs_own_predictors_are_exported_with_their_featurizers(string name)
    {
        var context = new MLContext(seed: 1);
        IDataView rows = context.Data.LoadFromEnumerable(RawRow.Create(300, seed: 1));
        ITransformer model = Tasks.Featurize(context).Append(BuiltIn[name](context)).Fit(rows);
        IDataView others = context.Data.LoadFromEnumerable(RawRow.Create(40, seed: 2, withUnseen: true));

        var exported = new ExportedPipeline(context, model, rows);

        Assert.IsLessThanOrEqualTo(Rounding, exported.Compare(model, others));
        Assert.Contains("Score.output", exported.Outputs);
        Assert.EndsWith("ModelParameters", exported.Proto.Metadata["model"]);
        CollectionAssert.AreEquivalent(new[] { "A", "V", "Color", "Gap", "Flag" }, exported.Inputs);
    }

    [TestMethod]
    [DynamicData(nameof(TasksAndKinds))]
    public void Every_task_is_exported_as_every_kind_of_graph(OnnxTask task, OnnxGraphKind kind)
    {
        var context = new MLContext(seed: 1);
        TrainedTask trained = Tasks.Get(task);
        IDataView others = context.Data.LoadFromEnumerable(RawRow.Create(40, seed: 2, withUnseen: true));
        int? samples = kind is OnnxGraphKind.FrozenSamples or OnnxGraphKind.Sampling ? 7 : null;
        int? seed = kind == OnnxGraphKind.FrozenSamples ? 3 : null;

        var exported = new ExportedPipeline(context, trained.Model, others, new OnnxExportOptions { GraphKind = kind, NumberOfSamples = samples, Seed = seed });

        ITransformer inMode = trained.InMode(kind, samples, seed);
        string[] columns = [.. inMode.GetOutputSchema(others.Schema).Where(column => !column.IsHidden && Tasks.ScoreColumns.Contains(column.Name)).Select(column => column.Name + ".output")];
        CollectionAssert.AreEquivalent(columns, exported.Outputs);
        CollectionAssert.AreEquivalent(new[] { "A", "V", "Color", "Gap", "Flag" }, exported.Inputs);
        if (kind != OnnxGraphKind.Sampling)
            Assert.IsLessThanOrEqualTo(kind == OnnxGraphKind.Moments ? 1e-4 : 1e-5, exported.Compare(inMode, others));

        SortedDictionary<string, string> metadata = exported.Proto.Metadata;
        Assert.AreEqual($"{kind}", metadata["graph"]);
        Assert.AreEqual("300", metadata["training_rows"]);
        Assert.Contains("VariationalDropout", metadata["trainer"]);
        Assert.EndsWith("Trainer", metadata["trainer"]);
        Assert.IsGreaterThan(0, double.Parse(metadata["kullback_leibler"], System.Globalization.CultureInfo.InvariantCulture));
        if (task == OnnxTask.Multiclass)
            CollectionAssert.AreEquivalent(new[] { "cat", "dog", "emu" }, JsonSerializer.Deserialize<string[]>(metadata["class_names"]));
    }

    [TestMethod]
    public void The_mode_of_the_transformer_is_the_kind_of_the_graph_and_loading_changes_nothing()
    {
        var context = new MLContext(seed: 1);
        TrainedTask trained = Tasks.Get(OnnxTask.Multiclass);
        IDataView others = context.Data.LoadFromEnumerable(RawRow.Create(20, seed: 2, withUnseen: true));
        ITransformer sampling = trained.InMode(OnnxGraphKind.FrozenSamples, 5, 9);
        using var saved = new MemoryStream();
        context.Model.Save(sampling, others.Schema, saved);
        saved.Position = 0;
        ITransformer loaded = context.Model.Load(saved, out _);

        var before = new ExportedPipeline(context, sampling, others);
        var after = new ExportedPipeline(context, loaded, others);

        Assert.AreEqual("FrozenSamples", before.Proto.Metadata["graph"]);
        Assert.AreEqual("5", before.Proto.Metadata["samples"]);
        Assert.AreEqual("9", before.Proto.Metadata["seed"]);
        Assert.AreSequenceEqual(before.Bytes, after.Bytes);
        Assert.AreEqual("PosteriorMean", new ExportedPipeline(context, trained.Model, others).Proto.Metadata["graph"]);
        Assert.AreEqual("Moments", new ExportedPipeline(context, trained.InMode(OnnxGraphKind.Moments, null, null), others).Proto.Metadata["graph"]);
    }

    [TestMethod]
    [DataRow(9)]
    [DataRow(10)]
    [DataRow(11)]
    [DataRow(12)]
    public void A_pipeline_may_have_older_operators(int opset)
    {
        var context = new MLContext(seed: 1);
        ITransformer model = Tasks.Get(OnnxTask.Multiclass).InMode(OnnxGraphKind.Moments, null, null);
        IDataView others = context.Data.LoadFromEnumerable(RawRow.Create(40, seed: 2, withUnseen: true));

        var exported = new ExportedPipeline(context, model, others, new OnnxExportOptions { Opset = opset });

        Assert.AreEqual(opset, exported.Proto.OpsetImports[""]);
        Assert.IsLessThanOrEqualTo(1e-4, exported.Compare(model, others));
    }

    [TestMethod]
    public void A_step_that_needs_a_later_version_of_the_operators_says_so()
    {
        var context = new MLContext(seed: 1);
        IDataView rows = context.Data.LoadFromEnumerable(RawRow.Create(20, seed: 1));
        ITransformer model = context.Transforms.Conversion.Hash("Out", "City").Fit(rows);
        using var stream = new MemoryStream();
        NotSupportedException exception = Assert.ThrowsExactly<NotSupportedException>(() => context.Model.ExportToOnnx(model, rows, stream, new OnnxExportOptions { Opset = 10 }));
        Assert.Contains("HashingTransformer, which makes the column 'Out', has no ONNX form", exception.Message);
        Assert.Contains("10 was asked for", exception.Message);
    }

    [TestMethod]
    public void A_one_hot_column_may_be_the_features_themselves()
    {
        var context = new MLContext(seed: 1);
        IDataView rows = context.Data.LoadFromEnumerable(RawRow.Create(100, seed: 1));
        ITransformer model = context.Transforms.Categorical.OneHotEncoding("Features", "Color")
            .Append(context.Regression.Trainers.VariationalDropout("Target", hiddenLayerSizes: [4], numberOfIterations: 1)).Fit(rows);
        IDataView others = context.Data.LoadFromEnumerable(RawRow.Create(40, seed: 2, withUnseen: true));

        Assert.IsLessThanOrEqualTo(1e-5, new ExportedPipeline(context, model, others).Compare(model, others));
    }

    [TestMethod]
    public void Columns_after_the_predictor_are_outputs_too()
    {
        var context = new MLContext(seed: 1);
        IDataView rows = context.Data.LoadFromEnumerable(RawRow.Create(100, seed: 1));
        ITransformer trained = Tasks.Get(OnnxTask.Regression).Model;
        ITransformer after = context.Transforms.Concatenate("Both", "Score", "A").Fit(trained.Transform(rows));
        var model = new TransformerChain<ITransformer>(trained, after);

        var exported = new ExportedPipeline(context, model, rows);

        CollectionAssert.AreEquivalent(new[] { "Score.output", "ScoreAleatoricStandardDeviation.output", "Both.output" }, exported.Outputs);
        Assert.IsLessThanOrEqualTo(1e-5, exported.Compare(model, rows));
    }
}
