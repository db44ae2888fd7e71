using Microsoft.ML.Data;
using Microsoft.ML.Model.OnnxConverter;

namespace Microsoft.ML.Trainers.VariationalDropout.Onnx.Tests.Emission;

/// <summary>What a scored data view writes when ML.NET's interfaces ask it to: every mode of every task, from the features on.</summary>
[TestClass]
public sealed class ScorerTests
{
    private static readonly MLContext Context = new(1);

    public static IEnumerable<object[]> TasksAndModes
        => from task in new[] { "Binary", "Multiclass", "Regression", "MultiTarget" }
           from mode in Enum.GetValues<PredictionMode>()
           select new object[] { task, mode };

    [TestMethod]
    [DynamicData(nameof(TasksAndModes))]
    public void The_scorer_writes_the_columns_of_its_mode(string task, PredictionMode mode)
    {
        IDataView data = Data();
        ITransformer model = Fit(task, mode, data);
        CheckAgainstMLNET(model, data, mode == PredictionMode.MomentPropagation ? 1e-4 : 1e-5);
    }

    [TestMethod]
    public void A_loaded_model_writes_what_the_saved_one_did()
    {
        IDataView data = Data();
        foreach (PredictionMode mode in Enum.GetValues<PredictionMode>())
        {
            using var stream = new MemoryStream();
            Context.Model.Save(Fit("Multiclass", mode, data), data.Schema, stream);
            stream.Position = 0;
            CheckAgainstMLNET(new MLContext(2).Model.Load(stream, out _), data, 1e-4);
        }
    }

    [TestMethod]
    public void A_column_that_is_missing_in_the_graph_is_named()
    {
        IDataView data = Data();
        var scored = (ITransformCanSaveOnnx)Fit("Binary", PredictionMode.PosteriorMean, data).Transform(data);
        var exception = Assert.ThrowsExactly<InvalidOperationException>(() => scored.SaveAsOnnx(new OnnxModelContext(OnnxModelContext.PipelineOpset)));
        Assert.Contains("'Features'", exception.Message);
    }

    [TestMethod]
    public void Another_threshold_goes_into_the_graph()
    {
        IDataView data = Data();
        var model = (VariationalDropoutBinaryPredictionTransformer)Fit("Binary", PredictionMode.PosteriorMean, data);
        CheckAgainstMLNET(model.WithThreshold(0.2f), data, 1e-5);
        CheckAgainstMLNET(model.WithThreshold(0.8f), data, 1e-5);
    }

    private static void CheckAgainstMLNET(ITransformer model, IDataView data, double tolerance)
    {
        IDataView scored = model.Transform(data);
        var context = new OnnxModelContext(OnnxModelContext.PipelineOpset);
        context.AddInput(data.Schema["Features"].Type, "Features");
        var scorer = (ITransformCanSaveOnnx)scored;
        Assert.IsTrue(scorer.CanSaveOnnx(context));
        scorer.SaveAsOnnx(context);
        DataViewSchema.Column[] columns = [.. scored.Schema.Where(column => data.Schema.GetColumnOrNull(column.Name) is null)];
        Assert.IsNotEmpty(columns);
        foreach (DataViewSchema.Column column in columns)
            context.AddOutput(column.Type, context.GetVariableName(column.Name), column.Name + ".output");
        float[] features = [.. data.GetColumn<float[]>("Features").SelectMany(row => row)];
        long rows = data.GetColumn<float>("Number").Count();
        Dictionary<string, OnnxOutput> outputs = OnnxRun.Run(context.CreateModel().ToArray(), ("Features", features, [rows, features.Length / rows]));
        foreach (DataViewSchema.Column column in columns)
        {
            Array actual = outputs[column.Name + ".output"].Values;
            switch (column.Type)
            {
                case BooleanDataViewType:
                    CollectionAssert.AreEqual(scored.GetColumn<bool>(column).ToArray(), (bool[])actual);
                    break;
                case KeyDataViewType:
                    CollectionAssert.AreEqual(scored.GetColumn<uint>(column).ToArray(), (uint[])actual);
                    break;
                default:
                    float[] expected = column.Type is VectorDataViewType ? [.. scored.GetColumn<float[]>(column).SelectMany(row => row)] : [.. scored.GetColumn<float>(column)];
                    Assert.HasCount(expected.Length, actual);
                    for (int n = 0; n < expected.Length; n++)
                        Assert.AreEqual(expected[n], ((float[])actual)[n], tolerance * Math.Max(1, Math.Abs(expected[n])), $"{column.Name}[{n}]");
                    break;
            }
        }
    }

    private static ITransformer Fit(string task, PredictionMode mode, IDataView data) => task switch
    {
        "Binary" => InMode(Context.BinaryClassification.Trainers.VariationalDropout(new VariationalDropoutBinaryTrainer.Options { LabelColumnName = "Flag", NumberOfIterations = 3, Seed = 1 }).Fit(data), mode),
        "Multiclass" => InMode(Context.MulticlassClassification.Trainers.VariationalDropout(new VariationalDropoutMulticlassTrainer.Options { LabelColumnName = "Key", NumberOfIterations = 3, Seed = 1 }).Fit(data), mode),
        "Regression" => InMode(Context.Regression.Trainers.VariationalDropout(new VariationalDropoutRegressionTrainer.Options { LabelColumnName = "Number", NumberOfIterations = 3, Seed = 1 }).Fit(data), mode),
        _ => InMode(Context.Regression.Trainers.VariationalDropoutMultiTarget(new VariationalDropoutMultiTargetRegressionTrainer.Options { LabelColumnName = "Numbers", NumberOfIterations = 3, Seed = 1 }).Fit(data), mode),
    };

    private static TSelf InMode<TSelf, TModel>(VariationalDropoutPredictionTransformer<TSelf, TModel> transformer, PredictionMode mode)
        where TSelf : VariationalDropoutPredictionTransformer<TSelf, TModel>
        where TModel : VariationalDropoutModelParameters
        => mode switch
        {
            PredictionMode.Sampling => transformer.WithSampling(7, 11),
            PredictionMode.MomentPropagation => transformer.WithMomentPropagation(),
            _ => transformer.WithPosteriorMean(),
        };

    private static IDataView Data()
    {
        var random = new Random(3);
        Row[] rows = [.. Enumerable.Range(0, 60).Select(n => new Row
        {
            Features = [.. Enumerable.Range(0, 4).Select(i => (float)(random.NextDouble() + (i == n % 3 ? 1 : 0)))],
            Flag = n % 3 == 0,
            Number = (n % 3) + random.NextSingle(),
            Numbers = [n % 3, random.NextSingle()],
            Name = "abc"[n % 3].ToString(),
        })];
        IDataView data = Context.Data.LoadFromEnumerable(rows);
        return Context.Transforms.Conversion.MapValueToKey("Key", "Name").Fit(data).Transform(data);
    }

    private sealed class Row
    {
        [VectorType(4)]
        public float[] Features { get; set; } = [];

        public bool Flag { get; set; }

        public float Number { get; set; }

        [VectorType(2)]
        public float[] Numbers { get; set; } = [];

        public string Name { get; set; } = "";
    }
}
