using Microsoft.ML.Data;
namespace Microsoft.ML.Trainers.VariationalDropout.Onnx.Tests;

[TestClass]
public sealed class VerificationTests
{
    private static readonly MLContext Context = new(seed: 1);

    [TestMethod]
    public void The_first_column_that_differs_is_named_with_row_and_values()
    {
        ExportedGraph graph = Export(OnnxTask.Regression, out ExportSettings settings);
        OnnxVerifier.Verify(graph.Model.ToArray(), graph, 1e-5f, isRandom: false);

        // One bias of the first layer, which moves all rows.
        int index = graph.Model.Graph.Initializers.FindIndex(tensor => tensor.Name.Contains("Biases", StringComparison.Ordinal));
        TensorProto biases = graph.Model.Graph.Initializers[index];
        float[] wrong = [.. biases.Values<float>()];
        wrong[^1] += 1;
        graph.Model.Graph.Initializers[index] = TensorProto.Create<float>(biases.Name, wrong, biases.Dimensions);

        OnnxVerificationException exception = Assert.ThrowsExactly<OnnxVerificationException>(() => graph.ToVerifiedArray(settings));
        Assert.AreEqual("Score", exception.Column);
        Assert.AreEqual(0, exception.Row);
        Assert.AreNotEqual(exception.Expected, exception.Actual);
        Assert.Contains("'Score' of row 0", exception.Message);
        Assert.Contains(((float)exception.Expected!).ToString("R", System.Globalization.CultureInfo.InvariantCulture), exception.Message);
        Assert.Contains(((float)exception.Actual!).ToString("R", System.Globalization.CultureInfo.InvariantCulture), exception.Message);
    }

    [TestMethod]
    public void What_mixes_up_the_rows_of_a_batch_is_found_even_with_one_row()
    {
        ITransformer model = Tasks.Get(OnnxTask.Regression).Model;
        using var stream = new MemoryStream();
        Context.Model.ExportToOnnx(model, Rows(10), stream);
        var mixing = ModelProto.Read(stream.ToArray());
        NodeProto last = mixing.Graph.Nodes.Single(node => node.Outputs.Contains("Score.output"));
        last.Outputs[last.Outputs.IndexOf("Score.output")] = "rows";
        var sum = new NodeProto { Name = "SumOfRows", OperatorType = "ReduceSum", Inputs = { "rows" }, Outputs = { "Score.output" } };
        sum.Attributes.Add(new AttributeProto("axes", new long[] { 0 }));
        mixing.Graph.Nodes.Add(sum);
        byte[] bytes = mixing.ToArray();

        foreach (int rows in new[] { 10, 1 })
        {
            OnnxVerificationException exception = Assert.ThrowsExactly<OnnxVerificationException>(() => WrittenModel.Compare(bytes, model, Rows(rows)), "One row is run twice in a batch.");
            Assert.AreEqual("Score", exception.Column);
        }
    }

    [TestMethod]
    public void Rows_that_a_source_makes_anew_at_every_reading_are_compared_with_themselves()
    {
        ITransformer model = Tasks.Get(OnnxTask.Regression).Model;
        int readings = 0;
        IEnumerable<RawRow> Generate() => RawRow.Create(10, seed: ++readings);
        IDataView rows = Context.Data.LoadFromEnumerable(Enumerable.Range(0, 1).SelectMany(_ => Generate()));
        using var stream = new MemoryStream();
        Context.Model.ExportToOnnx(model, rows, stream);
        Assert.IsGreaterThan(0, stream.Length);
    }

    [TestMethod]
    public void An_earlier_network_keeps_the_mode_that_the_later_one_was_trained_on()
    {
        IDataView rows = Rows(60);
        ITransformer earlier = Tasks.Get(OnnxTask.Regression).Model;
        ITransformer rest = Context.Transforms.CopyColumns("First", "Score")
            .Append(Context.Transforms.Concatenate("Both", "First"))
            .Append(Context.Regression.Trainers.VariationalDropout("A", "Both", hiddenLayerSizes: [4], numberOfIterations: 1))
            .Fit(earlier.Transform(rows));
        var chain = new TransformerChain<ITransformer>(earlier, rest);
        var options = new OnnxExportOptions { GraphKind = OnnxGraphKind.FrozenSamples, NumberOfSamples = 3, OutputColumns = ["First"] };

        Assert.IsLessThanOrEqualTo(1e-5, new ExportedPipeline(Context, chain, rows, options).Compare(chain, rows));
    }

    [TestMethod]
    public void Without_rows_there_is_nothing_to_verify_with()
    {
        using var stream = new MemoryStream();
        ITransformer model = Tasks.Get(OnnxTask.Binary).Model;
        InvalidOperationException exception = Assert.ThrowsExactly<InvalidOperationException>(() => Context.Model.ExportToOnnx(model, Rows(0), stream));
        Assert.Contains("Verify", exception.Message);
        Assert.AreEqual(0, stream.Length);

        Context.Model.ExportToOnnx(model, Rows(0), stream, new OnnxExportOptions { Verify = false });
        Assert.IsGreaterThan(0, stream.Length);
    }

    [TestMethod]
    public void A_graph_that_does_not_load_is_reported_as_one_that_differs()
    {
        ExportedGraph graph = Export(OnnxTask.Binary, out ExportSettings settings);
        graph.Model.Graph.Nodes[0].OperatorType = "NoSuchOperator";
        OnnxVerificationException exception = Assert.ThrowsExactly<OnnxVerificationException>(() => graph.ToVerifiedArray(settings));
        Assert.Contains("does not load", exception.Message);
        Assert.IsNotNull(exception.InnerException);
    }

    [TestMethod]
    public void A_graph_that_does_not_run_is_reported_with_the_step_whose_node_fails()
    {
        IDataView rows = Rows(10);
        ITransformer model = Context.Transforms.NormalizeMinMax("Vn", "V").Append(Context.Transforms.CopyColumns("Out", "Vn")).Fit(rows);
        ExportedGraph graph = PipelineExporter.Export(model, rows, ExportSettings.ForPipeline(new OnnxExportOptions { OutputColumns = ["Out"] }));
        NodeProto scaler = graph.Model.Graph.Nodes.Single(node => node.OperatorType == "Scaler");
        scaler.Attributes.RemoveAll(attribute => attribute.Name is "scale" or "offset");
        scaler.Attributes.Add(new AttributeProto("scale", new[] { 1f, 2f }));
        scaler.Attributes.Add(new AttributeProto("offset", new[] { 0f, 0f }));
        OnnxVerificationException exception = Assert.ThrowsExactly<OnnxVerificationException>(() => OnnxVerifier.Verify(graph.Model.ToArray(), graph, 1e-5f, isRandom: false));
        Assert.Contains("at NormalizingTransformer", exception.Message);
    }

    [TestMethod]
    public void A_label_may_differ_only_where_two_classes_are_equally_good()
    {
        ExportedGraph graph = Export(OnnxTask.Multiclass, out _);
        NodeProto argMax = graph.Model.Graph.Nodes.Single(node => node.OperatorType == "ArgMax");
        argMax.OperatorType = "ArgMin";

        OnnxVerificationException exception = Assert.ThrowsExactly<OnnxVerificationException>(() => OnnxVerifier.Verify(graph.Model.ToArray(), graph, 1e-5f, isRandom: false));
        Assert.AreEqual("PredictedLabel", exception.Column);
        Assert.IsInstanceOfType<string>(exception.Expected);

        // With a tolerance of 1, which no two probabilities are farther apart than, every label is as good as another.
        OnnxVerifier.Verify(graph.Model.ToArray(), graph, 1f, isRandom: false);
    }

    [TestMethod]
    public void Draws_of_the_runtime_are_run_and_not_compared()
    {
        using var stream = new MemoryStream();
        Context.Model.ExportToOnnx(Tasks.Get(OnnxTask.Multiclass).Model, Rows(5), stream, new OnnxExportOptions { GraphKind = OnnxGraphKind.Sampling, NumberOfSamples = 3 });
        (string Name, Array Values, long[] Shape)[] inputs =
        [
            .. ColumnValues.Read(Rows(2), ["A", "V", "Color", "Gap", "Flag"], 2).Select(column => (column.Name, column.Values, column.Shape!)),
        ];
        using OnnxRuntime.InferenceSession session = OnnxRun.Open(stream.ToArray());
        float[] first = OnnxRun.Run(session, inputs)["Score.output"].Floats, second = OnnxRun.Run(session, inputs)["Score.output"].Floats;
        CollectionAssert.AreNotEqual(first, second);
    }

    [TestMethod]
    public void Draws_of_the_runtime_must_be_numbers_where_ML_NETs_are()
    {
        var settings = ExportSettings.ForPipeline(new OnnxExportOptions { GraphKind = OnnxGraphKind.Sampling, NumberOfSamples = 3 });
        ExportedGraph graph = PipelineExporter.Export(Tasks.Get(OnnxTask.Regression).Model, Rows(5), settings);
        graph.ToVerifiedArray(settings);
        int index = graph.Model.Graph.Initializers.FindIndex(tensor => tensor.Name.Contains("Biases", StringComparison.Ordinal));
        TensorProto biases = graph.Model.Graph.Initializers[index];
        float[] wrong = [.. biases.Values<float>()];
        wrong.AsSpan().Fill(float.NaN);
        graph.Model.Graph.Initializers[index] = TensorProto.Create<float>(biases.Name, wrong, biases.Dimensions);

        OnnxVerificationException exception = Assert.ThrowsExactly<OnnxVerificationException>(() => graph.ToVerifiedArray(settings));

        Assert.AreEqual("Score", exception.Column);
        Assert.AreEqual(float.NaN, exception.Actual);
    }

    [TestMethod]
    public void Columns_are_read_with_their_rows_and_types()
    {
        RawRow[] rows = RawRow.Create(3, seed: 1);
        List<ColumnValues> columns = ColumnValues.Read(Context.Data.LoadFromEnumerable(rows), ["V", "Color", "Flag"], 2);
        CollectionAssert.AreEqual(rows[0].V.Concat(rows[1].V).ToArray(), columns[0].Values);
        CollectionAssert.AreEqual(new long[] { 2, 4 }, columns[0].Shape);
        CollectionAssert.AreEqual(new[] { rows[0].Color, rows[1].Color }, columns[1].Values);
        CollectionAssert.AreEqual(new long[] { 2, 1 }, columns[1].Shape);
        CollectionAssert.AreEqual(rows[1].V.Concat(rows[1].V).Concat(rows[0].V).ToArray(), columns[0].Take([1, 1, 0]).Values);
    }

    private static IDataView Rows(int rows) => Context.Data.LoadFromEnumerable(RawRow.Create(rows, seed: 4));

    private static ExportedGraph Export(OnnxTask task, out ExportSettings settings)
    {
        settings = ExportSettings.ForPipeline(null);
        return PipelineExporter.Export(Tasks.Get(task).Model, Rows(20), settings);
    }
}
