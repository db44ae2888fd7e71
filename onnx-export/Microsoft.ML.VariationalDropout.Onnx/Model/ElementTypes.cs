namespace Microsoft.ML.Trainers.VariationalDropout.Onnx;

/// <summary>Between .NET's types and those of the ONNX format.</summary>
internal static class ElementTypes
{
    private static readonly Dictionary<Type, ElementType> OfType = new()
    {
        [typeof(float)] = ElementType.Float,
        [typeof(double)] = ElementType.Double,
        [typeof(Half)] = ElementType.Float16,
        [typeof(bool)] = ElementType.Bool,
        [typeof(sbyte)] = ElementType.Int8,
        [typeof(byte)] = ElementType.UInt8,
        [typeof(short)] = ElementType.Int16,
        [typeof(ushort)] = ElementType.UInt16,
        [typeof(int)] = ElementType.Int32,
        [typeof(uint)] = ElementType.UInt32,
        [typeof(long)] = ElementType.Int64,
        [typeof(ulong)] = ElementType.UInt64,
        [typeof(string)] = ElementType.String,
        [typeof(ReadOnlyMemory<char>)] = ElementType.String,
    };

    /// <returns>False where ONNX has no such type: dates, images.</returns>
    public static bool TryGet(Type type, out ElementType elementType) => OfType.TryGetValue(type, out elementType);

    /// <exception cref="NotSupportedException">ONNX has no such type.</exception>
    public static ElementType Of(Type type)
        => TryGet(type, out ElementType elementType) ? elementType : throw new NotSupportedException($"ONNX has no type for {type}.");

    /// <summary>Bytes of an element; 0 for texts.</summary>
    /// <exception cref="NotSupportedException">Elements of less than a byte, or unknown ones.</exception>
    public static int SizeOf(ElementType type) => type switch
    {
        ElementType.String => 0,
        ElementType.Bool or ElementType.Int8 or ElementType.UInt8 => 1,
        ElementType.Int16 or ElementType.UInt16 or ElementType.Float16 or ElementType.BFloat16 => 2,
        ElementType.Float or ElementType.Int32 or ElementType.UInt32 => 4,
        ElementType.Double or ElementType.Int64 or ElementType.UInt64 or ElementType.Complex64 => 8,
        ElementType.Complex128 => 16,
        _ => throw new NotSupportedException($"Tensors with elements of the ONNX type {(int)type} are not supported."),
    };
}
