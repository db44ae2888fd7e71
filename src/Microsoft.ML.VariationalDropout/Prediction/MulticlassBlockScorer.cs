using Microsoft.ML.Data;
using Microsoft.ML.Internal.Utilities;
using Microsoft.ML.Numeric;
using Microsoft.ML.Runtime;
using Newtonsoft.Json.Linq;

namespace Microsoft.ML.Trainers.VariationalDropout;

/// <summary>
/// ML.NET's multiclass scorer, with the same columns and annotations, that reads a block of rows ahead so that the network sees a
/// block at a time.
/// </summary>
internal sealed class MulticlassBlockScorer : PredictedLabelScorerBase
{
    private const string RegistrationName = "VariationalDropoutMulticlassScore";
    private const int MaximumBlockRows = 64;
    private const int MaximumBlockFloats = 1 << 18;

    private readonly int _blockRows;

    /// <param name="env">The environment.</param>
    /// <param name="data">Rows to score, or an empty data view for the schema alone.</param>
    /// <param name="mapper">Bound to the feature column of <paramref name="data"/>.</param>
    /// <param name="trainSchema">Roles of the training set's columns.</param>
    /// <param name="rowSize">Features or classes of a row, whichever are more: it limits the rows of a block.</param>
    public MulticlassBlockScorer(IHostEnvironment env, IDataView data, ISchemaBoundMapper mapper, RoleMappedSchema trainSchema, int rowSize)
        : base(
            new Arguments(),
            env,
            data,
            NameClasses(env, mapper, trainSchema),
            trainSchema,
            RegistrationName,
            AnnotationUtils.Const.ScoreColumnKind.MulticlassClassification,
            AnnotationUtils.Const.ScoreValueKind.Score,
            IsScoreType,
            (scoreType, _) => new KeyDataViewType(typeof(uint), scoreType.GetVectorSize()))
    {
        _blockRows = Math.Clamp(MaximumBlockFloats / rowSize, 1, MaximumBlockRows);
    }

    private MulticlassBlockScorer(IHostEnvironment env, MulticlassBlockScorer template, IDataView data)
        : base(env, template, data, RegistrationName)
    {
        _blockRows = template._blockRows;
    }

#pragma warning disable RS0030 // ML.NET's signature: a data view that shuffles is given a generator.
    public override DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null)
    {
        ActiveColumns active = FindActive(columnsNeeded);
        DataViewRowCursor[] inputs = Source.GetRowCursorSet(active.Inputs, n, rand);
        if (inputs.Length == 1 && n > 1 && active.Scores.Length > 0 && (Source.GetRowCount() ?? int.MaxValue) > n)
            inputs = DataViewUtils.CreateSplitCursors(Host, inputs[0], n);
        return [.. inputs.Select(input => CreateCursor(input, active))];
    }

    protected override DataViewRowCursor GetRowCursorCore(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null)
    {
        ActiveColumns active = FindActive(columnsNeeded);
        return CreateCursor(Source.GetRowCursor(active.Inputs, rand), active);
    }
#pragma warning restore RS0030

    protected override Delegate GetPredictedLabelGetter(DataViewRow output, out Delegate scoreGetter)
    {
        ValueGetter<VBuffer<float>> getScore = output.GetGetter<VBuffer<float>>(output.Schema[Bindings.ScoreColumnIndex]);
        scoreGetter = getScore;
        VBuffer<float> score = default;
        long position = -1;
        return (ValueGetter<uint>)((ref uint value) =>
        {
            EnsureCachedPosition(ref position, ref score, output, getScore);
            value = (uint)(VectorUtils.ArgMax(in score) + 1);
        });
    }

    private protected override IDataTransform ApplyToDataCore(IHostEnvironment env, IDataView newSource)
        => new MulticlassBlockScorer(Contracts.CheckRef(env, nameof(env)), this, Contracts.CheckRef(newSource, nameof(newSource)));

    private protected override JToken? PredictedLabelPfa(string[] mapperOutputs) => null;

    private protected override void SaveCore(ModelSaveContext ctx)
        => throw Host.ExceptNotSupp("A scored data view cannot be saved as a transform: save the transformer that made it.");

    /// <summary>Wraps the mapper so that the key values of the training label name the scores, as ML.NET's scorer does.</summary>
    private static ISchemaBoundMapper NameClasses(IHostEnvironment env, ISchemaBoundMapper mapper, RoleMappedSchema trainSchema)
        => trainSchema.Label?.Annotations.Schema.GetColumnOrNull(AnnotationUtils.Kinds.KeyValues)?.Type is VectorDataViewType keyValues
            ? Utils.MarshalInvoke(MulticlassClassificationScorer.WrapCore<int>, keyValues.ItemType.RawType, env, mapper, trainSchema)
            : mapper;

    private static bool IsScoreType(DataViewType type)
        => type is VectorDataViewType { IsKnownSize: true } vector && vector.ItemType == NumberDataViewType.Single;

    private ActiveColumns FindActive(IEnumerable<DataViewSchema.Column> columnsNeeded)
    {
        bool[] active = Bindings.GetActive(columnsNeeded);
        bool[] activeInput = Bindings.GetActiveInput(columnsNeeded);
        Func<int, bool> isScoreActive = Bindings.GetActiveMapperColumns(active);
        DataViewSchema.Column[] scores = [.. Bindings.RowMapper.OutputSchema.Where(column => isScoreActive(column.Index))];
        DataViewSchema.Column[] inputs =
        [
            .. Bindings.Input.Where(column => activeInput[column.Index]).Union(Bindings.RowMapper.GetDependenciesForNewColumns(scores)),
        ];
        return new ActiveColumns(active, inputs, scores);
    }

    private Cursor CreateCursor(DataViewRowCursor input, ActiveColumns active)
    {
        bool readAhead = active.Scores.Length > 0 && _blockRows > 1 && ReadAheadCursor.CanBuffer(input);
        return new Cursor(this, readAhead ? new ReadAheadCursor(Host, input, _blockRows) : input, active);
    }

    private sealed class Arguments : ScorerArgumentsBase
    {
    }

    /// <param name="Flags">Per column of the output: whether it is active.</param>
    /// <param name="Inputs">Columns of the input that are needed.</param>
    /// <param name="Scores">Columns of the mapper that are needed.</param>
    private readonly record struct ActiveColumns(bool[] Flags, DataViewSchema.Column[] Inputs, DataViewSchema.Column[] Scores);

    private sealed class Cursor : SynchronizedCursorBase
    {
        private readonly MulticlassBlockScorer _parent;
        private readonly bool[] _active;
        private readonly DataViewRow _output;
        private readonly Delegate[] _getters;
        private bool _disposed;

        public Cursor(MulticlassBlockScorer parent, DataViewRowCursor input, ActiveColumns active)
            : base(parent.Host, input)
        {
            _parent = parent;
            _active = active.Flags;
            _output = parent.Bindings.RowMapper.GetRow(input, active.Scores);
            _getters = parent.GetGetters(_output, info => _active[parent.Bindings.MapIinfoToCol(info)]);
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
            int index = _parent.Bindings.MapColumnIndex(out bool isSource, column.Index);
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
