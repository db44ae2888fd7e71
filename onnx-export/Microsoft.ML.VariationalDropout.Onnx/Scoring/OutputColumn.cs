using System.Text.Json;
using Microsoft.ML.Data;

namespace Microsoft.ML.Trainers.VariationalDropout.Onnx;

/// <summary>
/// The column that an output becomes. What exported files say of their task and their classes lets evaluators find the scores, and names
/// slots and keys, as with the model that was exported.
/// </summary>
internal sealed class OutputColumn
{
    private readonly string? _task;
    private readonly string[] _classes;
    private readonly bool _isKey;

    /// <param name="tensor">The output.</param>
    /// <param name="metadata">What the file says about itself.</param>
    public OutputColumn(OnnxTensorInfo tensor, IReadOnlyDictionary<string, string> metadata)
    {
        Name = OnnxNames.ColumnOf(tensor.Name);
        bool isLabel = Name == DefaultColumnNames.PredictedLabel;
        bool isScore = Name.StartsWith(DefaultColumnNames.Score, StringComparison.Ordinal);
        if (isLabel || isScore || Name == DefaultColumnNames.Probability)
            _task = metadata.GetValueOrDefault(ModelMetadata.Task);
        _classes = ReadClasses(metadata);
        _isKey = isLabel && tensor.RowSize == 1 && tensor.ElementType == typeof(uint) && _classes.Length > 0;
        if (!_isKey && !(isScore && tensor.RowSize == _classes.Length && tensor.RowSize > 1))
            _classes = [];
        Type = _isKey ? new KeyDataViewType(typeof(uint), _classes.Length) : ColumnTypes.Of(tensor);
        ItemType = _isKey ? NumberDataViewType.UInt32 : ColumnTypes.ItemOf(tensor);
    }

    public string Name { get; }

    public DataViewType Type { get; }

    /// <summary>In the shape of a schema, to which a key is its number.</summary>
    public PrimitiveDataViewType ItemType { get; }

    public DataViewSchema.Annotations CreateAnnotations()
    {
        var builder = new DataViewSchema.Annotations.Builder();
        if (_task is not null)
        {
            AddText(AnnotationUtils.Kinds.ScoreColumnKind, _task);
            AddText(AnnotationUtils.Kinds.ScoreValueKind, Name);
        }

        if (_isKey)
        {
            builder.AddKeyValues<ReadOnlyMemory<char>>(_classes.Length, TextDataViewType.Instance, GetClasses);
        }
        else if (_classes.Length > 0)
        {
            builder.AddSlotNames(_classes.Length, GetClasses);
            if (Name == DefaultColumnNames.Score)
                builder.Add<VBuffer<ReadOnlyMemory<char>>>(AnnotationUtils.Kinds.TrainingLabelValues, new VectorDataViewType(TextDataViewType.Instance, _classes.Length), GetClasses);
        }

        return builder.ToAnnotations();

        void AddText(string kind, string text)
            => builder.Add(kind, TextDataViewType.Instance, (ref ReadOnlyMemory<char> value) => value = text.AsMemory());
    }

    public SchemaShape.Column CreateShape()
    {
        SchemaShape.Column.VectorKind kind = Type is VectorDataViewType ? SchemaShape.Column.VectorKind.Vector : SchemaShape.Column.VectorKind.Scalar;
        return new SchemaShape.Column(Name, kind, ItemType, _isKey, SchemaShape.Create(CreateAnnotations().Schema));
    }

    private static string[] ReadClasses(IReadOnlyDictionary<string, string> metadata)
    {
        try
        {
            return metadata.TryGetValue(ModelMetadata.ClassNames, out string? names) ? JsonSerializer.Deserialize<string[]>(names) ?? [] : [];
        }
        catch (JsonException)
        {
            // Somebody else's property of that name.
            return [];
        }
    }

    private void GetClasses(ref VBuffer<ReadOnlyMemory<char>> destination)
    {
        VBufferEditor<ReadOnlyMemory<char>> editor = VBufferEditor.Create(ref destination, _classes.Length);
        for (int i = 0; i < _classes.Length; i++)
            editor.Values[i] = _classes[i].AsMemory();
        destination = editor.Commit();
    }
}
