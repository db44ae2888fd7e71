namespace Microsoft.ML.Trainers.VariationalDropout.Onnx.Tests.Emission;

internal static class ExtremeRows
{
    /// <summary>Rows of <see cref="RandomNetwork.Features"/> features each, alone and together.</summary>
    public static IEnumerable<float[]> All
    {
        get
        {
            float[][] rows =
            [
                new float[RandomNetwork.Features],
                [1e30f, -1e30f, 1, 0, -1, 2],
                [float.MaxValue, float.MaxValue, float.MaxValue, 1, 1, float.MinValue],
                [-1000, 1000, 3000, -30, 30, 0],
                [float.Epsilon, 1e-30f, -1e-38f, 0, 0, 1e-20f],
                [1, float.NaN, 1, 1, 1, 1],
                [float.PositiveInfinity, 0, 0, 0, 0, 0],
            ];
            return [.. rows, [.. rows.SelectMany(row => row)]];
        }
    }
}
