using Microsoft.ML.Trainers.VariationalDropout.Onnx;

namespace ScoreOnAccelerator;

/// <summary>The same rows for every scorer of a graph, whatever its inputs are.</summary>
internal static class SampleRows
{
    private const int Seed = 7;
    private static readonly string[] Words = ["a", "b", "c"];

    public static void Fill(OnnxBatch batch, IReadOnlyList<OnnxTensorInfo> inputs)
    {
        var random = new Random(Seed);
        foreach (OnnxTensorInfo input in inputs)
        {
            switch (input.ElementType)
            {
                case Type type when type == typeof(float):
                    Fill(batch.GetInput<float>(input.Name), () => random.NextSingle() - 0.5f);
                    break;
                case Type type when type == typeof(Half):
                    Fill(batch.GetInput<Half>(input.Name), () => (Half)(random.NextSingle() - 0.5f));
                    break;
                case Type type when type == typeof(double):
                    Fill(batch.GetInput<double>(input.Name), () => random.NextDouble() - 0.5);
                    break;
                case Type type when type == typeof(string):
                    Fill(batch.GetInput<ReadOnlyMemory<char>>(input.Name), () => Words[random.Next(Words.Length)].AsMemory());
                    break;
                case Type type when type == typeof(bool):
                    Fill(batch.GetInput<bool>(input.Name), () => random.Next(2) == 0);
                    break;
                case Type type when type == typeof(uint):
                    Fill(batch.GetInput<uint>(input.Name), () => (uint)random.Next(1, 3));
                    break;
                case Type type when type == typeof(long):
                    Fill(batch.GetInput<long>(input.Name), () => random.Next(3));
                    break;
                case Type type when type == typeof(int):
                    Fill(batch.GetInput<int>(input.Name), () => random.Next(3));
                    break;
                default:
                    throw new NotSupportedException($"This sample makes no rows for the input {input}.");
            }
        }
    }

    private static void Fill<T>(Span<T> values, Func<T> next)
    {
        foreach (ref T value in values)
            value = next();
    }
}
