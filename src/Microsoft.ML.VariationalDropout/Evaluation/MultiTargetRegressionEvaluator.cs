using Microsoft.ML.Data;
using Microsoft.ML.Internal.Utilities;
using Microsoft.ML.Runtime;
using Microsoft.ML.Trainers.VariationalDropout.Data;

namespace Microsoft.ML.Trainers.VariationalDropout;

/// <summary>Computes <see cref="MultiTargetRegressionMetrics"/> in one pass over scored data.</summary>
internal static class MultiTargetRegressionEvaluator
{
    public static MultiTargetRegressionMetrics Evaluate(IHostEnvironment env, IDataView data, string labelColumnName, string scoreColumnName)
    {
        IHost host = env.Register(nameof(MultiTargetRegressionEvaluator));
        DataViewSchema.Column label = SchemaColumns.FindVector(host, data.Schema, "label", labelColumnName, NumberDataViewType.Single);
        int size = label.Type.GetVectorSize();
        DataViewSchema.Column score = SchemaColumns.FindVector(host, data.Schema, "score", scoreColumnName, NumberDataViewType.Single, size);
        string? deviationName = new[] { scoreColumnName + RegressionUncertaintyEvaluator.StandardDeviationSuffix, scoreColumnName + RegressionUncertaintyEvaluator.AleatoricSuffix }
            .FirstOrDefault(name => data.Schema.GetColumnOrNull(name) is not null);
        DataViewSchema.Column? deviation = deviationName is null ? null : SchemaColumns.FindVector(host, data.Schema, "standard deviation", deviationName, NumberDataViewType.Single, size);

        var targets = new TargetSums[size];
        long rows = 0, skipped = 0;
        using IChannel channel = host.Start("Evaluating");
        using DataViewRowCursor cursor = data.GetRowCursor(deviation is DataViewSchema.Column column ? [label, score, column] : [label, score]);
        var labels = new VectorColumn(cursor, label, size);
        var scores = new VectorColumn(cursor, score, size);
        VectorColumn? deviations = deviation is DataViewSchema.Column active ? new VectorColumn(cursor, active, size) : null;
        while (cursor.MoveNext())
        {
            ReadOnlySpan<float> y = labels.Read(channel), m = scores.Read(channel), s = deviations is null ? [] : deviations.Read(channel);
            if (!FloatUtils.IsFinite(y) || !FloatUtils.IsFinite(m))
            {
                skipped++;
                continue;
            }

            rows++;
            for (int t = 0; t < size; t++)
                targets[t].Add(rows, y[t], m[t], deviations is null ? double.NaN : s[t]);
        }

        if (skipped > 0)
            channel.Warning("Skipped {0} instances with a missing label or score during evaluation", skipped);
        channel.Check(rows > 0, "There are 0 instances with a label and a score to evaluate.");
        string[] names = SlotNames.ReadOrNumber(label, size);
        return new MultiTargetRegressionMetrics([.. targets.Select((target, t) => target.ToMetrics(names[t], rows))], rows, skipped);
    }

    private sealed class VectorColumn(DataViewRow row, DataViewSchema.Column column, int size)
    {
        private readonly ValueGetter<VBuffer<float>> _getter = row.GetGetter<VBuffer<float>>(column);
        private readonly float[] _values = new float[size];
        private VBuffer<float> _buffer;

        public ReadOnlySpan<float> Read(IChannel channel)
        {
            _getter(ref _buffer);
            if (_buffer.Length != size)
                throw channel.Except($"Column '{column.Name}' has {_buffer.Length} numbers in row {row.Position}, counted from 0, where its type {column.Type} has {size}.");
            _buffer.CopyTo(_values);
            return _values;
        }
    }

    /// <summary>The sums of one target, in double precision; the variance of the label by Welford's recurrence.</summary>
    private struct TargetSums
    {
        private double _squares;
        private double _magnitudes;
        private double _logDensities;
        private double _labelMean;
        private double _labelSquares;

        public void Add(long row, double label, double score, double standardDeviation)
        {
            double error = label - score;
            _squares += error * error;
            _magnitudes += Math.Abs(error);
            double ratio = error / standardDeviation;
            _logDensities += (-0.5 * ((ratio * ratio) + Math.Log(2 * Math.PI))) - Math.Log(standardDeviation);

            double deviation = label - _labelMean;
            _labelMean += deviation / row;
            _labelSquares += deviation * (label - _labelMean);
        }

        public readonly TargetRegressionMetrics ToMetrics(string name, long rows) => new(
            name,
            Math.Sqrt(_squares / rows),
            _magnitudes / rows,
            _labelSquares > 0 ? 1 - (_squares / _labelSquares) : double.NaN,
            _logDensities / rows);
    }
}
