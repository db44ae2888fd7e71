namespace Microsoft.ML.Trainers.VariationalDropout.Onnx;

/// <summary>Name, type and shape of an input, an output, or a value between them.</summary>
/// <param name="Name">Name of the value.</param>
/// <param name="ElementType">Type of its elements; undefined for what is no tensor.</param>
/// <param name="Shape">Its dimensions; null where even their number is open.</param>
internal sealed record ValueInfoProto(string Name, ElementType ElementType, Dimension[]? Shape)
{
    public static ValueInfoProto Read(ReadOnlySpan<byte> data)
    {
        string name = "";
        var type = ElementType.Undefined;
        Dimension[]? shape = null;
        var reader = new ProtobufReader(data);
        while (reader.ReadTag())
        {
            switch (reader.Field)
            {
                case 1:
                    name = reader.ReadString();
                    break;
                case 2:
                    ReadType(reader.ReadBytes(), ref type, ref shape);
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        return new ValueInfoProto(name, type, shape);
    }

    public void WriteTo(ProtobufWriter writer)
    {
        writer.WriteString(1, Name);
        if (ElementType != ElementType.Undefined)
            writer.WriteMessage(2, this, static (type, value) => type.WriteMessage(1, value, static (tensor, inner) => inner.WriteTensorType(tensor)));
    }

    private void WriteTensorType(ProtobufWriter writer)
    {
        writer.WriteInt64(1, (long)ElementType);
        if (Shape is null)
            return;
        writer.WriteMessage(2, Shape, static (shape, dimensions) =>
        {
            foreach (Dimension dimension in dimensions)
            {
                shape.WriteMessage(1, dimension, static (inner, value) =>
                {
                    if (value.Symbol is not null)
                        inner.WriteString(2, value.Symbol);
                    else if (value.Size >= 0)
                        inner.WriteInt64(1, value.Size);
                });
            }
        });
    }

    private static void ReadType(ReadOnlySpan<byte> data, ref ElementType type, ref Dimension[]? shape)
    {
        var reader = new ProtobufReader(data);
        while (reader.ReadTag())
        {
            if (reader.Field != 1)
            {
                reader.Skip();
                continue;
            }

            var tensor = new ProtobufReader(reader.ReadBytes());
            while (tensor.ReadTag())
            {
                switch (tensor.Field)
                {
                    case 1:
                        type = (ElementType)tensor.ReadInt32();
                        break;
                    case 2:
                        shape = ReadShape(tensor.ReadBytes());
                        break;
                    default:
                        tensor.Skip();
                        break;
                }
            }
        }
    }

    private static Dimension[] ReadShape(ReadOnlySpan<byte> data)
    {
        var dimensions = new List<Dimension>();
        var reader = new ProtobufReader(data);
        while (reader.ReadTag())
        {
            if (reader.Field == 1)
                dimensions.Add(ReadDimension(reader.ReadBytes()));
            else
                reader.Skip();
        }

        return [.. dimensions];
    }

    private static Dimension ReadDimension(ReadOnlySpan<byte> data)
    {
        var dimension = new Dimension(-1, null);
        var reader = new ProtobufReader(data);
        while (reader.ReadTag())
        {
            switch (reader.Field)
            {
                case 1:
                    dimension = reader.ReadInt64();
                    break;
                case 2:
                    dimension = new Dimension(-1, reader.ReadString());
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        return dimension;
    }
}
