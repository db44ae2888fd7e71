using Spectre.Console;

namespace Samples;

/// <summary>The figures as a table on the console; on one that is too narrow for it in several, which repeat the columns that tell the rows apart.</summary>
internal static class ConsoleResult
{
    /// <summary>Lines of a file or a pipe are as long as they must be.</summary>
    private const int WideEnough = 400;

    /// <summary>Of a column's border and the spaces beside its values.</summary>
    private const int Frame = 3;

    public static void Show(ResultTable table)
    {
        if (Console.IsOutputRedirected)
            AnsiConsole.Profile.Width = WideEnough;
        Write(AnsiConsole.Console, table);
    }

    public static void Write(IAnsiConsole console, ResultTable table)
    {
        console.WriteLine(table.Title);
        foreach (int[] columns in Parts(table, console.Profile.Width))
        {
            Table lines = new Table().Border(TableBorder.Rounded);
            foreach (int column in columns)
            {
                TableColumn heading = new TableColumn(Markup.Escape(table.Columns[column].Name)).Width(Width(table, column));
                lines.AddColumn(table.IsNumeric(column) ? heading.RightAligned() : heading);
            }

            for (int row = 0; row < table.Rows.Count; row++)
                lines.AddRow([.. columns.Select(column => Markup.Escape(table.Text(row, column)))]);
            console.Write(lines);
        }

        foreach (string note in table.Notes)
            console.WriteLine(note);
    }

    /// <summary>The columns of each table: those that tell the rows apart, and as many others as there is room for.</summary>
    private static List<int[]> Parts(ResultTable table, int room)
    {
        int[] all = [.. Enumerable.Range(0, table.Columns.Count)];
        int[] keys = [.. all.Where(column => table.Columns[column].IsKey)];
        int roomForOthers = room - 1 - keys.Sum(Total);
        List<int[]> parts = [];
        List<int> others = [];
        foreach (int column in all.Except(keys))
        {
            if (others.Count > 0 && others.Sum(Total) + Total(column) > roomForOthers)
            {
                parts.Add([.. keys, .. others]);
                others.Clear();
            }

            others.Add(column);
        }

        // Of one table the columns are in the order that they have.
        parts.Add(parts.Count == 0 ? all : [.. keys, .. others]);
        return parts;

        int Total(int column) => Width(table, column) + Frame;
    }

    /// <summary>As narrow as the values allow: a long heading goes on several lines, between its words.</summary>
    private static int Width(ResultTable table, int column)
        => Enumerable.Range(0, table.Rows.Count).Select(row => table.Text(row, column)).Concat(Words(table.Columns[column].Name)).Max(text => text.Length);

    /// <summary>A unit stays with what it measures.</summary>
    private static string[] Words(string heading) => heading.Replace(" %", "_%", StringComparison.Ordinal).Split(' ');
}
