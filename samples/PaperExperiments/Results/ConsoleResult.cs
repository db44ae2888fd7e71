using Spectre.Console;

namespace PaperExperiments.Results;

/// <summary>The figures as a table on the console.</summary>
internal static class ConsoleResult
{
    /// <summary>Lines of a file or a pipe are as long as they must be.</summary>
    private const int WideEnough = 400;

    public static void Show(ResultTable table)
    {
        if (Console.IsOutputRedirected)
            AnsiConsole.Profile.Width = WideEnough;
        Write(AnsiConsole.Console, table);
    }

    public static void Write(IAnsiConsole console, ResultTable table)
    {
        console.WriteLine(table.Title);
        Table lines = new Table().Border(TableBorder.Rounded);
        for (int column = 0; column < table.Columns.Count; column++)
        {
            TableColumn heading = new TableColumn(Markup.Escape(table.Columns[column].Name)).Width(Width(table, column));
            lines.AddColumn(table.IsNumeric(column) ? heading.RightAligned() : heading);
        }

        for (int row = 0; row < table.Rows.Count; row++)
            lines.AddRow([.. table.Columns.Select((_, column) => Markup.Escape(table.Text(row, column)))]);
        console.Write(lines);
        foreach (string note in table.Notes)
            console.WriteLine(note);
    }

    /// <summary>As narrow as the values allow: a long heading goes on several lines, between its words.</summary>
    private static int Width(ResultTable table, int column)
        => Enumerable.Range(0, table.Rows.Count).Select(row => table.Text(row, column)).Concat(Words(table.Columns[column].Name)).Max(text => text.Length);

    /// <summary>A unit stays with what it measures.</summary>
    private static string[] Words(string heading) => heading.Replace(" %", "_%", StringComparison.Ordinal).Split(' ');
}
