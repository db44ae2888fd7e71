using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms;

namespace ModelComparison.Data;

/// <summary>A table whose columns are understood: rows with a label and what becomes features.</summary>
internal sealed class Dataset
{
    /// <summary>The columns that trainers read.</summary>
    public const string Label = "Label", Features = "Features";

    private readonly TableRow[] _rows;
    private readonly int[] _classes;

    private Dataset(CsvTable table, int label, LabelInference inference, IReadOnlyList<TableColumn> columns, ColumnHints hints, int rowsWithoutLabel)
    {
        (Table, LabelName, Task, Classes, Columns, RowsWithoutLabel) = (table, table.Header[label], inference.Task, inference.Classes, columns, rowsWithoutLabel);
        Dictionary<string, int> classes = Classes.Select((name, index) => (name, index)).ToDictionary(pair => pair.name, pair => pair.index);
        _classes = [.. table.Rows.Select(cells => Task == LearningTask.Regression ? 0 : classes[cells[label]])];
        _rows = [.. table.Rows.Select((cells, row) => new TableRow
        {
            Numbers = [.. Numbers(withGaps: false).Select(column => ColumnInference.Number(cells[column.Index]))],
            NumbersWithGaps = [.. Numbers(withGaps: true).Select(column => ColumnInference.Number(Known(cells[column.Index])))],
            Categories = [.. OfKind(ColumnKind.Category).Select(column => Known(cells[column.Index]))],
            HashedCategories = [.. OfKind(ColumnKind.HashedCategory).Select(column => Known(cells[column.Index]))],
            Texts = [.. OfKind(ColumnKind.Text).Select(column => Known(cells[column.Index]))],
            IsPositive = _classes[row] == 1,
            ClassKey = (uint)_classes[row],
            Target = Task == LearningTask.Regression ? ColumnInference.Number(cells[label]) : 0,
        })];

        string Known(string cell) => ColumnInference.IsMissing(cell, hints) ? "" : cell;
    }

    public CsvTable Table { get; }

    public string LabelName { get; }

    public LearningTask Task { get; }

    /// <summary>The classes in order; empty for a regression.</summary>
    public IReadOnlyList<string> Classes { get; }

    /// <summary>All columns but the label.</summary>
    public IReadOnlyList<TableColumn> Columns { get; }

    public int RowCount => _rows.Length;

    /// <summary>How many rows of the file are left out because their label is missing.</summary>
    public int RowsWithoutLabel { get; }

    /// <param name="table">The table.</param>
    /// <param name="labelName">The label's column.</param>
    /// <param name="task">The task; null to infer it from the label.</param>
    /// <param name="hints">What the user knows about columns.</param>
    /// <exception cref="InvalidDataException">A column is not there, a cell cannot be read, the label is constant, or no feature is left.</exception>
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
        TableColumn[] columns = [.. Enumerable.Range(0, table.Header.Count).Where(index => index != label).Select(index => ColumnInference.Infer(labelled, index, hints))];
        if (columns.All(column => column.Kind == ColumnKind.LeftOut))
            throw new InvalidDataException($"'{table.Source}': no column is left to predict '{labelName}' from: {string.Join("; ", columns.Select(column => $"{column.Name}: {column.Reason}"))}.");
        return new(labelled, label, inference, columns, hints, table.Rows.Count - labelled.Rows.Count);
    }

    /// <summary>The class of a row, from 0.</summary>
    public int ClassOf(int row) => _classes[row];

    /// <summary>The number of a row that a regression predicts.</summary>
    public float TargetOf(int row) => _rows[row].Target;

    /// <summary>Some of the rows, as the kinds of the columns and the task need them.</summary>
    public IDataView Load(MLContext mlContext, IReadOnlyList<int> rows)
    {
        var schema = SchemaDefinition.Create(typeof(TableRow));
        SetVector(schema, nameof(TableRow.Numbers), NumberDataViewType.Single, [.. Numbers(withGaps: false)]);
        SetVector(schema, nameof(TableRow.NumbersWithGaps), NumberDataViewType.Single, [.. Numbers(withGaps: true)]);
        SetVector(schema, nameof(TableRow.Categories), TextDataViewType.Instance, [.. OfKind(ColumnKind.Category)]);
        SetVector(schema, nameof(TableRow.HashedCategories), TextDataViewType.Instance, [.. OfKind(ColumnKind.HashedCategory)]);
        SetVector(schema, nameof(TableRow.Texts), TextDataViewType.Instance, [.. OfKind(ColumnKind.Text)]);

        string label = LabelMember;
        schema.RemoveAll(column => column.MemberName is nameof(TableRow.IsPositive) or nameof(TableRow.ClassKey) or nameof(TableRow.Target) && column.MemberName != label);
        SchemaDefinition.Column labelColumn = schema.Single(column => column.MemberName == label);
        labelColumn.ColumnName = Label;
        if (Task == LearningTask.Multiclass)
        {
            labelColumn.ColumnType = new KeyDataViewType(typeof(uint), Classes.Count);
            labelColumn.AddAnnotation("KeyValues", Texts(Classes), new VectorDataViewType(TextDataViewType.Instance, Classes.Count));
        }

        return mlContext.Data.LoadFromEnumerable(rows.Select(row => _rows[row]), schema);
    }

    /// <summary>
    /// The transforms that make <see cref="Features"/> of such rows. Numbers are scaled to mean 0 and variance 1, which linear trainers need, as does variational dropout
    /// where texts make rows so wide that they are held sparse; trees do not mind. Missing numbers get the mean of the column and a feature that says so; a missing category
    /// is a row of zeros among the features of its column.
    /// </summary>
    public IEstimator<ITransformer> CreateFeaturization(MLContext mlContext)
    {
        TransformsCatalog transforms = mlContext.Transforms;
        var steps = new EstimatorChain<ITransformer>();
        List<string> parts = [];
        if (Numbers(withGaps: false).Any())
        {
            steps = steps.Append<ITransformer>(transforms.NormalizeMeanVariance(nameof(TableRow.Numbers), fixZero: false));
            parts.Add(nameof(TableRow.Numbers));
        }

        if (Numbers(withGaps: true).Any())
        {
            const string IsMissing = "IsMissing", Replaced = "Replaced";
            steps = steps
                .Append<ITransformer>(transforms.IndicateMissingValues(IsMissing, nameof(TableRow.NumbersWithGaps)))
                .Append<ITransformer>(transforms.Conversion.ConvertType(IsMissing))
                .Append<ITransformer>(transforms.ReplaceMissingValues(Replaced, nameof(TableRow.NumbersWithGaps), MissingValueReplacingEstimator.ReplacementMode.Mean))
                .Append<ITransformer>(transforms.NormalizeMeanVariance(Replaced, fixZero: false));
            parts.AddRange([Replaced, IsMissing]);
        }

        Append(ColumnKind.Category, nameof(TableRow.Categories), name => transforms.Categorical.OneHotEncoding(name));
        Append(ColumnKind.HashedCategory, nameof(TableRow.HashedCategories), name => transforms.Categorical.OneHotHashEncoding(name, numberOfBits: 8));
        Append(ColumnKind.Text, nameof(TableRow.Texts), name => transforms.Text.FeaturizeText(name));
        return steps.Append<ITransformer>(transforms.Concatenate(Features, [.. parts]));

        void Append(ColumnKind kind, string name, Func<string, IEstimator<ITransformer>> create)
        {
            if (!OfKind(kind).Any())
                return;
            steps = steps.Append(create(name));
            parts.Add(name);
        }
    }

    private string LabelMember => Task switch
    {
        LearningTask.Binary => nameof(TableRow.IsPositive),
        LearningTask.Multiclass => nameof(TableRow.ClassKey),
        _ => nameof(TableRow.Target),
    };

    private static void SetVector(SchemaDefinition schema, string member, PrimitiveDataViewType type, TableColumn[] columns)
    {
        SchemaDefinition.Column column = schema.Single(column => column.MemberName == member);
        if (columns.Length == 0)
        {
            schema.Remove(column);
            return;
        }

        column.ColumnType = new VectorDataViewType(type, columns.Length);
        column.AddAnnotation("SlotNames", Texts([.. columns.Select(named => named.Name)]), new VectorDataViewType(TextDataViewType.Instance, columns.Length));
    }

    private static VBuffer<ReadOnlyMemory<char>> Texts(IReadOnlyList<string> names) => new(names.Count, [.. names.Select(name => name.AsMemory())]);

    private IEnumerable<TableColumn> Numbers(bool withGaps) => OfKind(ColumnKind.Number).Where(column => column.HasMissing == withGaps);

    private IEnumerable<TableColumn> OfKind(ColumnKind kind) => Columns.Where(column => column.Kind == kind);
}
