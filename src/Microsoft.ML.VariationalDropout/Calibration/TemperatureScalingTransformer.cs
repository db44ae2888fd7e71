using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Model.OnnxConverter;
using Microsoft.ML.Runtime;
using Microsoft.ML.Trainers.VariationalDropout;
using Microsoft.ML.Trainers.VariationalDropout.Calibration;
using Microsoft.ML.Trainers.VariationalDropout.Data;
using Microsoft.ML.Trainers.VariationalDropout.Network;
using Microsoft.ML.Trainers.VariationalDropout.Numerics;

[assembly: LoadableClass(
    typeof(TemperatureScalingTransformer),
    null,
    typeof(SignatureLoadModel),
    "Temperature scaling",
    TemperatureScalingTransformer.LoaderSignature)]

namespace Microsoft.ML.Trainers.VariationalDropout;

/// <summary>
/// Rewrites the probabilities of a classifier with a temperature; the columns stand in the documentation of
/// <see cref="TemperatureScalingEstimator"/>. Immutable, and safe to use from many threads.
/// </summary>
public sealed class TemperatureScalingTransformer : RowToRowTransformerBase
{
    internal const string LoaderSignature = "VarDropoutTemperature";

    /// <summary>A probability below counts as this one, the smallest normal number of single precision: 0 has no logarithm.</summary>
    internal const float LeastProbability = 1.17549435e-38f;

    private const string EntropySuffix = "PredictiveEntropy";

    private static readonly SavedComponent Saved = new("VARDRXTS", LoaderSignature);

    private readonly bool _isBinary;

    internal TemperatureScalingTransformer(IHostEnvironment env, bool isBinary, string scoreColumnName, double temperature)
        : base(Contracts.CheckRef(env, nameof(env)).Register(LoaderSignature))
    {
        _isBinary = isBinary;
        ScoreColumnName = scoreColumnName;
        Temperature = temperature;
    }

    /// <summary>The temperature, above 0: below 1 the probabilities become more certain, above 1 less. Of a binary classifier in the unit of its score.</summary>
    public double Temperature { get; }

    /// <summary>The column that is read: a logit of a binary classifier, the probabilities of one of several classes.</summary>
    public string ScoreColumnName { get; }

    internal static string EntropyColumn(string scoreColumnName) => scoreColumnName + EntropySuffix;

    internal static TemperatureScalingTransformer Create(IHostEnvironment env, ModelLoadContext ctx) => CalibrationFile.Read(env, ctx, Saved, reader =>
    {
        bool isBinary = reader.ReadBoolean();
        string scoreColumnName = reader.ReadString();
        double temperature = reader.ReadDouble();
        if (!(temperature > 0 && double.IsFinite(temperature)))
            throw CalibrationFile.Damaged(env, FormattableString.Invariant($"its temperature is {temperature}"));
        return new TemperatureScalingTransformer(env, isBinary, scoreColumnName, temperature);
    });

    /// <summary>Log-probabilities, finite: the logits of a softmax.</summary>
    internal static void Logarithms(ReadOnlySpan<float> probabilities, Span<double> destination)
    {
        for (int k = 0; k < probabilities.Length; k++)
            destination[k] = Math.Log(probabilities[k] < LeastProbability ? LeastProbability : probabilities[k]);
    }

    private protected override void SaveModel(ModelSaveContext ctx) => CalibrationFile.Write(ctx, Saved, writer =>
    {
        writer.Write(_isBinary);
        writer.Write(ScoreColumnName);
        writer.Write(Temperature);
    });

    private protected override IRowMapper MakeRowMapper(DataViewSchema schema)
    {
        DataViewSchema.Column? entropy = schema.GetColumnOrNull(EntropyColumn(ScoreColumnName)) is DataViewSchema.Column found && found.Type == NumberDataViewType.Single ? found : null;
        if (_isBinary)
        {
            DataViewSchema.Column logit = SchemaColumns.Find(Host, schema, "score", ScoreColumnName, NumberDataViewType.Single);
            return Map(logit, row => CreateReader(row, logit), CreateProbability(logit), Entropy.OfLogit, entropy);
        }

        DataViewSchema.Column score = SchemaColumns.FindVector(Host, schema, "score", ScoreColumnName, NumberDataViewType.Single);
        return Map(score, row => new ScaledProbabilities(row, score, Temperature).Read, CreateScore(score), probabilities => Entropy.Categorical(probabilities), entropy);
    }

    /// <summary>A column of its own, and the entropy where the model before it has one.</summary>
    private ColumnMapper<TSource> Map<TSource>(
        DataViewSchema.Column score, Func<DataViewRow, Func<TSource>> createReader, MappedColumn<TSource> column, Func<TSource, double> measure, DataViewSchema.Column? entropy)
    {
        MappedColumn<TSource>[] columns = entropy is DataViewSchema.Column old
            ? [column, new(old.Name, old.Type, old.Annotations, read => (ValueGetter<float>)((ref float destination) => destination = (float)measure(read())))]
            : [column];
        return new ColumnMapper<TSource>(this, [score], createReader, columns, context => Emit(context, score, hasEntropy: entropy is not null));
    }

    /// <summary>The logit, scaled.</summary>
    private Func<double> CreateReader(DataViewRow row, DataViewSchema.Column score)
    {
        ValueGetter<float> getScore = row.GetGetter<float>(score);
        float value = 0;
        return () =>
        {
            getScore(ref value);
            return value / Temperature;
        };
    }

    /// <summary>A column of probabilities of the same set of score columns.</summary>
    private static MappedColumn<double> CreateProbability(DataViewSchema.Column score)
    {
        var builder = new DataViewSchema.Annotations.Builder();
        builder.Add(score.Annotations, kind => kind is AnnotationUtils.Kinds.ScoreColumnSetId or AnnotationUtils.Kinds.ScoreColumnKind);
        builder.Add(
            AnnotationUtils.Kinds.ScoreValueKind,
            TextDataViewType.Instance,
            (ref ReadOnlyMemory<char> value) => value = AnnotationUtils.Const.ScoreValueKind.Probability.AsMemory());
        builder.Add(AnnotationUtils.Kinds.IsNormalized, BooleanDataViewType.Instance, (ref bool value) => value = true);
        return new(DefaultColumnNames.Probability, NumberDataViewType.Single, builder.ToAnnotations(), read =>
            (ValueGetter<float>)((ref float destination) => destination = (float)SpecialFunctions.Sigmoid(read())));
    }

    private static MappedColumn<double[]> CreateScore(DataViewSchema.Column score) => new(score.Name, score.Type, score.Annotations, read =>
        (ValueGetter<VBuffer<float>>)((ref VBuffer<float> destination) =>
        {
            double[] probabilities = read();
            VBufferEditor<float> editor = VBufferEditor.Create(ref destination, probabilities.Length);
            for (int k = 0; k < probabilities.Length; k++)
                editor.Values[k] = (float)probabilities[k];
            destination = editor.Commit();
        }));

    private void Emit(OnnxContext context, DataViewSchema.Column score, bool hasEntropy)
    {
        var graph = new GraphBuilder(context);
        GraphValue value = graph.Variable(context.GetVariableName(score.Name));
        if (_isBinary)
        {
            GraphValue logit = value / Temperature;
            graph.Output(DefaultColumnNames.Probability, NumberDataViewType.Single, GraphValue.Sigmoid(logit));
            if (hasEntropy)
                graph.Output(EntropyColumn(ScoreColumnName), NumberDataViewType.Single, LogitMoments.Entropy(logit));
            return;
        }

        int classes = score.Type.GetVectorSize();
        GraphValue probabilities = graph.Softmax(GraphValue.Log(GraphValue.Max(value, LeastProbability)) / Temperature, 1);
        graph.Output(score.Name, score.Type, probabilities);
        if (hasEntropy)
            graph.Output(EntropyColumn(ScoreColumnName), NumberDataViewType.Single, -graph.Sum(ScoreNodes.EntropyTerm(probabilities), 1, classes));
    }

    /// <summary>The scaled probabilities of the row at which a cursor stands, in double precision; NaN where one of them is, or is below 0.</summary>
    private sealed class ScaledProbabilities(DataViewRow row, DataViewSchema.Column score, double temperature)
    {
        private readonly ValueGetter<VBuffer<float>> _getter = row.GetGetter<VBuffer<float>>(score);
        private readonly float[] _values = new float[score.Type.GetVectorSize()];
        private readonly double[] _scaled = new double[score.Type.GetVectorSize()];
        private VBuffer<float> _buffer;

        public double[] Read()
        {
            _getter(ref _buffer);
            _buffer.CopyTo(_values);
            if (Array.TrueForAll(_values, value => value >= 0))
            {
                Logarithms(_values, _scaled);
                TemperatureFit.Softmax(_scaled, 1 / temperature, _scaled);
            }
            else
            {
                _scaled.AsSpan().Fill(double.NaN);
            }

            return _scaled;
        }
    }
}
