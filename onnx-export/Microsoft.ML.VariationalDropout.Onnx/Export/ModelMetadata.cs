using System.Globalization;
using System.Reflection;
using System.Text.Json;
using Microsoft.ML.Data;
using Microsoft.ML.Internal.Utilities;

namespace Microsoft.ML.Trainers.VariationalDropout.Onnx;

/// <summary>Where a graph comes from, as properties of its file: what inspects a model shows them, and no runtime reads them.</summary>
internal static class ModelMetadata
{
    public const string Producer = "Microsoft.ML.VariationalDropout";

    private static readonly FuncStaticMethodInfo1<DataViewSchema.Column, string[]> ReadKeyValuesOf = new(ReadKeyValues<int>);

    /// <summary>Of a pipeline: of its last predictor.</summary>
    public static void Describe(ModelProto model, IReadOnlyList<PipelineStep> steps, ExportSettings settings)
    {
        AddProducer(model);
        if (steps.LastOrDefault(step => step.IsPredictor) is not PipelineStep predictor)
            return;
        DataViewSchema schema = predictor.View.Schema;
        NetworkGraph? graph = NetworkModes.GraphOf(predictor.Part, settings);
        Describe(model, predictor.Part, schema, graph);
    }

    /// <param name="model">The file.</param>
    /// <param name="predictor">The transformer of the predictor.</param>
    /// <param name="schema">The columns that it leaves behind.</param>
    /// <param name="graph">Its graph, if it is one of this library.</param>
    public static void Describe(ModelProto model, ITransformer predictor, DataViewSchema schema, NetworkGraph? graph)
    {
        AddProducer(model);
        const string suffix = "PredictionTransformer";
        string name = PipelineStep.NameOf(predictor.GetType());
        model.Metadata["trainer"] = graph is not null && name.EndsWith(suffix, StringComparison.Ordinal) ? name[..^suffix.Length] + "Trainer" : name;
        AddTask(model, schema);
        if (NetworkModes.ModelOf(predictor) is not VariationalDropoutModelParameters parameters || graph is null)
            return;
        model.Metadata["graph"] = graph.Kind.ToString();
        if (graph.Samples > 0)
            model.Metadata["samples"] = graph.Samples.ToString(CultureInfo.InvariantCulture);
        if (graph.Kind == NetworkGraphKind.FrozenSamples)
            model.Metadata["seed"] = unchecked((int)graph.Seed).ToString(CultureInfo.InvariantCulture);
        model.Metadata["training_rows"] = parameters.TrainingRows.ToString(CultureInfo.InvariantCulture);
        model.Metadata["kullback_leibler"] = parameters.KullbackLeibler.ToString("R", CultureInfo.InvariantCulture);
    }

    private static void AddProducer(ModelProto model)
    {
        string version = VersionOf(typeof(ModelMetadata).Assembly);
        model.ProducerName = Producer;
        model.ProducerVersion = version;
        model.Domain = "Microsoft.ML.VariationalDropout";
        model.Metadata["version"] = version;
        model.Metadata["mlnet_version"] = VersionOf(typeof(MLContext).Assembly);
    }

    private static void AddTask(ModelProto model, DataViewSchema schema)
    {
        if (schema.GetColumnOrNull(DefaultColumnNames.Score) is DataViewSchema.Column score
            && score.Annotations.Schema.GetColumnOrNull(AnnotationUtils.Kinds.ScoreColumnKind) is not null)
        {
            ReadOnlyMemory<char> kind = default;
            score.Annotations.GetValue(AnnotationUtils.Kinds.ScoreColumnKind, ref kind);
            model.Metadata["task"] = kind.ToString();
        }

        if (ReadClassNames(schema) is string[] names)
            model.Metadata["class_names"] = JsonSerializer.Serialize(names);
    }

    /// <summary>The names of the classes, where the predicted label has some.</summary>
    public static string[]? ReadClassNames(DataViewSchema schema)
        => schema.GetColumnOrNull(DefaultColumnNames.PredictedLabel) is { Type: KeyDataViewType } label
            && label.Annotations.Schema.GetColumnOrNull(AnnotationUtils.Kinds.KeyValues) is { Type: VectorDataViewType type }
            ? Utils.MarshalInvoke(ReadKeyValuesOf, type.ItemType.RawType, label)
            : null;

    private static string[] ReadKeyValues<T>(DataViewSchema.Column label)
    {
        VBuffer<T> values = default;
        label.GetKeyValues(ref values);
        return [.. values.DenseValues().Select(value => Convert.ToString(value, CultureInfo.InvariantCulture) ?? "")];
    }

    private static string VersionOf(Assembly assembly)
        => (assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? assembly.GetName().Version?.ToString() ?? "").Split('+')[0];
}
