namespace Microsoft.ML.Trainers.VariationalDropout.Onnx;

/// <summary>
/// Rewrites what the library emits in forms that all operator sets share as the earlier ones had it, with constants as attributes: the
/// forms that some runtimes know alone, OpenCV's among them.
/// </summary>
internal static class EarlyForms
{
    /// <summary>The last operator set whose Clip has its bounds as attributes.</summary>
    public const int LastOpset = 10;

    private const int LastOpsetOfSliceAttributes = 9;

    /// <summary>Replaces nodes of a network in 32 bits; later operator sets, and other domains, stay as they are.</summary>
    public static void Apply(GraphProto graph, int opset)
    {
        if (opset > LastOpset)
            return;
        Dictionary<string, TensorProto> constants = graph.Initializers.ToDictionary(tensor => tensor.Name);
        Dictionary<string, NodeProto> producers = graph.Nodes.ToDictionary(node => node.Outputs[0]);
        foreach (NodeProto node in graph.Nodes)
        {
            ClipBounds(node, constants, producers);
            SlicePart(node, constants, graph, opset);
        }

        GraphPruner.Prune(graph);
    }

    /// <summary>min(max(x, lower), upper) → Clip.</summary>
    private static void ClipBounds(NodeProto node, Dictionary<string, TensorProto> constants, Dictionary<string, NodeProto> producers)
    {
        if (node is not { OperatorType: "Min", Domain: "", Inputs: [string inner, string upper] } || !TryGetNumber(upper, out float highest))
            return;
        if (producers.GetValueOrDefault(inner) is not { OperatorType: "Max", Domain: "", Inputs: [string value, string lower] } || !TryGetNumber(lower, out float lowest))
            return;
        node.OperatorType = "Clip";
        node.Inputs.Clear();
        node.Inputs.Add(value);
        node.Attributes.Add(new AttributeProto("min", lowest));
        node.Attributes.Add(new AttributeProto("max", highest));

        bool TryGetNumber(string name, out float number)
        {
            bool isNumber = constants.TryGetValue(name, out TensorProto? tensor) && tensor is { ElementType: ElementType.Float, Count: 1 };
            number = isNumber ? tensor!.Values<float>()[0] : 0;
            return isNumber;
        }
    }

    /// <summary>The elements of an axis that follow each other → Slice.</summary>
    private static void SlicePart(NodeProto node, Dictionary<string, TensorProto> constants, GraphProto graph, int opset)
    {
        if (node is not { OperatorType: "Gather", Domain: "", Inputs: [string value, string indices] }
            || node.FindAttribute("axis")?.Value is not long axis
            || constants.GetValueOrDefault(indices) is not { ElementType: ElementType.Int64, Dimensions: [> 0] } tensor)
        {
            return;
        }

        long[] parts = [.. tensor.Values<long>()];
        long first = parts[0], end = first + parts.Length;
        if (first < 0 || parts.Where((part, i) => part != first + i).Any())
            return;
        node.OperatorType = "Slice";
        node.Inputs.Clear();
        node.Inputs.Add(value);
        node.Attributes.Clear();
        (string Name, long Value)[] arguments = [("starts", first), ("ends", end), ("axes", axis)];
        foreach ((string name, long argument) in arguments)
        {
            if (opset <= LastOpsetOfSliceAttributes)
                node.Attributes.Add(new AttributeProto(name, new[] { argument }));
            else
                node.Inputs.Add(AddConstant(argument));
        }

        string AddConstant(long number)
        {
            string name = $"Slice.{number}";
            if (!graph.Initializers.Exists(initializer => initializer.Name == name))
                graph.Initializers.Add(TensorProto.Create<long>(name, [number], 1));
            return name;
        }
    }
}
