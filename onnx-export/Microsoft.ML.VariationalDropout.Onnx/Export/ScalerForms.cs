using Microsoft.ML.Data;
using Microsoft.ML.Model.OnnxConverter;

namespace Microsoft.ML.Trainers.VariationalDropout.Onnx;

/// <summary>
/// Normalizers of what the operator that ML.NET emits for all columns does not do: it makes floats, also of doubles, and takes rows of one dimension.
/// </summary>
internal static class ScalerForms
{
    /// <param name="context">The graph.</param>
    /// <param name="nodes">The nodes of one step.</param>
    public static void Apply(OnnxModelContext context, IReadOnlyList<NodeProto> nodes)
    {
        foreach (NodeProto scaler in nodes.Where(node => node is { OperatorType: "Scaler", Domain: ModelProto.MachineLearningDomain }))
        {
            string column = scaler.Outputs[0];
            List<long>? shape = context.RetrieveShapeOrNull(column);
            if (context.TypeOf(column) == ElementType.Double)
                CastToDoubles(context, scaler);
            if (shape is { Count: > 2 })
                ScaleFlat(context, scaler, shape);
        }
    }

    private static void CastToDoubles(OnnxModelContext context, NodeProto scaler)
    {
        string column = scaler.Outputs[0];
        string floats = context.MakeVariable(column + ".float");
        scaler.Outputs[0] = floats;
        OnnxNode cast = context.CreateNode("Cast", [floats], [column], context.GetNodeName("Cast"), "");
        cast.AddAttribute("to", typeof(double));
    }

    /// <summary>Flatten before, Reshape after.</summary>
    private static void ScaleFlat(OnnxModelContext context, NodeProto scaler, List<long> shape)
    {
        string source = scaler.Inputs[0], scaled = scaler.Outputs[0];
        string flat = context.MakeVariable(source + ".flat");

        // With its type, which checkers do not infer behind an operator of machine learning; it is no column.
        string name = scaled + ".flat";
        string flatScaled = context.AddIntermediateVariable(new VectorDataViewType(NumberDataViewType.Single, (int)shape.Skip(1).Aggregate(1L, (size, next) => size * next)), name);
        context.RemoveColumn(name);
        context.CreateNode("Flatten", [source], [flat], context.GetNodeName("Flatten"), "").AddAttribute("axis", 1L);
        string dimensions = context.AddInitializer([-1, .. shape.Skip(1)], [shape.Count], scaled + ".shape");
        context.CreateNode("Reshape", [flatScaled, dimensions], [scaled], context.GetNodeName("Reshape"), "");
        scaler.Inputs[0] = flat;
        scaler.Outputs[0] = flatScaled;

        // Nodes stand in the order in which they run: the scaler, and the cast that may follow it, between the two.
        List<NodeProto> nodes = context.Graph.Nodes;
        NodeProto flatten = nodes[^2];
        nodes.RemoveAt(nodes.Count - 2);
        nodes.Insert(nodes.IndexOf(scaler), flatten);
        NodeProto? cast = nodes.Find(node => node.OperatorType == "Cast" && node.Inputs[0] == scaled);
        if (cast is not null)
        {
            nodes.Remove(cast);
            nodes.Add(cast);
        }
    }
}
