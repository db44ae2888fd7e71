using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Trainers.VariationalDropout.Data;

/// <summary>Finds the columns that somebody named; an error says what the column would have been, and which type it must have.</summary>
internal static class SchemaColumns
{
    /// <exception cref="ArgumentOutOfRangeException">The column is missing, or of another type.</exception>
    public static DataViewSchema.Column Find(IExceptionContext context, DataViewSchema schema, string role, string name, DataViewType type)
    {
        DataViewSchema.Column column = FindAny(context, schema, role, name);
        return column.Type.Equals(type) ? column : throw Mismatch(context, role, column, type.ToString()!);
    }

    /// <summary>Finds a vector of a known size.</summary>
    /// <param name="context">Where errors come from.</param>
    /// <param name="schema">The schema.</param>
    /// <param name="role">What the column is, for errors.</param>
    /// <param name="name">The column's name.</param>
    /// <param name="itemType">What it is a vector of.</param>
    /// <param name="size">The size that it must have; null for any.</param>
    /// <exception cref="ArgumentOutOfRangeException">The column is missing, or of another type.</exception>
    public static DataViewSchema.Column FindVector(IExceptionContext context, DataViewSchema schema, string role, string name, PrimitiveDataViewType itemType, int? size = null)
    {
        DataViewSchema.Column column = FindAny(context, schema, role, name);
        if (column.Type is VectorDataViewType { IsKnownSize: true } vector && vector.ItemType.Equals(itemType) && vector.Size == (size ?? vector.Size))
            return column;
        throw Mismatch(context, role, column, size is int known ? new VectorDataViewType(itemType, known).ToString()! : $"known-size vector of {itemType}");
    }

    /// <summary>Finds a label of a classifier: of two classes a Boolean, of several a key of 32 bits.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The column is missing, or of another type.</exception>
    public static DataViewSchema.Column FindClass(IExceptionContext context, DataViewSchema schema, string name, bool isBinary)
    {
        if (isBinary)
            return Find(context, schema, "label", name, BooleanDataViewType.Instance);
        DataViewSchema.Column column = FindAny(context, schema, "label", name);
        return column.Type is KeyDataViewType key && key.RawType == typeof(uint) ? column : throw Mismatch(context, "label", column, "Key<UInt32>");
    }

    /// <summary>Finds a number in the columns that an estimator is promised.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The column is missing, or of another type.</exception>
    public static SchemaShape.Column FindNumber(IExceptionContext context, SchemaShape schema, string role, string name)
        => Find(context, schema, role, name, "Single", column => Is(column, SchemaShape.Column.VectorKind.Scalar, NumberDataViewType.Single));

    /// <summary>Finds a vector of numbers in the columns that an estimator is promised.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The column is missing, or of another type.</exception>
    public static SchemaShape.Column FindNumbers(IExceptionContext context, SchemaShape schema, string role, string name)
        => Find(context, schema, role, name, "known-size vector of Single", column => Is(column, SchemaShape.Column.VectorKind.Vector, NumberDataViewType.Single));

    /// <summary>Finds a label of a classifier in the columns that an estimator is promised.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The column is missing, or of another type.</exception>
    public static SchemaShape.Column FindClass(IExceptionContext context, SchemaShape schema, string name, bool isBinary) => isBinary
        ? Find(context, schema, "label", name, "Boolean", column => Is(column, SchemaShape.Column.VectorKind.Scalar, BooleanDataViewType.Instance))
        : Find(context, schema, "label", name, "Key<UInt32>", column => column is { IsKey: true, Kind: SchemaShape.Column.VectorKind.Scalar } && column.ItemType == NumberDataViewType.UInt32);

    private static bool Is(SchemaShape.Column column, SchemaShape.Column.VectorKind kind, DataViewType itemType) => !column.IsKey && column.Kind == kind && column.ItemType == itemType;

    private static SchemaShape.Column Find(IExceptionContext context, SchemaShape schema, string role, string name, string expected, Func<SchemaShape.Column, bool> fits)
    {
        if (!schema.TryFindColumn(name, out SchemaShape.Column column))
            throw context.ExceptSchemaMismatch(nameof(schema), role, name);
        return fits(column) ? column : throw context.ExceptSchemaMismatch(nameof(schema), role, name, expected, column.GetTypeString());
    }

    private static DataViewSchema.Column FindAny(IExceptionContext context, DataViewSchema schema, string role, string name)
        => schema.GetColumnOrNull(name) ?? throw context.ExceptSchemaMismatch(nameof(schema), role, name);

    private static Exception Mismatch(IExceptionContext context, string role, DataViewSchema.Column column, string expected)
        => context.ExceptSchemaMismatch("schema", role, column.Name, expected, column.Type.ToString());
}
