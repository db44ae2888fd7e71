using Microsoft.ML.Data;

namespace Microsoft.ML.Trainers.VariationalDropout.Onnx.Tests;

[TestClass]
public sealed class ModelProtoTests
{
    [TestMethod]
    public void What_is_written_is_read_back()
    {
        ModelProto model = CreateModel();
        byte[] written = model.ToArray();

        ModelProto read = ModelProto.Read(written);

        Assert.AreSequenceEqual(written, read.ToArray());
        Assert.AreEqual("tests", read.ProducerName);
        Assert.AreEqual("a producer", read.Metadata["trainer"]);
        Assert.AreEqual(12, read.OpsetImports[""]);
        Assert.AreEqual(1, read.OpsetImports["com.microsoft"]);
        Assert.AreEqual(new Dimension(-1, "N"), read.Graph.Inputs[0].Shape![0]);
        Assert.AreEqual(new Dimension(2, null), read.Graph.Inputs[0].Shape![1]);
        Assert.IsNull(read.Graph.Values[1].Shape);
        Assert.AreEqual(ElementType.Float, read.Graph.Values[1].ElementType);
        Assert.AreSequenceEqual(new[] { "x", "", "w" }, read.Graph.Nodes[1].Inputs);
        CollectionAssert.AreEqual(new[] { -1f, float.NaN, 2f }, (float[])read.Graph.Nodes[1].FindAttribute("floats")!.Value!);
        CollectionAssert.AreEqual(new[] { -1L, long.MaxValue }, (long[])read.Graph.Nodes[1].FindAttribute("ints")!.Value!);
        CollectionAssert.AreEqual(new[] { "", "één" }, (string[])read.Graph.Nodes[1].FindAttribute("strings")!.Value!);
        Assert.AreEqual("", read.Graph.Nodes[1].FindAttribute("string")!.Value);
        CollectionAssert.AreEqual(new[] { "a", "" }, read.Graph.Initializers.Single(tensor => tensor.Name == "texts").Texts);
        CollectionAssert.AreEqual(new[] { (Half)1.5f }, read.Graph.Initializers.Single(tensor => tensor.Name == "half").Values<Half>().ToArray());
    }

    [TestMethod]
    public void Lengths_around_the_sizes_of_their_own_encoding_are_right()
    {
        foreach (int length in new[] { 0, 1, 120, 127, 128, 129, 16_383, 16_384, 16_385, 2_100_000 })
        {
            ModelProto model = CreateModel();
            model.Graph.Initializers.Add(TensorProto.Create<byte>("big", Enumerable.Range(0, length).Select(i => (byte)i).ToArray(), length));
            ModelProto read = ModelProto.Read(model.ToArray());
            Assert.AreSequenceEqual(model.Graph.Initializers[^1].Data, read.Graph.Initializers[^1].Data);
        }
    }

    [TestMethod]
    public void Onnx_Runtime_runs_what_is_written()
    {
        var context = new OnnxModelContext(OnnxModelContext.PipelineOpset);
        string x = context.AddInput(new VectorDataViewType(NumberDataViewType.Single, 2), "x");
        string w = context.AddInitializer(new float[] { 1, 2, 3, 4, 5, 6 }, [3, 2], "w");
        string b = context.AddInitializer([10f, 20, 30], [3], "b");
        string y = context.AddIntermediateVariable(new VectorDataViewType(NumberDataViewType.Single, 3), "y");
        context.CreateNode("Gemm", [x, w, b], [y], context.GetNodeName("Gemm"), "").AddAttribute("transB", 1);
        context.AddOutput(new VectorDataViewType(NumberDataViewType.Single, 3), y, "y.output");

        OnnxOutput output = OnnxRun.Run(context.CreateModel().ToArray(), ("x", new float[] { 1, 0, 0, 1 }, [2, 2]))["y.output"];

        CollectionAssert.AreEqual(new[] { 11f, 23, 35, 12, 24, 36 }, output.Floats);
    }

    [TestMethod]
    [DataRow("")]
    [DataRow("PK\u0003\u0004 a zip file, and something more in it to read")]
    [DataRow("{ \"json\": true, \"text\": \"of some length, for there is a check of lengths\" }")]
    [DataRow("\b")]
    public void What_is_not_ONNX_is_refused(string text)
    {
        InvalidDataException exception = Assert.ThrowsExactly<InvalidDataException>(() => ModelProto.Read(System.Text.Encoding.UTF8.GetBytes(text)));
        Assert.Contains("not an ONNX model", exception.Message);
    }

    [TestMethod]
    public void Every_file_that_ends_early_is_refused()
    {
        byte[] written = CreateModel().ToArray();
        int[] whole = [.. Enumerable.Range(0, written.Length).Where(length => !IsRefused(written[..length]))];

        // Where a whole field ends, and all that a model must have is there, a shorter file is a model: here before the metadata.
        Assert.IsLessThanOrEqualTo(3, whole.Length);

        static bool IsRefused(byte[] data)
        {
            try
            {
                ModelProto.Read(data);
                return false;
            }
            catch (InvalidDataException)
            {
                return true;
            }
        }
    }

    [TestMethod]
    public void Damaged_bytes_give_no_other_error_than_the_documented_ones()
    {
        byte[] written = CreateModel().ToArray();
        for (int i = 0; i < written.Length; i++)
        {
            foreach (byte flip in new byte[] { 0x01, 0x08, 0x80, 0xFF })
            {
                byte[] damaged = [.. written];
                damaged[i] ^= flip;
                try
                {
                    ModelProto.Read(damaged);
                }
                catch (Exception exception) when (exception is InvalidDataException or NotSupportedException)
                {
                }
            }
        }
    }

    [TestMethod]
    public void Numbers_in_typed_fields_are_read_too()
    {
        var writer = new ProtobufWriter();
        writer.WritePacked(1, [2]);
        writer.WriteInt64(2, (long)ElementType.Float16);
        writer.WriteInt64(5, BitConverter.HalfToUInt16Bits((Half)0.5f));
        writer.WriteInt64(5, BitConverter.HalfToUInt16Bits((Half)(-2f)));
        CollectionAssert.AreEqual(new[] { (Half)0.5f, (Half)(-2f) }, TensorProto.Read(writer.Written).Values<Half>().ToArray());

        writer = new ProtobufWriter();
        writer.WritePacked(1, [2]);
        writer.WriteInt64(2, (long)ElementType.Float);
        writer.WriteFloat(4, 1.5f);
        writer.WriteFloat(4, -3);
        CollectionAssert.AreEqual(new[] { 1.5f, -3 }, TensorProto.Read(writer.Written).Values<float>().ToArray());

        writer = new ProtobufWriter();
        writer.WritePacked(1, [3]);
        writer.WriteInt64(2, (long)ElementType.Int64);
        writer.WritePacked(7, [-1, 0, 1L << 40]);
        CollectionAssert.AreEqual(new[] { -1, 0, 1L << 40 }, TensorProto.Read(writer.Written).Values<long>().ToArray());
    }

    [TestMethod]
    public void A_tensor_whose_shape_does_not_hold_its_values_is_refused()
    {
        ArgumentException exception = Assert.ThrowsExactly<ArgumentException>(() => TensorProto.Create<float>("w", [1, 2, 3], 2, 2));
        Assert.Contains("[2, 2]", exception.Message);
    }

    private static ModelProto CreateModel()
    {
        var model = new ModelProto { IrVersion = 7, ProducerName = "tests", ProducerVersion = "1", Domain = "d", ModelVersion = 3, Documentation = "doc" };
        model.OpsetImports[""] = 12;
        model.OpsetImports["com.microsoft"] = 1;
        model.Metadata["trainer"] = "a producer";
        model.Metadata["empty"] = "";
        model.Graph.Name = "g";
        model.Graph.Inputs.Add(new ValueInfoProto("x", ElementType.Float, [Dimension.Batch, 2]));
        model.Graph.Outputs.Add(new ValueInfoProto("y", ElementType.String, [new Dimension(-1, null)]));
        model.Graph.Values.Add(new ValueInfoProto("scalar", ElementType.Int64, []));
        model.Graph.Values.Add(new ValueInfoProto("shapeless", ElementType.Float, null));
        model.Graph.Initializers.Add(TensorProto.Create<float>("w", [1, 2, 3, 4], 2, 2));
        model.Graph.Initializers.Add(TensorProto.Create<Half>("half", [(Half)1.5f]));
        model.Graph.Initializers.Add(TensorProto.Create("texts", ["a", ""], 2));
        var inner = new GraphProto { Name = "inner" };
        model.Graph.Nodes.Add(new NodeProto { OperatorType = "If", Name = "if", Attributes = { new AttributeProto("then_branch", inner) } });
        model.Graph.Nodes.Add(new NodeProto
        {
            OperatorType = "Op",
            Name = "op",
            Domain = "com.microsoft",
            Documentation = "what it does",
            Inputs = { "x", "", "w" },
            Outputs = { "y" },
            Attributes =
            {
                new AttributeProto("float", -0.5f),
                new AttributeProto("int", -3L),
                new AttributeProto("string", ""),
                new AttributeProto("tensor", TensorProto.Create<long>("", [1, 2], 2)),
                new AttributeProto("floats", new[] { -1f, float.NaN, 2f }),
                new AttributeProto("ints", new[] { -1L, long.MaxValue }),
                new AttributeProto("strings", new[] { "", "één" }),
            },
        });
        return model;
    }
}
