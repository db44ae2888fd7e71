using Microsoft.ML.Data;

namespace Microsoft.ML.Trainers.VariationalDropout.Onnx;

/// <summary>
/// The column that an output becomes. What exported files say of their task and their classes lets evaluators find the scores, and names
/// slots and keys, as with the model that was exported.
/// </summary>
internal sealed class OutputColumn
{
    /// <summary>The column of the exported model; the output may have a name of the user's.</summary>
    private readonly string _column;

    private readonly string? _task;
    private readonly ModelClasses _classes;
    private readonly bool _hasSlotNames;

    /// <summary>Of a key that the graph gives as the class's name: the key of each name.</summary>
    private readonly Dictionary<string, uint>? _keyOfName;

    /// <param name="tensor">The output.</param>
    /// <param name="metadata">What the file says about itself.</param>
    public OutputColumn(OnnxTensorInfo tensor, IReadOnlyDictionary<string, string> metadata)
    {
        Name = OnnxNames.ColumnOf(tensor.Name);
        _column = ModelMetadata.ReadColumn(tensor.Name, metadata) ?? Name;
        _classes = new ModelClasses(metadata);
        bool isScore = _column.StartsWith(DefaultColumnNames.Score, StringComparison.Ordinal);
        if (isScore || _column is DefaultColumnNames.PredictedLabel or DefaultColumnNames.Probability)
            _task = metadata.GetValueOrDefault(ModelMetadata.Task);
        _hasSlotNames = isScore && tensor.RowSize > 1 && tensor.RowSize == _classes.Names.Length;
        IsKey = tensor.RowSize == 1 && _classes.Count > 0 && IsKeyOutput(tensor, metadata)
            && (tensor.ElementType == typeof(uint) || (tensor.ElementType == typeof(string) && _classes.Names.Length > 0));
        Type = IsKey ? new KeyDataViewType(typeof(uint), _classes.Count) : ColumnTypes.Of(tensor);
        ItemType = IsKey ? NumberDataViewType.UInt32 : ColumnTypes.ItemOf(tensor);
        if (!IsKey || tensor.ElementType != typeof(string))
            return;
        _keyOfName = new Dictionary<string, uint>(StringComparer.Ordinal);
        foreach (string name in _classes.Names)
            _keyOfName.TryAdd(name, (uint)_keyOfName.Count + 1);
    }

    public string Name { get; }

    public DataViewType Type { get; }

    public bool IsKey { get; }

    /// <summary>In the shape of a schema, to which a key is its number.</summary>
    public PrimitiveDataViewType ItemType { get; }

    /// <summary>Whether the graph gives a text that the column has as a key.</summary>
    public bool IsKeyOfText => _keyOfName is not null;

    /// <summary>The key of a class's name; 0, a missing one, of a text that is none.</summary>
    public uint FindKey(ReadOnlyMemory<char> name)
        => _keyOfName!.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(name.Span, out uint key) ? key : 0;

    public DataViewSchema.Annotations CreateAnnotations()
    {
        var builder = new DataViewSchema.Annotations.Builder();
        if (_task is not null)
        {
            AddText(AnnotationUtils.Kinds.ScoreColumnKind, _task);
            AddText(AnnotationUtils.Kinds.ScoreValueKind, _column);
        }

        if (IsKey)
        {
            _classes.AddValues(builder, AnnotationUtils.Kinds.KeyValues);
        }
        else if (_hasSlotNames)
        {
            if (_classes.AreTexts)
                _classes.AddValues(builder, AnnotationUtils.Kinds.SlotNames);
            if (_column == DefaultColumnNames.Score)
                _classes.AddValues(builder, AnnotationUtils.Kinds.TrainingLabelValues);
        }

        return builder.ToAnnotations();

        void AddText(string kind, string text)
            => builder.Add(kind, TextDataViewType.Instance, (ref ReadOnlyMemory<char> value) => value = text.AsMemory());
    }

    public SchemaShape.Column CreateShape()
    {
        SchemaShape.Column.VectorKind kind = Type is VectorDataViewType ? SchemaShape.Column.VectorKind.Vector : SchemaShape.Column.VectorKind.Scalar;
        return new SchemaShape.Column(Name, kind, ItemType, IsKey, SchemaShape.Create(CreateAnnotations().Schema));
    }

    /// <summary>Whether the exported model gave a key here: a pipeline may go on to map it to its value, of any type.</summary>
    private bool IsKeyOutput(OnnxTensorInfo tensor, IReadOnlyDictionary<string, string> metadata)
        => metadata.ContainsKey(ModelMetadata.ClassCount)
            ? metadata.GetValueOrDefault(ModelMetadata.KeyOutput) == tensor.Name
            : _column == DefaultColumnNames.PredictedLabel // A file of before these properties.
                && (tensor.ElementType == typeof(uint) || metadata.GetValueOrDefault(ModelMetadata.Scope) == ModelMetadata.NetworkScope);
}
