using System.Globalization;
using Microsoft.ML.Data;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.Trainers.VariationalDropout.Network;

namespace Microsoft.ML.Trainers.VariationalDropout.Onnx;

/// <summary>Runs a graph on ONNX Runtime and compares what it gives with the columns of ML.NET.</summary>
internal static class OnnxVerifier
{
    /// <summary>Rows that an export is verified with.</summary>
    public const int DefaultRows = 64;

    /// <summary>Rows that the runtime is given at once.</summary>
    private const int BatchRows = 64;

    /// <summary>Two units in the last place of a number of 32 bits.</summary>
    private const double SingleRounding = 1.0 / (1 << 22);

    /// <param name="bytes">The file.</param>
    /// <param name="graph">The graph in it, and what to compare it with.</param>
    /// <param name="tolerance">See <see cref="OnnxExportOptions.VerificationTolerance"/>.</param>
    /// <param name="isRandom">Whether the runtime draws: then only shapes are compared, and that numbers are finite where ML.NET's are.</param>
    /// <param name="maximumRows">How many rows of the data are compared, from the first.</param>
    /// <returns>How many rows there were.</returns>
    /// <exception cref="OnnxVerificationException">They differ.</exception>
    /// <exception cref="InvalidOperationException">There are no rows.</exception>
    public static int Verify(byte[] bytes, ExportedGraph graph, float tolerance, bool isRandom, int maximumRows = DefaultRows)
    {
        string[] inputs = [.. graph.Model.Graph.Inputs.Select(input => input.Name)];
        List<ColumnValues> feeds = ColumnValues.Read(graph.Data, inputs, maximumRows);
        List<ColumnValues> expected = ColumnValues.Read(graph.Expected, [.. graph.Columns.Select(column => column.Column)], maximumRows);
        int rows = expected[0].Rows;
        if (rows == 0)
            throw new InvalidOperationException($"The sample data has no rows to verify the graph with: give some, or set {nameof(OnnxExportOptions.Verify)} to false.");

        // At least two rows at once: what mixes up rows does not show with one.
        int[] order = rows == 1 ? [0, 0] : [.. Enumerable.Range(0, rows)];
        feeds = [.. feeds.Select(feed => feed.Take(order))];
        expected = [.. expected.Select(column => column.Take(order))];
        var comparison = new ColumnComparison(graph, tolerance, order, maximumRows);

        using InferenceSession session = Open(bytes, graph);
        int size = feeds.Any(feed => feed.Shape is null) ? 1 : BatchRows;
        for (int start = 0; start < order.Length; start += size)
        {
            int[] batch = [.. Enumerable.Range(start, Math.Min(size, order.Length - start))];
            List<(Array Values, long[] Shape)> actual = Run(session, graph, [.. feeds.Select(feed => feed.Take(batch))], [.. graph.Columns.Select(column => column.Output)]);
            for (int i = 0; i < actual.Count; i++)
                comparison.Compare(expected[i].Take(batch), actual[i].Values, actual[i].Shape, start, isRandom);
        }

        return rows;
    }

    private static InferenceSession Open(byte[] bytes, ExportedGraph graph)
    {
        // What goes wrong comes as an exception; the runtime's own log would go to the console.
        using var options = new SessionOptions { LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL, IntraOpNumThreads = 1, InterOpNumThreads = 1 };
        try
        {
            return new InferenceSession(bytes, options);
        }
        catch (OnnxRuntimeException exception)
        {
            throw new OnnxVerificationException($"ONNX Runtime does not load the exported graph{Place(graph, exception)}: {exception.Message}", exception);
        }
    }

    private static List<(Array Values, long[] Shape)> Run(InferenceSession session, ExportedGraph graph, List<ColumnValues> feeds, string[] outputs)
    {
        var values = new List<OrtValue>();
        try
        {
            foreach (ColumnValues feed in feeds)
                values.Add(RuntimeValues.Create(feed.Values, feed.Shape!));
            using var options = new RunOptions();
            using IDisposableReadOnlyCollection<OrtValue> results = session.Run(options, [.. feeds.Select(feed => feed.Name)], values, outputs);
            return [.. results.Select(result => (RuntimeValues.Read(result), result.GetTensorTypeAndShape().Shape))];
        }
        catch (OnnxRuntimeException exception)
        {
            throw new OnnxVerificationException($"ONNX Runtime does not run the exported graph on the sample rows{Place(graph, exception)}: {exception.Message}", exception);
        }
        finally
        {
            foreach (OrtValue value in values)
                value.Dispose();
        }
    }

    /// <summary>The step whose node the runtime names, as Name:'node' or Node (node).</summary>
    private static string Place(ExportedGraph graph, OnnxRuntimeException exception)
        => graph.StepOfNode.FirstOrDefault(pair => exception.Message.Contains($"'{pair.Key}'", StringComparison.Ordinal) || exception.Message.Contains($"({pair.Key})", StringComparison.Ordinal)) is { Value: string step }
            ? $", at {step}"
            : "";

    /// <summary>How near is near enough, column by column.</summary>
    private sealed class ColumnComparison
    {
        private readonly float _tolerance;
        private readonly int[] _rows;
        private readonly IReadOnlyList<PipelineStep> _steps;

        /// <summary>Per column: mean and standard deviation of the training targets that the column is in the units of.</summary>
        private readonly Dictionary<string, TargetScaling> _targets = new(StringComparer.Ordinal);

        /// <summary>Per row: by how much the first class is ahead; null without a classifier.</summary>
        private readonly double[]? _margins;

        /// <summary>Of prediction sets and their sizes, per row: how near a class is to being in or out.</summary>
        private readonly Dictionary<string, double[]> _setMargins = new(StringComparer.Ordinal);

        public ColumnComparison(ExportedGraph graph, float tolerance, int[] rows, int maximumRows)
        {
            _tolerance = tolerance;
            _rows = rows;
            _steps = graph.Steps;
            if (_steps.LastOrDefault(step => step.IsPredictor) is not PipelineStep predictor)
                return;
            _margins = ReadMargins(predictor, maximumRows);
            foreach (PipelineStep step in _steps)
            {
                if (step.Maker is ConformalPredictionSetTransformer sets)
                    _setMargins[sets.Columns.Set] = _setMargins[sets.Columns.Size] = ReadSetMargins(step, sets, maximumRows);
            }

            if (predictor.Network?.Model.Network.Targets is TargetScaling targets)
            {
                foreach (string column in predictor.AddedColumns.Concat(_steps.Where(step => step.Maker is ConformalIntervalTransformer).SelectMany(step => step.AddedColumns)))
                    _targets.TryAdd(column, targets);
            }
        }

        public void Compare(ColumnValues expected, Array actual, long[] shape, int firstRow, bool isRandom)
        {
            string column = expected.Name;
            if (shape.Length == 0 || shape[0] != expected.Rows || actual.Length != expected.Values.Length)
            {
                throw new OnnxVerificationException(
                    $"The exported graph differs from ML.NET: the column '{column}' of {expected.Rows} rows has the shape [{string.Join(", ", shape)}] instead of [{string.Join(", ", expected.Shape ?? [])}].",
                    column);
            }

            int value = 0;
            for (int row = 0; row < expected.Rows; row++)
            {
                for (int slot = 0; slot < expected.Widths[row]; slot++, value++)
                {
                    object? before = expected.Values.GetValue(value), after = actual.GetValue(value);
                    if (isRandom ? !IsFinite(before) || IsFinite(after) : AreEqual(column, slot, firstRow + row, before, after))
                        continue;
                    string place = expected.Type is VectorDataViewType ? $", slot {slot}," : "";
                    throw new OnnxVerificationException(
                        string.Create(CultureInfo.InvariantCulture, $"The exported graph differs from ML.NET: the column '{column}' of row {_rows[firstRow + row]}{place} is {Describe(after)} instead of {Describe(before)} (tolerance {_tolerance})."),
                        column,
                        _rows[firstRow + row],
                        before,
                        after);
                }
            }
        }

        /// <summary>True of what is no number.</summary>
        private static bool IsFinite(object? value) => value switch
        {
            float number => float.IsFinite(number),
            double number => double.IsFinite(number),
            _ => true,
        };

        private static string Describe(object? value) => value switch
        {
            string text => $"'{text}'",
            float number => number.ToString("R", CultureInfo.InvariantCulture),
            _ => Convert.ToString(value, CultureInfo.InvariantCulture) ?? "nothing",
        };

        private bool AreEqual(string column, int slot, int row, object? expected, object? actual)
        {
            if (expected is not (float or double))
                return Equals(expected, actual) || (_setMargins.TryGetValue(column, out double[]? margins) ? margins[row] < _tolerance : _margins?[row] < _tolerance && IsLabel(column));
            if (actual is not (float or double))
                return false;
            double a = Convert.ToDouble(actual, CultureInfo.InvariantCulture), b = Convert.ToDouble(expected, CultureInfo.InvariantCulture);
            if (a.Equals(b))
                return true;
            if (!_targets.TryGetValue(column, out TargetScaling? targets))
                return Math.Abs(a - b) <= _tolerance * Math.Max(1, Math.Abs(b));

            // On the standardised target; but no number of 32 bits is nearer to another than its last digit.
            int target = slot % targets.Scales.Length;
            double centered = column == DefaultColumnNames.Score ? b - targets.Means[target] : b;
            return Math.Abs(a - b) <= (_tolerance * Math.Max(targets.Scales[target], Math.Abs(centered))) + (SingleRounding * Math.Abs(b));
        }

        /// <summary>Whether a column says which class it is: it comes from the predictor, or from what follows it.</summary>
        private bool IsLabel(string column) => _steps.SkipWhile(step => !step.IsPredictor).Any(step => step.AddedColumns.Contains(column));

        private double[] ReadSetMargins(PipelineStep step, ConformalPredictionSetTransformer sets, int maximumRows)
        {
            ColumnValues scores = ColumnValues.Read(step.View.Source, [sets.Columns.Score], maximumRows)[0].Take(_rows);
            return [.. ((float[])scores.Values).Chunk(scores.Widths[0]).Select(row => sets.Margin(row))];
        }

        private double[]? ReadMargins(PipelineStep predictor, int maximumRows)
        {
            DataViewSchema schema = predictor.View.Schema;
            if (schema.GetColumnOrNull(DefaultColumnNames.PredictedLabel) is null || schema.GetColumnOrNull(DefaultColumnNames.Score) is not DataViewSchema.Column score)
                return null;
            string name = schema.GetColumnOrNull(DefaultColumnNames.Probability)?.Name ?? score.Name;
            ColumnValues values = ColumnValues.Read(predictor.View, [name], maximumRows)[0].Take(_rows);
            if (values.Values is not float[] numbers)
                return null;
            int width = values.Widths[0];
            if (width > 1)
                return [.. numbers.Chunk(width).Select(scores => scores.Order().TakeLast(2).Aggregate((second, first) => first - second)).Select(margin => (double)margin)];

            // Of two classes: the distance from where the label changes.
            float threshold = predictor.Part is VariationalDropoutBinaryPredictionTransformer binary ? binary.Threshold : name == score.Name ? 0 : 0.5f;
            return [.. numbers.Select(number => (double)Math.Abs(number - threshold))];
        }
    }
}
