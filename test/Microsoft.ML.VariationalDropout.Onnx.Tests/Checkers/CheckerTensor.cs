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
    public static CheckerTensor Create(ColumnValues column) => column.Values switch
    {
        string[] texts => new(column.Name, "string", column.Shape!, null, texts),
        float[] numbers => Create<float>(column, "float32", numbers),
        double[] numbers => Create<double>(column, "float64", numbers),
        bool[] values => Create<bool>(column, "bool", values),
        int[] numbers => Create<int>(column, "int32", numbers),
        uint[] numbers => Create<uint>(column, "uint32", numbers),
        long[] numbers => Create<long>(column, "int64", numbers),
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
            "int64" => MemoryMarshal.Cast<byte, long>(bytes).ToArray(),
            _ => throw new NotSupportedException(Type),
        };
        return new OnnxOutput(values, Shape);
    }

    private static CheckerTensor Create<T>(ColumnValues column, string type, T[] values)
        where T : unmanaged
        => new(column.Name, type, column.Shape!, Convert.ToBase64String(MemoryMarshal.AsBytes(values.AsSpan())), null);
}
