namespace ModelComparison.Data;

/// <summary>What a label says about the task.</summary>
/// <param name="Task">What is predicted.</param>
/// <param name="Classes">The classes, in order; of two, the second is the positive one. Empty for numbers.</param>
internal sealed record LabelInference(LearningTask Task, IReadOnlyList<string> Classes)
{
    /// <summary>A label of more whole numbers than that is taken for a number.</summary>
    public const int MostNumberedClasses = 10;

    /// <summary>Rows of a class without which it can be either trained or tested on, and not both: cross-validation does both.</summary>
    public const int FewestRowsOfClass = 2;

    /// <summary>The classes of too few rows, in order.</summary>
    public IReadOnlyList<string> RareClasses(CsvTable table, int label)
    {
        ILookup<string, int> counts = table.Rows.ToLookup(row => row[label], _ => 1, StringComparer.Ordinal);
        return [.. Classes.Where(name => counts[name].Count() < FewestRowsOfClass)];
    }

    /// <param name="table">The rows, each with a label.</param>
    /// <param name="label">The label's column.</param>
    /// <param name="task">What the user says; null to infer it.</param>
    /// <param name="hints">What stands for missing values.</param>
    /// <exception cref="InvalidDataException">The label is constant, or does not suit the task.</exception>
    public static LabelInference Of(CsvTable table, int label, LearningTask? task, ColumnHints hints)
    {
        string name = table.Header[label];
        string[] cells = [.. table.Rows.Select(row => row[label])];
        string[] values = [.. cells.Distinct(StringComparer.Ordinal)];
        if (values.Length == 1)
            throw new InvalidDataException($"'{table.Source}': the label '{name}' is '{values[0]}' in all {cells.Length} rows; there is nothing to predict.");

        bool areNumbers = task switch
        {
            LearningTask.Regression => AllNumbers(table, label, hints),
            null when values.Length > 2 => ColumnInference.AreNumbers(table, label, cells, hints, "--task multiclass if they are the names of classes"),
            _ => values.All(value => !float.IsNaN(Number(value))),
        };
        LearningTask found = task ?? values.Length switch
        {
            2 => LearningTask.Binary,
            <= MostNumberedClasses when values.All(value => float.IsNaN(Number(value)) || float.IsInteger(Number(value))) => LearningTask.Multiclass,
            _ => areNumbers ? LearningTask.Regression : LearningTask.Multiclass,
        };
        if (found == LearningTask.Regression)
            return new(found, []);

        if (found == LearningTask.Binary && values.Length != 2)
            throw new InvalidDataException($"--task binary: the label '{name}' must have two values; it has {values.Length}.");
        if (values.Length > ColumnInference.MostCategories)
        {
            throw new InvalidDataException(
                $"'{table.Source}': the label '{name}' has {values.Length} different texts; at most {ColumnInference.MostCategories} classes are taken. Is it the label?");
        }

        return new(found, areNumbers ? [.. values.OrderBy(Number)] : [.. values.Order(StringComparer.Ordinal)]);

        float Number(string value) => ColumnInference.Number(value, hints);
    }

    private static bool AllNumbers(CsvTable table, int label, ColumnHints hints)
    {
        for (int row = 0; row < table.Rows.Count; row++)
        {
            string cell = table.Rows[row][label];
            if (float.IsNaN(ColumnInference.Number(cell, hints)))
            {
                throw new InvalidDataException(
                    $"'{table.Source}', line {table.Lines[row]}, column '{table.Header[label]}': --task regression needs finite numbers; found '{cell}'."
                    + (WrittenNumber.IsOtherwise(cell, hints.DecimalComma) ? $" {WrittenNumber.Rule(cell, hints.DecimalComma)}." : ""));
            }
        }

        return true;
    }
}
