using System.Globalization;
using System.Reflection;
using System.Text.Json;
using Microsoft.ML.Data;
using Microsoft.ML.Internal.Utilities;

namespace Microsoft.ML.Trainers.VariationalDropout.Onnx;

/// <summary>Where a graph comes from, as properties of its file: what inspects a model shows them, and no runtime reads them; this library's transform does.</summary>
internal static class ModelMetadata
{
    public const string Producer = "Microsoft.ML.VariationalDropout";

    /// <summary>The property with ML.NET's name for the kind of the scores.</summary>
    public const string Task = "task";

    /// <summary>The property with the names of the classes, an array in JSON.</summary>
    public const string ClassNames = "class_names";

    /// <summary>The property with the number of the classes, also where they have no names.</summary>
    public const string ClassCount = "class_count";

    /// <summary>The property with ML.NET's name for the type of the classes' values, of which the names are the texts.</summary>
    public const string ClassType = "class_type";

    /// <summary>The property with the columns that the outputs are, an object in JSON from the names of outputs to those of columns.</summary>
    public const string Outputs = "outputs";

    /// <summary>The property with the name of the output for which the model gives the key of a class; the graph may give its name.</summary>
    public const string KeyOutput = "key_output";

    /// <summary>The property that tells a network from a pipeline.</summary>
    public const string Scope = "scope";

    public const string NetworkScope = "network";

    public const string PipelineScope = "pipeline";

    public const string Graph = "graph";

    public const string Samples = "samples";

    public const string Seed = "seed";

    public const string Precision = "precision";

    private static readonly FuncStaticMethodInfo1<DataViewSchema.Column, string[]> ReadKeyValuesOf = new(ReadKeyValues<int>);

    /// <param name="model">The file.</param>
    /// <param name="predictor">The step of the predictor, if there is one.</param>
    /// <param name="settings">The settings.</param>
    /// <param name="columns">The outputs.</param>
    /// <param name="schema">What the model itself gives for them.</param>
    public static void Describe(ModelProto model, PipelineStep? predictor, ExportSettings settings, IReadOnlyList<ExportedColumn> columns, DataViewSchema schema)
    {
        string version = VersionOf(typeof(ModelMetadata).Assembly);
        model.ProducerName = Producer;
        model.ProducerVersion = version;
        model.Domain = Producer;
        model.Metadata["version"] = version;
        model.Metadata["mlnet_version"] = VersionOf(typeof(MLContext).Assembly);
        model.Metadata[Scope] = settings.IsNetwork ? NetworkScope : PipelineScope;
        model.Metadata[Precision] = settings.Precision.ToString();
        model.Metadata[Outputs] = JsonSerializer.Serialize(columns.ToDictionary(column => column.Output, column => column.Column));
        if (predictor is null)
            return;

        const string suffix = "PredictionTransformer";
        string name = PipelineStep.NameOf(predictor.Part.GetType());
        if (predictor.Part is IPredictionTransformer<object> transformer)
            model.Metadata["model"] = PipelineStep.NameOf(transformer.Model.GetType());
        AddTask(model, predictor.View.Schema);
        AddClasses(model, predictor.View.Schema, columns, schema);
        if (predictor.Network is not NetworkTransformer network)
            return;
        model.Metadata["trainer"] = name.Replace(suffix, "Trainer", StringComparison.Ordinal);
        model.Metadata[Graph] = network.Graph.Kind.ToString();
        if (network.Graph.Samples > 0)
            model.Metadata[Samples] = network.Graph.Samples.ToString(CultureInfo.InvariantCulture);
        if (network.Graph.Kind == NetworkGraphKind.FrozenSamples)
            model.Metadata[Seed] = unchecked((int)network.Graph.Seed).ToString(CultureInfo.InvariantCulture);
        model.Metadata["training_rows"] = network.Model.TrainingRows.ToString(CultureInfo.InvariantCulture);
        model.Metadata["kullback_leibler"] = network.Model.KullbackLeibler.ToString("R", CultureInfo.InvariantCulture);
    }

    /// <summary>The column that an output is, where the file says it: the output may have a name of the user's.</summary>
    public static string? ReadColumn(string output, IReadOnlyDictionary<string, string> metadata)
    {
        try
        {
            return metadata.TryGetValue(Outputs, out string? columns)
                ? JsonSerializer.Deserialize<Dictionary<string, string>>(columns)?.GetValueOrDefault(output)
                : null;
        }
        catch (JsonException)
        {
            // Somebody else's property of that name.
            return null;
        }
    }

    private static void AddTask(ModelProto model, DataViewSchema schema)
    {
        if (schema.GetColumnOrNull(DefaultColumnNames.Score) is DataViewSchema.Column score
            && score.Annotations.Schema.GetColumnOrNull(AnnotationUtils.Kinds.ScoreColumnKind) is not null)
        {
            ReadOnlyMemory<char> kind = default;
            score.Annotations.GetValue(AnnotationUtils.Kinds.ScoreColumnKind, ref kind);
            model.Metadata[Task] = kind.ToString();
        }
    }

    private static void AddClasses(ModelProto model, DataViewSchema predicted, IReadOnlyList<ExportedColumn> columns, DataViewSchema schema)
    {
        if (predicted.GetColumnOrNull(DefaultColumnNames.PredictedLabel) is not { Type: KeyDataViewType key })
            return;
        model.Metadata[ClassCount] = key.Count.ToString(CultureInfo.InvariantCulture);
        if (FindKeyValues(predicted) is (DataViewSchema.Column label, DataViewType type))
        {
            model.Metadata[ClassNames] = JsonSerializer.Serialize(Utils.MarshalInvoke(ReadKeyValuesOf, type.RawType, label));
            model.Metadata[ClassType] = type.ToString()!;
        }

        // A later step may have put something else into its place: its value, for one.
        if (schema.GetColumnOrNull(DefaultColumnNames.PredictedLabel)?.Type is KeyDataViewType last && last.Equals(key)
            && columns.FirstOrDefault(column => column.Column == DefaultColumnNames.PredictedLabel) is ExportedColumn output)
        {
            model.Metadata[KeyOutput] = output.Output;
        }
    }

    /// <summary>The names of the classes, where the predicted label has some and they are texts.</summary>
    public static string[]? ReadTextClassNames(DataViewSchema schema)
        => FindKeyValues(schema) is (DataViewSchema.Column label, TextDataViewType type) ? Utils.MarshalInvoke(ReadKeyValuesOf, type.RawType, label) : null;

    private static (DataViewSchema.Column Label, DataViewType Type)? FindKeyValues(DataViewSchema schema)
        => schema.GetColumnOrNull(DefaultColumnNames.PredictedLabel) is { Type: KeyDataViewType } label
            && label.Annotations.Schema.GetColumnOrNull(AnnotationUtils.Kinds.KeyValues) is { Type: VectorDataViewType type }
            ? (label, type.ItemType)
            : null;

    private static string[] ReadKeyValues<T>(DataViewSchema.Column label)
    {
        VBuffer<T> values = default;
        label.GetKeyValues(ref values);
        return [.. values.DenseValues().Select(value => value switch
        {
            DateTime time => time.ToString("O", CultureInfo.InvariantCulture),
            DateTimeOffset time => time.ToString("O", CultureInfo.InvariantCulture),
            _ => Convert.ToString(value, CultureInfo.InvariantCulture) ?? "",
        })];
    }

    private static string VersionOf(Assembly assembly)
        => (assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? assembly.GetName().Version?.ToString() ?? "").Split('+')[0];
}
