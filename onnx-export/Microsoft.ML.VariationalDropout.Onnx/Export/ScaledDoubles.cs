using Microsoft.ML.Model.OnnxConverter;

namespace Microsoft.ML.Trainers.VariationalDropout.Onnx;

/// <summary>
/// Normalizers of doubles: the operator that ML.NET emits for all types makes floats, and the column is one of doubles.
/// </summary>
internal static class ScaledDoubles
{
    /// <param name="context">The graph.</param>
    /// <param name="nodes">The nodes of one step.</param>
    public static void Apply(OnnxModelContext context, IReadOnlyList<NodeProto> nodes)
    {
        foreach (NodeProto scaler in nodes)
        {
            if (scaler is not { OperatorType: "Scaler", Domain: ModelProto.MachineLearningDomain } || context.TypeOf(scaler.Outputs[0]) != ElementType.Double)
                continue;
            string column = scaler.Outputs[0];
            string floats = context.MakeVariable(column + ".float");
            scaler.Outputs[0] = floats;
            OnnxNode cast = context.CreateNode("Cast", [floats], [column], context.GetNodeName("Cast"), "");
            cast.AddAttribute("to", typeof(double));
        }
    }
}
