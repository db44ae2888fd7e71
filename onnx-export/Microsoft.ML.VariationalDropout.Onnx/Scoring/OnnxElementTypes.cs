using Microsoft.ML.OnnxRuntime.Tensors;

namespace Microsoft.ML.Trainers.VariationalDropout.Onnx;

/// <summary>ONNX's element types in .NET's terms.</summary>
internal static class OnnxElementTypes
{
    private static readonly Dictionary<TensorElementType, (Type Type, int Size)> Known = new()
    {
        [TensorElementType.Float] = (typeof(float), sizeof(float)),
        [TensorElementType.Double] = (typeof(double), sizeof(double)),
        [TensorElementType.Float16] = (typeof(Half), 2),
        [TensorElementType.Int8] = (typeof(sbyte), sizeof(sbyte)),
        [TensorElementType.Int16] = (typeof(short), sizeof(short)),
        [TensorElementType.Int32] = (typeof(int), sizeof(int)),
        [TensorElementType.Int64] = (typeof(long), sizeof(long)),
        [TensorElementType.UInt8] = (typeof(byte), sizeof(byte)),
        [TensorElementType.UInt16] = (typeof(ushort), sizeof(ushort)),
        [TensorElementType.UInt32] = (typeof(uint), sizeof(uint)),
        [TensorElementType.UInt64] = (typeof(ulong), sizeof(ulong)),
        [TensorElementType.Bool] = (typeof(bool), sizeof(bool)),
        [TensorElementType.String] = (typeof(string), 0),
    };

    /// <summary>The type of a value, or null when there is none for it.</summary>
    public static Type? TypeOf(TensorElementType type) => Known.TryGetValue(type, out (Type Type, int Size) known) ? known.Type : null;

    public static TensorElementType Find(Type type) => Known.First(pair => pair.Value.Type == type).Key;

    /// <summary>In bytes; 0 of text.</summary>
    public static int SizeOf(TensorElementType type) => Known[type].Size;
}
