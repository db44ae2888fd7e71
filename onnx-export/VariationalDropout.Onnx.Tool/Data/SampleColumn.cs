using System.Reflection;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace VariationalDropout.Onnx.Tool.Data;

/// <summary>A column of data, read from the columns of a file when it is asked for.</summary>
internal abstract class SampleColumn
{
    private static readonly MethodInfo CreateOf = ((Delegate)Create<int>).Method.GetGenericMethodDefinition();

    /// <summary>A column of a schema.</summary>
    /// <exception cref="InvalidDataException">The file lacks it, or its type cannot be read from text.</exception>
    public static SampleColumn Read(SampleFile file, DataViewSchema.Column column)
    {
        DataViewType item = column.Type is VectorDataViewType vector ? vector.ItemType : column.Type;
        if (!CellParsers.Knows(item.RawType))
            throw new InvalidDataException($"The column '{column.Name}' holds {item}, which is not read from '{file.Path}'.");
        return (SampleColumn)CreateOf.MakeGenericMethod(item.RawType).Invoke(null, BindingFlags.DoNotWrapExceptions, null, [file, column, item], null)!;
    }

    /// <summary>Row after row, the values of what has as many in each.</summary>
    /// <param name="file">The file.</param>
    /// <param name="name">Name of the column of data.</param>
    /// <param name="size">Values per row; null for a single one.</param>
    /// <exception cref="InvalidDataException">The file lacks the column, or a value is none of the type.</exception>
    public static T[] ReadValues<T>(SampleFile file, string name, int? size)
        => [.. Parse(file, name, size, ColumnPlaces.Find(file, name, size, slotNames: null), CellParsers.Get<T>(), CellParsers.Describe(typeof(T))).SelectMany(row => row)];

    /// <summary>A getter for the row at a position.</summary>
    public abstract Delegate CreateGetter(Func<int> position);

    private static SampleColumn Create<T>(SampleFile file, DataViewSchema.Column column, DataViewType item)
    {
        CellParser<T> parser = CellParsers.Get<T>();
        string expected = CellParsers.Describe(typeof(T));
        if (item is KeyDataViewType key)
        {
            KeyNames? names = KeyNames.Read(column);
            expected = names is null ? $"a key, a whole number from 1 to {key.Count}, or nothing for a missing one" : $"one of the {key.Count} values of the key, such as '{names.First}', or nothing for a missing one";
            CellParser<T> number = parser;
            parser = (string text, out T value) => text.Trim().Length == 0 ? number("0", out value)
                : names is null ? number(text, out value) && Convert.ToUInt64(value, null) is ulong index && index > 0 && index <= key.Count
                : number(names.IndexOf(text), out value) && Convert.ToUInt64(value, null) > 0;
        }

        if (column.Type is not VectorDataViewType vector)
        {
            int[] places = ColumnPlaces.Find(file, column.Name, size: null, slotNames: null);
            return new ScalarColumn<T>([.. Parse(file, column.Name, null, places, parser, expected).Select(row => row[0])]);
        }

        return new VectorColumn<T>([.. Parse(file, column.Name, vector.Size, ColumnPlaces.Find(file, column.Name, vector.Size, SlotNamesOf(column)), parser, expected)]);
    }

    private static IReadOnlyList<string>? SlotNamesOf(DataViewSchema.Column column)
    {
        if (!column.HasSlotNames())
            return null;
        VBuffer<ReadOnlyMemory<char>> names = default;
        column.GetSlotNames(ref names);
        return [.. names.DenseValues().Select(name => name.ToString())];
    }

    private static IEnumerable<T[]> Parse<T>(SampleFile file, string name, int? size, int[] places, CellParser<T> parser, string expected)
    {
        for (int row = 0; row < file.Rows; row++)
        {
            string[] texts = [.. places.Select(place => file.Cell(row, place))];
            if (size is not null && places.Length == 1)
                texts = Split<T>(texts[0]);
            if (size > 0 && texts.Length != size)
                throw new InvalidDataException($"'{file.Path}', line {file.LineOf(row)}: the column '{name}' has {texts.Length} values; {size} are needed.");
            var values = new T[texts.Length];
            for (int i = 0; i < values.Length; i++)
            {
                if (!parser(texts[i], out values[i]))
                    throw new InvalidDataException($"'{file.Path}', line {file.LineOf(row)}: the column '{file.Header[places[places.Length == 1 ? 0 : i]]}' has {(texts[i].Length == 0 ? "nothing" : $"'{texts[i]}'")}; it needs {expected}.");
            }

            yield return values;
        }
    }

    /// <summary>The values in one cell: texts have blanks of their own.</summary>
    private static string[] Split<T>(string text)
    {
        if (text.Contains(';', StringComparison.Ordinal))
            return text.Split(';');
        if (text.Length == 0)
            return [];
        return typeof(T) == typeof(ReadOnlyMemory<char>) ? [text] : text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
    }

    private sealed class ScalarColumn<T>(T[] values) : SampleColumn
    {
        public override Delegate CreateGetter(Func<int> position) => new ValueGetter<T>((ref T value) => value = values[position()]);
    }

    private sealed class VectorColumn<T>(T[][] rows) : SampleColumn
    {
        public override Delegate CreateGetter(Func<int> position) => new ValueGetter<VBuffer<T>>((ref VBuffer<T> value) =>
        {
            T[] row = rows[position()];
            VBufferEditor<T> editor = VBufferEditor.Create(ref value, row.Length);
            row.CopyTo(editor.Values);
            value = editor.Commit();
        });
    }
}
