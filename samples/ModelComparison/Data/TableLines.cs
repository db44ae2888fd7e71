using System.Text;
using Microsoft.ML.Data;

namespace ModelComparison.Data;

/// <summary>Rows in memory that ML.NET's loader reads as if they were a file: cells with tabs between them, without quotes.</summary>
internal sealed class TableLines(IReadOnlyList<string> lines) : IMultiStreamSource
{
    public const char Separator = '\t';

    int IMultiStreamSource.Count => 1;

    private string Text => string.Join('\n', lines);

    /// <summary>Cells as one line: white space of any kind within them is a space.</summary>
    public static string Line(IEnumerable<string> cells) => string.Join(Separator, cells.Select(cell => cell.ReplaceLineEndings(" ").Replace(Separator, ' ')));

    string? IMultiStreamSource.GetPathOrNull(int index) => null;

    Stream IMultiStreamSource.Open(int index) => new MemoryStream(Encoding.UTF8.GetBytes(Text));

    TextReader IMultiStreamSource.OpenTextReader(int index) => new StringReader(Text);
}
