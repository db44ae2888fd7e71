using System.Runtime.CompilerServices;
using Microsoft.ML.Data;
using Microsoft.ML.Trainers.VariationalDropout;

namespace Microsoft.ML;

#pragma warning disable RS0026 // Overloads with optional parameters: each extends the catalog of another task, so that none hides another.

/// <content>What measures how far probabilities, intervals and uncertainties can be trusted.</content>
public static partial class VariationalDropoutCatalog
{
    private const int NumberOfBins = 15;

    /// <summary>
    /// Evaluates the probabilities of a binary classifier, of any trainer: calibration, Brier score, negative log-likelihood, error against
    /// rejection, and prediction sets where there are some.
    /// </summary>
    /// <param name="catalog">The binary classification catalog.</param>
    /// <param name="data">The scored rows.</param>
    /// <param name="labelColumnName">The name of the label column, a <see cref="bool"/>.</param>
    /// <param name="probabilityColumnName">
    /// The name of the column of the probability of <see langword="true"/>, a <see cref="float"/>. A trainer without one needs a calibrator,
    /// as <see cref="Temperature"/>.
    /// </param>
    /// <param name="uncertaintyColumnName">
    /// The name of the column by which rows are rejected, a <see cref="float"/>, as <c>ScorePredictiveEntropy</c>; <see langword="null"/> for 1 − the
    /// probability of the more likely class, which all classifiers have.
    /// </param>
    /// <param name="predictionSetColumnName">
    /// The name of the column of prediction sets, a vector of two <see cref="bool"/>; <see langword="null"/> for <c>PredictionSet</c> if there is one.
    /// </param>
    /// <param name="exampleWeightColumnName">The name of the column of example weights, a <see cref="float"/>, or <see langword="null"/> for equal weights.</param>
    /// <param name="numberOfBins">Bins of equal width for the calibration error, in [2, 1000]. Default 15.</param>
    /// <returns>The metrics. Rows that lack something are skipped, and counted.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or of another type, or <paramref name="numberOfBins"/> is outside of its range.</exception>
    /// <exception cref="InvalidOperationException">No row is left, or the numbers are no probabilities.</exception>
    /// <exception cref="NotSupportedException">The loaded version of ML.NET is not one that this library works with.</exception>
    public static ClassificationUncertaintyMetrics EvaluateUncertainty(
        this BinaryClassificationCatalog catalog,
        IDataView data,
        string labelColumnName = DefaultColumnNames.Label,
        string probabilityColumnName = DefaultColumnNames.Probability,
        string? uncertaintyColumnName = null,
        string? predictionSetColumnName = null,
        string? exampleWeightColumnName = null,
        int numberOfBins = NumberOfBins)
    {
        Check(catalog, data);
        CheckNames(labelColumnName, probabilityColumnName);
        OptionsValidation.CheckRange(nameof(numberOfBins), numberOfBins, 2, 1000);
        var columns = new ClassificationColumns(labelColumnName, probabilityColumnName, uncertaintyColumnName, predictionSetColumnName, exampleWeightColumnName);
        return Evaluate(catalog, data, isBinary: true, columns, numberOfBins);
    }

    /// <summary>
    /// Evaluates the probabilities of a multiclass classifier, of any trainer: calibration of the most likely class, Brier score, negative
    /// log-likelihood, error against rejection, and prediction sets where there are some.
    /// </summary>
    /// <param name="catalog">The multiclass classification catalog.</param>
    /// <param name="data">The scored rows.</param>
    /// <param name="labelColumnName">The name of the label column, of key type.</param>
    /// <param name="scoreColumnName">The name of the score column, a known-sized vector of <see cref="float"/> that are probabilities.</param>
    /// <param name="uncertaintyColumnName">
    /// The name of the column by which rows are rejected, a <see cref="float"/>, as <c>ScorePredictiveEntropy</c>; <see langword="null"/> for 1 − the
    /// greatest probability, which all classifiers have.
    /// </param>
    /// <param name="predictionSetColumnName">
    /// The name of the column of prediction sets, a vector of a <see cref="bool"/> for each class; <see langword="null"/> for <c>PredictionSet</c> if there is one.
    /// </param>
    /// <param name="exampleWeightColumnName">The name of the column of example weights, a <see cref="float"/>, or <see langword="null"/> for equal weights.</param>
    /// <param name="numberOfBins">Bins of equal width for the calibration error, in [2, 1000]. Default 15.</param>
    /// <returns>The metrics. Rows that lack something are skipped, and counted.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or of another type, or <paramref name="numberOfBins"/> is outside of its range.</exception>
    /// <exception cref="InvalidOperationException">No row is left, a label is a class that the scores lack, or the scores are no probabilities.</exception>
    /// <exception cref="NotSupportedException">The loaded version of ML.NET is not one that this library works with.</exception>
    public static ClassificationUncertaintyMetrics EvaluateUncertainty(
        this MulticlassClassificationCatalog catalog,
        IDataView data,
        string labelColumnName = DefaultColumnNames.Label,
        string scoreColumnName = DefaultColumnNames.Score,
        string? uncertaintyColumnName = null,
        string? predictionSetColumnName = null,
        string? exampleWeightColumnName = null,
        int numberOfBins = NumberOfBins)
    {
        Check(catalog, data);
        CheckNames(labelColumnName, scoreColumnName);
        OptionsValidation.CheckRange(nameof(numberOfBins), numberOfBins, 2, 1000);
        var columns = new ClassificationColumns(labelColumnName, scoreColumnName, uncertaintyColumnName, predictionSetColumnName, exampleWeightColumnName);
        return Evaluate(catalog, data, isBinary: false, columns, numberOfBins);
    }

    /// <summary>
    /// Evaluates the uncertainty of a regressor, of any trainer: coverage and width of intervals, negative log-likelihood, calibration, and
    /// error against rejection. What the data have no columns for is NaN.
    /// </summary>
    /// <param name="catalog">The regression catalog.</param>
    /// <param name="data">The scored rows.</param>
    /// <param name="labelColumnName">The name of the label column, a <see cref="float"/>.</param>
    /// <param name="scoreColumnName">The name of the score column, a <see cref="float"/>.</param>
    /// <param name="standardDeviationColumnName">
    /// The name of the column of standard deviations, a <see cref="float"/>; <see langword="null"/> for the score column's name with
    /// <c>StandardDeviation</c>, or else with <c>AleatoricStandardDeviation</c>, if there is one.
    /// </param>
    /// <param name="lowerBoundColumnName">
    /// The name of the column of the intervals' lower bounds, a <see cref="float"/>; <see langword="null"/> for the score column's name with
    /// <c>LowerBound</c> if there is one. Without bounds the intervals are the Gaussian ones of score and standard deviation.
    /// </param>
    /// <param name="upperBoundColumnName">The same for the upper bounds and <c>UpperBound</c>.</param>
    /// <param name="confidenceLevel">
    /// The level of the intervals, in (0, 1); <see langword="null"/> for that which the bounds were made for, where they tell of it as those of
    /// <see cref="ConformalIntervals"/> do, and else 0.9.
    /// </param>
    /// <param name="exampleWeightColumnName">The name of the column of example weights, a <see cref="float"/>, or <see langword="null"/> for equal weights.</param>
    /// <param name="numberOfBins">Bins of equal probability for the calibration error, in [2, 1000]. Default 15.</param>
    /// <returns>The metrics. Rows that lack something are skipped, and counted.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or of another type, or a number is outside of its range.</exception>
    /// <exception cref="ArgumentException">There is a column for one of the bounds only.</exception>
    /// <exception cref="InvalidOperationException">No row is left, or a standard deviation is below 0.</exception>
    /// <exception cref="NotSupportedException">The loaded version of ML.NET is not one that this library works with.</exception>
    public static RegressionUncertaintyMetrics EvaluateUncertainty(
        this RegressionCatalog catalog,
        IDataView data,
        string labelColumnName = DefaultColumnNames.Label,
        string scoreColumnName = DefaultColumnNames.Score,
        string? standardDeviationColumnName = null,
        string? lowerBoundColumnName = null,
        string? upperBoundColumnName = null,
        double? confidenceLevel = null,
        string? exampleWeightColumnName = null,
        int numberOfBins = NumberOfBins)
    {
        Check(catalog, data);
        CheckNames(labelColumnName, scoreColumnName);
        CheckLevel(confidenceLevel ?? ConfidenceLevel);
        OptionsValidation.CheckRange(nameof(numberOfBins), numberOfBins, 2, 1000);
        var columns = new RegressionColumns(
            labelColumnName, scoreColumnName, standardDeviationColumnName, lowerBoundColumnName, upperBoundColumnName, exampleWeightColumnName);
        return Evaluate(catalog, data, columns, confidenceLevel, numberOfBins);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static ClassificationUncertaintyMetrics Evaluate(TrainCatalogBase catalog, IDataView data, bool isBinary, ClassificationColumns columns, int numberOfBins)
        => ClassificationUncertaintyEvaluator.Evaluate(CatalogUtils.GetEnvironment(catalog), data, isBinary, columns, numberOfBins);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static RegressionUncertaintyMetrics Evaluate(RegressionCatalog catalog, IDataView data, RegressionColumns columns, double? confidenceLevel, int numberOfBins)
        => RegressionUncertaintyEvaluator.Evaluate(CatalogUtils.GetEnvironment(catalog), data, columns, confidenceLevel, ConfidenceLevel, numberOfBins);
}
