namespace Microsoft.ML.Trainers.VariationalDropout.Onnx;

/// <summary>Takes away what no output depends on.</summary>
internal static class GraphPruner
{
    /// <summary>Nodes, constants, inputs and descriptions; the outputs stay, and so does the order.</summary>
    public static void Prune(GraphProto graph)
    {
        HashSet<string> needed = [.. graph.Outputs.Select(output => output.Name)];
        var kept = new List<NodeProto>();
        for (int i = graph.Nodes.Count - 1; i >= 0; i--)
        {
            NodeProto node = graph.Nodes[i];
            if (!node.Outputs.Exists(needed.Contains))
                continue;
            kept.Add(node);
            needed.UnionWith(node.Inputs);
        }

        kept.Reverse();
        graph.Nodes.Clear();
        graph.Nodes.AddRange(kept);
        graph.Inputs.RemoveAll(input => !needed.Contains(input.Name));
        graph.Initializers.RemoveAll(tensor => !needed.Contains(tensor.Name));

        // The shapes that transforms declare are not always those that their operators make, and no runtime needs them.
        graph.Values.Clear();
    }
}
