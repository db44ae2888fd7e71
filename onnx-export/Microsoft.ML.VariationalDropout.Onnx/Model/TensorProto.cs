using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Microsoft.ML.Trainers.VariationalDropout.Onnx;

/// <summary>A constant: numbers, the last dimension the innermost, or texts.</summary>
internal sealed class TensorProto
{
    private TensorProto(string name, ElementType elementType, long[] dimensions, byte[] data, string[]? texts)
    {
        Name = name;
        ElementType = elementType;
        Dimensions = dimensions;
        Data = data;
        Texts = texts;
    }

    public string Name { get; }

    public ElementType ElementType { get; }

    /// <summary>Empty for a scalar.</summary>
    public long[] Dimensions { get; }

    /// <summary>The numbers, low byte first; empty for texts.</summary>
    public byte[] Data { get; }

    /// <summary>The texts; null for numbers.</summary>
    public string[]? Texts { get; }

    /// <summary>Number of elements; -1 for a shape that nothing can have.</summary>
    public long Count
    {
        get
        {
            Int128 count = 1;
            foreach (long size in Dimensions)
            {
                count *= size;
                if (count < 0 || count > long.MaxValue)
                    return -1;
            }

            return (long)count;
        }
    }

    /// <exception cref="ArgumentException">The dimensions do not hold as many values.</exception>
    public static TensorProto Create<T>(string name, ReadOnlySpan<T> values, params long[] dimensions)
        where T : unmanaged
        => Checked(new TensorProto(name, ElementTypes.Of(typeof(T)), dimensions, MemoryMarshal.AsBytes(values).ToArray(), null), values.Length);

    /// <exception cref="ArgumentException">The dimensions do not hold as many values.</exception>
    public static TensorProto Create(string name, string[] texts, params long[] dimensions)
        => Checked(new TensorProto(name, ElementType.String, dimensions, [], texts), texts.Length);

    /// <summary>The same values in other dimensions.</summary>
    public TensorProto Reshape(params long[] dimensions) => new(Name, ElementType, dimensions, Data, Texts);

    /// <summary>The numbers as what they are.</summary>
    public ReadOnlySpan<T> Values<T>()
        where T : unmanaged
        => ElementTypes.Of(typeof(T)) == ElementType
            ? MemoryMarshal.Cast<byte, T>(Data)
            : throw new InvalidOperationException($"The tensor '{Name}' holds {ElementType}, not {typeof(T).Name}.");

    public static T[] Cast<T>(List<byte> bytes)
        where T : unmanaged
        => MemoryMarshal.Cast<byte, T>(CollectionsMarshal.AsSpan(bytes)).ToArray();

    public static TensorProto Read(ReadOnlySpan<byte> data)
    {
        string name = "";
        var type = ElementType.Undefined;
        var dimensions = new List<long>();
        var numbers = new List<byte>();
        var integers = new List<long>();
        var texts = new List<string>();
        byte[]? raw = null;
        bool isExternal = false;
        var reader = new ProtobufReader(data);
        while (reader.ReadTag())
        {
            switch (reader.Field)
            {
                case 1:
                    reader.ReadInt64s(dimensions);
                    break;
                case 2:
                    type = (ElementType)reader.ReadInt32();
                    break;
                case 4 or 10:
                    reader.ReadFixed(numbers);
                    break;
                case 5 or 7 or 11:
                    reader.ReadInt64s(integers);
                    break;
                case 6:
                    texts.Add(reader.ReadString());
                    break;
                case 8:
                    name = reader.ReadString();
                    break;
                case 9:
                    raw = reader.ReadBytes().ToArray();
                    break;
                case 14:
                    isExternal = reader.ReadInt64() == 1;
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        if (isExternal)
            throw new NotSupportedException($"The values of the tensor '{name}' lie in another file; such models are not supported.");
        raw ??= integers.Count > 0 ? Narrow(integers, type) : [.. numbers];
        var tensor = new TensorProto(name, type, [.. dimensions], raw, type == ElementType.String ? [.. texts] : null);
        int size = ElementTypes.SizeOf(type);
        long count = type == ElementType.String ? texts.Count : raw.Length / size;
        if (count != tensor.Count || (size > 0 && raw.Length % size != 0))
            throw new InvalidDataException($"The data is not an ONNX model, or it is damaged: the tensor '{name}' has not as many values as its shape.");
        return tensor;
    }

    public void WriteTo(ProtobufWriter writer)
    {
        writer.WritePacked(1, Dimensions);
        writer.WriteInt64(2, (long)ElementType);
        if (Texts is not null)
        {
            foreach (string text in Texts)
                writer.WriteString(6, text);
        }

        writer.WriteStringUnlessEmpty(8, Name);
        if (Texts is null)
            writer.WriteBytes(9, Data);
    }

    private static TensorProto Checked(TensorProto tensor, int values)
        => tensor.Count == values
            ? tensor
            : throw new ArgumentException($"The tensor '{tensor.Name}' has {values} values, but its shape [{string.Join(", ", tensor.Dimensions)}] holds {tensor.Count}.");

    /// <summary>The low bytes of each: the format widens small integers and the bits of halves.</summary>
    private static byte[] Narrow(List<long> values, ElementType type)
    {
        int size = ElementTypes.SizeOf(type);
        byte[] narrow = new byte[values.Count * size];
        for (int i = 0; i < values.Count; i++)
        {
            long value = values[i];
            ReadOnlySpan<byte> bytes = MemoryMarshal.AsBytes(new ReadOnlySpan<long>(in value));
            bytes[..Math.Min(size, Unsafe.SizeOf<long>())].CopyTo(narrow.AsSpan(i * size));
        }

        return narrow;
    }
}
