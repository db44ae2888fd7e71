using Microsoft.ML;
using Microsoft.ML.Data;

namespace VariationalDropout.Onnx.Tool.Data;

/// <summary>
/// The rows of a file in the columns of a schema. A column is read from the file when something asks for its values: what a pipeline
/// names and an ONNX graph does not need, as the label, may be absent.
/// </summary>
/// <param name="schema">The columns.</param>
/// <param name="file">The file; null for no rows.</param>
internal sealed class SampleView(DataViewSchema schema, SampleFile? file) : IDataView
{
    private readonly Dictionary<int, SampleColumn> _columns = [];

    public bool CanShuffle => false;

    public DataViewSchema Schema => schema;

    private int Rows => file?.Rows ?? 0;

    public long? GetRowCount() => Rows;

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null)
        => new Cursor(this, [.. columnsNeeded.Select(column => column.Index)]);

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null)
        => [GetRowCursor(columnsNeeded, rand)];

    private SampleColumn GetColumn(DataViewSchema.Column column)
    {
        lock (_columns)
        {
            if (!_columns.TryGetValue(column.Index, out SampleColumn? values))
                _columns.Add(column.Index, values = SampleColumn.Read(file ?? throw new InvalidOperationException("There are no rows."), column));
            return values;
        }
    }

    private sealed class Cursor(SampleView view, HashSet<int> active) : DataViewRowCursor
    {
        private int _position = -1;

        public override long Position => _position;

        public override long Batch => 0;

        public override DataViewSchema Schema => view.Schema;

        public override bool IsColumnActive(DataViewSchema.Column column) => active.Contains(column.Index);

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
        {
            if (!IsColumnActive(column))
                throw new InvalidOperationException($"The column '{column.Name}' is not active.");
            return view.GetColumn(column).CreateGetter(() => _position) as ValueGetter<TValue>
                ?? throw new InvalidOperationException($"The column '{column.Name}' holds {column.Type}, not {typeof(TValue)}.");
        }

        public override ValueGetter<DataViewRowId> GetIdGetter() => (ref DataViewRowId value) => value = new DataViewRowId((ulong)_position, 0);

        public override bool MoveNext()
        {
            if (_position < view.Rows)
                _position++;
            return _position < view.Rows;
        }
    }
}
