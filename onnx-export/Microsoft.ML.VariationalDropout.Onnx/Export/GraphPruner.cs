namespace Microsoft.ML.Trainers.VariationalDropout.Onnx;

/// <summary>Takes away what no output depends on.</summary>
internal static class GraphPruner
{
    /// <summary>Nodes, constants, inputs and most descriptions; the outputs stay, and so does the order.</summary>
    public static void Prune(GraphProto graph) => Prune(graph, graph.Outputs.Select(output => output.Name));

    /// <param name="graph">The graph, which may have no outputs yet.</param>
    /// <param name="results">The values that will be its outputs.</param>
    public static void Prune(GraphProto graph, IEnumerable<string> results)
    {
        HashSet<string> needed = [.. results];
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

        // The shapes that transforms declare are not always those that their operators make, and no runtime needs them. The types of what
        // operators of machine learning make are needed by onnx's own inference, which does not know most of these operators.
        HashSet<string> typed = [.. graph.Nodes.Where(node => node.Domain == ModelProto.MachineLearningDomain).SelectMany(node => node.Outputs)];
        typed.ExceptWith(graph.Outputs.Select(output => output.Name));
        ValueInfoProto[] values = [.. graph.Values.Where(value => value.ElementType != ElementType.Undefined && typed.Remove(value.Name)).Select(value => value with { Shape = null })];
        graph.Values.Clear();
        graph.Values.AddRange(values);
    }
}
