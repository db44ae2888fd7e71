using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Trainers.VariationalDropout.Data;

/// <summary>
/// Goes through scored rows in their order and stops at those that have a label, numbers in all columns and a weight above 0; the others are
/// counted.
/// </summary>
internal sealed class ScoredRows : IDisposable
{
    private readonly IChannel _channel;
    private readonly DataViewRowCursor _cursor;
    private readonly Func<double> _label;
    private readonly Column[] _columns;
    private readonly Func<double>? _weight;

    /// <param name="channel">Where warnings and errors go.</param>
    /// <param name="data">The rows.</param>
    /// <param name="label">A Boolean, a key or a number.</param>
    /// <param name="columns">Numbers or vectors: of Single, or Boolean; infinity is a number in those whose name is among <paramref name="unbounded"/>.</param>
    /// <param name="weight">A Single; null for equal weights.</param>
    /// <param name="unbounded">Names of columns that may be infinite.</param>
    public ScoredRows(IChannel channel, IDataView data, DataViewSchema.Column label, IReadOnlyList<DataViewSchema.Column> columns, DataViewSchema.Column? weight, params string[] unbounded)
    {
        _channel = channel;
        DataViewSchema.Column[] read = [label, .. columns];
        _cursor = data.GetRowCursor(weight is DataViewSchema.Column one ? [.. read, one] : read);
        _label = CreateLabel(label);
        _columns = [.. columns.Select(column => new Column(_cursor, column, unbounded.Contains(column.Name)))];
        _weight = weight is DataViewSchema.Column active ? CreateNumber(active) : null;
    }

    /// <summary>1 and 0 for true and false, the class counted from 0, or the number.</summary>
    public double Label { get; private set; }

    /// <summary>1 where there is no column of weights.</summary>
    public double Weight { get; private set; }

    /// <summary>Where the row is among all, counted from 0.</summary>
    public long Position => _cursor.Position;

    /// <summary>Rows at which it stopped.</summary>
    public long RowCount { get; private set; }

    public long SkippedRowCount { get; private set; }

    /// <summary>The numbers of a column in this row, one of a scalar; true is 1.</summary>
    public ReadOnlySpan<float> this[int column] => _columns[column].Values;

    /// <summary>Goes on to the next row that has everything.</summary>
    /// <returns>Whether there was one; where not, how many were skipped has gone to the log.</returns>
    /// <exception cref="InvalidOperationException">There was none at all.</exception>
    public bool MoveNext()
    {
        while (_cursor.MoveNext())
        {
            if (Read())
            {
                RowCount++;
                return true;
            }

            SkippedRowCount++;
        }

        if (SkippedRowCount > 0)
            _channel.Warning("Skipped {0} instances with a missing label or score, or a weight that is not above 0", SkippedRowCount);
        _channel.Check(RowCount > 0, "There are 0 instances with a label and a score.");
        return false;
    }

    /// <summary>The label as a class of those that a score has numbers for.</summary>
    /// <exception cref="InvalidOperationException">The score has no number for it.</exception>
    public int LabelOf(int classes) => Label < classes
        ? (int)Label
        : throw _channel.Except(FormattableString.Invariant($"The label of row {_cursor.Position}, counted from 0, is key {Label + 1}, and the score has {classes} classes."));

    public void Dispose() => _cursor.Dispose();

    private bool Read()
    {
        Label = _label();
        Weight = _weight?.Invoke() ?? 1;
        bool isComplete = double.IsFinite(Label) && double.IsFinite(Weight) && Weight > 0;
        foreach (Column column in _columns)
            isComplete &= column.Read(_channel, _cursor.Position);
        return isComplete;
    }

    private Func<double> CreateLabel(DataViewSchema.Column label)
    {
        if (label.Type is BooleanDataViewType)
        {
            ValueGetter<bool> getter = _cursor.GetGetter<bool>(label);
            bool value = false;
            return () =>
            {
                getter(ref value);
                return value ? 1 : 0;
            };
        }

        if (label.Type is KeyDataViewType)
        {
            ValueGetter<uint> getter = _cursor.GetGetter<uint>(label);
            uint key = 0;
            return () =>
            {
                getter(ref key);
                return key == 0 ? double.NaN : key - 1.0;
            };
        }

        return CreateNumber(label);
    }

    private Func<double> CreateNumber(DataViewSchema.Column column)
    {
        ValueGetter<float> getter = _cursor.GetGetter<float>(column);
        float value = 0;
        return () =>
        {
            getter(ref value);
            return value;
        };
    }

    private sealed class Column
    {
        private readonly DataViewSchema.Column _column;
        private readonly bool _isUnbounded;
        private readonly float[] _values;
        private readonly Func<int> _read;

        public Column(DataViewRow row, DataViewSchema.Column column, bool isUnbounded)
        {
            _column = column;
            _isUnbounded = isUnbounded;
            _values = new float[Math.Max(column.Type.GetVectorSize(), 1)];
            if (column.Type is not VectorDataViewType vector)
            {
                ValueGetter<float> getter = row.GetGetter<float>(column);
                _read = () =>
                {
                    getter(ref _values[0]);
                    return 1;
                };
            }
            else if (vector.ItemType is BooleanDataViewType)
            {
                ValueGetter<VBuffer<bool>> getter = row.GetGetter<VBuffer<bool>>(column);
                VBuffer<bool> buffer = default;
                bool[] dense = new bool[_values.Length];
                _read = () =>
                {
                    getter(ref buffer);
                    if (buffer.Length != dense.Length)
                        return buffer.Length;
                    buffer.CopyTo(dense);
                    for (int slot = 0; slot < dense.Length; slot++)
                        _values[slot] = dense[slot] ? 1 : 0;
                    return dense.Length;
                };
            }
            else
            {
                ValueGetter<VBuffer<float>> getter = row.GetGetter<VBuffer<float>>(column);
                VBuffer<float> buffer = default;
                _read = () =>
                {
                    getter(ref buffer);
                    if (buffer.Length == _values.Length)
                        buffer.CopyTo(_values);
                    return buffer.Length;
                };
            }
        }

        public ReadOnlySpan<float> Values => _values;

        /// <summary>Whether all its values are numbers.</summary>
        public bool Read(IChannel channel, long row)
        {
            int size = _read();
            if (size != _values.Length)
                throw channel.Except($"Column '{_column.Name}' has {size} numbers in row {row}, counted from 0, where its type {_column.Type} has {_values.Length}.");
            bool areNumbers = true;
            foreach (float value in _values)
                areNumbers &= _isUnbounded ? !float.IsNaN(value) : float.IsFinite(value);
            return areNumbers;
        }
    }
}
