using Microsoft.ML.Data;

namespace Microsoft.ML.Trainers.VariationalDropout.DefaultsStudy.Sets;

/// <summary>A row as all trainers get it.</summary>
internal sealed class Example
{
    public const string Label = "Label";

    public float[] Features { get; set; } = [];

    /// <summary>Of a regression.</summary>
    public float Target { get; set; }

    /// <summary>Of a classification, from 0.</summary>
    public int Class { get; set; }

    /// <summary>Whether the class is the second of two.</summary>
    public bool IsSecondClass => Class == 1;

    /// <summary>The class as a key, which ML.NET counts from 0 in rows of a program.</summary>
    public uint Key => (uint)Class;

    /// <summary>The rows with the features and the one label that fits the task.</summary>
    public static IDataView Load(MLContext context, IReadOnlyList<Example> rows, int classes)
    {
        SchemaDefinition schema = SchemaDefinition.Create(typeof(Example));
        schema[nameof(Features)].ColumnType = new VectorDataViewType(NumberDataViewType.Single, rows[0].Features.Length);
        if (classes > 0)
            schema[nameof(Key)].ColumnType = new KeyDataViewType(typeof(uint), classes);
        string label = classes switch { 0 => nameof(Target), 2 => nameof(IsSecondClass), _ => nameof(Key) };
        schema[label].ColumnName = Label;
        schema.RemoveAll(column => column.ColumnName is not (nameof(Features) or Label));
        return context.Data.LoadFromEnumerable(rows, schema);
    }
}
