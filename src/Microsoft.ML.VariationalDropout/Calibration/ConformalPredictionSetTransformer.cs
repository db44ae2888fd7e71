using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Model.OnnxConverter;
using Microsoft.ML.Runtime;
using Microsoft.ML.Trainers.VariationalDropout;
using Microsoft.ML.Trainers.VariationalDropout.Calibration;
using Microsoft.ML.Trainers.VariationalDropout.Data;

[assembly: LoadableClass(
    typeof(ConformalPredictionSetTransformer),
    null,
    typeof(SignatureLoadModel),
    "Conformal prediction sets",
    ConformalPredictionSetTransformer.LoaderSignature)]

namespace Microsoft.ML.Trainers.VariationalDropout;

/// <summary>
/// Adds the set of classes that the label is one of to scored rows; the columns and the guarantee stand in the documentation of
/// <see cref="ConformalPredictionSetEstimator"/>. Immutable, and safe to use from many threads.
/// </summary>
public sealed class ConformalPredictionSetTransformer : RowToRowTransformerBase
{
    internal const string LoaderSignature = "VarDropoutSets";

    private static readonly SavedComponent Saved = new("VARDRXCS", LoaderSignature);

    private readonly PredictionSetColumns _columns;

    internal ConformalPredictionSetTransformer(IHostEnvironment env, PredictionSetColumns columns, double confidenceLevel, double threshold, long calibrationCount)
        : base(Contracts.CheckRef(env, nameof(env)).Register(LoaderSignature))
    {
        _columns = columns;
        ConfidenceLevel = confidenceLevel;
        Threshold = threshold;
        CalibrationCount = calibrationCount;
    }

    /// <summary>The share of labels that the sets hold, on average over calibration sets, at least; in (0, 1).</summary>
    public double ConfidenceLevel { get; }

    /// <summary>The probability from which on a class is in the set; −∞ where the calibration rows were too few for the level, and all classes are.</summary>
    public double Threshold { get; }

    /// <summary>Rows that the sets were fitted on.</summary>
    public long CalibrationCount { get; }

    /// <summary>The columns that it reads and makes.</summary>
    internal PredictionSetColumns Columns => _columns;

    /// <summary>How near a row's probabilities come to the threshold.</summary>
    /// <param name="scores">What the score column has.</param>
    internal double Margin(ReadOnlySpan<float> scores)
    {
        double margin = double.PositiveInfinity;
        foreach (float score in scores)
            margin = Math.Min(margin, Math.Abs(score - Threshold));
        return _columns.IsBinary ? Math.Min(margin, Math.Abs(1 - (double)scores[0] - Threshold)) : margin;
    }

    internal static ConformalPredictionSetTransformer Create(IHostEnvironment env, ModelLoadContext ctx) => CalibrationFile.Read(env, ctx, Saved, reader =>
    {
        var columns = new PredictionSetColumns(reader.ReadBoolean(), reader.ReadString(), reader.ReadString(), reader.ReadString());
        double level = reader.ReadDouble(), threshold = reader.ReadDouble();
        long count = reader.ReadInt64();
        if (!(level > 0 && level < 1) || double.IsNaN(threshold))
            throw CalibrationFile.Damaged(env, FormattableString.Invariant($"its confidence level is {level} and its threshold {threshold}"));
        return new ConformalPredictionSetTransformer(env, columns, level, threshold, count);
    });

    private protected override void SaveModel(ModelSaveContext ctx) => CalibrationFile.Write(ctx, Saved, writer =>
    {
        writer.Write(_columns.IsBinary);
        writer.Write(_columns.Score);
        writer.Write(_columns.Set);
        writer.Write(_columns.Size);
        writer.Write(ConfidenceLevel);
        writer.Write(Threshold);
        writer.Write(CalibrationCount);
    });

    private protected override IRowMapper MakeRowMapper(DataViewSchema schema)
    {
        DataViewSchema.Column score = _columns.FindScore(Host, schema);
        int classes = _columns.IsBinary ? 2 : score.Type.GetVectorSize();
        var set = new MappedColumn<bool[]>(_columns.Set, new VectorDataViewType(BooleanDataViewType.Instance, classes), CreateAnnotations(score), read =>
            (ValueGetter<VBuffer<bool>>)((ref VBuffer<bool> destination) =>
            {
                VBufferEditor<bool> editor = VBufferEditor.Create(ref destination, classes);
                read().CopyTo(editor.Values);
                destination = editor.Commit();
            }));
        var size = new MappedColumn<bool[]>(
            _columns.Size, NumberDataViewType.Int32, null, read => (ValueGetter<int>)((ref int destination) => destination = read().Count(isIn => isIn)));
        return new ColumnMapper<bool[]>(this, [score], row => CreateReader(row, score), [set, size], context => Emit(context, score));
    }

    /// <summary>The classes' names.</summary>
    private DataViewSchema.Annotations CreateAnnotations(DataViewSchema.Column score)
    {
        var builder = new DataViewSchema.Annotations.Builder();
        if (_columns.IsBinary)
        {
            builder.AddSlotNames(2, (ref VBuffer<ReadOnlyMemory<char>> names) =>
                names = new VBuffer<ReadOnlyMemory<char>>(2, [bool.FalseString.AsMemory(), bool.TrueString.AsMemory()]));
        }
        else
        {
            builder.Add(score.Annotations, kind => kind == AnnotationUtils.Kinds.SlotNames);
        }

        return builder.ToAnnotations();
    }

    private Func<bool[]> CreateReader(DataViewRow row, DataViewSchema.Column score)
    {
        if (_columns.IsBinary)
        {
            ValueGetter<float> getter = row.GetGetter<float>(score);
            float probability = 0;
            bool[] both = new bool[2];
            return () =>
            {
                getter(ref probability);
                both[0] = IsIn(1 - (double)probability);
                both[1] = IsIn(probability);
                return both;
            };
        }

        ValueGetter<VBuffer<float>> getScores = row.GetGetter<VBuffer<float>>(score);
        VBuffer<float> buffer = default;
        float[] scores = new float[score.Type.GetVectorSize()];
        bool[] set = new bool[scores.Length];
        return () =>
        {
            getScores(ref buffer);
            buffer.CopyTo(scores);
            for (int k = 0; k < set.Length; k++)
                set[k] = IsIn(scores[k]);
            return set;
        };
    }

    /// <summary>Of a NaN nothing is known: it is in.</summary>
    private bool IsIn(double probability) => !(probability < Threshold);

    private void Emit(OnnxContext context, DataViewSchema.Column score)
    {
        var graph = new GraphBuilder(context);
        GraphValue scores = graph.Variable(context.GetVariableName(score.Name));
        int classes = _columns.IsBinary ? 2 : score.Type.GetVectorSize();
        if (_columns.IsBinary)
            scores = graph.Columns(1 - scores, scores);
        GraphValue isOut = GraphValue.Less(scores, graph.Constant(Math.Clamp(Threshold, float.MinValue, float.MaxValue)));
        GraphValue isIn = GraphValue.Not(isOut);
        graph.Output(_columns.Set, new VectorDataViewType(BooleanDataViewType.Instance, classes), isIn);
        graph.Output(_columns.Size, NumberDataViewType.Int32, graph.Cast(graph.Sum(graph.Cast(isIn, typeof(float)), 1, classes) + 0.5, typeof(int)));
    }
}

/// <summary>The columns of <see cref="ConformalPredictionSetTransformer"/>.</summary>
/// <param name="IsBinary">Whether the score is the probability of true, and not a vector with a number for each class.</param>
/// <param name="Score">The probabilities.</param>
/// <param name="Set">What it makes: which classes are in the set.</param>
/// <param name="Size">What it makes: how many they are.</param>
internal sealed record PredictionSetColumns(bool IsBinary, string Score, string Set, string Size)
{
    public DataViewSchema.Column FindScore(IExceptionContext context, DataViewSchema schema) => IsBinary
        ? SchemaColumns.Find(context, schema, "probability", Score, NumberDataViewType.Single)
        : SchemaColumns.FindVector(context, schema, "score", Score, NumberDataViewType.Single);
}
