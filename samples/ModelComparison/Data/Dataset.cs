using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms;

namespace ModelComparison.Data;

/// <summary>A table whose columns are understood: rows with a label and what becomes features.</summary>
internal sealed class Dataset
{
    /// <summary>The columns that trainers read.</summary>
    public const string Label = "Label", Features = "Features";

    /// <summary>Slots of a column whose texts are hashed: 2 to this power.</summary>
    private const int HashBits = 8;

    /// <summary>A message names no more classes.</summary>
    private const int MostNames = 10;

    private readonly ColumnHints _hints;
    private readonly int _labelIndex;
    private readonly string[] _lines;
    private readonly int[] _classes;

    private Dataset(CsvTable table, int label, LabelInference inference, IReadOnlyList<TableColumn> columns, ColumnHints hints)
    {
        (Table, Task, Classes, Columns) = (table, inference.Task, inference.Classes, columns);
        (_labelIndex, _hints) = (label, hints);
        Dictionary<string, int> classes = Classes.Select((name, index) => (name, index)).ToDictionary(pair => pair.name, pair => pair.index);
        _classes = [.. table.Rows.Select(cells => Task == LearningTask.Regression ? 0 : classes[cells[label]])];
        _lines =
        [
            .. table.Rows.Select((cells, row) => TableLines.Line([LabelText(row), .. Used.Select(column => CellText(column, cells[column.Index]))])),
        ];
    }

    public CsvTable Table { get; }

    public string LabelName => Table.Header[_labelIndex];

    public LearningTask Task { get; }

    /// <summary>The classes in order; empty for a regression.</summary>
    public IReadOnlyList<string> Classes { get; }

    /// <summary>All columns but the label.</summary>
    public IReadOnlyList<TableColumn> Columns { get; }

    public int RowCount => _lines.Length;

    /// <summary>How many rows of the file are left out because their label is missing.</summary>
    public int RowsWithoutLabel { get; private init; }

    /// <summary>Classes whose only row is left out: it could be trained on or tested on, and cross-validation does both.</summary>
    public IReadOnlyList<string> ClassesOfOneRow { get; private init; } = [];

    /// <summary>Which rows are left out because of that; null for none.</summary>
    public string? NoteOnClassesOfOneRow => ClassesOfOneRow.Count == 0
        ? null
        : $"Left out: {ClassesOfOneRow.Count} {(ClassesOfOneRow.Count == 1 ? "row" : "rows")} of '{LabelName}', the only {(ClassesOfOneRow.Count == 1 ? "one of its class" : "ones of their classes")}, "
            + $"{NamesOf(ClassesOfOneRow)}. Cross-validation needs at least {LabelInference.FewestRowsOfClass} rows of a class, to train on one and test on the other.";

    private IEnumerable<TableColumn> Used => Columns.Where(column => column.Kind != ColumnKind.LeftOut);

    /// <param name="table">The table.</param>
    /// <param name="labelName">The label's column.</param>
    /// <param name="task">The task; null to infer it from the label.</param>
    /// <param name="hints">What the user knows about columns.</param>
    /// <exception cref="InvalidDataException">
    /// A column is not there, a cell cannot be read, the label is constant, too few classes have two rows, or no feature is left.
    /// </exception>
    public static Dataset Create(CsvTable table, string labelName, LearningTask? task, ColumnHints hints)
    {
        int label = table.Find(labelName, "--label");
        foreach (string name in hints.Categories)
            table.Find(name, "--categories");
        foreach (string name in hints.Ignored)
            table.Find(name, "--ignore");
        CsvTable labelled = table.Take(Enumerable.Range(0, table.Rows.Count).Where(row => !ColumnInference.IsMissing(table.Rows[row][label], hints)));
        if (labelled.Rows.Count == 0)
            throw new InvalidDataException($"'{table.Source}': the label '{labelName}' is missing in all {table.Rows.Count} rows.");

        LabelInference inference = LabelInference.Of(labelled, label, task, hints);
        int rowsWithoutLabel = table.Rows.Count - labelled.Rows.Count;
        IReadOnlyList<string> rare = inference.RareClasses(labelled, label);
        if (rare.Count > 0)
        {
            if (inference.Classes.Count - rare.Count < 2)
            {
                throw new InvalidDataException(
                    $"'{table.Source}': the label '{labelName}' needs two classes of at least {LabelInference.FewestRowsOfClass} rows each, to train on one and test on the other; "
                    + $"{NamesOf(rare)} {(rare.Count == 1 ? "has" : "have")} one row{(rare.Count == 1 ? "" : " each")} of {labelled.Rows.Count}.");
            }

            CsvTable all = labelled;
            labelled = all.Take(Enumerable.Range(0, all.Rows.Count).Where(row => !rare.Contains(all.Rows[row][label])));

            // They are classes still, and may be two now.
            inference = LabelInference.Of(labelled, label, task ?? (inference.Classes.Count - rare.Count == 2 ? LearningTask.Binary : LearningTask.Multiclass), hints);
        }

        IEnumerable<int> others = Enumerable.Range(0, table.Header.Count).Where(index => index != label);
        TableColumn[] columns = [.. others.Select(index => ColumnInference.Infer(labelled, index, hints))];
        if (columns.All(column => column.Kind == ColumnKind.LeftOut))
        {
            string reasons = string.Join("; ", columns.Select(column => $"{column.Name}: {column.Reason}"));
            throw new InvalidDataException($"'{table.Source}': no column is left to predict '{labelName}' from: {reasons}.");
        }

        return new(labelled, label, inference, columns, hints) { RowsWithoutLabel = rowsWithoutLabel, ClassesOfOneRow = rare };
    }

    /// <summary>The class of a row, from 0.</summary>
    public int ClassOf(int row) => _classes[row];

    /// <summary>The number of a row that a regression predicts.</summary>
    public float TargetOf(int row) => ColumnInference.Number(Table.Rows[row][_labelIndex], _hints);

    /// <summary>Some of the rows, each column under its name and the label under its own.</summary>
    public IDataView Load(MLContext mlContext, IReadOnlyList<int> rows)
    {
        TextLoader.Column label = Task switch
        {
            LearningTask.Binary => new(LabelName, DataKind.Boolean, 0),
            LearningTask.Multiclass => new(LabelName, DataKind.UInt32, [new(0)], new KeyCount((ulong)Classes.Count)),
            _ => new(LabelName, DataKind.Single, 0),
        };
        IEnumerable<TextLoader.Column> columns = Used.Select((column, index) => new TextLoader.Column(
            column.Name, column.Kind == ColumnKind.Number ? DataKind.Single : DataKind.String, index + 1));
        TextLoader loader = mlContext.Data.CreateTextLoader([label, .. columns], TableLines.Separator, allowQuoting: false);
        return loader.Load(new TableLines([.. rows.Select(row => _lines[row])]));
    }

    /// <summary>
    /// The transforms that make <see cref="Features"/> of such rows. Numbers are scaled to mean 0 and variance 1, which linear trainers need, as does
    /// variational dropout where texts make rows so wide that they are held sparse, whose features it does not scale one by one;
    /// trees do not mind. Missing numbers get the mean of the column and a feature that says so; a missing category is a row of zeros among the features of its column.
    /// </summary>
    public IEstimator<ITransformer> CreateFeaturization(MLContext mlContext)
    {
        TransformsCatalog transforms = mlContext.Transforms;
        InputOutputColumnPair[] numbers = OfKind(ColumnKind.Number), categories = OfKind(ColumnKind.Category), hashed = OfKind(ColumnKind.HashedCategory);
        List<string> taken = [.. Table.Header];
        string[] gaps = [.. Used.Where(column => column.Kind == ColumnKind.Number && column.HasMissing).Select(column => column.Name)];
        InputOutputColumnPair[] indicators = [.. gaps.Select(name => new InputOutputColumnPair(Make($"{name} is missing"), name))];
        InputOutputColumnPair[] inPlace = [.. gaps.Select(name => new InputOutputColumnPair(name))];

        var steps = new EstimatorChain<ITransformer>();
        if (gaps.Length > 0)
        {
            steps = steps.Append<ITransformer>(transforms.IndicateMissingValues(indicators))
                .Append<ITransformer>(transforms.Conversion.ConvertType([.. indicators.Select(pair => new InputOutputColumnPair(pair.OutputColumnName))]))
                .Append<ITransformer>(transforms.ReplaceMissingValues(inPlace, MissingValueReplacingEstimator.ReplacementMode.Mean));
        }

        if (numbers.Length > 0)
            steps = steps.Append<ITransformer>(transforms.NormalizeMeanVariance(numbers, fixZero: false));
        if (categories.Length > 0)
            steps = steps.Append<ITransformer>(transforms.Categorical.OneHotEncoding(categories));
        if (hashed.Length > 0)
            steps = steps.Append<ITransformer>(transforms.Categorical.OneHotHashEncoding(hashed, numberOfBits: HashBits));
        foreach (InputOutputColumnPair text in OfKind(ColumnKind.Text))
            steps = steps.Append<ITransformer>(transforms.Text.FeaturizeText(text.OutputColumnName));
        string[] parts = [.. Used.Select(column => column.Name), .. indicators.Select(pair => pair.OutputColumnName)];
        // The label may be headed "Features", and a feature "Label": both are read before they are hidden.
        string labelCopy = Make("label of the table");
        return steps.Append<ITransformer>(transforms.CopyColumns(labelCopy, LabelName))
            .Append<ITransformer>(transforms.Concatenate(Features, parts))
            .Append<ITransformer>(transforms.CopyColumns(Label, labelCopy));

        string Make(string wanted)
        {
            string name = FreeName.Of(wanted, taken);
            taken.Add(name);
            return name;
        }
    }

    /// <summary>In quotes, the first few of many.</summary>
    private static string NamesOf(IReadOnlyList<string> classes)
        => string.Join(", ", classes.Take(MostNames).Select(name => $"'{name}'")) + (classes.Count > MostNames ? $" and {classes.Count - MostNames} more" : "");

    private InputOutputColumnPair[] OfKind(ColumnKind kind) => [.. Used.Where(column => column.Kind == kind).Select(column => new InputOutputColumnPair(column.Name))];

    private string LabelText(int row) => Task == LearningTask.Regression ? Text(TargetOf(row)) : _classes[row].ToString(CultureInfo.InvariantCulture);

    /// <summary>What ML.NET reads as the cell; as a missing value where it is one.</summary>
    private string CellText(TableColumn column, string cell) => column.Kind == ColumnKind.Number
        ? Text(ColumnInference.IsMissing(cell, _hints) ? float.NaN : ColumnInference.Number(cell, _hints))
        : ColumnInference.IsMissing(cell, _hints) ? "" : cell;

    private static string Text(float number) => number.ToString(CultureInfo.InvariantCulture);
}
