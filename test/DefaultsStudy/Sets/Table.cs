using System.Globalization;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms;

namespace Microsoft.ML.Trainers.VariationalDropout.DefaultsStudy.Sets;

/// <summary>
/// A table of text lines, read by ML.NET. A column of which every known value is a number is numeric, any other is text. Features: numbers,
/// the missing ones replaced by the mean; texts one-hot, those with more than 80 values left out. Rows without a label are left out.
/// </summary>
internal sealed class Table
{
    private const int MostTexts = 80;

    private const string Fields = "Fields", Numbers = "Numbers", Features = "Features";

    private static readonly string[] Missing = ["", "NA", "?"];

    private readonly MLContext _context = new(seed: 1);
    private readonly TableLines _lines;
    private readonly int[] _numbers, _texts;

    private Table(TableLines lines, string path, string label, IEnumerable<string> leftOut)
    {
        string[] header = Read(lines.HeaderAlone, lines.ColumnCount)[0];
        string[][] rows = Read(lines, header.Length);
        if (rows.Length != lines.Count)
            throw new InvalidDataException($"'{path}': expected {lines.Count} rows, one a line, found {rows.Length}.");
        int[] left = [.. leftOut.Append(label).Select(name => Find(header, name, path))];

        int[] labelled = [.. Enumerable.Range(0, rows.Length).Where(row => !Missing.Contains(rows[row][left[^1]]))];
        Labels = [.. labelled.Select(row => rows[row][left[^1]])];
        _lines = lines.Take(labelled);

        ILookup<bool, int> isNumeric = Enumerable.Range(0, header.Length)
            .Where(column => !left.Contains(column) && header[column] != "rownames")
            .ToLookup(column => labelled.All(row => Missing.Contains(rows[row][column]) || double.TryParse(rows[row][column], CultureInfo.InvariantCulture, out _)));
        _numbers = [.. isNumeric[true]];
        _texts = [.. isNumeric[false].Where(column => labelled.Select(row => rows[row][column]).Distinct().Count() <= MostTexts)];
    }

    /// <summary>The label of each row, as text.</summary>
    public IReadOnlyList<string> Labels { get; }

    /// <param name="path">A file, plain or gzip, with a header; values with commas or tabs between them.</param>
    /// <param name="label">The label's column.</param>
    /// <param name="leftOut">Columns that are no features.</param>
    /// <exception cref="InvalidDataException">The file is not such a table, or lacks a column.</exception>
    public static Table Read(string path, string label, IEnumerable<string> leftOut) => new(TableLines.Read(path), path, label, leftOut);

    /// <summary>The features of some rows; means and lists of texts are those of the training rows.</summary>
    public (float[][] Train, float[][] Test) Prepare(int[] train, int[] test)
    {
        TextLoader.Column[] columns =
        [
            .. _numbers.Length == 0 ? [] : new TextLoader.Column[] { new(Numbers, DataKind.Single, [.. _numbers.Select(column => new TextLoader.Range(column))]) },
            .. _texts.Select(column => new TextLoader.Column(Name(column), DataKind.String, column)),
        ];
        IDataView trainRows = Load(_lines.Take(train), columns), testRows = Load(_lines.Take(test), columns);
        var steps = new EstimatorChain<ITransformer>();
        if (_numbers.Length > 0)
            steps = steps.Append<ITransformer>(_context.Transforms.ReplaceMissingValues(Numbers, replacementMode: MissingValueReplacingEstimator.ReplacementMode.Mean));
        foreach (int column in _texts)
            steps = steps.Append<ITransformer>(_context.Transforms.Categorical.OneHotEncoding(Name(column)));
        TransformerChain<ITransformer> preparation = steps.Append<ITransformer>(_context.Transforms.Concatenate(Features, [.. columns.Select(column => column.Name)])).Fit(trainRows);
        return (Values(trainRows), Values(testRows));

        float[][] Values(IDataView rows) => [.. preparation.Transform(rows).GetColumn<float[]>(Features)];
    }

    private string[][] Read(TableLines lines, int columns)
        => [.. Load(lines, [new(Fields, DataKind.String, 0, columns - 1)]).GetColumn<string[]>(Fields)];

    private IDataView Load(TableLines lines, TextLoader.Column[] columns) => _context.Data.CreateTextLoader(new TextLoader.Options
    {
        Columns = columns,
        Separators = [lines.Separator],
        AllowQuoting = true,
        TrimWhitespace = true,
        MissingRealsAsNaNs = true,
    }).Load(lines);

    private static string Name(int column) => string.Create(CultureInfo.InvariantCulture, $"Text{column}");

    private static int Find(string[] header, string name, string path)
        => Array.IndexOf(header, name) is int place and >= 0
            ? place
            : throw new InvalidDataException($"'{path}', line 1: expected a column '{name}', found {string.Join(", ", header)}.");
}
