namespace Microsoft.ML.Trainers.VariationalDropout.Onnx;

/// <summary>Nodes in the order in which they run, constants, inputs and outputs.</summary>
internal sealed class GraphProto
{
    public string Name { get; set; } = "";

    public string Documentation { get; set; } = "";

    public List<NodeProto> Nodes { get; } = [];

    /// <summary>The constants, by name.</summary>
    public List<TensorProto> Initializers { get; } = [];

    public List<ValueInfoProto> Inputs { get; } = [];

    public List<ValueInfoProto> Outputs { get; } = [];

    /// <summary>Types and shapes of what stands between inputs and outputs; a runtime infers those that are missing.</summary>
    public List<ValueInfoProto> Values { get; } = [];

    public static GraphProto Read(ReadOnlySpan<byte> data)
    {
        var graph = new GraphProto();
        var reader = new ProtobufReader(data);
        while (reader.ReadTag())
        {
            switch (reader.Field)
            {
                case 1:
                    graph.Nodes.Add(NodeProto.Read(reader.ReadBytes()));
                    break;
                case 2:
                    graph.Name = reader.ReadString();
                    break;
                case 5:
                    graph.Initializers.Add(TensorProto.Read(reader.ReadBytes()));
                    break;
                case 10:
                    graph.Documentation = reader.ReadString();
                    break;
                case 11:
                    graph.Inputs.Add(ValueInfoProto.Read(reader.ReadBytes()));
                    break;
                case 12:
                    graph.Outputs.Add(ValueInfoProto.Read(reader.ReadBytes()));
                    break;
                case 13:
                    graph.Values.Add(ValueInfoProto.Read(reader.ReadBytes()));
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        return graph;
    }

    public void WriteTo(ProtobufWriter writer)
    {
        foreach (NodeProto node in Nodes)
            writer.WriteMessage(1, node, static (inner, message) => message.WriteTo(inner));
        writer.WriteStringUnlessEmpty(2, Name);
        foreach (TensorProto initializer in Initializers)
            writer.WriteMessage(5, initializer, static (inner, message) => message.WriteTo(inner));
        writer.WriteStringUnlessEmpty(10, Documentation);
        WriteValues(11, Inputs);
        WriteValues(12, Outputs);
        WriteValues(13, Values);

        void WriteValues(int field, List<ValueInfoProto> values)
        {
            foreach (ValueInfoProto value in values)
                writer.WriteMessage(field, value, static (inner, message) => message.WriteTo(inner));
        }
    }
}
