using System.Text;

namespace ModelComparison.Data;

/// <summary>
/// Splits text into records of cells (RFC 4180): a cell in quotes may hold separators, line ends and doubled quotes. Cells are trimmed; lines that
/// are empty are skipped.
/// </summary>
internal sealed class CsvReader(TextReader reader, char separator, string source)
{
    private int _line;

    /// <summary>The next record with the number of its first line, from 1; null at the end.</summary>
    /// <exception cref="InvalidDataException">A quote is not closed.</exception>
    public (int Line, string[] Cells)? Read()
    {
        string? text;
        do
        {
            text = reader.ReadLine();
            _line++;
        }
        while (text is not null && string.IsNullOrWhiteSpace(text));
        if (text is null)
            return null;

        int first = _line;
        List<string> cells = [];
        int at = 0;
        while (true)
        {
            while (at < text.Length && text[at] != separator && char.IsWhiteSpace(text[at]))
                at++;
            if (at < text.Length && text[at] == '"')
            {
                cells.Add(ReadQuoted(ref text, ref at));
                at = EndOfCell(text, at);
            }
            else
            {
                int end = EndOfCell(text, at);
                cells.Add(text[at..end].Trim());
                at = end;
            }

            if (at == text.Length)
                return (first, [.. cells]);
            at++;
        }
    }

    private int EndOfCell(string text, int from) => text.IndexOf(separator, from) is int end and >= 0 ? end : text.Length;

    private string ReadQuoted(ref string text, ref int at)
    {
        int opened = _line;
        var cell = new StringBuilder();
        at++;
        while (true)
        {
            if (at == text.Length)
            {
                cell.Append('\n');
                text = reader.ReadLine() ?? throw new InvalidDataException($"'{source}', line {opened}: the quote that opens there is not closed.");
                _line++;
                at = 0;
            }
            else if (text[at] != '"')
            {
                cell.Append(text[at++]);
            }
            else if (at + 1 < text.Length && text[at + 1] == '"')
            {
                cell.Append('"');
                at += 2;
            }
            else
            {
                at++;
                return cell.ToString().Trim();
            }
        }
    }
}
