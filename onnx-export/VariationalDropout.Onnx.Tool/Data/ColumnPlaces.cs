namespace VariationalDropout.Onnx.Tool.Data;

/// <summary>Finds the columns of a file that a column of data is read from.</summary>
internal static class ColumnPlaces
{
    /// <param name="file">The file.</param>
    /// <param name="name">Name of the column of data.</param>
    /// <param name="size">Values per row; null for a single value, 0 for any number of them.</param>
    /// <param name="slotNames">Names of the values of a row, where they have some.</param>
    /// <returns>
    /// The columns of the file; one alone holds all values of a row, with blanks or semicolons between them, unless a single one is asked for.
    /// </returns>
    /// <exception cref="InvalidDataException">The file has no such columns, or several of one name.</exception>
    public static int[] Find(SampleFile file, string name, int? size, IReadOnlyList<string>? slotNames)
    {
        int[] own = PlacesOf(file, name);
        if (own.Length == 1 || (own.Length > 1 && own.Length == size))
            return own;
        if (own.Length > 1)
            throw new InvalidDataException($"'{file.Path}' has {own.Length} columns '{name}'{(size > 0 ? $"; the column has {size} values" : "")}.");
        if (size > 0)
        {
            string[][] spellings =
            [
                [.. Enumerable.Range(0, size.Value).Select(slot => $"{name}.{slot}")],
                [.. Enumerable.Range(0, size.Value).Select(slot => $"{name}[{slot}]")],
                slotNames?.Count == size ? [.. slotNames] : [],
            ];
            foreach (string[] slots in spellings)
            {
                if (FindAll(file, name, slots) is int[] places)
                    return places;
            }
        }

        throw new InvalidDataException($"'{file.Path}' has no column '{name}', which is needed{DescribeVector(name, size, slotNames)}.{Suggest(file, name)}");
    }

    private static int[] PlacesOf(SampleFile file, string name)
        => [.. Enumerable.Range(0, file.Header.Count).Where(place => file.Header[place] == name)];

    /// <summary>Null where the file has none of them.</summary>
    private static int[]? FindAll(SampleFile file, string name, string[] slots)
    {
        int[][] places = [.. slots.Select(slot => PlacesOf(file, slot))];
        if (Array.TrueForAll(places, place => place.Length == 0))
            return null;
        int wrong = Array.FindIndex(places, place => place.Length != 1);
        return wrong < 0
            ? [.. places.Select(place => place[0])]
            : throw new InvalidDataException($"'{file.Path}' has {(places[wrong].Length == 0 ? "no" : "several")} columns '{slots[wrong]}', which is one of the {slots.Length} values of '{name}'.");
    }

    private static string DescribeVector(string name, int? size, IReadOnlyList<string>? slotNames) => size switch
    {
        null => "",
        0 => ": a vector, in one column with blanks or semicolons between its values",
        _ => $": a vector of {size} values, in one column with blanks or semicolons between them, or in columns '{name}.0' to '{name}.{size - 1}'"
            + (slotNames?.Count == size ? $", or '{slotNames[0]}' to '{slotNames[^1]}'" : ""),
    };

    private static string Suggest(SampleFile file, string name)
        => file.Header.FirstOrDefault(other => other.Equals(name, StringComparison.OrdinalIgnoreCase)) is string similar ? $" It has '{similar}'." : "";
}
