using Microsoft.ML.Data;
using Microsoft.ML.Transforms;

namespace Microsoft.ML.Trainers.VariationalDropout.Onnx.Tests.Scoring;

/// <summary>An exported model in the place of the trained one.</summary>
[TestClass]
public sealed class DropInTests
{
    private static readonly string[] Kinds = ["cat", "dog", "emu"];

    [TestMethod]
    public void A_network_stands_where_the_trained_model_stood()
    {
        var context = new MLContext(1);
        IDataView data = context.Data.LoadFromEnumerable(RawRow.Create(300, 1));
        IDataView featurized = CreateFeaturizer(context).Fit(data).Transform(data);
        VariationalDropoutMulticlassPredictionTransformer trained = CreateTrainer(context).Fit(featurized).WithSampling(5, 3);

        using var file = new MemoryStream();
        context.Model.ExportToOnnx(trained, featurized, file);
        file.Position = 0;
        EstimatorChain<KeyToValueMappingTransformer> pipeline = context.Transforms.ApplyVariationalDropoutOnnxModel(file)
            .Append(context.Transforms.Conversion.MapKeyToValue("PredictedName", "PredictedLabel"));
        SchemaShape shape = pipeline.GetOutputSchema(SchemaShape.Create(featurized.Schema));
        IDataView replaced = pipeline.Fit(featurized).Transform(featurized);
        IDataView original = trained.Transform(featurized);

        AssertSameScores(original, replaced);
        Assert.AreEqual(original.Schema["PredictedLabel"].Type, replaced.Schema["PredictedLabel"].Type);
        CollectionAssert.AreEqual(original.GetColumn<uint>("PredictedLabel").ToArray(), replaced.GetColumn<uint>("PredictedLabel").ToArray());
        CollectionAssert.AreEquivalent(Kinds, replaced.GetColumn<string>("PredictedName").Distinct().ToArray());
        CollectionAssert.AreEqual(SlotNames(original.Schema["Score"]), SlotNames(replaced.Schema["Score"]));
        CollectionAssert.AreEqual(SlotNames(original.Schema["ScoreStandardDeviation"]), SlotNames(replaced.Schema["ScoreStandardDeviation"]));
        Assert.IsTrue(shape.Any(column => column is { Name: "PredictedLabel", IsKey: true }));

        // Evaluators find the columns, by their annotations.
        MulticlassClassificationMetrics expected = context.MulticlassClassification.Evaluate(original), actual = context.MulticlassClassification.Evaluate(replaced);
        Assert.AreEqual(expected.LogLoss, actual.LogLoss, 1e-4);
        Assert.AreEqual(expected.MacroAccuracy, actual.MacroAccuracy);
        Assert.AreEqual(expected.ConfusionMatrix.GetFormattedConfusionTable(), actual.ConfusionMatrix.GetFormattedConfusionTable());
    }

    [TestMethod]
    public void A_whole_pipeline_stands_for_itself_from_raw_columns()
    {
        var context = new MLContext(1);
        IDataView data = context.Data.LoadFromEnumerable(RawRow.Create(300, 1));
        TransformerChain<KeyToValueMappingTransformer> model = CreateFeaturizer(context).Append(CreateTrainer(context)).Append(context.Transforms.Conversion.MapKeyToValue("PredictedLabel")).Fit(data);
        using var file = new MemoryStream();
        context.Model.ExportToOnnx(model, data, file);
        file.Position = 0;
        VariationalDropoutOnnxTransformer replacement = context.Transforms.ApplyVariationalDropoutOnnxModel(file, new() { MaximumBatchRows = 50 }).Fit(data);

        IDataView rows = context.Data.LoadFromEnumerable(RawRow.Create(200, 2, withUnseen: true));
        IDataView original = model.Transform(rows), replaced = replacement.Transform(rows);
        AssertSameScores(original, replaced);
        CollectionAssert.AreEqual(original.GetColumn<string>("PredictedLabel").ToArray(), replaced.GetColumn<string>("PredictedLabel").ToArray());

        using PredictionEngine<RawRow, Guess> engine = context.Model.CreatePredictionEngine<RawRow, Guess>(replacement);
        string[] labels = [.. original.GetColumn<string>("PredictedLabel")];
        RawRow[] raw = RawRow.Create(200, 2, withUnseen: true);
        for (int i = 0; i < 20; i++)
            Assert.AreEqual(labels[i], engine.Predict(raw[i]).PredictedLabel);
    }

    private static EstimatorChain<ITransformer> CreateFeaturizer(MLContext context)
        => new EstimatorChain<ITransformer>()
            .Append((IEstimator<ITransformer>)context.Transforms.Conversion.MapValueToKey("Label", "Kind"))
            .Append((IEstimator<ITransformer>)context.Transforms.Categorical.OneHotEncoding("ColorSlots", "Color"))
            .Append((IEstimator<ITransformer>)context.Transforms.Concatenate("Features", "A", "B", "V", "ColorSlots"));

    private static VariationalDropoutMulticlassTrainer CreateTrainer(MLContext context)
        => context.MulticlassClassification.Trainers.VariationalDropout(hiddenLayerSizes: [16], numberOfIterations: 5);

    private static void AssertSameScores(IDataView expected, IDataView actual)
    {
        foreach (DataViewSchema.Column column in expected.Schema.Where(column => column.Name.StartsWith("Score", StringComparison.Ordinal) && !column.IsHidden))
        {
            if (column.Type is VectorDataViewType)
                AssertNear([.. expected.GetColumn<float[]>(column.Name).SelectMany(value => value)], [.. actual.GetColumn<float[]>(column.Name).SelectMany(value => value)]);
            else
                AssertNear([.. expected.GetColumn<float>(column.Name)], [.. actual.GetColumn<float>(column.Name)]);
        }

        static void AssertNear(float[] first, float[] second)
        {
            Assert.HasCount(first.Length, second);
            for (int i = 0; i < first.Length; i++)
                Assert.AreEqual(first[i], second[i], 1e-5f);
        }
    }

    private static string[] SlotNames(DataViewSchema.Column column)
    {
        VBuffer<ReadOnlyMemory<char>> names = default;
        column.GetSlotNames(ref names);
        return [.. names.DenseValues().Select(name => name.ToString())];
    }

    private sealed class Guess
    {
        public string PredictedLabel { get; set; } = "";
    }
}
