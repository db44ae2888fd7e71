namespace Microsoft.ML.Trainers.VariationalDropout.Onnx.Tests;

/// <param name="Values">Flat, the last dimension the innermost.</param>
/// <param name="Shape">Dimensions.</param>
internal sealed record OnnxOutput(Array Values, long[] Shape)
{
    public float[] Floats => (float[])Values;

    public string[] Texts => (string[])Values;
}
