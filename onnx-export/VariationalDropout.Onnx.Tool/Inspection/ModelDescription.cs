using System.Globalization;
using System.Text.Json.Serialization;
using Microsoft.ML.Trainers.VariationalDropout.Onnx;

namespace VariationalDropout.Onnx.Tool.Inspection;

/// <summary>What an ONNX file holds.</summary>
internal sealed record ModelDescription
{
    public required IReadOnlyList<ValueDescription> Inputs { get; init; }

    public required IReadOnlyList<ValueDescription> Outputs { get; init; }

    /// <summary>Versions of operators by domain; <c>ai.onnx</c> is ONNX's own.</summary>
    public required IReadOnlyDictionary<string, long> Opsets { get; init; }

    public required long IrVersion { get; init; }

    public required string Producer { get; init; }

    public required string ProducerVersion { get; init; }

    public required string Graph { get; init; }

    public required IReadOnlyDictionary<string, string> Metadata { get; init; }

    /// <summary>How many nodes each operator has, the most frequent first.</summary>
    public required IReadOnlyDictionary<string, int> Operators { get; init; }

    public required int Nodes { get; init; }

    /// <summary>Numbers in constants, without whole numbers of 16 bits and more, which are indices and shapes.</summary>
    public required long Parameters { get; init; }

    /// <summary>Constants, whatever they hold.</summary>
    public required int Constants { get; init; }

    /// <summary>Of the file.</summary>
    public required long Bytes { get; init; }

    [JsonIgnore]
    public string Summary => string.Create(CultureInfo.InvariantCulture,
        $"{Bytes:N0} bytes, {Nodes} nodes, {Parameters:N0} parameters, opset {Opsets.GetValueOrDefault(OwnDomain)}{(Metadata.TryGetValue(ModelMetadata.Graph, out string? graph) ? ", " + graph : "")}");

    private const string OwnDomain = "ai.onnx";

    /// <exception cref="InvalidDataException">It is no ONNX model.</exception>
    public static ModelDescription Create(byte[] bytes)
    {
        ModelProto model = ModelProto.Read(bytes);
        GraphProto graph = model.Graph;
        TensorProto[] constants = [.. graph.Initializers, .. graph.Nodes.SelectMany(node => node.Attributes).Select(attribute => attribute.Value).OfType<TensorProto>()];
        HashSet<string> initializers = [.. graph.Initializers.Select(tensor => tensor.Name)];
        return new ModelDescription
        {
            // Files of the first versions of the format list constants among the inputs too.
            Inputs = [.. graph.Inputs.Where(input => !initializers.Contains(input.Name)).Select(ValueDescription.Create)],
            Outputs = [.. graph.Outputs.Select(ValueDescription.Create)],
            Opsets = model.OpsetImports.ToDictionary(import => NameOf(import.Key), import => import.Value),
            IrVersion = model.IrVersion,
            Producer = model.ProducerName,
            ProducerVersion = model.ProducerVersion,
            Graph = graph.Name,
            Metadata = model.Metadata,
            Operators = graph.Nodes.GroupBy(node => node.Domain.Length == 0 ? node.OperatorType : $"{node.Domain}.{node.OperatorType}")
                .OrderByDescending(group => group.Count()).ThenBy(group => group.Key, StringComparer.Ordinal).ToDictionary(group => group.Key, group => group.Count()),
            Nodes = graph.Nodes.Count,
            Parameters = constants.Where(IsOfParameters).Sum(tensor => tensor.Count),
            Constants = constants.Length,
            Bytes = bytes.Length,
        };
    }

    public void WriteTo(TextWriter output)
    {
        CultureInfo culture = CultureInfo.InvariantCulture;
        output.WriteLine($"Graph       {Graph}");
        output.WriteLine($"Producer    {Producer} {ProducerVersion}".TrimEnd());
        output.WriteLine(string.Create(culture, $"IR version  {IrVersion}"));
        output.WriteLine($"Opsets      {string.Join(", ", Opsets.Select(import => $"{import.Key} {import.Value}"))}");
        output.WriteLine(string.Create(culture, $"Size        {Bytes:N0} bytes, {Parameters:N0} parameters, {Nodes} nodes, {Constants} constants"));
        WriteList(output, "Inputs", Inputs.Select(input => input.ToString()));
        WriteList(output, "Outputs", Outputs.Select(value => value.ToString()));
        WriteList(output, "Nodes", Operators.Select(pair => string.Create(culture, $"{pair.Value,5} {pair.Key}")));
        WriteList(output, "Metadata", Metadata.Select(pair => $"{pair.Key} = {pair.Value.ReplaceLineEndings(" ")}"));
    }

    private static void WriteList(TextWriter output, string title, IEnumerable<string> lines)
    {
        output.WriteLine(title);
        foreach (string line in lines)
            output.WriteLine("  " + line);
    }

    private static string NameOf(string domain) => domain.Length == 0 ? OwnDomain : domain;

    private static bool IsOfParameters(TensorProto tensor) => tensor.ElementType is ElementType.Float or ElementType.Double or ElementType.Float16
        or ElementType.BFloat16 or ElementType.Int8 or ElementType.UInt8;
}

/// <summary>An input or output.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">Type of its elements.</param>
/// <param name="Shape">Its dimensions: numbers, names of what differs from run to run, or nulls; null where even their number is open.</param>
internal sealed record ValueDescription(string Name, string Type, IReadOnlyList<object?>? Shape)
{
    public static ValueDescription Create(ValueInfoProto value)
        => new(value.Name, TypeOf(value.ElementType), value.Shape?.Select(size => size.Symbol ?? (size.Size < 0 ? null : (object)size.Size)).ToArray());

    public override string ToString()
        => $"{Name}: {Type} {(Shape is null ? "of any shape" : $"[{string.Join(", ", Shape.Select(size => Convert.ToString(size ?? "?", CultureInfo.InvariantCulture)))}]")}";

    private static string TypeOf(ElementType type) => type switch
    {
        ElementType.Undefined => "no tensor",
        ElementType.Float => "float32",
        ElementType.Double => "float64",
        _ when Enum.IsDefined(type) => type.ToString().ToLowerInvariant(),
        _ => $"type {(int)type}",
    };
}
