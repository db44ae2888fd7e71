namespace Microsoft.ML.Trainers.VariationalDropout.Onnx;

/// <summary>One operator: the names of what it reads and makes, and its attributes.</summary>
internal sealed class NodeProto
{
    public string OperatorType { get; set; } = "";

    public string Name { get; set; } = "";

    /// <summary>"" for ONNX's own operators.</summary>
    public string Domain { get; set; } = "";

    public string Documentation { get; set; } = "";

    /// <summary>Names of values; "" for an optional input that is absent.</summary>
    public List<string> Inputs { get; } = [];

    public List<string> Outputs { get; } = [];

    public List<AttributeProto> Attributes { get; } = [];

    public AttributeProto? FindAttribute(string name) => Attributes.Find(attribute => attribute.Name == name);

    public static NodeProto Read(ReadOnlySpan<byte> data)
    {
        var node = new NodeProto();
        var reader = new ProtobufReader(data);
        while (reader.ReadTag())
        {
            switch (reader.Field)
            {
                case 1:
                    node.Inputs.Add(reader.ReadString());
                    break;
                case 2:
                    node.Outputs.Add(reader.ReadString());
                    break;
                case 3:
                    node.Name = reader.ReadString();
                    break;
                case 4:
                    node.OperatorType = reader.ReadString();
                    break;
                case 5:
                    node.Attributes.Add(AttributeProto.Read(reader.ReadBytes()));
                    break;
                case 6:
                    node.Documentation = reader.ReadString();
                    break;
                case 7:
                    node.Domain = reader.ReadString();
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        return node;
    }

    public void WriteTo(ProtobufWriter writer)
    {
        foreach (string input in Inputs)
            writer.WriteString(1, input);
        foreach (string output in Outputs)
            writer.WriteString(2, output);
        writer.WriteStringUnlessEmpty(3, Name);
        writer.WriteStringUnlessEmpty(4, OperatorType);
        foreach (AttributeProto attribute in Attributes)
            writer.WriteMessage(5, attribute, static (inner, message) => message.WriteTo(inner));
        writer.WriteStringUnlessEmpty(6, Documentation);
        writer.WriteStringUnlessEmpty(7, Domain);
    }
}
