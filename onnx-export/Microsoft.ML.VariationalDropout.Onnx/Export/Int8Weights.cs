namespace Microsoft.ML.Trainers.VariationalDropout.Onnx;

/// <summary>
/// Stores the matrices of the network's layers in 8 bits, w ≈ s q with whole q in [−127, 127] and one s for each matrix; a node before the product
/// turns them back.
/// </summary>
internal static class Int8Weights
{
    private const float Levels = 127;

    // Below this the names and scales of a matrix take more than is won.
    private const int SmallestMatrix = 64;

    public static void Apply(GraphProto graph)
    {
        var conversions = new List<NodeProto>();
        for (int i = graph.Initializers.Count - 1; i >= 0; i--)
        {
            TensorProto tensor = graph.Initializers[i];
            bool isMatrix = tensor.Name.StartsWith(LayerNodes.MatrixPrefix, StringComparison.Ordinal);
            if (!isMatrix || tensor is not { ElementType: ElementType.Float, Dimensions.Length: 2, Count: >= SmallestMatrix })
                continue;
            float[] values = tensor.Values<float>().ToArray();
            float largest = values.Max(Math.Abs);
            float scale = largest > 0 ? largest / Levels : 1;
            sbyte[] quantized = Array.ConvertAll(values, value => (sbyte)MathF.Round(value / scale));
            string name = tensor.Name;
            graph.Initializers.RemoveAt(i);
            graph.Initializers.Add(TensorProto.Create<sbyte>(name + ".int8", quantized, tensor.Dimensions));
            graph.Initializers.Add(TensorProto.Create<float>(name + ".scale", [scale]));
            graph.Initializers.Add(TensorProto.Create<sbyte>(name + ".zero", [0]));
            conversions.Add(new NodeProto
            {
                OperatorType = "DequantizeLinear",
                Name = name + ".DequantizeLinear",
                Inputs = { name + ".int8", name + ".scale", name + ".zero" },
                Outputs = { name },
            });
        }

        graph.Nodes.InsertRange(0, conversions);
    }
}
