using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Trainers.VariationalDropout;

/// <summary>
/// A cursor that reads a block of rows of its source ahead, all active columns of it, and then serves them one by one: so that a scorer
/// can work on a block at a time.
/// </summary>
/// <remarks>
/// Of several cursors at a time, a block ends where the source's batch ends: the consolidation of parallel cursors waits for the end of a
/// batch, and reading into the next one would make every cursor wait for the others. Blocks start small and grow, so that looking at the first rows of a data
/// view stays cheap. Only for columns whose values can be copied (<see cref="CanBuffer"/>).
/// </remarks>
internal sealed class ReadAheadCursor : RootCursorBase
{
    private readonly DataViewRowCursor _source;
    private readonly Dictionary<int, BufferedColumn> _columns = [];
    private readonly ValueGetter<DataViewRowId> _sourceId;
    private readonly DataViewRowId[] _ids;
    private readonly bool[] _passedOn;
    private BufferedColumn[] _reading = [];
    private int _nextBlockRows = 1;
    private long _batch;
    private bool _sourceStandsOnNextRow;
    private bool _disposed;

    /// <param name="provider">Makes the channel.</param>
    /// <param name="source">The rows.</param>
    /// <param name="maximumRows">Rows of a block, at most.</param>
    /// <param name="endsWithBatch">Whether a block ends where the source's batch ends.</param>
    /// <param name="passedOn">Per column of the source: whether this cursor will be asked for it.</param>
    public ReadAheadCursor(IChannelProvider provider, DataViewRowCursor source, int maximumRows, bool endsWithBatch, bool[] passedOn)
        : base(provider)
    {
        _passedOn = passedOn;
        EndsWithBatch = endsWithBatch;
        _source = source;
        MaximumRows = maximumRows;
        _sourceId = source.GetIdGetter();
        _ids = new DataViewRowId[maximumRows];
        foreach (DataViewSchema.Column column in source.Schema)
        {
            if (source.IsColumnActive(column))
                _columns.Add(column.Index, BufferedColumn.Create(source, column, maximumRows));
        }

        _reading = [.. _columns.Values];
    }

    public int MaximumRows { get; }

    /// <summary>Whether a block ends where the source's batch ends: it is one of several cursors then.</summary>
    public bool EndsWithBatch { get; }

    /// <summary>Counted from 0; −1 before the first row.</summary>
    public long BlockNumber { get; private set; } = -1;

    public int RowsInBlock { get; private set; }

    public int RowInBlock { get; private set; }

    public override DataViewSchema Schema => _source.Schema;

    public override long Batch => _batch;

    /// <summary>Whether the active columns of a cursor hold values that can be kept beside it, as ML.NET's own splitting of cursors asks.</summary>
    public static bool CanBuffer(DataViewRowCursor source) => DataViewUtils.AllCacheable(source.Schema, source.IsColumnActive);

    /// <summary>The values of a column in the rows of the block.</summary>
    public ReadOnlySpan<T> Values<T>(DataViewSchema.Column column) => ((BufferedColumn<T>)_columns[column.Index]).Values.AsSpan(0, RowsInBlock);

    /// <summary>
    /// Lets a column that nobody else asks for be read by its reader alone, as the rows come, so that its values are kept once and not twice.
    /// </summary>
    /// <param name="column">An active column.</param>
    /// <param name="createReader">Given the source, makes what reads its current row; the argument is the row's place in the block.</param>
    /// <returns>Whether it will be read so; otherwise it is among <see cref="Values"/>.</returns>
    public bool TryReadDirectly(DataViewSchema.Column column, Func<DataViewRow, Action<int>> createReader)
    {
        if (_passedOn[column.Index] || Position >= 0)
            return false;
        _columns[column.Index] = new DirectColumn(createReader(_source));
        _reading = [.. _columns.Values];
        return true;
    }

    public override bool IsColumnActive(DataViewSchema.Column column) => _source.IsColumnActive(column);

    public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
    {
        Ch.Check(_columns.TryGetValue(column.Index, out BufferedColumn? buffered), "The column is not active in this cursor.");
        return buffered!.CreateGetter(this) as ValueGetter<TValue>
            ?? throw Ch.Except($"Invalid TValue in GetGetter: '{typeof(TValue)}', expected type: '{column.Type.RawType}'.");
    }

    public override ValueGetter<DataViewRowId> GetIdGetter() => (ref DataViewRowId value) =>
    {
        Ch.Check(IsGood, "Cannot call ID getter in current state");
        value = _ids[RowInBlock];
    };

    protected override bool MoveNextCore()
    {
        if (RowInBlock + 1 < RowsInBlock)
        {
            RowInBlock++;
            return true;
        }

        return ReadBlock();
    }

    protected override void Dispose(bool disposing)
    {
        if (!_disposed && disposing)
            _source.Dispose();
        _disposed = true;
        base.Dispose(disposing);
    }

    private bool ReadBlock()
    {
        RowInBlock = 0;
        RowsInBlock = 0;
        if (!_sourceStandsOnNextRow && !_source.MoveNext())
            return false;

        _batch = _source.Batch;
        do
        {
            _sourceId(ref _ids[RowsInBlock]);
            foreach (BufferedColumn column in _reading)
                column.Read(RowsInBlock);
            RowsInBlock++;
            _sourceStandsOnNextRow = false;
        }
        while (RowsInBlock < _nextBlockRows && (_sourceStandsOnNextRow = _source.MoveNext()) && (!EndsWithBatch || _source.Batch == _batch));

        _nextBlockRows = Math.Min(2 * _nextBlockRows, MaximumRows);
        BlockNumber++;
        return true;
    }

    private abstract class BufferedColumn
    {
        public static BufferedColumn Create(DataViewRow source, DataViewSchema.Column column, int rows)
        {
            Type value = column.Type.RawType;
            Type type = value.IsGenericType && value.GetGenericTypeDefinition() == typeof(VBuffer<>)
                ? typeof(BufferedVectors<>).MakeGenericType(value.GetGenericArguments())
                : typeof(BufferedScalars<>).MakeGenericType(value);
            return (BufferedColumn)Activator.CreateInstance(type, source, column, rows)!;
        }

        public abstract void Read(int row);

        public abstract Delegate CreateGetter(ReadAheadCursor cursor);
    }

    private sealed class DirectColumn(Action<int> read) : BufferedColumn
    {
        public override void Read(int row) => read(row);

        public override Delegate CreateGetter(ReadAheadCursor cursor) => throw new NotSupportedException("The column is read elsewhere.");
    }

    private abstract class BufferedColumn<T>(DataViewRow source, DataViewSchema.Column column, int rows) : BufferedColumn
    {
        private readonly ValueGetter<T> _getter = source.GetGetter<T>(column);

        public T[] Values { get; } = new T[rows];

        public override void Read(int row) => _getter(ref Values[row]);
    }

    private sealed class BufferedScalars<T>(DataViewRow source, DataViewSchema.Column column, int rows) : BufferedColumn<T>(source, column, rows)
    {
        public override Delegate CreateGetter(ReadAheadCursor cursor) => (ValueGetter<T>)((ref T value) =>
        {
            cursor.Ch.Check(cursor.IsGood, "Cannot use getter with cursor in this state");
            value = Values[cursor.RowInBlock];
        });
    }

    private sealed class BufferedVectors<T>(DataViewRow source, DataViewSchema.Column column, int rows) : BufferedColumn<VBuffer<T>>(source, column, rows)
    {
        public override Delegate CreateGetter(ReadAheadCursor cursor) => (ValueGetter<VBuffer<T>>)((ref VBuffer<T> value) =>
        {
            cursor.Ch.Check(cursor.IsGood, "Cannot use getter with cursor in this state");
            Values[cursor.RowInBlock].CopyTo(ref value);
        });
    }
}
