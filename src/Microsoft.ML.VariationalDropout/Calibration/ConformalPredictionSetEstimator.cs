using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Microsoft.ML.Trainers.VariationalDropout.Calibration;
using Microsoft.ML.Trainers.VariationalDropout.Data;

namespace Microsoft.ML.Trainers.VariationalDropout;

/// <summary>
/// Makes sets of classes that hold a wanted share of the labels, whatever the classifier is and however good its probabilities are, from its
/// scores on rows that it was not trained on (split-conformal prediction).
/// </summary>
/// <remarks>
/// <format type="text/markdown"><![CDATA[
/// To create this estimator, use [ConformalPredictionSets](xref:Microsoft.ML.VariationalDropoutCatalog.ConformalPredictionSets*). Fit it on rows that a
/// trained model scored and that neither trained nor chose it: `estimator.Fit(model.Transform(calibration))`. A temperature of two
/// classes may be fitted on the same rows, and changes no set; strictly, one of several classes needs rows of its own.
///
/// ### Input and Output Columns
/// | | Binary | Multiclass |
/// | -- | -- | -- |
/// | Label, read by `Fit` alone | <xref:System.Boolean> | [key](xref:Microsoft.ML.Data.KeyDataViewType) type |
/// | Read | `Probability`, <xref:System.Single> | `Score`, vector of <xref:System.Single>: probabilities, or other numbers that are greater for more likely classes |
/// | `PredictionSet`, added | two <xref:System.Boolean>: whether false, whether true is in the set | a <xref:System.Boolean> for each class, with the classes' slot names |
/// | `PredictionSetSize`, added | <xref:System.Int32>: 0, 1 or 2 | <xref:System.Int32> |
///
/// ### The guarantee
/// A class is in the set when its probability is not below a threshold: the ⌈(n + 1) · level⌉-th greatest probability that the n calibration rows
/// give to their own labels. If these rows and the row to come are exchangeable, the set holds its label with a probability of at least the level, and,
/// where the probabilities have no ties, of less than level + 1 / (n + 1). The probability is over calibration sets and rows together: of one calibration set
/// the coverage is spread around the level with a standard deviation of about sqrt(level (1 − level) / n), and for single classes or
/// groups of rows it may be below the level. Where the data drift there is no guarantee.
///
/// Sets of this kind (least ambiguous sets) are the smallest on average that have the coverage, where the probabilities are right; they are not random, so that a row's set
/// depends on the row alone, and the coverage is the level and not above it. What the adaptive sets of Romano, Sesia and Candès have besides, a coverage
/// more even from row to row, needs random numbers at prediction or covers too much. A set of one class is an answer; one
/// of several says which classes could not be told apart. A set is empty where the classifier is right more often than the level asks for, and this row is
/// among the few that it may leave: treat it as unanswered.
///
/// With fewer than level / (1 − level) rows (9 for 0.9, 19 for 0.95) only the set of all classes has the guarantee: all sets are full, and a warning says
/// how many rows are needed. Probabilities that are NaN are in the set. Rows with a missing label or probability are skipped by `Fit` and
/// counted in a warning.
///
/// See Vovk, Gammerman and Shafer, "Algorithmic Learning in a Random World", 2005; Sadinle, Lei and Wasserman,
/// ["Least Ambiguous Set-Valued Classifiers with Bounded Error Levels"](https://arxiv.org/abs/1609.00451), JASA 2019; Angelopoulos and Bates,
/// ["A Gentle Introduction to Conformal Prediction"](https://arxiv.org/abs/2107.07511), 2021; Romano, Sesia and Candès,
/// ["Classification with Valid and Adaptive Coverage"](https://arxiv.org/abs/2006.02544), NeurIPS 2020.
/// ]]></format>
/// </remarks>
/// <seealso cref="VariationalDropoutCatalog.ConformalPredictionSets(BinaryClassificationCatalog, string, string, double, string, string)"/>
/// <seealso cref="VariationalDropoutCatalog.ConformalPredictionSets(MulticlassClassificationCatalog, string, string, double, string, string)"/>
public sealed class ConformalPredictionSetEstimator : IEstimator<ConformalPredictionSetTransformer>
{
    private readonly IHost _host;
    private readonly string _labelColumnName;
    private readonly PredictionSetColumns _columns;
    private readonly double _confidenceLevel;

    internal ConformalPredictionSetEstimator(IHostEnvironment env, string labelColumnName, PredictionSetColumns columns, double confidenceLevel)
    {
        _host = Contracts.CheckRef(env, nameof(env)).Register(nameof(ConformalPredictionSetEstimator));
        _labelColumnName = labelColumnName;
        _columns = columns;
        _confidenceLevel = confidenceLevel;
    }

    /// <summary>Finds the probability from which on a class is in the set.</summary>
    /// <param name="input">Scored rows with labels, none of which trained or chose what scored them.</param>
    /// <returns>The transformer.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing, or of another type.</exception>
    /// <exception cref="InvalidOperationException">No row has a label and a score, or a label is a class that the scores lack.</exception>
    public ConformalPredictionSetTransformer Fit(IDataView input)
    {
        _host.CheckValue(input, nameof(input));
        DataViewSchema.Column label = SchemaColumns.FindClass(_host, input.Schema, _labelColumnName, _columns.IsBinary);
        DataViewSchema.Column score = _columns.FindScore(_host, input.Schema);

        // The greater the probability of the label, the less it is at odds with the row.
        using IChannel channel = _host.Start("Calibrating");
        var values = new List<double>();
        using (var rows = new ScoredRows(channel, input, label, [score], weight: null))
        {
            while (rows.MoveNext())
            {
                _host.CheckAlive();
                ReadOnlySpan<float> scores = rows[0];
                values.Add(-(_columns.IsBinary ? (rows.Label > 0 ? scores[0] : 1 - (double)scores[0]) : scores[rows.LabelOf(scores.Length)]));
            }
        }

        ConformalQuantile.WarnIfTooFew(channel, values.Count, _confidenceLevel, "the sets hold all classes");
        return new ConformalPredictionSetTransformer(_host, _columns, _confidenceLevel, -ConformalQuantile.Of(values, _confidenceLevel), values.Count);
    }

    /// <summary>The columns that come out for columns that go in.</summary>
    /// <param name="inputSchema">The columns that go in.</param>
    /// <returns>These, the set and its size.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing, or of another type.</exception>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        _host.CheckValue(inputSchema, nameof(inputSchema));
        SchemaColumns.FindClass(_host, inputSchema, _labelColumnName, _columns.IsBinary);
        SchemaShape.Column score = _columns.IsBinary
            ? SchemaColumns.FindNumber(_host, inputSchema, "probability", _columns.Score)
            : SchemaColumns.FindNumbers(_host, inputSchema, "score", _columns.Score);
        var names = new SchemaShape.Column(AnnotationUtils.Kinds.SlotNames, SchemaShape.Column.VectorKind.Vector, TextDataViewType.Instance, false);
        bool hasNames = _columns.IsBinary || score.Annotations.TryFindColumn(AnnotationUtils.Kinds.SlotNames, out _);
        var columns = inputSchema.ToDictionary(column => column.Name);
        columns[_columns.Set] = new SchemaShape.Column(
            _columns.Set, SchemaShape.Column.VectorKind.Vector, BooleanDataViewType.Instance, false, hasNames ? new SchemaShape([names]) : null);
        columns[_columns.Size] = new SchemaShape.Column(_columns.Size, SchemaShape.Column.VectorKind.Scalar, NumberDataViewType.Int32, false);
        return new SchemaShape(columns.Values);
    }
}
