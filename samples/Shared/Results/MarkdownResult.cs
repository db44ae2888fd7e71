using System.Globalization;
using System.Text;

namespace Samples;

/// <summary>The figures as a Markdown file, with the picture that lies beside it.</summary>
internal static class MarkdownResult
{
    public static byte[] Write(ResultTable table, double seconds)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"# {table.Title}\n\n");
        AppendRow(text, table.Columns.Select(column => column.Name));
        AppendRow(text, table.Columns.Select((_, column) => table.IsNumeric(column) ? "---:" : "---"));
        for (int row = 0; row < table.Rows.Count; row++)
            AppendRow(text, table.Columns.Select((_, column) => table.Text(row, column)));
        text.Append('\n');
        foreach (string note in table.Notes)
            text.Append(CultureInfo.InvariantCulture, $"- {note}\n");
        text.Append(CultureInfo.InvariantCulture, $"- The command took {seconds:F0} s.\n\n![{table.Title}]({table.Command}.png)\n");
        return Encoding.UTF8.GetBytes(text.ToString());
    }

    private static void AppendRow(StringBuilder text, IEnumerable<string> cells)
        => text.Append("| ").AppendJoin(" | ", cells.Select(cell => cell.Replace("|", "\\|", StringComparison.Ordinal))).Append(" |\n");
}
