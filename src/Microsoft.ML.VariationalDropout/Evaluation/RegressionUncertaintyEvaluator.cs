using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Microsoft.ML.Trainers.VariationalDropout.Data;
using Microsoft.ML.Trainers.VariationalDropout.Numerics;

namespace Microsoft.ML.Trainers.VariationalDropout;

/// <summary>The columns that <see cref="RegressionUncertaintyEvaluator"/> reads.</summary>
/// <param name="Label">The label.</param>
/// <param name="Score">What was predicted.</param>
/// <param name="StandardDeviation">Null for the score column's, if there is one.</param>
/// <param name="LowerBound">Null for the score column's, if there is one.</param>
/// <param name="UpperBound">Null for the score column's, if there is one.</param>
/// <param name="Weight">Null for equal weights.</param>
internal sealed record RegressionColumns(string Label, string Score, string? StandardDeviation, string? LowerBound, string? UpperBound, string? Weight);

/// <summary>Computes <see cref="RegressionUncertaintyMetrics"/> in one pass over scored data.</summary>
internal static class RegressionUncertaintyEvaluator
{
    public const string StandardDeviationSuffix = "StandardDeviation";
    public const string AleatoricSuffix = "AleatoricStandardDeviation";
    public const string LowerBoundSuffix = "LowerBound";
    public const string UpperBoundSuffix = "UpperBound";

    /// <summary>An annotation of bounds: the level that they were made for, a double.</summary>
    public const string LevelAnnotation = "ConfidenceLevel";

    /// <param name="env">The environment.</param>
    /// <param name="data">The scored rows.</param>
    /// <param name="names">The columns.</param>
    /// <param name="level">The level of the intervals; null for that which the bounds tell of.</param>
    /// <param name="defaultLevel">The level where nobody tells.</param>
    /// <param name="numberOfBins">Bins of equal probability.</param>
    public static RegressionUncertaintyMetrics Evaluate(IHostEnvironment env, IDataView data, RegressionColumns names, double? level, double defaultLevel, int numberOfBins)
    {
        IHost host = env.Register(nameof(RegressionUncertaintyEvaluator));
        DataViewSchema schema = data.Schema;
        DataViewSchema.Column label = SchemaColumns.Find(host, schema, "label", names.Label, NumberDataViewType.Single);
        var columns = new List<DataViewSchema.Column> { SchemaColumns.Find(host, schema, "score", names.Score, NumberDataViewType.Single) };
        int deviation = Add("standard deviation", names.StandardDeviation, StandardDeviationSuffix, AleatoricSuffix);
        int lower = Add("lower bound", names.LowerBound, LowerBoundSuffix);
        int upper = Add("upper bound", names.UpperBound, UpperBoundSuffix);
        if (lower < 0 != upper < 0)
            throw host.ExceptParam(nameof(data), $"The data have one of the columns of bounds only: {columns[Math.Max(lower, upper)].Name}.");
        DataViewSchema.Column? weight = names.Weight is null ? null : SchemaColumns.Find(host, schema, "weight", names.Weight, NumberDataViewType.Single);
        string[] unbounded = lower < 0 ? [] : [columns[lower].Name, columns[upper].Name];

        double confidenceLevel = level ?? (lower < 0 ? null : ReadLevel(columns[lower])) ?? defaultLevel;
        double halfWidth = NormalDistribution.Quantile(0.5 + (0.5 * confidenceLevel)), penalty = 2 / (1 - confidenceLevel);
        var answers = new List<(double Uncertainty, double Error, double Weight)>();
        double weights = 0, squares = 0, magnitudes = 0, logLosses = 0, covered = 0, widths = 0, scores = 0;
        double narrowest = double.PositiveInfinity, widest = double.NegativeInfinity;
        double[] below = new double[numberOfBins];
        using IChannel channel = host.Start("Evaluating");
        using var rows = new ScoredRows(channel, data, label, columns, weight, unbounded);
        while (rows.MoveNext())
        {
            host.CheckAlive();
            double w = rows.Weight, score = rows[0][0], error = rows.Label - score, s = deviation < 0 ? double.NaN : Deviation(rows);
            double low = lower < 0 ? score - (halfWidth * s) : rows[lower][0], high = upper < 0 ? score + (halfWidth * s) : rows[upper][0];
            weights += w;
            squares += w * error * error;
            magnitudes += w * Math.Abs(error);
            if (deviation >= 0)
            {
                double z = error == 0 ? 0 : error / s;
                logLosses += w * (double.IsInfinity(z) ? double.PositiveInfinity : (0.5 * ((z * z) + Math.Log(2 * Math.PI))) + Math.Log(s));
                below[Math.Clamp((int)(NormalDistribution.Distribution(z) * numberOfBins), 0, numberOfBins - 1)] += w;
            }

            double outside = Math.Max(Math.Max(low - rows.Label, rows.Label - high), 0);
            covered += outside > 0 ? 0 : w;
            widths += w * (high - low);
            scores += w * (high - low + (penalty * outside));
            answers.Add((deviation < 0 ? high - low : s, Math.Abs(error), w));
            double rounding = 2 * RoundingOf(low, high);
            narrowest = Math.Min(narrowest, high - low + rounding);
            widest = Math.Max(widest, high - low - rounding);
        }

        // Intervals of one width differ by the rounding of their bounds, which is no uncertainty.
        if (deviation < 0 && widest <= narrowest)
            answers = [.. answers.Select(answer => answer with { Uncertainty = 0 })];

        bool hasIntervals = deviation >= 0 || lower >= 0;
        return new RegressionUncertaintyMetrics
        {
            RootMeanSquaredError = Math.Sqrt(squares / weights),
            MeanAbsoluteError = magnitudes / weights,
            NegativeLogLikelihood = deviation < 0 ? double.NaN : logLosses / weights,
            CalibrationError = deviation < 0 ? double.NaN : CalibrationError(below, weights),
            ConfidenceLevel = confidenceLevel,
            IntervalCoverage = hasIntervals ? covered / weights : double.NaN,
            MeanIntervalWidth = widths / weights,
            IntervalScore = scores / weights,
            RejectionCurve = hasIntervals ? new RejectionCurve(answers) : null,
            RowCount = rows.RowCount,
            SkippedRowCount = rows.SkippedRowCount,
        };

        double Deviation(ScoredRows current) => current[deviation][0] is >= 0 and float value
            ? value
            : throw channel.Except(FormattableString.Invariant(
                $"Column '{columns[deviation].Name}' is {current[deviation][0]} in row {current.Position}, counted from 0; a standard deviation must be 0 or more."));

        // The column that was asked for, or else one that the score column has.
        int Add(string role, string? name, params string[] suffixes)
        {
            name ??= suffixes.Select(suffix => names.Score + suffix).FirstOrDefault(other => schema.GetColumnOrNull(other)?.Type == NumberDataViewType.Single);
            if (name is null)
                return -1;
            columns.Add(SchemaColumns.Find(host, schema, role, name, NumberDataViewType.Single));
            return columns.Count - 1;
        }
    }

    /// <summary>The distance of floats where the bounds lie; 0 of an interval that is not finite.</summary>
    private static double RoundingOf(double low, double high)
    {
        double greatest = Math.Max(Math.Abs(low), Math.Abs(high));
        return greatest < float.MaxValue ? MathF.BitIncrement((float)greatest) - greatest : 0;
    }

    private static double? ReadLevel(DataViewSchema.Column bound)
    {
        if (bound.Annotations.Schema.GetColumnOrNull(LevelAnnotation)?.Type != NumberDataViewType.Double)
            return null;
        double level = 0;
        bound.Annotations.GetValue(LevelAnnotation, ref level);
        return level;
    }

    /// <summary>Of the labels' places in their predictive distributions, how far their distribution is from the uniform one, at the inner bounds of the bins.</summary>
    private static double CalibrationError(double[] weights, double total)
    {
        double sum = 0, below = 0;
        for (int bin = 0; bin < weights.Length - 1; bin++)
        {
            below += weights[bin];
            sum += Math.Abs((below / total) - ((bin + 1.0) / weights.Length));
        }

        return sum / (weights.Length - 1);
    }
}
