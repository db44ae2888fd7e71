using Microsoft.ML.Data;

namespace Microsoft.ML.Trainers.VariationalDropout.Onnx.Tests;

[TestClass]
public sealed class ExportOptionsTests
{
    private static readonly MLContext Context = new(seed: 1);

    [TestMethod]
    public void Every_option_is_refused_outside_of_its_range_with_name_value_and_range()
    {
        AssertRefused(new() { GraphKind = (OnnxGraphKind)7 }, "GraphKind", "7");
        AssertRefused(new() { Precision = (OnnxPrecision)7 }, "Precision", "7");
        AssertRefused(new() { NumberOfSamples = 0 }, "NumberOfSamples", "0", "[1, 10000]");
        AssertRefused(new() { NumberOfSamples = 10_001 }, "NumberOfSamples", "10001", "[1, 10000]");
        AssertRefused(new() { Opset = 8 }, "Opset", "8", "[9, 12]");
        AssertRefused(new() { Opset = 13 }, "Opset", "13", "[9, 12]");
        AssertRefused(new() { VerificationTolerance = 0 }, "VerificationTolerance", "0", "(0, 1]");
        AssertRefused(new() { VerificationTolerance = 1.5f }, "VerificationTolerance", "1.5", "(0, 1]");
        AssertRefused(new() { VerificationTolerance = float.NaN }, "VerificationTolerance", "NaN", "(0, 1]");
    }

    [TestMethod]
    public void Options_that_do_not_go_together_are_refused()
    {
        AssertRefused(new() { Precision = OnnxPrecision.Float16 }, "Precision", "Float16", "ExportNetworkToOnnx");
        AssertRefused(new() { Precision = OnnxPrecision.Int8Weights }, "Precision", "Int8Weights", "ExportNetworkToOnnx");
        AssertRefused(new() { GraphKind = OnnxGraphKind.Moments, NumberOfSamples = 5 }, "NumberOfSamples", "5", "Moments");
        AssertRefused(new() { GraphKind = OnnxGraphKind.PosteriorMean, NumberOfSamples = 5 }, "NumberOfSamples", "5", "PosteriorMean");
        AssertRefused(new() { GraphKind = OnnxGraphKind.Sampling, Seed = 5 }, "Seed", "5", "Sampling");
        AssertRefused(new() { NumberOfSamples = 5 }, "NumberOfSamples", "GraphKind");
        AssertRefused(new() { Seed = 5 }, "Seed", "GraphKind");
        AssertRefused(new() { OutputColumns = [] }, "OutputColumns", "empty");
        AssertRefused(new() { OutputColumns = ["Score", "Score"] }, "OutputColumns", "'Score' twice");
        AssertRefused(new() { OutputColumns = ["Scores"] }, "OutputColumns", "'Scores'", "'Score'");
        AssertRefused(new() { OutputNames = Names(("Features", "x")) }, "OutputNames", "'Features'", "'Score'");
        AssertRefused(new() { OutputNames = Names(("Score", "")) }, "OutputNames", "empty");
        AssertRefused(new() { OutputNames = Names(("Score", "x"), ("PredictedLabel", "x")) }, "OutputNames", "'x'");
        AssertRefused(new() { OutputNames = Names(("Score", "Color")) }, "OutputNames", "'Color'", "input");
    }

    [TestMethod]
    public void A_transformer_that_draws_more_often_than_a_graph_can_is_refused_unless_the_options_say_how_often()
    {
        ITransformer model = Tasks.Get(OnnxTask.Regression).InMode(OnnxGraphKind.FrozenSamples, 10_001, 1);
        AssertRefused(stream => Context.Model.ExportToOnnx(model, Rows(), stream), ["NumberOfSamples", "10001", "[1, 10000]"]);
        using var written = new MemoryStream();
        Context.Model.ExportToOnnx(model, Rows(), written, new OnnxExportOptions { NumberOfSamples = 3 });
        Assert.IsGreaterThan(0, written.Length);
    }

    [TestMethod]
    public void Options_of_a_network_alone_are_checked_too()
    {
        AssertNetworkRefused(new() { Opset = 18 }, "Opset", "18", "[9, 17]");
        AssertNetworkRefused(new() { Opset = 9, Precision = OnnxPrecision.Int8Weights }, "Opset", "9", "[10, 17]");
        AssertNetworkRefused(new() { OutputColumns = ["Features"] }, "OutputColumns", "'Features'", "'Score'");
        AssertNetworkRefused(new() { OutputNames = Names(("Score", "Features")) }, "OutputNames", "'Features'", "input");
    }

    [TestMethod]
    public void Outputs_have_the_names_that_are_asked_for_even_those_of_columns()
    {
        IDataView rows = Rows();
        ITransformer model = Tasks.Get(OnnxTask.Multiclass).Model;
        var exported = new ExportedPipeline(Context, model, rows, new OnnxExportOptions
        {
            OutputColumns = ["Score", "PredictedLabel"],
            OutputNames = Names(("Score", "Score"), ("PredictedLabel", "Features")),
        });
        CollectionAssert.AreEqual(new[] { "Score", "Features" }, exported.Outputs);
    }

    [TestMethod]
    public void Outputs_may_be_named_as_columns_of_the_data_that_are_no_inputs()
    {
        ITransformer model = Tasks.Get(OnnxTask.Multiclass).Model;
        AssertNames(model, Rows(), ("PredictedLabel", "Kind"));
        ITransformer binary = Tasks.Get(OnnxTask.Binary).Model;
        AssertNames(binary, binary.Transform(Rows()), ("Score", "Score"), ("PredictedLabel", "PredictedLabel"));
        AssertNames(model, Context.Transforms.CopyColumns("Score.output", "A").Fit(Rows()).Transform(Rows()));
        AssertNames(model, Rows(), ("Score", "When"));
    }

    [TestMethod]
    public void An_output_that_is_named_as_an_input_by_default_is_refused_by_the_option_that_helps()
    {
        IDataView rows = Context.Transforms.CopyColumns("A2.output", "A").Fit(Rows()).Transform(Rows());
        ITransformer model = Context.Transforms.CopyColumns("A2", "A2.output").Fit(rows);
        using var stream = new MemoryStream();
        ArgumentException exception = Assert.ThrowsExactly<ArgumentException>(() => Context.Model.ExportToOnnx(model, rows, stream));
        Assert.Contains("'A2' no name, and 'A2.output' is that of an input of the graph: set OutputNames", exception.Message);
        Context.Model.ExportToOnnx(model, rows, stream, new OnnxExportOptions { OutputNames = Names(("A2", "A2")) });
    }

    [TestMethod]
    public void What_an_output_does_not_depend_on_is_left_out()
    {
        IDataView rows = Rows();
        ITransformer model = Context.Transforms.NormalizeMinMax("An", "A").Append(Context.Transforms.Expression("E", "x => x + 1", "B"))
            .Append(Context.Transforms.Conversion.MapValueToKey("Kind")).Append(Context.Transforms.NormalizeMeanVariance("Vn", "V")).Fit(rows);

        var exported = new ExportedPipeline(Context, model, rows, new OnnxExportOptions { OutputColumns = ["An"] });

        CollectionAssert.AreEqual(new[] { "A" }, exported.Inputs);
        CollectionAssert.AreEqual(new[] { "Scaler", "Identity" }, exported.Proto.Graph.Nodes.Select(node => node.OperatorType).ToArray());
        Assert.IsEmpty(exported.Proto.Graph.Initializers);
    }

    [TestMethod]
    public void A_step_that_gives_up_does_not_take_its_source_with_it()
    {
        ITransformer model = Context.Transforms.Conversion.MapValue("Text", new Dictionary<string, string> { ["red"] = "warm" }, "Color")
            .Append(Context.Transforms.Categorical.OneHotEncoding("Hot", "Color")).Fit(Rows());
        var exported = new ExportedPipeline(Context, model, Rows(), new OnnxExportOptions { OutputColumns = ["Hot"] });
        Assert.AreEqual(0, exported.Compare(model, Rows()));
    }

    [TestMethod]
    public void Vectors_of_any_length_are_run_row_by_row()
    {
        IDataView rows = Context.Data.LoadFromEnumerable(new[] { new Ragged { Numbers = [1, 2] }, new Ragged { Numbers = [3] }, new Ragged { Numbers = [float.NaN, 5, 6] } });
        ITransformer model = Context.Transforms.CopyColumns("Out", "Numbers").Fit(rows);
        using var stream = new MemoryStream();
        Context.Model.ExportToOnnx(model, rows, stream);
        CollectionAssert.AreEqual(new[] { 1f, 2, 3 }, OnnxRun.Run(stream.ToArray(), ("Numbers", new[] { 1f, 2, 3 }, [1, 3]))["Out.output"].Floats);
    }

    [TestMethod]
    public void A_label_that_is_not_there_is_no_hindrance()
    {
        IDataView rows = Context.Transforms.DropColumns("Target").Fit(Rows()).Transform(Rows());
        ITransformer model = Tasks.Get(OnnxTask.Regression).Model;
        var exported = new ExportedPipeline(Context, model, rows);
        Assert.IsLessThanOrEqualTo(1e-5, exported.Compare(model, rows));
    }

    [TestMethod]
    public void A_label_that_a_step_of_the_pipeline_reads_is_asked_for_by_name()
    {
        IDataView rows = Context.Transforms.DropColumns("Kind").Fit(Rows()).Transform(Rows());
        using var stream = new MemoryStream();
        ArgumentException exception = Assert.ThrowsExactly<ArgumentException>(() => Context.Model.ExportToOnnx(Tasks.Get(OnnxTask.Multiclass).Model, rows, stream));
        Assert.Contains("ValueToKeyMappingTransformer cannot read the data", exception.Message);
        Assert.Contains("'Kind'", exception.Message);
        Assert.Contains("will not have it as an input", exception.Message);
        Assert.AreEqual(0, stream.Length);
    }

    [TestMethod]
    public void The_rows_of_the_data_are_the_inputs_even_if_they_come_from_a_filter()
    {
        IDataView rows = Context.Data.TakeRows(Context.Data.FilterRowsByColumn(Rows(), "A", lowerBound: 0), 5);
        ITransformer model = Tasks.Get(OnnxTask.Regression).Model;
        var exported = new ExportedPipeline(Context, model, rows);
        Assert.IsLessThanOrEqualTo(1e-5, exported.Compare(model, rows));
    }

    [TestMethod]
    public void A_data_view_that_hides_its_source_is_refused_by_the_name_of_its_transformer()
    {
        var model = new TransformerChain<ITransformer>(new Foreign(), Context.Transforms.NormalizeMinMax("An", "A").Fit(Rows()));
        using var stream = new MemoryStream();
        NotSupportedException exception = Assert.ThrowsExactly<NotSupportedException>(() => Context.Model.ExportToOnnx(model, Rows(), stream));
        Assert.Contains("Foreign makes a data view of its own", exception.Message);
        Assert.AreEqual(0, stream.Length);
    }

    [TestMethod]
    public void A_pipeline_that_adds_nothing_is_refused()
    {
        ITransformer model = Context.Transforms.DropColumns("B").Fit(Rows());
        using var stream = new MemoryStream();
        NotSupportedException exception = Assert.ThrowsExactly<NotSupportedException>(() => Context.Model.ExportToOnnx(model, Rows(), stream));
        Assert.Contains("adds no column", exception.Message);
    }

    [TestMethod]
    public void A_file_is_replaced_at_once_and_stays_when_something_fails()
    {
        string folder = Directory.CreateTempSubdirectory("onnx").FullName;
        try
        {
            string path = Path.Combine(folder, "model.onnx");
            File.WriteAllText(path, "before");
            ITransformer bad = Context.Transforms.Expression("E", "x => x + 1", "B").Fit(Rows());
            Assert.ThrowsExactly<NotSupportedException>(() => Context.Model.ExportToOnnx(bad, Rows(), path));
            Assert.AreEqual("before", File.ReadAllText(path));

            Context.Model.ExportToOnnx(Tasks.Get(OnnxTask.Binary).Model, Rows(), path);
            Assert.HasCount(5, ModelProto.Read(File.ReadAllBytes(path)).Graph.Inputs);
            ((VariationalDropoutBinaryPredictionTransformer)Tasks.Get(OnnxTask.Binary).Network).ExportNetworkToOnnx(path);
            Assert.HasCount(1, ModelProto.Read(File.ReadAllBytes(path)).Graph.Inputs);
            CollectionAssert.AreEqual(new[] { path }, Directory.GetFiles(folder));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static IDataView Rows() => Context.Data.LoadFromEnumerable(RawRow.Create(50, seed: 1));

    /// <summary>The names are taken, and the verified graph has no input of one of them.</summary>
    private static void AssertNames(ITransformer model, IDataView rows, params (string Column, string Name)[] names)
    {
        var exported = new ExportedPipeline(Context, model, rows, new OnnxExportOptions { OutputNames = names.Length == 0 ? null : Names(names) });
        foreach ((string _, string name) in names)
            Assert.Contains(name, exported.Outputs);
        CollectionAssert.AreEquivalent(new[] { "A", "V", "Color", "Gap", "Flag" }, exported.Inputs);
    }

    private static Dictionary<string, string> Names(params (string Column, string Name)[] names) => names.ToDictionary(pair => pair.Column, pair => pair.Name);

    private static void AssertRefused(OnnxExportOptions options, params string[] words)
        => AssertRefused(stream => Context.Model.ExportToOnnx(Tasks.Get(OnnxTask.Multiclass).Model, Rows(), stream, options), words);

    private static void AssertNetworkRefused(OnnxExportOptions options, params string[] words)
        => AssertRefused(stream => Tasks.Get(OnnxTask.Multiclass).ExportNetwork(stream, options), words);

    private static void AssertRefused(Action<Stream> export, string[] words)
    {
        using var stream = new MemoryStream();
        ArgumentException exception = Assert.Throws<ArgumentException>(() => export(stream));
        foreach (string word in words)
            Assert.Contains(word, exception.Message);
        Assert.AreEqual(0, stream.Length);
    }

    private sealed class Ragged
    {
        public float[] Numbers { get; set; } = [];
    }

    /// <summary>A transformer of a user's own.</summary>
    private sealed class Foreign : ITransformer
    {
        public bool IsRowToRowMapper => false;

        public DataViewSchema GetOutputSchema(DataViewSchema inputSchema) => inputSchema;

        public IRowToRowMapper GetRowToRowMapper(DataViewSchema inputSchema) => throw new NotSupportedException();

        public IDataView Transform(IDataView input) => new View(input);

        public void Save(ModelSaveContext ctx) => throw new NotSupportedException();

        private sealed class View(IDataView input) : IDataView
        {
            public bool CanShuffle => false;

            public DataViewSchema Schema => input.Schema;

            public long? GetRowCount() => null;

            public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null) => input.GetRowCursor(columnsNeeded, rand);

            public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null) => input.GetRowCursorSet(columnsNeeded, n, rand);
        }
    }
}
