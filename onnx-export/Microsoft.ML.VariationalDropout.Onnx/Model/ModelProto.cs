namespace Microsoft.ML.Trainers.VariationalDropout.Onnx;

/// <summary>
/// An ONNX file in memory: a graph, the versions of the operators that it uses, and where it comes from.
/// </summary>
/// <remarks>
/// This class and those of its parts hold what this library writes, and read it back; of other writers' files they keep what a reader of
/// inputs, outputs, nodes and weights asks for. Functions, training information, sparse and external tensors are not read.
/// Format: https://github.com/onnx/onnx/blob/main/onnx/onnx.proto.
/// </remarks>
internal sealed class ModelProto
{
    /// <summary>Of the operators of machine learning: encoders of labels, trees, normalizers.</summary>
    public const string MachineLearningDomain = "ai.onnx.ml";

    /// <summary>Version of the format itself; it limits the versions of the operators.</summary>
    public long IrVersion { get; set; } = 8;

    public string ProducerName { get; set; } = "";

    public string ProducerVersion { get; set; } = "";

    public string Domain { get; set; } = "";

    public long ModelVersion { get; set; }

    public string Documentation { get; set; } = "";

    public GraphProto Graph { get; set; } = new();

    /// <summary>Version of the operators of each domain; "" is ONNX's own.</summary>
    public SortedDictionary<string, long> OpsetImports { get; } = new(StringComparer.Ordinal);

    public SortedDictionary<string, string> Metadata { get; } = new(StringComparer.Ordinal);

    /// <exception cref="InvalidDataException">This is no ONNX model, or it is damaged.</exception>
    public static ModelProto Read(ReadOnlySpan<byte> data)
    {
        var model = new ModelProto { IrVersion = 0 };
        bool hasGraph = false;
        var reader = new ProtobufReader(data);
        while (reader.ReadTag())
        {
            switch (reader.Field)
            {
                case 1:
                    model.IrVersion = reader.ReadInt64();
                    break;
                case 2:
                    model.ProducerName = reader.ReadString();
                    break;
                case 3:
                    model.ProducerVersion = reader.ReadString();
                    break;
                case 4:
                    model.Domain = reader.ReadString();
                    break;
                case 5:
                    model.ModelVersion = reader.ReadInt64();
                    break;
                case 6:
                    model.Documentation = reader.ReadString();
                    break;
                case 7:
                    model.Graph = GraphProto.Read(reader.ReadBytes());
                    hasGraph = true;
                    break;
                case 8:
                    ReadOpset(reader.ReadBytes(), model.OpsetImports);
                    break;
                case 14:
                    ReadMetadata(reader.ReadBytes(), model.Metadata);
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        if (!hasGraph || model.IrVersion <= 0 || model.OpsetImports.Count == 0)
            throw new InvalidDataException("The data is not an ONNX model: it has no version, no graph or no operator set.");
        return model;
    }

    public byte[] ToArray()
    {
        var writer = new ProtobufWriter();
        writer.WriteInt64(1, IrVersion);
        writer.WriteStringUnlessEmpty(2, ProducerName);
        writer.WriteStringUnlessEmpty(3, ProducerVersion);
        writer.WriteStringUnlessEmpty(4, Domain);
        if (ModelVersion != 0)
            writer.WriteInt64(5, ModelVersion);
        writer.WriteStringUnlessEmpty(6, Documentation);
        writer.WriteMessage(7, Graph, static (graph, message) => message.WriteTo(graph));
        foreach ((string domain, long version) in OpsetImports)
        {
            writer.WriteMessage(8, (domain, version), static (opset, import) =>
            {
                opset.WriteStringUnlessEmpty(1, import.domain);
                opset.WriteInt64(2, import.version);
            });
        }

        foreach (KeyValuePair<string, string> entry in Metadata)
        {
            writer.WriteMessage(14, entry, static (property, pair) =>
            {
                property.WriteString(1, pair.Key);
                property.WriteString(2, pair.Value);
            });
        }

        return writer.Written.ToArray();
    }

    private static void ReadOpset(ReadOnlySpan<byte> data, SortedDictionary<string, long> imports)
    {
        string domain = "";
        long version = 0;
        var reader = new ProtobufReader(data);
        while (reader.ReadTag())
        {
            switch (reader.Field)
            {
                case 1:
                    domain = reader.ReadString();
                    break;
                case 2:
                    version = reader.ReadInt64();
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        imports[domain] = version;
    }

    private static void ReadMetadata(ReadOnlySpan<byte> data, SortedDictionary<string, string> metadata)
    {
        string key = "", value = "";
        var reader = new ProtobufReader(data);
        while (reader.ReadTag())
        {
            switch (reader.Field)
            {
                case 1:
                    key = reader.ReadString();
                    break;
                case 2:
                    value = reader.ReadString();
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        metadata[key] = value;
    }
}
