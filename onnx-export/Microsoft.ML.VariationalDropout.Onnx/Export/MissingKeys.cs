namespace Microsoft.ML.Trainers.VariationalDropout.Onnx;

/// <summary>
/// What a missing key stands for: ML.NET gives a missing value of the key's type, and its transform leaves it to the operator, whose text for what
/// it does not know is "_Unused".
/// </summary>
internal static class MissingKeys
{
    /// <param name="nodes">The nodes of one step that maps keys to values.</param>
    public static void Apply(IReadOnlyList<NodeProto> nodes)
    {
        foreach (NodeProto encoder in nodes.Where(node => node.OperatorType == "LabelEncoder"))
        {
            // Integers come as texts, doubles and truth values as floats, which the next node converts.
            var type = (ElementType?)(long?)nodes.FirstOrDefault(node => node.OperatorType == "Cast" && node.Inputs[0] == encoder.Outputs[0])?.FindAttribute("to")?.Value;
            if (encoder.FindAttribute("values_strings") is not null)
                Add(encoder, "default_string", type is null ? "" : "0");
            else if (encoder.FindAttribute("values_floats") is not null)
                Add(encoder, "default_float", type == ElementType.Bool ? 0f : float.NaN);
        }
    }

    private static void Add(NodeProto node, string name, object value)
    {
        if (node.FindAttribute(name) is null)
            node.Attributes.Add(new AttributeProto(name, value));
    }
}
