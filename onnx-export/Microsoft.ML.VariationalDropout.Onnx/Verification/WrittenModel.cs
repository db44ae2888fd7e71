using System.Globalization;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms;

namespace Microsoft.ML.Trainers.VariationalDropout.Onnx;

/// <summary>Compares a file that was written some time ago with the model that it was made from.</summary>
internal static class WrittenModel
{
    private const string OutputSuffix = ".output";

    /// <param name="bytes">The file, of this library or of another writer that names inputs and outputs as ML.NET's converter does.</param>
    /// <param name="model">The whole fitted pipeline, also for the file of its network alone.</param>
    /// <param name="data">Rows with the columns that the pipeline reads.</param>
    /// <param name="tolerance">Null for the default of what the file says that it holds.</param>
    /// <param name="maximumRows">How many rows are compared, from the first.</param>
    /// <exception cref="InvalidDataException">The file is no ONNX model, or one of another pipeline: its inputs or outputs are none of its columns.</exception>
    /// <exception cref="OnnxVerificationException">They differ.</exception>
    /// <exception cref="InvalidOperationException">There are no rows.</exception>
    public static ModelComparison Compare(byte[] bytes, ITransformer model, IDataView data, float? tolerance = null, int maximumRows = int.MaxValue)
    {
        ModelProto proto = ModelProto.Read(bytes);
        SortedDictionary<string, string> metadata = proto.ProducerName == ModelMetadata.Producer ? proto.Metadata : [];
        var options = new OnnxExportOptions
        {
            GraphKind = ReadEnum<OnnxGraphKind>(metadata, ModelMetadata.Graph),
            NumberOfSamples = ReadNumber(metadata, ModelMetadata.Samples),
            Seed = ReadNumber(metadata, ModelMetadata.Seed),
            Precision = ReadEnum<OnnxPrecision>(metadata, ModelMetadata.Precision) ?? OnnxPrecision.Float32,
            VerificationTolerance = tolerance,
        };
        bool isNetwork = metadata.GetValueOrDefault(ModelMetadata.Scope) == ModelMetadata.NetworkScope;
        ExportSettings settings = isNetwork ? ExportSettings.ForNetwork(options) : ExportSettings.ForPipeline(options);

        List<PipelineStep> steps = PipelineStep.Apply(PipelineStep.Expand(model), data, settings, out IDataView end);
        if (isNetwork)
            (steps, data, end) = TakeNetwork(proto, steps, settings);
        foreach (ValueInfoProto input in proto.Graph.Inputs)
        {
            if (data.Schema.GetColumnOrNull(input.Name) is null)
                throw new InvalidDataException($"The graph has the input '{input.Name}', which is none of the columns that the model reads: {Names(data.Schema)}.");
        }

        ExportedColumn[] columns = [.. proto.Graph.Outputs.Select(output => new ExportedColumn(FindColumn(output.Name, ModelMetadata.ReadColumn(output.Name, metadata), end.Schema), output.Name))];
        var graph = new ExportedGraph(proto, columns, data, end, steps);
        float applied = settings.Tolerance(graph.Contains(NetworkGraphKind.Moments));
        bool isRandom = graph.Contains(NetworkGraphKind.Sampling);
        int rows = OnnxVerifier.Verify(bytes, graph, applied, isRandom, maximumRows);
        return new ModelComparison(rows, [.. columns.Select(column => column.Column)], applied, isRandom);
    }

    /// <summary>The last network of a pipeline, as <see cref="NetworkExporter"/> writes it: features in, the names of classes out.</summary>
    private static (List<PipelineStep> Steps, IDataView Data, IDataView End) TakeNetwork(ModelProto proto, List<PipelineStep> steps, ExportSettings settings)
    {
        PipelineStep network = steps.FindLast(step => step.Network is not null)
            ?? throw new InvalidDataException("The graph is that of a network alone, and the model has none of this library's networks.");
        IDataView end = network.View;
        bool hasNames = ModelMetadata.ReadTextClassNames(end.Schema) is not null
            && proto.Graph.Outputs.Any(output => output.ElementType == ElementType.String);
        List<PipelineStep> names = hasNames
            ? PipelineStep.Apply([new KeyToValueMappingTransformer(new MLContext(), DefaultColumnNames.PredictedLabel)], network.View, settings, out end)
            : [];
        return ([network, .. names], network.View.Source, end);
    }

    private static string FindColumn(string output, string? written, DataViewSchema schema)
    {
        string name = output.EndsWith(OutputSuffix, StringComparison.Ordinal) ? output[..^OutputSuffix.Length] : output;
        return schema.GetColumnOrNull(written ?? name)?.Name ?? schema.GetColumnOrNull(output)?.Name
            ?? throw new InvalidDataException($"The graph has the output '{output}', which is none of the columns that the model makes: {Names(schema)}.");
    }

    private static string Names(DataViewSchema schema) => ExportSettings.List(schema.Where(column => !column.IsHidden).Select(column => column.Name));

    private static T? ReadEnum<T>(SortedDictionary<string, string> metadata, string key)
        where T : struct, Enum
        => Enum.TryParse(metadata.GetValueOrDefault(key), out T value) && Enum.IsDefined(value) ? value : null;

    private static int? ReadNumber(SortedDictionary<string, string> metadata, string key)
        => int.TryParse(metadata.GetValueOrDefault(key), CultureInfo.InvariantCulture, out int value) ? value : null;
}

/// <summary>A comparison that found no difference.</summary>
/// <param name="Rows">How many rows were compared.</param>
/// <param name="Columns">The columns.</param>
/// <param name="Tolerance">How far a number was allowed to be off; see <see cref="OnnxExportOptions.VerificationTolerance"/>.</param>
/// <param name="IsRandom">The graph draws anew in every run: it was only run.</param>
internal sealed record ModelComparison(int Rows, IReadOnlyList<string> Columns, float Tolerance, bool IsRandom);
