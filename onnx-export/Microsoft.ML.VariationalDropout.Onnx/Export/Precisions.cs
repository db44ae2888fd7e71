namespace Microsoft.ML.Trainers.VariationalDropout.Onnx;

/// <summary>Turns a finished graph into one that calculates in other numbers.</summary>
internal static class Precisions
{
    public static void Apply(GraphProto graph, OnnxPrecision precision)
    {
        switch (precision)
        {
            case OnnxPrecision.Float16:
                HalfPrecision.Apply(graph);
                break;
            case OnnxPrecision.Int8Weights:
                Int8Weights.Apply(graph);
                break;
            default:
                break;
        }
    }
}
