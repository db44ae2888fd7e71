using Samples;

namespace ModelComparison.Data;

/// <summary>A file of text cells with a header, all of it in memory.</summary>
internal sealed class CsvTable
{
    private const char Comment = '/';

    private static readonly char[] Separators = [',', '\t', ';'];

    private CsvTable(string source, string[] header, string[][] rows, int[] lines) => (Source, Header, Rows, Lines) = (source, header, rows, lines);

    /// <summary>Where it comes from, for messages.</summary>
    public string Source { get; }

    public IReadOnlyList<string> Header { get; }

    /// <summary>As many cells in each as the header has.</summary>
    public IReadOnlyList<string[]> Rows { get; }

    /// <summary>The line of the file on which each row begins, from 1.</summary>
    public IReadOnlyList<int> Lines { get; }

    /// <summary>Reads a file, plain or gzip, with commas, tabs or semicolons between cells, whichever the header has most of.</summary>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="InvalidDataException">The file is not such a table, or not a whole gzip file; the message names the file, and the line.</exception>
    public static CsvTable Read(string path)
    {
        if (!File.Exists(path))
            throw new FileNotFoundException($"The data file '{path}' does not exist.", path);
        using var reader = new StreamReader(DataFile.Open(path));
        return Parse(reader.ReadToEnd(), path);
    }

    /// <summary>The column of a name.</summary>
    /// <exception cref="InvalidDataException">There is none; the message names those that there are.</exception>
    public int Find(string column, string option)
        => Header.ToList().IndexOf(column) is int index and >= 0
            ? index
            : throw new InvalidDataException($"{option}: '{Source}' has no column '{column}'; it has {string.Join(", ", Header)}.");

    /// <summary>The same table with some of its rows.</summary>
    public CsvTable Take(IEnumerable<int> rows)
    {
        int[] kept = [.. rows];
        return new(Source, [.. Header], [.. kept.Select(row => Rows[row])], [.. kept.Select(row => Lines[row])]);
    }

    public static CsvTable Parse(string text, string source)
    {
        int start = EndOfComments(text);
        int skippedLines = text.AsSpan(0, start).Count('\n');
        string firstLine = text[start..].Split('\n', 2)[0];
        char separator = Separators.MaxBy(candidate => firstLine.Count(character => character == candidate));
        var reader = new CsvReader(new StringReader(text[start..].TrimStart('#')), separator, source);

        string[] header = reader.Read()?.Cells ?? throw new InvalidDataException($"'{source}': expected a header and rows; the file is empty.");
        if (header.Length < 2)
        {
            throw new InvalidDataException(
                $"'{source}', line {skippedLines + 1}: expected a header of at least two columns with commas, tabs or semicolons between them; found '{header[0]}'.");
        }

        if (header.Where(name => name.Length > 0).GroupBy(name => name).FirstOrDefault(group => group.Count() > 1) is { } twice)
            throw new InvalidDataException($"'{source}', line {skippedLines + 1}: columns need different names; '{twice.Key}' stands there {twice.Count()} times.");

        for (int index = 0; index < header.Length; index++)
        {
            if (header[index].Length == 0)
                header[index] = FreeName.Of($"column{index + 1}", header);
        }

        List<string[]> rows = [];
        List<int> lines = [];
        while (reader.Read() is (int line, string[] cells))
        {
            if (cells.Length != header.Length)
            {
                throw new InvalidDataException(
                    $"'{source}', line {line + skippedLines}: expected {header.Length} cells, as the header has; found {cells.Length}."
                    + (separator == ',' && cells.Length > header.Length ? " A cell with a comma of its own, such as a decimal one, needs quotes around it." : ""));
            }

            rows.Add(cells);
            lines.Add(line + skippedLines);
        }

        return rows.Count > 0 ? new(source, header, [.. rows], [.. lines]) : throw new InvalidDataException($"'{source}': expected rows after the header; found none.");
    }

    private static int EndOfComments(string text)
    {
        int start = 0;
        while (start < text.Length && (text[start] == '\n' || text[start] == '\r' || (text[start] == Comment && start + 1 < text.Length && text[start + 1] == Comment)))
            start = text.IndexOf('\n', start) is int end and >= 0 ? end + 1 : text.Length;
        return start;
    }
}
