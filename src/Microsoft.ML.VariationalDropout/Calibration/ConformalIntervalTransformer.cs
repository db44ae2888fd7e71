using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Model.OnnxConverter;
using Microsoft.ML.Runtime;
using Microsoft.ML.Trainers.VariationalDropout;
using Microsoft.ML.Trainers.VariationalDropout.Calibration;
using Microsoft.ML.Trainers.VariationalDropout.Data;

[assembly: LoadableClass(
    typeof(ConformalIntervalTransformer),
    null,
    typeof(SignatureLoadModel),
    "Conformal prediction intervals",
    ConformalIntervalTransformer.LoaderSignature)]

namespace Microsoft.ML.Trainers.VariationalDropout;

/// <summary>
/// Adds the bounds of prediction intervals to scored rows; the columns and the guarantee stand in the documentation of
/// <see cref="ConformalIntervalEstimator"/>. Immutable, and safe to use from many threads.
/// </summary>
public sealed class ConformalIntervalTransformer : RowToRowTransformerBase
{
    internal const string LoaderSignature = "VarDropoutIntervals";

    private static readonly SavedComponent Saved = new("VARDRXCI", LoaderSignature);

    private readonly IntervalColumns _columns;

    internal ConformalIntervalTransformer(IHostEnvironment env, IntervalColumns columns, double confidenceLevel, double quantile, long calibrationCount)
        : base(Contracts.CheckRef(env, nameof(env)).Register(LoaderSignature))
    {
        _columns = columns;
        ConfidenceLevel = confidenceLevel;
        Quantile = quantile;
        CalibrationCount = calibrationCount;
    }

    /// <summary>The share of labels that the intervals hold, on average over calibration sets, at least; in (0, 1).</summary>
    public double ConfidenceLevel { get; }

    /// <summary>
    /// Half the width of an interval, in the label's unit or in that of the scale column where there is one; infinite where the calibration
    /// rows were too few for the level.
    /// </summary>
    public double Quantile { get; }

    /// <summary>Rows that the intervals were fitted on.</summary>
    public long CalibrationCount { get; }

    internal static ConformalIntervalTransformer Create(IHostEnvironment env, ModelLoadContext ctx) => CalibrationFile.Read(env, ctx, Saved, reader =>
    {
        string score = reader.ReadString();
        string? scale = reader.ReadBoolean() ? reader.ReadString() : null;
        var columns = new IntervalColumns(score, scale, reader.ReadString(), reader.ReadString());
        double level = reader.ReadDouble(), quantile = reader.ReadDouble();
        long count = reader.ReadInt64();
        if (!(level > 0 && level < 1 && quantile >= 0))
            throw CalibrationFile.Damaged(env, FormattableString.Invariant($"its confidence level is {level} and its quantile {quantile}"));
        return new ConformalIntervalTransformer(env, columns, level, quantile, count);
    });

    private protected override void SaveModel(ModelSaveContext ctx) => CalibrationFile.Write(ctx, Saved, writer =>
    {
        writer.Write(_columns.Score);
        writer.Write(_columns.Scale is not null);
        if (_columns.Scale is not null)
            writer.Write(_columns.Scale);
        writer.Write(_columns.LowerBound);
        writer.Write(_columns.UpperBound);
        writer.Write(ConfidenceLevel);
        writer.Write(Quantile);
        writer.Write(CalibrationCount);
    });

    private protected override IRowMapper MakeRowMapper(DataViewSchema schema)
    {
        DataViewSchema.Column score = SchemaColumns.Find(Host, schema, "score", _columns.Score, NumberDataViewType.Single);
        DataViewSchema.Column? scale = _columns.Scale is null ? null : SchemaColumns.Find(Host, schema, "scale", _columns.Scale, NumberDataViewType.Single);
        var annotations = new DataViewSchema.Annotations.Builder();
        annotations.Add(RegressionUncertaintyEvaluator.LevelAnnotation, NumberDataViewType.Double, (ref double level) => level = ConfidenceLevel);
        DataViewSchema.Annotations ofBounds = annotations.ToAnnotations();
        return new ColumnMapper<(float Score, float Scale)>(
            this,
            scale is DataViewSchema.Column one ? [score, one] : [score],
            CreateReader,
            [CreateBound(_columns.LowerBound, -1), CreateBound(_columns.UpperBound, 1)],
            Emit);

        Func<(float Score, float Scale)> CreateReader(DataViewRow row)
        {
            ValueGetter<float> getScore = row.GetGetter<float>(score);
            ValueGetter<float>? getScale = scale is DataViewSchema.Column active ? row.GetGetter<float>(active) : null;
            float value = 0, unit = 1;
            return () =>
            {
                getScore(ref value);
                getScale?.Invoke(ref unit);
                return (value, unit);
            };
        }

        MappedColumn<(float Score, float Scale)> CreateBound(string name, int side) => new(name, NumberDataViewType.Single, ofBounds, read =>
            (ValueGetter<float>)((ref float destination) =>
            {
                (float value, float unit) = read();
                destination = Bound(value, unit, side);
            }));
    }

    /// <summary>score ± quantile · scale, rounded away from the score: a label on the bound stays inside.</summary>
    private float Bound(float score, float scale, int side)
    {
        if (float.IsNaN(score) || !(scale >= 0))
            return float.NaN;

        // An unbounded interval is so for a scale of 0 too.
        double bound = double.IsInfinity(Quantile) ? side * Quantile : score + (side * Quantile * scale);
        float rounded = (float)bound;
        if (side < 0)
            return rounded > bound ? MathF.BitDecrement(rounded) : rounded;
        return rounded < bound ? MathF.BitIncrement(rounded) : rounded;
    }

    private void Emit(OnnxContext context)
    {
        var graph = new GraphBuilder(context);
        GraphValue score = graph.Variable(context.GetVariableName(_columns.Score)), half = graph.Constant(Quantile);
        if (_columns.Scale is not null)
        {
            GraphValue scale = graph.Variable(context.GetVariableName(_columns.Scale));
            scale = GraphValue.Where(GraphValue.Less(scale, 0), graph.Constant(double.NaN), scale);

            // Infinity times a scale of 0 would be none; what is left of a scale is that NaN stays NaN.
            half = double.IsInfinity(Quantile) ? scale - scale + half : scale * half;
        }

        graph.Output(_columns.LowerBound, NumberDataViewType.Single, score - half);
        graph.Output(_columns.UpperBound, NumberDataViewType.Single, score + half);
    }
}

/// <summary>The columns of <see cref="ConformalIntervalTransformer"/>.</summary>
/// <param name="Score">What was predicted.</param>
/// <param name="Scale">The unit of each row's errors, or null.</param>
/// <param name="LowerBound">What it makes.</param>
/// <param name="UpperBound">What it makes.</param>
internal sealed record IntervalColumns(string Score, string? Scale, string LowerBound, string UpperBound);
