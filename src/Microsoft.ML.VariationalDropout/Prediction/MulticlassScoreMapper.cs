using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Trainers.VariationalDropout;

/// <summary>Binds a classifier to a feature column: the score columns, and the getters that fill them.</summary>
/// <param name="model">The classifier.</param>
/// <param name="settings">How to predict.</param>
/// <param name="trainingLabel">The label column of the training set, whose key values name the slots; or null.</param>
internal sealed class MulticlassScoreMapper(
    VariationalDropoutMulticlassModelParameters model, PredictionSettings settings, DataViewSchema.Column? trainingLabel) : ISchemaBindableMapper
{
    public const string StandardDeviation = "ScoreStandardDeviation";
    public const string PredictiveEntropy = "ScorePredictiveEntropy";
    public const string MutualInformation = "ScoreMutualInformation";

    ISchemaBoundMapper ISchemaBindableMapper.Bind(IHostEnvironment env, RoleMappedSchema schema)
    {
        Contracts.CheckValue(env, nameof(env));
        env.CheckValue(schema, nameof(schema));
        env.CheckParam(schema.Feature.HasValue, nameof(schema), "Missing feature column");
        DataViewSchema.Column feature = schema.Feature.GetValueOrDefault();
        bool fits = feature.Type is VectorDataViewType vector && vector.ItemType == NumberDataViewType.Single && vector.Size == model.FeatureCount;
        if (!fits)
        {
            throw env.ExceptSchemaMismatch(
                nameof(schema), "feature", feature.Name, new VectorDataViewType(NumberDataViewType.Single, model.FeatureCount).ToString(), feature.Type.ToString());
        }

        return new Bound(this, schema, feature, CreateOutputSchema());
    }

    /// <summary>
    /// The native score column, and beside it, each with a value kind of its own so that evaluators still find the native one, what
    /// sampling adds.
    /// </summary>
    private DataViewSchema CreateOutputSchema()
    {
        var vector = new VectorDataViewType(NumberDataViewType.Single, model.NumberOfClasses);
        var builder = new DataViewSchema.Builder();
        builder.AddColumns(ScoreSchemaFactory.Create(vector, AnnotationUtils.Const.ScoreColumnKind.MulticlassClassification));
        if (settings.Mode == PredictionMode.Sampling)
        {
            builder.AddColumn(StandardDeviation, vector, CreateAnnotations(StandardDeviation, withSlotNames: true));
            builder.AddColumn(PredictiveEntropy, NumberDataViewType.Single, CreateAnnotations(PredictiveEntropy, withSlotNames: false));
            builder.AddColumn(MutualInformation, NumberDataViewType.Single, CreateAnnotations(MutualInformation, withSlotNames: false));
        }

        return builder.ToSchema();
    }

    private DataViewSchema.Annotations CreateAnnotations(string valueKind, bool withSlotNames)
    {
        var builder = new DataViewSchema.Annotations.Builder();
        AddText(AnnotationUtils.Kinds.ScoreColumnKind, AnnotationUtils.Const.ScoreColumnKind.MulticlassClassification);
        AddText(AnnotationUtils.Kinds.ScoreValueKind, valueKind);
        if (withSlotNames
            && trainingLabel?.Annotations.Schema.GetColumnOrNull(AnnotationUtils.Kinds.KeyValues)?.Type is VectorDataViewType { ItemType: TextDataViewType } names
            && names.Size == model.NumberOfClasses)
        {
            DataViewSchema.Column label = trainingLabel.GetValueOrDefault();
            builder.AddSlotNames(names.Size, (ref VBuffer<ReadOnlyMemory<char>> value) => label.GetKeyValues(ref value));
        }

        return builder.ToAnnotations();

        void AddText(string kind, string text)
            => builder.Add(kind, TextDataViewType.Instance, (ref ReadOnlyMemory<char> value) => value = text.AsMemory());
    }

    private sealed class Bound(MulticlassScoreMapper parent, RoleMappedSchema schema, DataViewSchema.Column feature, DataViewSchema outputSchema)
        : ISchemaBoundRowMapper
    {
        public RoleMappedSchema InputRoleMappedSchema => schema;

        public DataViewSchema InputSchema => schema.Schema;

        public DataViewSchema OutputSchema => outputSchema;

        public ISchemaBindableMapper Bindable => parent;

        public IEnumerable<KeyValuePair<RoleMappedSchema.ColumnRole, string>> GetInputColumnRoles()
        {
            yield return RoleMappedSchema.ColumnRole.Feature.Bind(feature.Name);
        }

        public IEnumerable<DataViewSchema.Column> GetDependenciesForNewColumns(IEnumerable<DataViewSchema.Column> dependingColumns)
            => dependingColumns.Any() ? [feature] : [];

        public DataViewRow GetRow(DataViewRow input, IEnumerable<DataViewSchema.Column> activeColumns)
            => new SimpleRow(outputSchema, input, CreateGetters(input, activeColumns));

        /// <summary>All getters of a row share one result, computed when the first of them is called.</summary>
        private Delegate?[] CreateGetters(DataViewRow input, IEnumerable<DataViewSchema.Column> activeColumns)
        {
            var getters = new Delegate?[outputSchema.Count];
            RowScores? scores = null;
            foreach (DataViewSchema.Column column in activeColumns)
            {
                RowScores row = scores ??= new RowScores(parent.Model.Network, parent.Settings, input, feature);
                getters[column.Index] = column.Name switch
                {
                    AnnotationUtils.Const.ScoreValueKind.Score => VectorGetter(() => row.Update().Predictions.Scores.AsSpan(row.RowInBlock * parent.Model.NumberOfClasses, parent.Model.NumberOfClasses)),
                    StandardDeviation => VectorGetter(() => row.Update().Predictions.StandardDeviations.AsSpan(row.RowInBlock * parent.Model.NumberOfClasses, parent.Model.NumberOfClasses)),
                    PredictiveEntropy => (ValueGetter<float>)((ref float value) => value = row.Update().Predictions.PredictiveEntropies[row.RowInBlock]),
                    MutualInformation => (ValueGetter<float>)((ref float value) => value = row.Update().Predictions.MutualInformations[row.RowInBlock]),
                    _ => throw new InvalidOperationException($"Unknown score column {column.Name}."),
                };
            }

            return getters;
        }

        private static ValueGetter<VBuffer<float>> VectorGetter(SpanSource source) => (ref VBuffer<float> value) =>
        {
            ReadOnlySpan<float> values = source();
            VBufferEditor<float> editor = VBufferEditor.Create(ref value, values.Length);
            values.CopyTo(editor.Values);
            value = editor.Commit();
        };
    }

    private delegate ReadOnlySpan<float> SpanSource();

    private VariationalDropoutMulticlassModelParameters Model => model;

    private PredictionSettings Settings => settings;
}
