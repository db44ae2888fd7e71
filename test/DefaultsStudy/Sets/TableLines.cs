using System.IO.Compression;
using System.Text;
using Microsoft.ML.Data;

namespace Microsoft.ML.Trainers.VariationalDropout.DefaultsStudy.Sets;

/// <summary>Lines of a table, which ML.NET reads as if they were a file: so that it can be given some of them.</summary>
internal sealed class TableLines : IMultiStreamSource
{
    private readonly string _header;
    private readonly string[] _lines;

    private TableLines(string header, string[] lines) => (_header, _lines) = (header, lines);

    int IMultiStreamSource.Count => 1;

    /// <summary>Lines without the header.</summary>
    public int Count => _lines.Length;

    public char Separator => _header.Contains('\t', StringComparison.Ordinal) ? '\t' : ',';

    public int ColumnCount => _header.Split(Separator).Length;

    /// <summary>The header as the only line.</summary>
    public TableLines HeaderAlone => new(_header, [_header]);

    /// <param name="path">A file, plain or gzip; lines that are empty or begin with // are comments, the first other one is the header.</param>
    public static TableLines Read(string path)
    {
        using FileStream file = File.OpenRead(path);
        using Stream plain = path.EndsWith(".gz", StringComparison.Ordinal) ? new GZipStream(file, CompressionMode.Decompress) : file;
        using var reader = new StreamReader(plain);
        string[] lines = [.. reader.ReadToEnd().Split(['\n', '\r'], StringSplitOptions.RemoveEmptyEntries).Where(line => !line.StartsWith("//", StringComparison.Ordinal))];
        return lines.Length > 1 ? new(lines[0].TrimStart('#'), lines[1..]) : throw new InvalidDataException($"'{path}': expected a header and rows, found {lines.Length} lines.");
    }

    public TableLines Take(IEnumerable<int> rows) => new(_header, [.. rows.Select(row => _lines[row])]);

    string? IMultiStreamSource.GetPathOrNull(int index) => null;

    Stream IMultiStreamSource.Open(int index) => new MemoryStream(Encoding.UTF8.GetBytes(string.Join('\n', _lines)));

    TextReader IMultiStreamSource.OpenTextReader(int index) => new StringReader(string.Join('\n', _lines));
}
