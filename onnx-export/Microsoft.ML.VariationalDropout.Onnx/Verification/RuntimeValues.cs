using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace Microsoft.ML.Trainers.VariationalDropout.Onnx;

/// <summary>Between arrays and the values of ONNX Runtime.</summary>
internal static class RuntimeValues
{
    public static OrtValue Create(Array values, long[] shape) => values switch
    {
        string[] texts => Create(texts, shape),
        float[] numbers => OrtValue.CreateTensorValueFromMemory(numbers, shape),
        double[] numbers => OrtValue.CreateTensorValueFromMemory(numbers, shape),
        bool[] numbers => OrtValue.CreateTensorValueFromMemory(numbers, shape),
        sbyte[] numbers => OrtValue.CreateTensorValueFromMemory(numbers, shape),
        byte[] numbers => OrtValue.CreateTensorValueFromMemory(numbers, shape),
        short[] numbers => OrtValue.CreateTensorValueFromMemory(numbers, shape),
        ushort[] numbers => OrtValue.CreateTensorValueFromMemory(numbers, shape),
        int[] numbers => OrtValue.CreateTensorValueFromMemory(numbers, shape),
        uint[] numbers => OrtValue.CreateTensorValueFromMemory(numbers, shape),
        long[] numbers => OrtValue.CreateTensorValueFromMemory(numbers, shape),
        ulong[] numbers => OrtValue.CreateTensorValueFromMemory(numbers, shape),
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

    private static OrtValue Create(string[] texts, long[] shape)
    {
        OrtValue value = OrtValue.CreateTensorWithEmptyStrings(OrtAllocator.DefaultInstance, shape);
        for (int i = 0; i < texts.Length; i++)
            value.StringTensorSetElementAt(texts[i], i);
        return value;
    }
}
