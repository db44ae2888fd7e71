using Microsoft.ML.Data;
using Microsoft.ML.Model.OnnxConverter;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Trainers.VariationalDropout;

/// <summary>
/// The scorer of every task: it adds the columns of a <see cref="ScoreMapper"/>, and reads a block of rows ahead so that the network sees
/// a block at a time. ML.NET's own scorers, whose columns and annotations these are, see one row at a time and are sealed.
/// </summary>
internal sealed class BlockScorer : RowToRowScorerBase, ITransformCanSaveOnnx, IDataView
{
    private const string RegistrationName = "VariationalDropoutScore";
    private const int DefaultMaximumBlockRows = 384;
    private const int MaximumBlockFloats = 1 << 18;

    private readonly ColumnBindings _bindings;
    private readonly int _blockRows;
    private readonly RowSplitting _splitting;

    /// <param name="env">The environment.</param>
    /// <param name="data">Rows to score, or an empty data view for the schema alone.</param>
    /// <param name="mapper">Bound to the feature column of <paramref name="data"/>.</param>
    /// <param name="rowSize">Numbers that a row takes in memory: they limit the rows of a block.</param>
    /// <param name="splitting">When rows are given to several cursors at a time.</param>
    /// <param name="maximumBlockRows">Rows of a block, at most.</param>
    public BlockScorer(
        IHostEnvironment env, IDataView data, ISchemaBoundMapper mapper, int rowSize, RowSplitting splitting, int maximumBlockRows = DefaultMaximumBlockRows)
        : this(env, data, (ISchemaBoundRowMapper)mapper)
    {
        _blockRows = Math.Clamp(MaximumBlockFloats / rowSize, 1, maximumBlockRows);
        _splitting = splitting;
    }

    private BlockScorer(IHostEnvironment env, BlockScorer template, IDataView data)
        : this(env, data, (ISchemaBoundRowMapper)template.Bindable.Bind(env, new RoleMappedSchema(data.Schema, template._bindings.RowMapper.GetInputColumnRoles())))
    {
        _blockRows = template._blockRows;
        _splitting = template._splitting;
    }

    private BlockScorer(IHostEnvironment env, IDataView data, ISchemaBoundRowMapper mapper)
        : base(env, data, RegistrationName, mapper.Bindable)
    {
        _bindings = new ColumnBindings(data.Schema, mapper);
        OutputSchema = _bindings.AsSchema;
    }

    public override DataViewSchema OutputSchema { get; }

    /// <summary>Of every mode: draws go out with their noise, so that a graph gives the same numbers.</summary>
    bool ICanSaveOnnx.CanSaveOnnx(OnnxContext ctx) => ((IBindableCanSaveOnnx)Bindable).CanSaveOnnx(ctx);

    void ISaveAsOnnx.SaveAsOnnx(OnnxContext ctx)
    {
        Host.CheckValue(ctx, nameof(ctx));
        string[] columns = [.. Enumerable.Range(0, _bindings.InfoCount).Select(info => _bindings.GetColumnName(_bindings.MapIinfoToCol(info)))];
        if (!((IBindableCanSaveOnnx)Bindable).SaveAsOnnx(ctx, _bindings.RowMapper.InputRoleMappedSchema, columns))
            throw Host.Except($"The ONNX model has no column '{_bindings.RowMapper.InputRoleMappedSchema.Feature?.Name}': a transform before the scorer cannot be exported.");
    }

#pragma warning disable RS0030 // ML.NET's signature: a data view that shuffles is given a generator.
    /// <summary>Puts rows of several cursors together where a row is much work, or the source is a transform, which then works on several threads too.</summary>
    DataViewRowCursor IDataView.GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand)
        => _splitting == RowSplitting.WithSource && Source is not IDataTransform ? GetRowCursorCore(columnsNeeded, CanShuffle ? rand : null) : GetRowCursor(columnsNeeded, rand);

    public override DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null)
    {
        ActiveColumns active = FindActive(columnsNeeded);
        if (_splitting == RowSplitting.Never)
            return [CreateCursor(Source.GetRowCursor(active.Inputs, rand), active, isAlone: true)];
        DataViewRowCursor[] inputs = Source.GetRowCursorSet(active.Inputs, n, rand);
        if (_splitting == RowSplitting.Always && inputs.Length == 1 && n > 1 && active.Scores.Length > 0 && (Source.GetRowCount() ?? int.MaxValue) > n)
            inputs = DataViewUtils.CreateSplitCursors(Host, inputs[0], n);
        return [.. inputs.Select(input => CreateCursor(input, active, isAlone: inputs.Length == 1))];
    }

    protected override DataViewRowCursor GetRowCursorCore(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null)
    {
        ActiveColumns active = FindActive(columnsNeeded);
        return CreateCursor(Source.GetRowCursor(active.Inputs, rand), active, isAlone: true);
    }
#pragma warning restore RS0030

    protected override bool WantParallelCursors(Func<int, bool> predicate) => _bindings.AnyNewColumnsActive(predicate);

    protected override Delegate[] GetGetters(DataViewRow output, Func<int, bool> predicate) => GetGettersFromRow(output, predicate);

    private protected override BindingsBase GetBindings() => _bindings;

    private protected override IDataTransform ApplyToDataCore(IHostEnvironment env, IDataView newSource)
        => new BlockScorer(Contracts.CheckRef(env, nameof(env)), this, Contracts.CheckRef(newSource, nameof(newSource)));

    private protected override void SaveCore(ModelSaveContext ctx)
        => throw Host.ExceptNotSupp("A scored data view cannot be saved as a transform: save the transformer that made it.");

    private ActiveColumns FindActive(IEnumerable<DataViewSchema.Column> columnsNeeded)
    {
        bool[] active = _bindings.GetActive(columnsNeeded);
        bool[] activeInput = _bindings.GetActiveInput(columnsNeeded);
        Func<int, bool> isScoreActive = _bindings.GetActiveMapperColumns(active);
        DataViewSchema.Column[] scores = [.. _bindings.RowMapper.OutputSchema.Where(column => isScoreActive(column.Index))];
        DataViewSchema.Column[] inputs =
        [
            .. _bindings.Input.Where(column => activeInput[column.Index]).Union(_bindings.RowMapper.GetDependenciesForNewColumns(scores)),
        ];
        return new ActiveColumns(active, activeInput, inputs, scores);
    }

    private Cursor CreateCursor(DataViewRowCursor input, ActiveColumns active, bool isAlone)
    {
        bool readAhead = active.Scores.Length > 0 && _blockRows > 1 && ReadAheadCursor.CanBuffer(input);
        return new Cursor(this, readAhead ? new ReadAheadCursor(Host, input, _blockRows, endsWithBatch: !isAlone, active.PassedOn) : input, active);
    }

    private sealed class ColumnBindings(DataViewSchema input, ISchemaBoundRowMapper mapper) : BindingsBase(input, mapper, suffix: "", user: true)
    {
        internal override void SaveModel(ModelSaveContext ctx) => throw new NotSupportedException();
    }

    /// <param name="Flags">Per column of the output: whether it is active.</param>
    /// <param name="PassedOn">Per column of the input: whether somebody reads it beside the scores.</param>
    /// <param name="Inputs">Columns of the input that are needed.</param>
    /// <param name="Scores">Columns of the mapper that are needed.</param>
    private readonly record struct ActiveColumns(bool[] Flags, bool[] PassedOn, DataViewSchema.Column[] Inputs, DataViewSchema.Column[] Scores);

    private sealed class Cursor : SynchronizedCursorBase
    {
        private readonly BlockScorer _parent;
        private readonly bool[] _active;
        private readonly DataViewRow _output;
        private readonly Delegate[] _getters;
        private bool _disposed;

        public Cursor(BlockScorer parent, DataViewRowCursor input, ActiveColumns active)
            : base(parent.Host, input)
        {
            _parent = parent;
            _active = active.Flags;
            _output = parent._bindings.RowMapper.GetRow(input, active.Scores);
            _getters = parent.GetGetters(_output, info => _active[parent._bindings.MapIinfoToCol(info)]);
        }

        public override DataViewSchema Schema => _parent.OutputSchema;

        public override bool IsColumnActive(DataViewSchema.Column column)
        {
            Ch.Check(column.Index < _active.Length);
            return _active[column.Index];
        }

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
        {
            Ch.Check(IsColumnActive(column));
            int index = _parent._bindings.MapColumnIndex(out bool isSource, column.Index);
            if (isSource)
                return Input.GetGetter<TValue>(Input.Schema[index]);
            return _getters[index] as ValueGetter<TValue>
                ?? throw Ch.Except($"Invalid TValue in GetGetter: '{typeof(TValue)}', expected type: '{column.Type.RawType}'.");
        }

        protected override void Dispose(bool disposing)
        {
            if (!_disposed && disposing)
                _output.Dispose();
            _disposed = true;
            base.Dispose(disposing);
        }
    }
}
