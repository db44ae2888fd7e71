namespace Microsoft.ML.Trainers.VariationalDropout.Onnx;

/// <summary>A constant that belongs to a node.</summary>
internal sealed class AttributeProto
{
    /// <param name="name">Name of the attribute.</param>
    /// <param name="value">
    /// A float, long, string, <see cref="TensorProto"/> or <see cref="GraphProto"/>, or an array of floats, longs or strings; null for what
    /// other writers may use besides.
    /// </param>
    public AttributeProto(string name, object? value)
    {
        Name = name;
        Value = value;
        Type = value switch
        {
            float => AttributeType.Float,
            long => AttributeType.Int,
            string => AttributeType.String,
            TensorProto => AttributeType.Tensor,
            GraphProto => AttributeType.Graph,
            float[] => AttributeType.Floats,
            long[] => AttributeType.Ints,
            string[] => AttributeType.Strings,
            null => AttributeType.Undefined,
            _ => throw new ArgumentException($"An attribute cannot hold a value of type {value.GetType()}.", nameof(value)),
        };
    }

    /// <summary>The numbers of the format (<c>AttributeProto.AttributeType</c>).</summary>
    public enum AttributeType
    {
        Undefined = 0,
        Float = 1,
        Int = 2,
        String = 3,
        Tensor = 4,
        Graph = 5,
        Floats = 6,
        Ints = 7,
        Strings = 8,
    }

    public string Name { get; }

    public AttributeType Type { get; }

    public object? Value { get; }

    public static AttributeProto Read(ReadOnlySpan<byte> data)
    {
        string name = "";
        var type = AttributeType.Undefined;
        float number = 0;
        long integer = 0;
        string text = "";
        TensorProto? tensor = null;
        GraphProto? graph = null;
        var floats = new List<byte>();
        var integers = new List<long>();
        var texts = new List<string>();
        var reader = new ProtobufReader(data);
        while (reader.ReadTag())
        {
            switch (reader.Field)
            {
                case 1:
                    name = reader.ReadString();
                    break;
                case 2:
                    number = reader.ReadFloat();
                    break;
                case 3:
                    integer = reader.ReadInt64();
                    break;
                case 4:
                    text = reader.ReadString();
                    break;
                case 5:
                    tensor = TensorProto.Read(reader.ReadBytes());
                    break;
                case 6:
                    graph = GraphProto.Read(reader.ReadBytes());
                    break;
                case 7:
                    reader.ReadFixed(floats);
                    break;
                case 8:
                    reader.ReadInt64s(integers);
                    break;
                case 9:
                    texts.Add(reader.ReadString());
                    break;
                case 20:
                    type = (AttributeType)reader.ReadInt32();
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        return new AttributeProto(name, type switch
        {
            AttributeType.Float => number,
            AttributeType.Int => integer,
            AttributeType.String => text,
            AttributeType.Tensor => tensor,
            AttributeType.Graph => graph,
            AttributeType.Floats => TensorProto.Cast<float>(floats),
            AttributeType.Ints => integers.ToArray(),
            AttributeType.Strings => texts.ToArray(),
            _ => null,
        });
    }

    public void WriteTo(ProtobufWriter writer)
    {
        writer.WriteString(1, Name);
        switch (Value)
        {
            case float number:
                writer.WriteFloat(2, number);
                break;
            case long integer:
                writer.WriteInt64(3, integer);
                break;
            case string text:
                writer.WriteString(4, text);
                break;
            case TensorProto tensor:
                writer.WriteMessage(5, tensor, static (inner, message) => message.WriteTo(inner));
                break;
            case GraphProto graph:
                writer.WriteMessage(6, graph, static (inner, message) => message.WriteTo(inner));
                break;
            case float[] numbers:
                foreach (float number in numbers)
                    writer.WriteFloat(7, number);
                break;
            case long[] integers:
                foreach (long integer in integers)
                    writer.WriteInt64(8, integer);
                break;
            case string[] texts:
                foreach (string text in texts)
                    writer.WriteString(9, text);
                break;
            default:
                throw new NotSupportedException($"The attribute '{Name}' has a value that cannot be written.");
        }

        writer.WriteInt64(20, (long)Type);
    }
}
