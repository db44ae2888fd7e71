using Microsoft.ML.Data;
using Microsoft.ML.Internal.Utilities;

namespace Microsoft.ML.Trainers.VariationalDropout.Onnx;

/// <summary>The first rows of a column as one array.</summary>
/// <param name="Name">Name of the column.</param>
/// <param name="Type">Its type.</param>
/// <param name="Values">Row after row; texts as strings, everything else as the column has it.</param>
/// <param name="Widths">Values of each row.</param>
internal sealed record ColumnValues(string Name, DataViewType Type, Array Values, IReadOnlyList<int> Widths)
{
    private static readonly FuncStaticMethodInfo1<DataViewRow, DataViewSchema.Column, Func<Array>> CreateScalarReaderOf = new(CreateScalarReader<int>);
    private static readonly FuncStaticMethodInfo1<DataViewRow, DataViewSchema.Column, Func<Array>> CreateVectorReaderOf = new(CreateVectorReader<int>);

    public int Rows => Widths.Count;

    /// <summary>The shape as a batch of the graph; null when the rows differ in length.</summary>
    public long[]? Shape => Type switch
    {
        VectorDataViewType { IsKnownSize: true } vector => [Rows, .. vector.Dimensions.Select(size => (long)size)],
        VectorDataViewType => Widths.All(width => width == Widths[0]) ? [Rows, Widths[0]] : null,
        _ => [Rows, 1],
    };

    /// <summary>Reads the first rows of columns, in one pass.</summary>
    public static List<ColumnValues> Read(IDataView data, IReadOnlyCollection<string> columnNames, int maximumRows)
    {
        DataViewSchema.Column[] columns = [.. columnNames.Select(name => data.Schema[name])];
        List<Array>[] rows = [.. columns.Select(_ => new List<Array>())];
        using DataViewRowCursor cursor = data.GetRowCursor(columns);
        Func<Array>[] readers = [.. columns.Select(column => CreateReader(cursor, column))];
        for (int row = 0; row < maximumRows && cursor.MoveNext(); row++)
        {
            for (int i = 0; i < columns.Length; i++)
                rows[i].Add(readers[i]());
        }

        return [.. columns.Select((column, i) => Join(column, rows[i]))];
    }

    /// <summary>Some of the rows, in any order, and again if need be.</summary>
    public ColumnValues Take(IEnumerable<int> rows)
    {
        int[] starts = new int[Rows];
        for (int row = 1; row < Rows; row++)
            starts[row] = starts[row - 1] + Widths[row - 1];
        int[] taken = [.. rows];
        Array values = Array.CreateInstance(Values.GetType().GetElementType()!, taken.Sum(row => Widths[row]));
        int next = 0;
        foreach (int row in taken)
        {
            Array.Copy(Values, starts[row], values, next, Widths[row]);
            next += Widths[row];
        }

        return this with { Values = values, Widths = [.. taken.Select(row => Widths[row])] };
    }

    private static ColumnValues Join(DataViewSchema.Column column, List<Array> rows)
    {
        Type item = column.Type.GetItemType().RawType;
        Array values = Array.CreateInstance(item == typeof(ReadOnlyMemory<char>) ? typeof(string) : item, rows.Sum(row => row.Length));
        int next = 0;
        foreach (Array row in rows)
        {
            row.CopyTo(values, next);
            next += row.Length;
        }

        return new ColumnValues(column.Name, column.Type, values, [.. rows.Select(row => row.Length)]);
    }

    private static Func<Array> CreateReader(DataViewRow row, DataViewSchema.Column column)
        => Utils.MarshalInvoke(column.Type is VectorDataViewType ? CreateVectorReaderOf : CreateScalarReaderOf, column.Type.GetItemType().RawType, row, column);

    private static Func<Array> CreateScalarReader<T>(DataViewRow row, DataViewSchema.Column column)
    {
        ValueGetter<T> getter = row.GetGetter<T>(column);
        return () =>
        {
            T value = default!;
            getter(ref value);
            return ToArray([value]);
        };
    }

    private static Func<Array> CreateVectorReader<T>(DataViewRow row, DataViewSchema.Column column)
    {
        ValueGetter<VBuffer<T>> getter = row.GetGetter<VBuffer<T>>(column);
        VBuffer<T> value = default;
        return () =>
        {
            getter(ref value);
            return ToArray([.. value.DenseValues()]);
        };
    }

    private static Array ToArray<T>(T[] values)
        => values is ReadOnlyMemory<char>[] texts ? Array.ConvertAll(texts, text => text.ToString()) : values;
}
