using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Trainers.VariationalDropout.Onnx;

/// <summary>Binds a graph to the columns that are called as its inputs are, so that the library's own scorer reads blocks of rows for it.</summary>
internal sealed class OnnxRowMapper : ISchemaBindableMapper
{
    private static readonly RoleMappedSchema.ColumnRole InputRole = new("OnnxInput");

    private readonly OnnxScorer _scorer;
    private readonly DataViewSchema _outputSchema;

    public OnnxRowMapper(OnnxScorer scorer)
    {
        _scorer = scorer;
        var builder = new DataViewSchema.Builder();
        Columns = [.. scorer.Outputs.Select(output => new OutputColumn(output, scorer.Metadata))];
        foreach (OutputColumn column in Columns)
            builder.AddColumn(column.Name, column.Type, column.CreateAnnotations());
        _outputSchema = builder.ToSchema();
    }

    /// <summary>In the order of the graph's outputs.</summary>
    public OutputColumn[] Columns { get; }

    /// <summary>Values that a row takes in memory.</summary>
    public int RowSize => _scorer.Inputs.Concat(_scorer.Outputs).Sum(tensor => tensor.RowSize);

    /// <summary>Rows of a block, at most.</summary>
    public int MaximumBlockRows => _scorer.MaximumBatchRows;

    /// <exception cref="ArgumentOutOfRangeException">A column is missing, or of another type.</exception>
    public ISchemaBoundMapper Bind(IHostEnvironment env, DataViewSchema schema)
    {
        foreach (OnnxTensorInfo input in _scorer.Inputs)
        {
            DataViewSchema.Column column = schema.GetColumnOrNull(input.Name) ?? throw env.ExceptSchemaMismatch(nameof(schema), "input", input.Name);
            if (!ColumnTypes.Fits(input, column.Type))
                throw env.ExceptSchemaMismatch(nameof(schema), "input", input.Name, ColumnTypes.Of(input).ToString(), column.Type.ToString());
        }

        return new Bound(this, new RoleMappedSchema(schema, _scorer.Inputs.Select(input => InputRole.Bind(input.Name))));
    }

    ISchemaBoundMapper ISchemaBindableMapper.Bind(IHostEnvironment env, RoleMappedSchema schema) => Bind(env, schema.Schema);

    private sealed class Bound(OnnxRowMapper parent, RoleMappedSchema schema) : ISchemaBoundRowMapper
    {
        /// <summary>In the order of the graph's inputs.</summary>
        private readonly DataViewSchema.Column[] _columns = [.. parent._scorer.Inputs.Select(input => schema.Schema[input.Name])];

        public RoleMappedSchema InputRoleMappedSchema => schema;

        public DataViewSchema InputSchema => schema.Schema;

        public DataViewSchema OutputSchema => parent._outputSchema;

        public ISchemaBindableMapper Bindable => parent;

        public IEnumerable<KeyValuePair<RoleMappedSchema.ColumnRole, string>> GetInputColumnRoles() => _columns.Select(column => InputRole.Bind(column.Name));

        public IEnumerable<DataViewSchema.Column> GetDependenciesForNewColumns(IEnumerable<DataViewSchema.Column> dependingColumns)
            => dependingColumns.Any() ? _columns : [];

        public DataViewRow GetRow(DataViewRow input, IEnumerable<DataViewSchema.Column> activeColumns)
        {
            var getters = new Delegate?[OutputSchema.Count];
            OnnxRowScores? scores = null;
            foreach (DataViewSchema.Column column in activeColumns)
                getters[column.Index] = (scores ??= new OnnxRowScores(parent._scorer, input, _columns)).CreateGetter(parent.Columns[column.Index], parent._scorer.Outputs[column.Index], column.Index);
            return new SimpleRow(OutputSchema, input, getters, scores is null ? null : scores.Dispose);
        }
    }
}
