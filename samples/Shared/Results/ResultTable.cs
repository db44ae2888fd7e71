using System.Globalization;

namespace Samples;

/// <summary>A column of a table.</summary>
/// <param name="Name">Its heading, and the key in JSON.</param>
/// <param name="Format">How its numbers are written for people, as .NET's format strings; JSON has all digits.</param>
/// <param name="IsKey">Whether it tells the rows apart: a console too narrow for the table has it in every part.</param>
internal sealed record ResultColumn(string Name, string Format = "", bool IsKey = false);

/// <summary>
/// The figures of a command. The table on the console, the Markdown file and the JSON are made from this alone, so that they cannot differ.
/// </summary>
internal sealed class ResultTable
{
    private readonly List<IReadOnlyList<object?>> _rows = [];

    /// <param name="command">The command that was run.</param>
    /// <param name="title">What the table shows.</param>
    /// <param name="quick">Whether it was a run to try the program, whose figures mean nothing.</param>
    /// <param name="columns">The columns; their names differ.</param>
    public ResultTable(string command, string title, bool quick, params IReadOnlyList<ResultColumn> columns)
    {
        if (columns.Select(column => column.Name).Distinct().Count() < columns.Count)
            throw new ArgumentException($"The names of columns must differ: {string.Join(", ", columns.Select(column => column.Name))}.", nameof(columns));
        (Command, Quick, Columns) = (command, quick, columns);
        Title = quick ? $"{title} (quick run: the figures mean nothing)" : title;
    }

    public string Command { get; }

    public string Title { get; }

    public bool Quick { get; }

    public IReadOnlyList<ResultColumn> Columns { get; }

    /// <summary>A value per column: text, a number, or null for none.</summary>
    public IReadOnlyList<IReadOnlyList<object?>> Rows => _rows;

    /// <summary>What a reader of the figures must know; shown below the table.</summary>
    public List<string> Notes { get; } = [];

    /// <param name="values">A string, int, long or double per column; null, and a number that is not finite, is none.</param>
    public void Add(params IReadOnlyList<object?> values)
    {
        if (values.Count != Columns.Count)
            throw new ArgumentException($"A row of '{Command}' has {Columns.Count} values; found {values.Count}.", nameof(values));
        _rows.Add([.. values.Select(value => value switch
        {
            double number => double.IsFinite(number) ? number : null,
            null or string or int or long => value,
            _ => throw new ArgumentException($"A value is text or a number; found {value.GetType()}.", nameof(values)),
        })]);
    }

    /// <summary>A value as people read it.</summary>
    public string Text(int row, int column) => Rows[row][column] switch
    {
        null => "–",
        IFormattable number => number.ToString(Columns[column].Format, CultureInfo.InvariantCulture),
        object text => text.ToString()!,
    };

    public bool IsNumeric(int column) => Rows.Any(row => row[column] is not (null or string));
}
