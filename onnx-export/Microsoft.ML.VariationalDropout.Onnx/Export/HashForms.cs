using Microsoft.ML.Data;
using Microsoft.ML.Model.OnnxConverter;
using Microsoft.ML.Transforms;

namespace Microsoft.ML.Trainers.VariationalDropout.Onnx;

/// <summary>
/// Hashes of what ML.NET treats apart and the nodes that it emits do not: a missing value (NaN, an empty text, the key 0, alone or in a vector) has
/// the key 0, and −0 is 0.
/// </summary>
internal static class HashForms
{
    /// <summary>Why a column of hashes is not exported; null if it is.</summary>
    /// <remarks>ML.NET trims texts and hashes other characters than ASCII in bytes that are not those of UTF-8; the operator does neither.</remarks>
    public static string? Refuse(PipelineStep step, string column)
    {
        if (step.Maker is not HashingTransformer hashing || hashing.Columns.FirstOrDefault(options => options.Name == column) is not { } found)
            return null;
        return ItemType(step, found) is not TextDataViewType
            ? null
            : $"{step.Name}, which makes the column '{column}', hashes the texts of the column '{found.InputColumnName}', and ONNX hashes texts with blanks at an end or other characters than ASCII "
                + $"differently: use MapValueToKey or OneHotEncoding, or accept that with {nameof(OnnxExportOptions)}.{nameof(OnnxExportOptions.AllowApproximateTextHashing)}";
    }

    /// <param name="context">The graph.</param>
    /// <param name="step">A step.</param>
    /// <param name="nodes">Its nodes, the last of the graph.</param>
    public static void Apply(OnnxModelContext context, PipelineStep step, IReadOnlyList<NodeProto> nodes)
    {
        if (step.Maker is not HashingTransformer hashing)
            return;
        foreach (HashingEstimator.ColumnOptions column in hashing.Columns)
        {
            string? variable = context.FindVariable(column.Name);
            if (nodes.FirstOrDefault(node => node.OperatorType == "Cast" && node.Outputs[0] == variable) is not NodeProto last)
                continue;

            // Columns are written one after the other: the last hash before is the column's.
            Mend(context, ItemType(step, column), nodes.TakeWhile(node => node != last).Last(node => node.OperatorType == "MurmurHash3"), last);
        }
    }

    private static DataViewType ItemType(PipelineStep step, HashingEstimator.ColumnOptions column) => step.View.Source.Schema[column.InputColumnName].Type.GetItemType();

    private static void Mend(OnnxModelContext context, DataViewType type, NodeProto murmur, NodeProto last)
    {
        List<NodeProto> nodes = context.Graph.Nodes;
        string source = murmur.Inputs[0];
        int count = nodes.Count;
        string? isMissing = type switch
        {
            KeyDataViewType => IsZero(context, source),
            TextDataViewType => IsEmpty(context, source),
            _ when type.RawType == typeof(float) || type.RawType == typeof(double) => Node(context, "IsNaN", source),
            _ => null,
        };
        if (isMissing is null)
            return;
        if (type is not (KeyDataViewType or TextDataViewType))
        {
            string zero = type.RawType == typeof(float) ? context.AddInitializer(0f) : context.AddInitializer(0d);
            murmur.Inputs[0] = Node(context, "Where", Node(context, "Equal", source, zero), zero, source);
        }

        last.Inputs[0] = Node(context, "Where", isMissing, context.AddInitializer(0L), last.Inputs[0]);

        // Nodes stand in the order in which they run: what reads the source before the hash, what chooses before the last.
        List<NodeProto> added = nodes[count..];
        nodes.RemoveRange(count, added.Count);
        nodes.InsertRange(nodes.IndexOf(murmur), added[..^1]);
        nodes.Insert(nodes.IndexOf(last), added[^1]);
    }

    private static string IsZero(OnnxModelContext context, string keys)
    {
        string numbers = Node(context, out OnnxNode cast, "Cast", "", keys);
        cast.AddAttribute("to", typeof(long));
        return Node(context, "Equal", numbers, context.AddInitializer(0L));
    }

    /// <summary>Texts are compared by no operator of this time but the one that maps them.</summary>
    private static string IsEmpty(OnnxModelContext context, string texts)
    {
        string numbers = Node(context, out OnnxNode encoder, "LabelEncoder", ModelProto.MachineLearningDomain, texts);
        encoder.AddAttribute("keys_strings", Enumerable.Repeat("", 1));
        encoder.AddAttribute("values_int64s", Enumerable.Repeat(1L, 1));
        encoder.AddAttribute("default_int64", 0L);
        return Node(context, "Equal", numbers, context.AddInitializer(1L));
    }

    private static string Node(OnnxModelContext context, string operation, params string[] inputs) => Node(context, out _, operation, "", inputs);

    private static string Node(OnnxModelContext context, out OnnxNode node, string operation, string domain, params string[] inputs)
    {
        string output = context.MakeVariable("Hash." + operation);
        node = context.CreateNode(operation, inputs, [output], context.GetNodeName(operation), domain);
        return output;
    }
}
