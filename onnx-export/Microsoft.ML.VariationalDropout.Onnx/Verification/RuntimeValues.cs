using System.Runtime.InteropServices;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace Microsoft.ML.Trainers.VariationalDropout.Onnx;

/// <summary>Between arrays and the values of ONNX Runtime.</summary>
internal static class RuntimeValues
{
    // By the type of the elements: to a pattern, as to any cast at run time, an array of uint is one of int too.
    public static OrtValue Create(Array values, long[] shape) => Type.GetTypeCode(values.GetType().GetElementType()) switch
    {
        TypeCode.String => Create((string[])values, shape),
        TypeCode.Single => Create<float>(values, shape),
        TypeCode.Double => Create<double>(values, shape),
        TypeCode.Boolean => Create<bool>(values, shape),
        TypeCode.SByte => Create<sbyte>(values, shape),
        TypeCode.Byte => Create<byte>(values, shape),
        TypeCode.Int16 => Create<short>(values, shape),
        TypeCode.UInt16 => Create<ushort>(values, shape),
        TypeCode.Int32 => Create<int>(values, shape),
        TypeCode.UInt32 => Create<uint>(values, shape),
        TypeCode.Int64 => Create<long>(values, shape),
        TypeCode.UInt64 => Create<ulong>(values, shape),
        _ when values is Half[] halves => Create<Float16>(MemoryMarshal.Cast<Half, Float16>(halves).ToArray(), shape),
        _ => throw new NotSupportedException($"ONNX has no type for {values.GetType().GetElementType()}."),
    };

    public static Array Read(OrtValue value)
    {
        TensorElementType type = value.GetTensorTypeAndShape().ElementDataType;
        return type switch
        {
            TensorElementType.String => value.GetStringTensorAsArray(),
            TensorElementType.Float => value.GetTensorDataAsSpan<float>().ToArray(),
            TensorElementType.Double => value.GetTensorDataAsSpan<double>().ToArray(),
            TensorElementType.Float16 => MemoryMarshal.Cast<Float16, Half>(value.GetTensorDataAsSpan<Float16>()).ToArray(),
            TensorElementType.Bool => value.GetTensorDataAsSpan<bool>().ToArray(),
            TensorElementType.Int8 => value.GetTensorDataAsSpan<sbyte>().ToArray(),
            TensorElementType.UInt8 => value.GetTensorDataAsSpan<byte>().ToArray(),
            TensorElementType.Int16 => value.GetTensorDataAsSpan<short>().ToArray(),
            TensorElementType.UInt16 => value.GetTensorDataAsSpan<ushort>().ToArray(),
            TensorElementType.Int32 => value.GetTensorDataAsSpan<int>().ToArray(),
            TensorElementType.UInt32 => value.GetTensorDataAsSpan<uint>().ToArray(),
            TensorElementType.Int64 => value.GetTensorDataAsSpan<long>().ToArray(),
            TensorElementType.UInt64 => value.GetTensorDataAsSpan<ulong>().ToArray(),
            _ => throw new NotSupportedException($"An output of the type {type} is not supported."),
        };
    }

    private static OrtValue Create<T>(Array values, long[] shape)
        where T : unmanaged
        => OrtValue.CreateTensorValueFromMemory((T[])values, shape);

    private static OrtValue Create(string[] texts, long[] shape)
    {
        OrtValue value = OrtValue.CreateTensorWithEmptyStrings(OrtAllocator.DefaultInstance, shape);
        for (int i = 0; i < texts.Length; i++)
            value.StringTensorSetElementAt(texts[i], i);
        return value;
    }
}
