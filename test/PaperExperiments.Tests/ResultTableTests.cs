using System.Text;
using System.Text.Json;
using Samples;
using Spectre.Console;

namespace PaperExperiments.Tests;

[TestClass]
public sealed class ResultTableTests
{
    [TestMethod]
    public void Console_Markdown_and_JSON_have_the_same_columns_rows_and_values()
    {
        ResultTable table = MakeTable(quick: false);
        string[][] expected =
        [
            ["method", "rows", "error %", "published"],
            ["A", "60000", "1.23", "–"],
            ["a | b", "–", "0.50", "1.02"],
        ];

        string[] markdown = Encoding.UTF8.GetString(MarkdownResult.Write(table, 12.3)).Split('\n');
        string[][] cells = [.. markdown.Where(line => line.StartsWith('|') && !line.StartsWith("| ---", StringComparison.Ordinal)).Select(SplitMarkdown)];
        string[][] console = [.. Show(table).Split('\n').Where(line => line.StartsWith('│')).Select(SplitConsole)];
        using JsonDocument json = JsonDocument.Parse(JsonResult.Write(table, 12.3));
        JsonElement[] rows = [.. json.RootElement.GetProperty("rows").EnumerateArray()];

        Assert.HasCount(3, cells);
        Assert.HasCount(3, console);
        Assert.HasCount(2, rows);
        for (int row = 0; row < expected.Length; row++)
        {
            CollectionAssert.AreEqual(expected[row], cells[row]);
            CollectionAssert.AreEqual(expected[row], console[row]);
        }

        foreach (JsonElement row in rows)
            CollectionAssert.AreEqual(expected[0], row.EnumerateObject().Select(property => property.Name).ToArray());
        Assert.AreEqual("{\"method\":\"A\",\"rows\":60000,\"error %\":1.2345,\"published\":null}", rows[0].GetRawText());
        Assert.AreEqual("{\"method\":\"a | b\",\"rows\":null,\"error %\":0.5,\"published\":1.02}", rows[1].GetRawText());
    }

    [TestMethod]
    public void A_narrow_console_has_every_column_in_parts_with_those_that_tell_rows_apart()
    {
        var table = new ResultTable("try", "A title", false, new("first figure", "F2"), new("method", IsKey: true), new("second figure", "F2"), new("third", "F1"));
        table.Add(0.12345, "A", 1.5, 2.26);

        string[] lines = [.. Show(table, width: 30).Split('\n').Where(line => line.StartsWith('│'))];

        // 1 + (6 + 3) for the method leaves 20: the first two figures take 9 each, and not the third beside them.
        CollectionAssert.AreEqual(
            new[] { "method|first|second", "|figure|figure", "A|0.12|1.50", "method|third", "A|2.3" },
            lines.Select(line => string.Join('|', SplitConsole(line))).ToArray());
    }

    [TestMethod]
    public void The_JSON_names_command_and_seconds_on_one_line()
    {
        string line = JsonResult.Write(MakeTable(quick: false), 12.3);

        Assert.DoesNotContain('\n', line);
        using JsonDocument json = JsonDocument.Parse(line);
        Assert.AreEqual("try", json.RootElement.GetProperty("command").GetString());
        Assert.AreEqual(12.3, json.RootElement.GetProperty("seconds").GetDouble());
        Assert.IsFalse(json.RootElement.GetProperty("quick").GetBoolean());
    }

    [TestMethod]
    public void A_quick_run_is_marked_everywhere()
    {
        ResultTable table = MakeTable(quick: true);

        Assert.Contains("(quick run: the figures mean nothing)", Show(table));
        Assert.Contains("(quick run: the figures mean nothing)", Encoding.UTF8.GetString(MarkdownResult.Write(table, 1)));
        using JsonDocument json = JsonDocument.Parse(JsonResult.Write(table, 1));
        Assert.IsTrue(json.RootElement.GetProperty("quick").GetBoolean());
    }

    [TestMethod]
    public void A_number_that_is_not_finite_is_no_value()
    {
        ResultTable table = MakeTable(quick: false);
        table.Add("C", 1, double.NaN, double.PositiveInfinity);

        Assert.EndsWith("{\"method\":\"C\",\"rows\":1,\"error %\":null,\"published\":null}", JsonResult.Write(table, 1).Split("],\"notes\"")[0]);
        Assert.AreEqual("–", table.Text(2, 2));
    }

    [TestMethod]
    public void Rows_and_columns_that_do_not_fit_are_refused()
    {
        Assert.Throws<ArgumentException>(() => MakeTable(quick: false).Add("too", "few"));
        Assert.Throws<ArgumentException>(() => MakeTable(quick: false).Add("D", 1, 1.0f, null));
        Assert.Throws<ArgumentException>(() => new ResultTable("try", "", false, new("same"), new("same")));
    }

    private static ResultTable MakeTable(bool quick)
    {
        var table = new ResultTable("try", "A title", quick, new("method"), new("rows"), new("error %", "F2"), new("published", "F2"));
        table.Add("A", 60_000, 1.2345, null);
        table.Add("a | b", null, 0.5, 1.02);
        table.Notes.Add("What one must know.");
        return table;
    }

    private static string Show(ResultTable table, int width = 200)
    {
        var text = new StringWriter();
        IAnsiConsole console = AnsiConsole.Create(new() { Ansi = AnsiSupport.No, ColorSystem = ColorSystemSupport.NoColors, Out = new AnsiConsoleOutput(text) });
        console.Profile.Width = width;
        ConsoleResult.Write(console, table);
        return text.ToString();
    }

    private static string[] SplitMarkdown(string line) => [.. line.Replace("\\|", "¦", StringComparison.Ordinal).Trim('|').Split('|').Select(cell => cell.Trim().Replace('¦', '|'))];

    private static string[] SplitConsole(string line) => [.. line.Trim().Trim('│').Split('│').Select(cell => string.Join(' ', cell.Split(' ', StringSplitOptions.RemoveEmptyEntries)))];
}
