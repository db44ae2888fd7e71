using System.Globalization;
using Microsoft.ML.Trainers.VariationalDropout.Onnx;

namespace ScoringService.Model;

/// <summary>Whether a card fits the inputs of its model.</summary>
internal static class ModelCardCheck
{
    /// <exception cref="InvalidDataException">It does not; the message names the column and the value.</exception>
    public static void Check(ModelCard card, IReadOnlyList<OnnxTensorInfo> inputs)
    {
        // JSON may hold null where the types say that there is none.
        if (card.Columns is null)
            throw Bad("columns must be an array; it is null");
        var names = new HashSet<string>(StringComparer.Ordinal);
        for (int i = 0; i < card.Columns.Count; i++)
        {
            ColumnCard? column = card.Columns[i];
            if (column?.Name is null)
                throw Bad($"columns[{i}] must be an object with a name; {(column is null ? "it" : "its name")} is null");
            if (!names.Add(column.Name))
                throw Bad($"the column '{column.Name}' is given twice");
            OnnxTensorInfo input = inputs.FirstOrDefault(input => input.Name == column.Name)
                ?? throw Bad($"the column '{column.Name}' is no input of the model; it has {string.Join(", ", inputs.Select(input => input.Name))}");
            CheckNumbers(column, input.ElementType != typeof(string) && input.ElementType != typeof(bool));
            CheckValues(column, input.ElementType == typeof(string));
        }
    }

    private static void CheckNumbers(ColumnCard column, bool isNumber)
    {
        (string Name, double? Value)[] numbers =
        [
            ("trainedMinimum", column.TrainedMinimum), ("trainedMaximum", column.TrainedMaximum), ("minimum", column.Minimum), ("maximum", column.Maximum),
            ("step", column.Step), ("value", column.Value),
        ];
        foreach ((string name, double? value) in numbers)
        {
            if (value is double given && (!isNumber || !double.IsFinite(given)))
                throw Bad(string.Create(CultureInfo.InvariantCulture, $"the column '{column.Name}' has the {name} {given}; {(isNumber ? "it must be finite" : "only a column of numbers has one")}"));
        }

        if (column.TrainedMinimum > column.TrainedMaximum)
            throw Bad(string.Create(CultureInfo.InvariantCulture, $"the column '{column.Name}' has the trainedMinimum {column.TrainedMinimum}, which is above the trainedMaximum {column.TrainedMaximum}"));
        if (column.Minimum is null != column.Maximum is null)
            throw Bad($"the column '{column.Name}' has a {(column.Minimum is null ? "maximum and no minimum" : "minimum and no maximum")}; a slider has both ends");
        if (column.Minimum >= column.Maximum)
            throw Bad(string.Create(CultureInfo.InvariantCulture, $"the column '{column.Name}' has the minimum {column.Minimum}, which is not below the maximum {column.Maximum}"));
        if (column.Step <= 0)
            throw Bad(string.Create(CultureInfo.InvariantCulture, $"the column '{column.Name}' has the step {column.Step}; it must be above 0"));
    }

    private static void CheckValues(ColumnCard column, bool isText)
    {
        if (column.Values is null)
            return;
        if (!isText)
            throw Bad($"the column '{column.Name}' has values; only a column of texts has them");
        if (column.Values.Any(value => value is null))
            throw Bad($"the column '{column.Name}' has a value that is null");
    }

    private static InvalidDataException Bad(string reason) => new($"The property '{ModelCard.PropertyName}' of the model is not what it should be: {reason}.");
}
