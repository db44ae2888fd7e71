namespace Microsoft.ML.Trainers.VariationalDropout.DefaultsStudy.Report;

/// <summary>A table as people read it.</summary>
/// <param name="Title">What it shows.</param>
/// <param name="Heads">Of the columns; the first is the rows' name.</param>
/// <param name="Rows">A text for each column.</param>
internal sealed record ReportTable(string Title, IReadOnlyList<string> Heads, IReadOnlyList<IReadOnlyList<string>> Rows)
{
    /// <summary>The table with one column more.</summary>
    public ReportTable With(string head, IEnumerable<string> cells)
        => this with { Heads = [.. Heads, head], Rows = [.. Rows.Zip(cells, (row, cell) => (IReadOnlyList<string>)[.. row, cell])] };
}
