using System.Runtime.InteropServices;

namespace Microsoft.ML.Trainers.VariationalDropout.Onnx.Tests.Checkers;

/// <summary>An input or output as the files cases.json and results.json hold it.</summary>
/// <param name="Name">Its name in the graph.</param>
/// <param name="Type">Its type, with the word of numpy and onnxruntime-node.</param>
/// <param name="Shape">Dimensions.</param>
/// <param name="Data">The bytes of numbers, in base 64: no digit is lost, and NaN stays NaN.</param>
/// <param name="Texts">The values of texts.</param>
internal sealed record CheckerTensor(string Name, string Type, long[] Shape, string? Data, string[]? Texts)
{
    // By the type of the elements: to a pattern an array of uint is one of int too.
    public static CheckerTensor Create(ColumnValues column) => System.Type.GetTypeCode(column.Values.GetType().GetElementType()) switch
    {
        TypeCode.String => new(column.Name, "string", column.Shape!, null, (string[])column.Values),
        TypeCode.Single => Create<float>(column, "float32"),
        TypeCode.Double => Create<double>(column, "float64"),
        TypeCode.Boolean => Create<bool>(column, "bool"),
        TypeCode.Byte => Create<byte>(column, "uint8"),
        TypeCode.UInt16 => Create<ushort>(column, "uint16"),
        TypeCode.Int32 => Create<int>(column, "int32"),
        TypeCode.UInt32 => Create<uint>(column, "uint32"),
        TypeCode.Int64 => Create<long>(column, "int64"),
        TypeCode.UInt64 => Create<ulong>(column, "uint64"),
        _ => throw new NotSupportedException(column.Values.GetType().Name),
    };

    public OnnxOutput ToOutput()
    {
        byte[] bytes = Convert.FromBase64String(Data ?? "");
        Array values = Type switch
        {
            "string" => Texts ?? [],
            "float32" => MemoryMarshal.Cast<byte, float>(bytes).ToArray(),
            "float64" => MemoryMarshal.Cast<byte, double>(bytes).ToArray(),
            "float16" => MemoryMarshal.Cast<byte, Half>(bytes).ToArray(),
            "bool" => MemoryMarshal.Cast<byte, bool>(bytes).ToArray(),
            "int32" => MemoryMarshal.Cast<byte, int>(bytes).ToArray(),
            "uint32" => MemoryMarshal.Cast<byte, uint>(bytes).ToArray(),
            "uint64" => MemoryMarshal.Cast<byte, ulong>(bytes).ToArray(),
            "int64" => MemoryMarshal.Cast<byte, long>(bytes).ToArray(),
            _ => throw new NotSupportedException(Type),
        };
        return new OnnxOutput(values, Shape);
    }

    private static CheckerTensor Create<T>(ColumnValues column, string type)
        where T : unmanaged
        => new(column.Name, type, column.Shape!, Convert.ToBase64String(MemoryMarshal.AsBytes(((T[])column.Values).AsSpan())), null);
}
