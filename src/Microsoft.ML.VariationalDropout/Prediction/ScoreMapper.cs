using Microsoft.ML.Data;
using Microsoft.ML.Model.OnnxConverter;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Trainers.VariationalDropout;

/// <summary>Binds a model of any task to a feature column: the score columns, and the getters that fill them.</summary>
internal sealed class ScoreMapper : IBindableCanSaveOnnx
{
    private readonly VariationalDropoutModelParameters _model;
    private readonly PredictionSettings _settings;
    private readonly ScoreColumn[] _columns;
    private readonly DataViewSchema _outputSchema;

    /// <param name="model">The model.</param>
    /// <param name="settings">How to predict.</param>
    /// <param name="trainingLabel">The label column of the training set, which names classes or targets; or null.</param>
    public ScoreMapper(VariationalDropoutModelParameters model, PredictionSettings settings, DataViewSchema.Column? trainingLabel)
    {
        _model = model;
        _settings = settings;
        _columns = [.. model.CreateScoreColumns(settings, trainingLabel)];
        var builder = new DataViewSchema.Builder();
        foreach (ScoreColumn column in _columns)
            builder.AddColumn(column.Name, column.Type, column.CreateAnnotations(model.ScoreColumnKind));
        _outputSchema = builder.ToSchema();
    }

    ISchemaBoundMapper ISchemaBindableMapper.Bind(IHostEnvironment env, RoleMappedSchema schema)
    {
        Contracts.CheckValue(env, nameof(env));
        env.CheckValue(schema, nameof(schema));
        env.CheckParam(schema.Feature.HasValue, nameof(schema), "Missing feature column");
        DataViewSchema.Column feature = schema.Feature.GetValueOrDefault();
        var expected = new VectorDataViewType(NumberDataViewType.Single, _model.FeatureCount);
        bool fits = feature.Type is VectorDataViewType vector && vector.ItemType == NumberDataViewType.Single && vector.Size == _model.FeatureCount;
        if (!fits)
            throw env.ExceptSchemaMismatch(nameof(schema), "feature", feature.Name, expected.ToString(), feature.Type.ToString());

        return new Bound(this, schema, feature);
    }

    bool ICanSaveOnnx.CanSaveOnnx(OnnxContext ctx) => true;

    /// <summary>Adds the nodes of the network; their variables stand for the score columns, which bear no other names.</summary>
    bool IBindableCanSaveOnnx.SaveAsOnnx(OnnxContext ctx, RoleMappedSchema schema, string[] outputNames)
    {
        if (schema.Feature?.Name is not string feature || !ctx.ContainsColumn(feature))
            return false;
        Contracts.Assert(outputNames.SequenceEqual(_columns.Select(column => column.Name)));
        NetworkEmitter.Emit(ctx, _model.Network, ctx.GetVariableName(feature), _settings.ToGraph());
        return true;
    }

    private sealed class Bound(ScoreMapper parent, RoleMappedSchema schema, DataViewSchema.Column feature) : ISchemaBoundRowMapper
    {
        public RoleMappedSchema InputRoleMappedSchema => schema;

        public DataViewSchema InputSchema => schema.Schema;

        public DataViewSchema OutputSchema => parent._outputSchema;

        public ISchemaBindableMapper Bindable => parent;

        public IEnumerable<KeyValuePair<RoleMappedSchema.ColumnRole, string>> GetInputColumnRoles()
        {
            yield return RoleMappedSchema.ColumnRole.Feature.Bind(feature.Name);
        }

        public IEnumerable<DataViewSchema.Column> GetDependenciesForNewColumns(IEnumerable<DataViewSchema.Column> dependingColumns)
            => dependingColumns.Any() ? [feature] : [];

        public DataViewRow GetRow(DataViewRow input, IEnumerable<DataViewSchema.Column> activeColumns)
            => new SimpleRow(OutputSchema, input, CreateGetters(input, activeColumns));

        /// <summary>All getters of a row share one result, computed when the first of them is called.</summary>
        private Delegate?[] CreateGetters(DataViewRow input, IEnumerable<DataViewSchema.Column> activeColumns)
        {
            var getters = new Delegate?[OutputSchema.Count];
            RowScores? scores = null;
            foreach (DataViewSchema.Column column in activeColumns)
                getters[column.Index] = parent._columns[column.Index].CreateGetter(scores ??= new RowScores(parent._model.Network, parent._settings, input, feature));
            return getters;
        }
    }
}
