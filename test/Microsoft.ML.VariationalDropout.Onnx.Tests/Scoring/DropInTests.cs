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
        trained.ExportNetworkToOnnx(file);
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

    [TestMethod]
    [DataRow(nameof(Numbers.Single), true)]
    [DataRow(nameof(Numbers.Single), false)]
    [DataRow(nameof(Numbers.Whole), true)]
    [DataRow(nameof(Numbers.Whole), false)]
    [DataRow(nameof(Numbers.Count), false)]
    [DataRow(nameof(Numbers.Flag), true)]
    [DataRow(nameof(Numbers.When), true)]
    [DataRow(nameof(Numbers.Kind), true)]
    [DataRow(nameof(Numbers.Kind), false)]
    public void Classes_keep_the_type_that_their_values_had_in_training(string label, bool isNetwork)
    {
        var context = new MLContext(1);
        IDataView data = context.Data.LoadFromEnumerable(Numbers.Create());
        IDataView keyed = context.Transforms.Conversion.MapValueToKey("Label", label).Fit(data).Transform(data);
        VariationalDropoutMulticlassPredictionTransformer trained = CreateTrainer(context).Fit(keyed);
        IDataView original = trained.Transform(keyed), replaced = Replace(context, trained, keyed, isNetwork);

        Assert.AreEqual(original.Schema["PredictedLabel"].Type, replaced.Schema["PredictedLabel"].Type);
        CollectionAssert.AreEqual(original.GetColumn<uint>("PredictedLabel").ToArray(), replaced.GetColumn<uint>("PredictedLabel").ToArray());
        foreach (string column in new[] { "PredictedLabel", "Score" })
            CollectionAssert.AreEquivalent(Describe(original.Schema[column]), Describe(replaced.Schema[column]));
        KeyToValueMappingEstimator back = context.Transforms.Conversion.MapKeyToValue("PredictedLabel");
        IDataView expected = back.Fit(original).Transform(original), actual = back.Fit(replaced).Transform(replaced);
        Assert.AreEqual(expected.Schema["PredictedLabel"].Type, actual.Schema["PredictedLabel"].Type);
        Assert.AreSequenceEqual(ReadTexts(context, expected), ReadTexts(context, actual));
    }

    [TestMethod]
    [DataRow(true)]
    [DataRow(false)]
    public void A_key_without_values_is_a_key_of_as_many_classes(bool isNetwork)
    {
        var context = new MLContext(1);
        IDataView data = context.Data.LoadFromEnumerable(Numbers.Create());
        VariationalDropoutMulticlassPredictionTransformer trained = context.MulticlassClassification.Trainers.VariationalDropout("Key", hiddenLayerSizes: [4], numberOfIterations: 2).Fit(data);
        IDataView original = trained.Transform(data), replaced = Replace(context, trained, data, isNetwork);

        Assert.AreEqual(new KeyDataViewType(typeof(uint), 6), replaced.Schema["PredictedLabel"].Type);
        CollectionAssert.AreEqual(original.GetColumn<uint>("PredictedLabel").ToArray(), replaced.GetColumn<uint>("PredictedLabel").ToArray());
        CollectionAssert.AreEquivalent(Describe(original.Schema["PredictedLabel"]), Describe(replaced.Schema["PredictedLabel"]));
    }

    [TestMethod]
    public void A_number_that_a_pipeline_ends_in_stays_a_number()
    {
        var context = new MLContext(1);
        IDataView data = context.Data.LoadFromEnumerable(Numbers.Create());
        TransformerChain<KeyToValueMappingTransformer> model = context.Transforms.Conversion.MapValueToKey("Label", "Count").Append(CreateTrainer(context)).Append(context.Transforms.Conversion.MapKeyToValue("PredictedLabel")).Fit(data);
        IDataView replaced = Replace(context, model, data, new OnnxExportOptions());

        Assert.AreEqual(NumberDataViewType.UInt32, replaced.Schema["PredictedLabel"].Type);
        CollectionAssert.AreEqual(model.Transform(data).GetColumn<uint>("PredictedLabel").ToArray(), replaced.GetColumn<uint>("PredictedLabel").ToArray());
    }

    [TestMethod]
    public void A_missing_class_stays_missing()
    {
        var context = new MLContext(1);
        IDataView data = context.Data.LoadFromEnumerable(Numbers.Create());
        IDataView keyed = context.Transforms.Conversion.MapValueToKey("Label", "Kind").Fit(data).Transform(data);
        VariationalDropoutMulticlassPredictionTransformer trained = CreateTrainer(context).Fit(keyed);
        IDataView missing = context.Data.LoadFromEnumerable([new Numbers { Features = [float.NaN, 1] }]);

        Assert.AreEqual(0u, Replace(context, trained, missing, isNetwork: true).GetColumn<uint>("PredictedLabel").Single());
    }

    [TestMethod]
    [DataRow(true)]
    [DataRow(false)]
    public void An_output_of_another_name_is_still_the_column_that_it_was(bool isNetwork)
    {
        var context = new MLContext(1);
        IDataView data = context.Data.LoadFromEnumerable(Numbers.Create());
        IDataView keyed = context.Transforms.Conversion.MapValueToKey("Label", "Kind").Fit(data).Transform(data);
        VariationalDropoutMulticlassPredictionTransformer trained = CreateTrainer(context).Fit(keyed);
        var options = new OnnxExportOptions { OutputNames = new Dictionary<string, string> { ["PredictedLabel"] = "guess", ["Score"] = "probs" } };
        IDataView original = trained.Transform(keyed), replaced = Replace(context, trained, keyed, options, isNetwork);

        foreach ((string column, string output) in options.OutputNames)
        {
            Assert.AreEqual(original.Schema[column].Type, replaced.Schema[output].Type);
            CollectionAssert.AreEquivalent(Describe(original.Schema[column]), Describe(replaced.Schema[output]));
        }

        MulticlassClassificationMetrics expected = context.MulticlassClassification.Evaluate(original);
        MulticlassClassificationMetrics actual = context.MulticlassClassification.Evaluate(replaced, scoreColumnName: "probs", predictedLabelColumnName: "guess");
        Assert.AreEqual(expected.LogLoss, actual.LogLoss, 1e-4);
        Assert.AreEqual(expected.MacroAccuracy, actual.MacroAccuracy);
    }

    private static IDataView Replace(MLContext context, VariationalDropoutMulticlassPredictionTransformer trained, IDataView data, bool isNetwork)
        => Replace(context, trained, data, new OnnxExportOptions(), isNetwork);

    private static IDataView Replace(MLContext context, ITransformer model, IDataView data, OnnxExportOptions options, bool isNetwork = false)
    {
        using var file = new MemoryStream();
        if (isNetwork)
            ((VariationalDropoutMulticlassPredictionTransformer)model).ExportNetworkToOnnx(file, options);
        else
            context.Model.ExportToOnnx(model, data, file, options);
        file.Position = 0;
        return context.Transforms.ApplyVariationalDropoutOnnxModel(file).Fit(data).Transform(data);
    }

    /// <summary>The annotations with their types; the scorer's number of its own runs is no matter of the column.</summary>
    private static string[] Describe(DataViewSchema.Column column)
        => [.. column.Annotations.Schema.Where(annotation => annotation.Name != "ScoreColumnSetId").Select(annotation => $"{annotation.Name}: {annotation.Type}")];

    private static string[] ReadTexts(MLContext context, IDataView data)
    {
        IDataView texts = context.Transforms.Conversion.ConvertType("Text", "PredictedLabel", DataKind.String).Fit(data).Transform(data);
        return [.. texts.GetColumn<string>("Text")];
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

    /// <summary>Two clusters, and labels of several types that tell them apart.</summary>
    private sealed class Numbers
    {
        [VectorType(2)]
        public float[] Features { get; set; } = [];

        public float Single { get; set; }

        public int Whole { get; set; }

        public uint Count { get; set; }

        public bool Flag { get; set; }

        public DateTime When { get; set; }

        public string Kind { get; set; } = "";

        [KeyType(6)]
        public uint Key { get; set; }

        public static Numbers[] Create()
        {
            var random = new Random(1);
            return [.. Enumerable.Range(0, 200).Select(i => new Numbers
            {
                Features = [(3 * (i % 2)) + random.NextSingle(), random.NextSingle()],
                Single = i % 2 == 0 ? -0.1f : 1e10f,
                Whole = i % 2 == 0 ? -7 : 7,
                Count = i % 2 == 0 ? 7u : 11u,
                Flag = i % 2 == 0,
                When = new DateTime(2020, 1, 1).AddTicks(1 + (i % 2)),
                Kind = i % 2 == 0 ? "even" : "odd",
                Key = (uint)(i % 2 * 5),
            })];
        }
    }

    private sealed class Guess
    {
        public string PredictedLabel { get; set; } = "";
    }
}
