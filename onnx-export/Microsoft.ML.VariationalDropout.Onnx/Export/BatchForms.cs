namespace Microsoft.ML.Trainers.VariationalDropout.Onnx;

/// <summary>Rewrites what ML.NET's transforms emit for one row at a time, where another operator does the same for any number of rows.</summary>
internal static class BatchForms
{
    /// <summary>Replaces nodes in place.</summary>
    public static void Apply(GraphProto graph)
    {
        foreach (NodeProto node in graph.Nodes)
            GatherSlots(graph, node);
    }

    /// <summary>
    /// The selection of slots: GatherElements takes from as many rows as its indices have, and they have one; Gather takes from all.
    /// </summary>
    private static void GatherSlots(GraphProto graph, NodeProto node)
    {
        if (node is not { OperatorType: "GatherElements", Domain: "" } || node.FindAttribute("axis")?.Value is not 1L)
            return;
        int index = graph.Initializers.FindIndex(tensor => tensor.Name == node.Inputs[1]);
        if (index < 0 || graph.Initializers[index] is not { Dimensions: [1, long slots] } indices)
            return;
        graph.Initializers[index] = indices.Reshape(slots);
        node.OperatorType = "Gather";
    }
}
