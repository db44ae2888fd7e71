using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace VariationalDropout.Onnx.Tool.Data;

/// <summary>A text file of rows below a row of column names, as RFC 4180 has it, with any separator.</summary>
internal sealed partial class SampleFile
{
    /// <summary>Lines before the header that ML.NET's <c>SaveAsText</c> describes its file with.</summary>
    private const string SchemaMark = "#@";

    private readonly List<string[]> _rows;
    private readonly List<int> _lines;

    private SampleFile(string path, string[] header, List<string[]> rows, List<int> lines)
    {
        Path = path;
        Header = header;
        _rows = rows;
        _lines = lines;
    }

    public string Path { get; }

    public IReadOnlyList<string> Header { get; }

    public int Rows => _rows.Count;

    /// <param name="path">The file, in UTF-8.</param>
    /// <param name="separator">What stands between columns; null for what the file's name says.</param>
    /// <param name="maximumRows">Rows that are read, at most.</param>
    /// <exception cref="InvalidDataException">A row has another number of values than the header, or a quotation mark is left open.</exception>
    public static SampleFile Read(string path, char? separator = null, int maximumRows = int.MaxValue)
    {
        if (!File.Exists(path))
            throw new FileNotFoundException($"There is no file '{path}'.", path);
        using var text = new StreamReader(path, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true));
        try
        {
            return Read(path, new RecordReader(path, text, separator ?? SeparatorOf(path)), maximumRows);
        }
        catch (DecoderFallbackException error)
        {
            throw new InvalidDataException($"The file '{path}' is no text in UTF-8.", error);
        }
    }

    public string Cell(int row, int field) => _rows[row][field];

    /// <summary>Where a row begins in the file, counted from 1.</summary>
    public int LineOf(int row) => _lines[row];

    private static char SeparatorOf(string path)
        => System.IO.Path.GetExtension(path).ToUpperInvariant() is ".TSV" or ".TAB" ? '\t' : ',';

    private static SampleFile Read(string path, RecordReader reader, int maximumRows)
    {
        var described = new Dictionary<int, string>();
        string[] header;
        while (true)
        {
            header = reader.ReadRecord() ?? throw new InvalidDataException($"The file '{path}' is empty; its first line names the columns.");
            if (!header[0].StartsWith(SchemaMark, StringComparison.Ordinal))
                break;
            AddDescribed(header[0], described);
        }

        for (int i = 0; i < header.Length; i++)
        {
            header[i] = header[i].Trim();
            if (header[i].Length == 0)
                header[i] = described.GetValueOrDefault(i, "");
        }

        var rows = new List<string[]>();
        var lines = new List<int>();
        while (rows.Count < maximumRows && reader.ReadRecord() is string[] row)
        {
            if (row.Length != header.Length)
                throw new InvalidDataException($"'{path}', line {reader.Line}: {row.Length} values, and the header names {header.Length} columns.");
            rows.Add(row);
            lines.Add(reader.Line);
        }

        return new SampleFile(path, header, rows, lines);
    }

    /// <summary>The header of <c>SaveAsText</c> leaves the values of a vector without a name; the lines before it say where they stand.</summary>
    private static void AddDescribed(string line, Dictionary<int, string> names)
    {
        Match match = DescribedVector().Match(line);
        if (!match.Success)
            return;
        int first = int.Parse(match.Groups[2].ValueSpan, CultureInfo.InvariantCulture), last = int.Parse(match.Groups[3].ValueSpan, CultureInfo.InvariantCulture);
        for (int place = first; place <= last; place++)
            names[place] = match.Groups[1].Value;
    }

    [GeneratedRegex(@"^#@\s+col=([^:{}]+):[^:]*:(\d{1,6})-(\d{1,6})$", RegexOptions.CultureInvariant)]
    private static partial Regex DescribedVector();

    private sealed class RecordReader(string path, TextReader text, char separator)
    {
        private readonly StringBuilder _value = new();
        private int _nextLine = 1;

        /// <summary>Where the last record began.</summary>
        public int Line { get; private set; }

        /// <summary>The values of the next record that is not blank; null at the end.</summary>
        public string[]? ReadRecord()
        {
            while (text.Peek() >= 0)
            {
                Line = _nextLine;
                var values = new List<string>();
                bool isLast;
                bool isQuoted = false;
                do
                {
                    isLast = ReadValue(ref isQuoted);
                    values.Add(_value.ToString());
                }
                while (!isLast);
                if (values.Count > 1 || values[0].Length > 0 || isQuoted)
                    return [.. values];
            }

            return null;
        }

        /// <returns>Whether it was the last of the record.</returns>
        private bool ReadValue(ref bool isQuoted)
        {
            _value.Clear();
            if (text.Peek() == '"')
            {
                isQuoted = true;
                ReadQuoted();
                int next = text.Peek();
                if (next >= 0 && next != separator && next is not ('\r' or '\n'))
                    throw new InvalidDataException($"'{path}', line {_nextLine}: '{(char)next}' stands behind a closing quotation mark.");
            }

            while (true)
            {
                int next = text.Read();
                if (next == separator)
                    return false;
                switch (next)
                {
                    case -1:
                        return true;
                    case '\n':
                        _nextLine++;
                        return true;
                    case '\r' when text.Peek() == '\n':
                        break;
                    case '\r':
                        _nextLine++;
                        return true;
                    default:
                        _value.Append((char)next);
                        break;
                }
            }
        }

        /// <summary>Up to the closing mark; two marks stand for one.</summary>
        private void ReadQuoted()
        {
            int start = _nextLine;
            text.Read();
            while (true)
            {
                int next = text.Read();
                if (next < 0)
                    throw new InvalidDataException($"'{path}', line {start}: the quotation mark is not closed.");
                if (next == '"')
                {
                    if (text.Peek() != '"')
                        return;
                    text.Read();
                }

                if (next == '\n')
                    _nextLine++;
                _value.Append((char)next);
            }
        }
    }
}
