using System.Reflection;
using Microsoft.ML.Trainers.VariationalDropout.Onnx;
using VariationalDropout.Onnx.Tool.Data;

namespace VariationalDropout.Onnx.Tool.Benchmark;

/// <summary>Rows of a file in a batch, from the start again where they are too few.</summary>
internal static class BatchRows
{
    private static readonly MethodInfo FillOf = ((Delegate)Fill<int>).Method.GetGenericMethodDefinition();

    /// <exception cref="InvalidDataException">The file lacks an input, or a value is none of its type.</exception>
    public static void Fill(OnnxBatch batch, IReadOnlyList<OnnxTensorInfo> inputs, SampleFile file)
    {
        foreach (OnnxTensorInfo input in inputs)
        {
            Type type = input.ElementType == typeof(string) ? typeof(ReadOnlyMemory<char>) : input.ElementType;
            if (!CellParsers.Knows(type))
                throw new InvalidDataException($"The input {input} is not read from '{file.Path}'.");
            FillOf.MakeGenericMethod(type).Invoke(null, BindingFlags.DoNotWrapExceptions, null, [batch, input, file], null);
        }
    }

    private static void Fill<T>(OnnxBatch batch, OnnxTensorInfo input, SampleFile file)
    {
        T[] values = SampleColumn.ReadValues<T>(file, input.Name, input.RowSize == 1 ? null : input.RowSize);
        Span<T> destination = batch.GetInput<T>(input.Name);
        for (int start = 0; start < destination.Length; start += values.Length)
        {
            Span<T> rest = destination[start..];
            values.AsSpan(0, Math.Min(values.Length, rest.Length)).CopyTo(rest);
        }
    }
}
