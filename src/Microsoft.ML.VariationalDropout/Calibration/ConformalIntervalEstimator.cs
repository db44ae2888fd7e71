using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Microsoft.ML.Trainers.VariationalDropout.Calibration;
using Microsoft.ML.Trainers.VariationalDropout.Data;

namespace Microsoft.ML.Trainers.VariationalDropout;

/// <summary>
/// Makes prediction intervals that hold a wanted share of the labels, whatever the regressor is and however its errors are distributed, from its errors on
/// rows that it was not trained on (split-conformal prediction).
/// </summary>
/// <remarks>
/// <format type="text/markdown"><![CDATA[
/// To create this estimator, use [ConformalIntervals](xref:Microsoft.ML.VariationalDropoutCatalog.ConformalIntervals*). Fit it on rows that a
/// trained model scored and that neither trained nor chose it: `estimator.Fit(model.Transform(calibration))`. On the model's own training rows the
/// errors are too small, and so are the intervals.
///
/// ### Input and Output Columns
/// | Column | Type | Description |
/// | -- | -- | -- |
/// | Label, read by `Fit` alone | <xref:System.Single> | |
/// | Score | <xref:System.Single> | What was predicted. |
/// | Scale, optional | <xref:System.Single>, 0 or more | How large errors of this row are expected to be, in any unit: `ScoreStandardDeviation` of this library's regressors makes intervals wide where the model is unsure. Without it all intervals are equally wide. |
/// | `ScoreLowerBound`, added | <xref:System.Single> | Score − q · scale. |
/// | `ScoreUpperBound`, added | <xref:System.Single> | Score + q · scale; a label that equals a bound is inside. |
///
/// A score or scale that is NaN, or a scale below 0, gives bounds that are NaN.
///
/// ### The guarantee
/// q is the ⌈(n + 1) · level⌉-th smallest of |label − score| / scale over the n calibration rows. If these rows and the row to come are exchangeable, the
/// interval holds its label with a probability of at least the level, and, where the errors have no ties, of less than level + 1 / (n + 1).
/// The probability is over calibration sets and rows together: of one calibration set the coverage is spread around the level with a
/// standard deviation of about sqrt(level (1 − level) / n), and in groups of rows it may be below the level. Where the data drift there is no guarantee.
///
/// With fewer than level / (1 − level) rows (9 for 0.9, 19 for 0.95) no finite interval has the guarantee: the bounds are −∞ and ∞, and a warning says
/// how many rows are needed. Rows with a missing label or score are skipped and counted in a warning.
///
/// See Vovk, Gammerman and Shafer, "Algorithmic Learning in a Random World", 2005; Lei, G'Sell, Rinaldo, Tibshirani and Wasserman,
/// ["Distribution-Free Predictive Inference for Regression"](https://arxiv.org/abs/1604.04173), JASA 2018; Angelopoulos and Bates,
/// ["A Gentle Introduction to Conformal Prediction"](https://arxiv.org/abs/2107.07511), 2021.
/// ]]></format>
/// </remarks>
/// <seealso cref="VariationalDropoutCatalog.ConformalIntervals"/>
public sealed class ConformalIntervalEstimator : IEstimator<ConformalIntervalTransformer>
{
    private readonly IHost _host;
    private readonly string _labelColumnName;
    private readonly IntervalColumns _columns;
    private readonly double _confidenceLevel;

    internal ConformalIntervalEstimator(IHostEnvironment env, string labelColumnName, IntervalColumns columns, double confidenceLevel)
    {
        _host = Contracts.CheckRef(env, nameof(env)).Register(nameof(ConformalIntervalEstimator));
        _labelColumnName = labelColumnName;
        _columns = columns;
        _confidenceLevel = confidenceLevel;
    }

    /// <summary>Finds the width of the intervals.</summary>
    /// <param name="input">Scored rows with labels, none of which trained or chose what scored them.</param>
    /// <returns>The transformer.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing, or of another type.</exception>
    /// <exception cref="InvalidOperationException">No row has a label, a score and a scale, or a scale is below 0.</exception>
    public ConformalIntervalTransformer Fit(IDataView input)
    {
        _host.CheckValue(input, nameof(input));
        DataViewSchema schema = input.Schema;
        DataViewSchema.Column label = SchemaColumns.Find(_host, schema, "label", _labelColumnName, NumberDataViewType.Single);
        DataViewSchema.Column score = SchemaColumns.Find(_host, schema, "score", _columns.Score, NumberDataViewType.Single);
        DataViewSchema.Column? scale = _columns.Scale is null ? null : SchemaColumns.Find(_host, schema, "scale", _columns.Scale, NumberDataViewType.Single);

        using IChannel channel = _host.Start("Calibrating");
        var errors = new List<double>();
        using (var rows = new ScoredRows(channel, input, label, scale is DataViewSchema.Column unit ? [score, unit] : [score], weight: null))
        {
            while (rows.MoveNext())
            {
                _host.CheckAlive();
                double error = Math.Abs(rows.Label - rows[0][0]), unitOfRow = scale is null ? 1 : Scale(channel, rows);
                errors.Add(error == 0 ? 0 : error / unitOfRow);
            }
        }

        ConformalQuantile.WarnIfTooFew(channel, errors.Count, _confidenceLevel, "the intervals are unbounded");
        return new ConformalIntervalTransformer(_host, _columns, _confidenceLevel, ConformalQuantile.Of(errors, _confidenceLevel), errors.Count);
    }

    /// <summary>The columns that come out for columns that go in.</summary>
    /// <param name="inputSchema">The columns that go in.</param>
    /// <returns>These, and both bounds.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing, or of another type.</exception>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        _host.CheckValue(inputSchema, nameof(inputSchema));
        SchemaColumns.FindNumber(_host, inputSchema, "label", _labelColumnName);
        SchemaColumns.FindNumber(_host, inputSchema, "score", _columns.Score);
        if (_columns.Scale is not null)
            SchemaColumns.FindNumber(_host, inputSchema, "scale", _columns.Scale);
        var columns = inputSchema.ToDictionary(column => column.Name);
        var level = new SchemaShape.Column(RegressionUncertaintyEvaluator.LevelAnnotation, SchemaShape.Column.VectorKind.Scalar, NumberDataViewType.Double, false);
        foreach (string name in new[] { _columns.LowerBound, _columns.UpperBound })
            columns[name] = new SchemaShape.Column(name, SchemaShape.Column.VectorKind.Scalar, NumberDataViewType.Single, false, new SchemaShape([level]));
        return new SchemaShape(columns.Values);
    }

    /// <summary>The scale of a row; 0 makes its error infinite, and an interval that must hold it unbounded.</summary>
    private double Scale(IChannel channel, ScoredRows rows)
    {
        float scale = rows[1][0];
        return scale >= 0
            ? scale
            : throw channel.Except(FormattableString.Invariant($"Column '{_columns.Scale}' is {scale} in row {rows.Position}, counted from 0; a scale must be 0 or more."));
    }
}
