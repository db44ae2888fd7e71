using System.Runtime.InteropServices;
using Microsoft.ML.OnnxRuntime;

namespace Microsoft.ML.Trainers.VariationalDropout.Onnx.Tests;

/// <summary>Runs the bytes of a model on ONNX Runtime's processor.</summary>
internal static class OnnxRun
{
    /// <summary>A session that says nothing but errors, on one thread.</summary>
    public static InferenceSession Open(byte[] model)
    {
        using var options = new SessionOptions { LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR, IntraOpNumThreads = 1, InterOpNumThreads = 1 };
        return new InferenceSession(model, options);
    }

    /// <param name="model">An ONNX file.</param>
    /// <param name="inputs">Name, flat values (texts, or numbers of the input's type), shape.</param>
    /// <returns>The outputs by name.</returns>
    public static Dictionary<string, OnnxOutput> Run(byte[] model, params (string Name, Array Values, long[] Shape)[] inputs)
    {
        using InferenceSession session = Open(model);
        return Run(session, inputs);
    }

    /// <inheritdoc cref="Run(byte[], ValueTuple{string, Array, long[]}[])"/>
    public static Dictionary<string, OnnxOutput> Run(InferenceSession session, params (string Name, Array Values, long[] Shape)[] inputs)
    {
        OrtValue[] values = [.. inputs.Select(input => ToValue(input.Values, input.Shape))];
        try
        {
            string[] outputs = [.. session.OutputMetadata.Keys];
            using var options = new RunOptions();
            using IDisposableReadOnlyCollection<OrtValue> results = session.Run(options, [.. inputs.Select(input => input.Name)], values, outputs);
            return outputs.Zip(results).ToDictionary(pair => pair.First, pair => ToOutput(pair.Second));
        }
        finally
        {
            foreach (OrtValue value in values)
                value.Dispose();
        }
    }

    private static OrtValue ToValue(Array values, long[] shape) => values switch
    {
        string[] texts => ToValue(texts, shape),
        float[] numbers => OrtValue.CreateTensorValueFromMemory(numbers, shape),
        double[] numbers => OrtValue.CreateTensorValueFromMemory(numbers, shape),
        Half[] numbers => OrtValue.CreateTensorValueFromMemory(MemoryMarshal.Cast<Half, Float16>(numbers).ToArray(), shape),
        bool[] numbers => OrtValue.CreateTensorValueFromMemory(numbers, shape),
        sbyte[] numbers => OrtValue.CreateTensorValueFromMemory(numbers, shape),
        byte[] numbers => OrtValue.CreateTensorValueFromMemory(numbers, shape),
        short[] numbers => OrtValue.CreateTensorValueFromMemory(numbers, shape),
        ushort[] numbers => OrtValue.CreateTensorValueFromMemory(numbers, shape),
        int[] numbers => OrtValue.CreateTensorValueFromMemory(numbers, shape),
        uint[] numbers => OrtValue.CreateTensorValueFromMemory(numbers, shape),
        long[] numbers => OrtValue.CreateTensorValueFromMemory(numbers, shape),
        ulong[] numbers => OrtValue.CreateTensorValueFromMemory(numbers, shape),
        _ => throw new NotSupportedException(values.GetType().Name),
    };

    private static OrtValue ToValue(string[] texts, long[] shape)
    {
        OrtValue value = OrtValue.CreateTensorWithEmptyStrings(OrtAllocator.DefaultInstance, shape);
        for (int i = 0; i < texts.Length; i++)
            value.StringTensorSetElementAt(texts[i], i);
        return value;
    }

    private static OnnxOutput ToOutput(OrtValue value)
    {
        OrtTensorTypeAndShapeInfo info = value.GetTensorTypeAndShape();
        Array values = info.ElementDataType switch
        {
            OnnxRuntime.Tensors.TensorElementType.String => value.GetStringTensorAsArray(),
            OnnxRuntime.Tensors.TensorElementType.Float => value.GetTensorDataAsSpan<float>().ToArray(),
            OnnxRuntime.Tensors.TensorElementType.Double => value.GetTensorDataAsSpan<double>().ToArray(),
            OnnxRuntime.Tensors.TensorElementType.Float16 => MemoryMarshal.Cast<Float16, Half>(value.GetTensorDataAsSpan<Float16>()).ToArray(),
            OnnxRuntime.Tensors.TensorElementType.Bool => value.GetTensorDataAsSpan<bool>().ToArray(),
            OnnxRuntime.Tensors.TensorElementType.Int32 => value.GetTensorDataAsSpan<int>().ToArray(),
            OnnxRuntime.Tensors.TensorElementType.UInt32 => value.GetTensorDataAsSpan<uint>().ToArray(),
            OnnxRuntime.Tensors.TensorElementType.Int64 => value.GetTensorDataAsSpan<long>().ToArray(),
            OnnxRuntime.Tensors.TensorElementType.UInt64 => value.GetTensorDataAsSpan<ulong>().ToArray(),
            OnnxRuntime.Tensors.TensorElementType.Int8 => value.GetTensorDataAsSpan<sbyte>().ToArray(),
            OnnxRuntime.Tensors.TensorElementType.UInt8 => value.GetTensorDataAsSpan<byte>().ToArray(),
            OnnxRuntime.Tensors.TensorElementType.Int16 => value.GetTensorDataAsSpan<short>().ToArray(),
            OnnxRuntime.Tensors.TensorElementType.UInt16 => value.GetTensorDataAsSpan<ushort>().ToArray(),
            _ => throw new NotSupportedException($"{info.ElementDataType}"),
        };
        return new OnnxOutput(values, info.Shape);
    }
}
