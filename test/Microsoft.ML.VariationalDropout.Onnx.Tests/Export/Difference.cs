using System.Globalization;
using Microsoft.ML.Data;
using Microsoft.ML.Trainers.VariationalDropout.Network;

namespace Microsoft.ML.Trainers.VariationalDropout.Onnx.Tests;

/// <summary>How far the outputs of a graph are from ML.NET's columns, in the units of the figures that are promised.</summary>
internal sealed class Difference
{
    private readonly List<ColumnValues> _expected;
    private readonly TargetScaling? _targets;

    /// <summary>Per row: by how much the first class is ahead; null without a classifier.</summary>
    private readonly double[]? _margins;

    /// <param name="scored">The data after the predictor.</param>
    /// <param name="columns">The columns to compare.</param>
    /// <param name="targets">The units of a regression of this library.</param>
    public Difference(IDataView scored, IReadOnlyCollection<string> columns, TargetScaling? targets)
    {
        _expected = ColumnValues.Read(scored, columns, int.MaxValue);
        _targets = targets;
        if (scored.Schema.GetColumnOrNull("PredictedLabel") is null)
            return;
        string name = scored.Schema.GetColumnOrNull("Probability")?.Name ?? "Score";
        ColumnValues scores = ColumnValues.Read(scored, [name], int.MaxValue)[0];
        float[] values = (float[])scores.Values;
        _margins = scores.Type is VectorDataViewType
            ? [.. values.Chunk(scores.Widths[0]).Select(row => row.Order().TakeLast(2).ToArray()).Select(best => (double)best[1] - best[0])]
            : [.. values.Select(value => Math.Abs((double)value - (name == "Score" ? 0 : 0.5)))];
    }

    /// <summary>
    /// The largest |a − b| / max(1, |b|) of a number, on the standardised target of a regression; a label that differs counts by as much as
    /// the first class is ahead of the second, or of the threshold.
    /// </summary>
    /// <param name="actual">The outputs by the names of their columns.</param>
    /// <param name="rows">The rows of the data that they are of.</param>
    public double Largest(Func<string, OnnxOutput> actual, int[] rows)
    {
        double largest = 0;
        foreach (ColumnValues column in _expected)
        {
            ColumnValues expected = column.Take(rows);
            OnnxOutput output = actual(column.Name);
            string place = $"{column.Name}, {rows.Length} rows from {rows[0]}";
            CollectionAssert.AreEqual(expected.Shape, output.Shape, place);
            int width = expected.Values.Length / rows.Length;
            for (int i = 0; i < expected.Values.Length; i++)
            {
                object before = expected.Values.GetValue(i)!, after = output.Values.GetValue(i)!;
                if (before is float or double)
                    largest = Math.Max(largest, Of(column.Name, i % width, before, after));
                else if (!before.Equals(after) && _margins is not null && column.Name == "PredictedLabel")
                    largest = Math.Max(largest, _margins[rows[i]]);
                else
                    Assert.AreEqual(before, after, $"{place}, value {i}");
            }
        }

        return largest;
    }

    private double Of(string column, int slot, object before, object after)
    {
        double a = Convert.ToDouble(after, CultureInfo.InvariantCulture), b = Convert.ToDouble(before, CultureInfo.InvariantCulture);
        if (a.Equals(b))
            return 0;
        if (double.IsNaN(a) != double.IsNaN(b))
            return double.PositiveInfinity;
        if (_targets is null || !Tasks.ScoreColumns.Contains(column))
            return Math.Abs(a - b) / Math.Max(1, Math.Abs(b));
        int target = slot % _targets.Scales.Length;
        return Math.Abs(a - b) / Math.Max(_targets.Scales[target], Math.Abs(column == "Score" ? b - _targets.Means[target] : b));
    }
}
