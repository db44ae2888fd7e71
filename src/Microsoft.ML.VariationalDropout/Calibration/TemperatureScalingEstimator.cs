using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Microsoft.ML.Trainers.VariationalDropout.Calibration;
using Microsoft.ML.Trainers.VariationalDropout.Data;

namespace Microsoft.ML.Trainers.VariationalDropout;

/// <summary>
/// Makes the probabilities of a classifier honest with one number, the temperature: they become softmax(logits / T), and T is the one of maximum
/// likelihood on scored rows that the classifier was not trained on. It takes the score columns of any trainer.
/// </summary>
/// <remarks>
/// <format type="text/markdown"><![CDATA[
/// To create this estimator, use
/// [Temperature](xref:Microsoft.ML.VariationalDropoutCatalog.Temperature*) of the calibrators of binary classification or
/// [TemperatureScaling](xref:Microsoft.ML.VariationalDropoutCatalog.TemperatureScaling*) of multiclass classification. Fit it on rows that a trained model
/// scored and that were not its training set: `estimator.Fit(model.Transform(validation))`. In a pipeline with the trainer it would be
/// fitted on the training set itself, where most classifiers are too sure.
///
/// ### Input and Output Columns
/// | | Binary | Multiclass |
/// | -- | -- | -- |
/// | Label, read by `Fit` alone | <xref:System.Boolean> | [key](xref:Microsoft.ML.Data.KeyDataViewType) type |
/// | Score, read | <xref:System.Single>: a logit, or another number that grows with the probability and is 0 where both classes are as likely | Vector of <xref:System.Single>: probabilities |
/// | Rewritten | `Probability` = 1 / (1 + exp(−score / T)); added where it is missing | the score column: p_k^(1 / T), divided by their sum; annotations stay |
///
/// `PredictedLabel` stays as it is: no temperature changes which class is the most likely, or on which side of one half a probability is. (A decision at
/// another threshold than one half was made with the probabilities before.)
///
/// The score of <xref:Microsoft.ML.Trainers.VariationalDropout.VariationalDropoutBinaryTrainer> is in every mode of prediction the logit of
/// `Probability`, also where that is an average over the posterior: what is scaled is the predictive distribution. Its column
/// `ScorePredictiveEntropy`, where there is one, is made anew from the scaled probabilities, in nats.
/// `ScoreMutualInformation` and `ScoreStandardDeviation` are about the network before scaling and stay as they are, so that entropy less information
/// is no longer the share of the noise.
///
/// ### How the temperature is found
/// In 1 / T the negative log-likelihood is convex; Newton's method, kept in a bracket, finds its minimum to the last digits. The scores
/// of all rows that are read are held in memory. Rows with a missing label, a score that is NaN or infinite, or a weight that is not
/// above 0 are skipped and counted in a warning. A probability of 0 counts as the smallest normal number of single precision, 1.2e-38.
///
/// Three sets have no temperature of maximum likelihood, and each gives a warning. Where every label has the greatest score, T would be
/// 0 and all probabilities certain: T is 1. Where the scores tell nothing apart, T is 1. Where they are no better than chance, T would be
/// infinite and all probabilities equal: T is the upper limit, 1000 times the root mean square of the logits around each row's mean.
///
/// See Guo, Pleiss, Sun and Weinberger, ["On Calibration of Modern Neural Networks"](https://arxiv.org/abs/1706.04599), ICML 2017; with a fixed
/// offset of 0 it is the method of Platt (1999).
/// ]]></format>
/// </remarks>
/// <seealso cref="VariationalDropoutCatalog.Temperature"/>
/// <seealso cref="VariationalDropoutCatalog.TemperatureScaling"/>
public sealed class TemperatureScalingEstimator : IEstimator<TemperatureScalingTransformer>
{
    private readonly IHost _host;
    private readonly bool _isBinary;
    private readonly string _labelColumnName;
    private readonly string _scoreColumnName;
    private readonly string? _weightColumnName;

    internal TemperatureScalingEstimator(IHostEnvironment env, bool isBinary, string labelColumnName, string scoreColumnName, string? weightColumnName)
    {
        _host = Contracts.CheckRef(env, nameof(env)).Register(nameof(TemperatureScalingEstimator));
        _isBinary = isBinary;
        _labelColumnName = labelColumnName;
        _scoreColumnName = scoreColumnName;
        _weightColumnName = weightColumnName;
    }

    /// <summary>Finds the temperature.</summary>
    /// <param name="input">Scored rows with labels, none of them from the training set of what scored them.</param>
    /// <returns>The transformer.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing, or of another type.</exception>
    /// <exception cref="InvalidOperationException">
    /// No row has a label and a score, a label is a class that the scores lack, or the scores of a multiclass classifier are not probabilities.
    /// </exception>
    public TemperatureScalingTransformer Fit(IDataView input)
    {
        _host.CheckValue(input, nameof(input));
        DataViewSchema schema = input.Schema;
        DataViewSchema.Column label = SchemaColumns.FindClass(_host, schema, _labelColumnName, _isBinary);
        DataViewSchema.Column score = _isBinary
            ? SchemaColumns.Find(_host, schema, "score", _scoreColumnName, NumberDataViewType.Single)
            : SchemaColumns.FindVector(_host, schema, "score", _scoreColumnName, NumberDataViewType.Single);
        DataViewSchema.Column? weight = _weightColumnName is null ? null : SchemaColumns.Find(_host, schema, "weight", _weightColumnName, NumberDataViewType.Single);

        using IChannel channel = _host.Start("Calibrating");
        int classes = _isBinary ? 2 : score.Type.GetVectorSize();
        var fit = new TemperatureFit(classes);
        double[] logits = new double[classes];
        long count = 0;
        using (var rows = new ScoredRows(channel, input, label, [score], weight))
        {
            while (rows.MoveNext())
            {
                _host.CheckAlive();
                ReadOnlySpan<float> values = rows[0];
                if (_isBinary)
                {
                    logits[1] = values[0];
                }
                else
                {
                    Probabilities.Check(channel, _scoreColumnName, values, rows.Position);
                    TemperatureScalingTransformer.Logarithms(values, logits);
                }

                fit.Add(logits, rows.LabelOf(classes), rows.Weight);
            }

            count = rows.RowCount;
        }

        (double temperature, TemperatureOutcome outcome) = fit.Solve();
        if (Describe(outcome) is string reason)
            channel.Warning("No temperature is the most likely one on {0} instances, {1}: it is set to {2}", count, reason, temperature);
        channel.Info("Temperature {0}: mean negative log-likelihood {1} nats on {2} instances, {3} with temperature 1", temperature, fit.NegativeLogLikelihood(temperature), count, fit.NegativeLogLikelihood(1));
        return new TemperatureScalingTransformer(_host, _isBinary, _scoreColumnName, temperature);
    }

    /// <summary>The columns that come out for columns that go in.</summary>
    /// <param name="inputSchema">The columns that go in.</param>
    /// <returns>These, with the probabilities.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing, or of another type.</exception>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        _host.CheckValue(inputSchema, nameof(inputSchema));
        SchemaColumns.FindClass(_host, inputSchema, _labelColumnName, _isBinary);
        if (_weightColumnName is not null)
            SchemaColumns.FindNumber(_host, inputSchema, "weight", _weightColumnName);
        if (!_isBinary)
        {
            SchemaColumns.FindNumbers(_host, inputSchema, "score", _scoreColumnName);
            return inputSchema;
        }

        SchemaShape.Column score = SchemaColumns.FindNumber(_host, inputSchema, "score", _scoreColumnName);
        var columns = inputSchema.ToDictionary(column => column.Name);
        IEnumerable<SchemaShape.Column> annotations = AnnotationUtils.GetTrainerOutputAnnotation(isNormalized: true)
            .Where(annotation => annotation.Name is AnnotationUtils.Kinds.IsNormalized or AnnotationUtils.Kinds.ScoreValueKind || score.Annotations.TryFindColumn(annotation.Name, out _));
        columns[DefaultColumnNames.Probability] = new SchemaShape.Column(
            DefaultColumnNames.Probability, SchemaShape.Column.VectorKind.Scalar, NumberDataViewType.Single, false, new SchemaShape(annotations));
        return new SchemaShape(columns.Values);
    }

    private static string? Describe(TemperatureOutcome outcome) => outcome switch
    {
        TemperatureOutcome.Separated => "because each label has the greatest score and the likelihood rises as the temperature falls to 0",
        TemperatureOutcome.NoBetterThanChance => "because the scores are no better than chance and the likelihood rises with the temperature",
        TemperatureOutcome.Constant => "because no score tells the classes apart",
        _ => null,
    };
}
