using System.Runtime.CompilerServices;
using Microsoft.ML.Data;
using Microsoft.ML.Trainers.VariationalDropout;

namespace Microsoft.ML;

#pragma warning disable RS0026 // Overloads with optional parameters: each extends the catalog of another task, so that none hides another.

/// <content>What is fitted on the scores of a trained model: calibration, prediction intervals and sets.</content>
public static partial class VariationalDropoutCatalog
{
    internal const string PredictionSet = "PredictionSet";

    private const string PredictionSetSize = "PredictionSetSize";
    private const double ConfidenceLevel = 0.9;

    /// <summary>
    /// Creates a <see cref="TemperatureScalingEstimator"/> for two classes: it makes <c>Probability</c> anew from the score, with the temperature
    /// that is the most likely one on scored rows.
    /// </summary>
    /// <param name="catalog">The calibrators of the binary classification catalog.</param>
    /// <param name="labelColumnName">The name of the label column, a <see cref="bool"/>.</param>
    /// <param name="scoreColumnName">The name of the score column, a <see cref="float"/>: a logit, or what grows with it and is 0 where it is.</param>
    /// <param name="exampleWeightColumnName">The name of the column of example weights, a <see cref="float"/>, or <see langword="null"/> for equal weights.</param>
    /// <returns>The estimator; fit it on scored rows that the model was not trained on.</returns>
    /// <exception cref="ArgumentException">A name is empty.</exception>
    /// <exception cref="NotSupportedException">The loaded version of ML.NET is not one that this library works with.</exception>
    /// <example>
    /// <code language="csharp">
    /// <![CDATA[
    /// ITransformer model = pipeline.Fit(train);
    /// var calibrator = mlContext.BinaryClassification.Calibrators.Temperature().Fit(model.Transform(validation));
    /// ITransformer calibrated = model.Append(calibrator);
    /// ]]>
    /// </code>
    /// </example>
    public static TemperatureScalingEstimator Temperature(
        this BinaryClassificationCatalog.CalibratorsCatalog catalog,
        string labelColumnName = DefaultColumnNames.Label,
        string scoreColumnName = DefaultColumnNames.Score,
        string? exampleWeightColumnName = null)
    {
        Check(catalog, labelColumnName);
        CheckNames(labelColumnName, scoreColumnName);
        return CreateTemperature(catalog, labelColumnName, scoreColumnName, exampleWeightColumnName);
    }

    /// <summary>
    /// Creates a <see cref="TemperatureScalingEstimator"/> for several classes: it rewrites the probabilities in the score column, with the
    /// temperature that is the most likely one on scored rows.
    /// </summary>
    /// <param name="catalog">The multiclass classification catalog.</param>
    /// <param name="labelColumnName">The name of the label column, of key type.</param>
    /// <param name="scoreColumnName">The name of the score column, a known-sized vector of <see cref="float"/> that are probabilities.</param>
    /// <param name="exampleWeightColumnName">The name of the column of example weights, a <see cref="float"/>, or <see langword="null"/> for equal weights.</param>
    /// <returns>The estimator; fit it on scored rows that the model was not trained on.</returns>
    /// <exception cref="ArgumentException">A name is empty.</exception>
    /// <exception cref="NotSupportedException">The loaded version of ML.NET is not one that this library works with.</exception>
    public static TemperatureScalingEstimator TemperatureScaling(
        this MulticlassClassificationCatalog catalog,
        string labelColumnName = DefaultColumnNames.Label,
        string scoreColumnName = DefaultColumnNames.Score,
        string? exampleWeightColumnName = null)
    {
        Check(catalog, labelColumnName);
        CheckNames(labelColumnName, scoreColumnName);
        return CreateTemperature(catalog, labelColumnName, scoreColumnName, exampleWeightColumnName);
    }

    /// <summary>Creates a <see cref="ConformalIntervalEstimator"/>: prediction intervals that hold a wanted share of the labels.</summary>
    /// <param name="catalog">The regression catalog.</param>
    /// <param name="labelColumnName">The name of the label column, a <see cref="float"/>.</param>
    /// <param name="scoreColumnName">The name of the score column, a <see cref="float"/>.</param>
    /// <param name="scaleColumnName">
    /// The name of a column that says how large errors of a row are expected to be, a <see cref="float"/> of 0 or more, as
    /// <c>ScoreStandardDeviation</c>; <see langword="null"/> for intervals of one width.
    /// </param>
    /// <param name="confidenceLevel">The share of labels that the intervals are to hold, in (0, 1). Default 0.9.</param>
    /// <param name="lowerBoundColumnName">The column of lower bounds; <see langword="null"/> for the score column's name with <c>LowerBound</c>.</param>
    /// <param name="upperBoundColumnName">The column of upper bounds; <see langword="null"/> for the score column's name with <c>UpperBound</c>.</param>
    /// <returns>The estimator; fit it on scored rows that neither trained nor chose the model.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="confidenceLevel"/> is outside of its range.</exception>
    /// <exception cref="ArgumentException">A name is empty, or both bounds have one name.</exception>
    /// <exception cref="NotSupportedException">The loaded version of ML.NET is not one that this library works with.</exception>
    /// <example>
    /// <code language="csharp">
    /// <![CDATA[
    /// var intervals = mlContext.Regression.ConformalIntervals(scaleColumnName: "ScoreStandardDeviation").Fit(model.Transform(calibration));
    /// RegressionUncertaintyMetrics metrics = mlContext.Regression.EvaluateUncertainty(intervals.Transform(model.Transform(test)));
    /// ]]>
    /// </code>
    /// </example>
    public static ConformalIntervalEstimator ConformalIntervals(
        this RegressionCatalog catalog,
        string labelColumnName = DefaultColumnNames.Label,
        string scoreColumnName = DefaultColumnNames.Score,
        string? scaleColumnName = null,
        double confidenceLevel = ConfidenceLevel,
        string? lowerBoundColumnName = null,
        string? upperBoundColumnName = null)
    {
        Check(catalog, labelColumnName);
        CheckNames(labelColumnName, scoreColumnName);
        CheckLevel(confidenceLevel);
        var columns = new IntervalColumns(
            scoreColumnName,
            scaleColumnName,
            lowerBoundColumnName ?? scoreColumnName + RegressionUncertaintyEvaluator.LowerBoundSuffix,
            upperBoundColumnName ?? scoreColumnName + RegressionUncertaintyEvaluator.UpperBoundSuffix);
        CheckDistinct(columns.LowerBound, columns.UpperBound, nameof(upperBoundColumnName));
        return CreateIntervals(catalog, labelColumnName, columns, confidenceLevel);
    }

    /// <summary>Creates a <see cref="ConformalPredictionSetEstimator"/> for two classes: sets of them that hold a wanted share of the labels.</summary>
    /// <param name="catalog">The binary classification catalog.</param>
    /// <param name="labelColumnName">The name of the label column, a <see cref="bool"/>.</param>
    /// <param name="probabilityColumnName">The name of the column of the probability of <see langword="true"/>, a <see cref="float"/>.</param>
    /// <param name="confidenceLevel">The share of labels that the sets are to hold, in (0, 1). Default 0.9.</param>
    /// <param name="predictionSetColumnName">The column that tells which classes are in the set.</param>
    /// <param name="predictionSetSizeColumnName">The column that tells how many they are.</param>
    /// <returns>The estimator; fit it on scored rows that neither trained nor chose the model.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="confidenceLevel"/> is outside of its range.</exception>
    /// <exception cref="ArgumentException">A name is empty, or both new columns have one name.</exception>
    /// <exception cref="NotSupportedException">The loaded version of ML.NET is not one that this library works with.</exception>
    public static ConformalPredictionSetEstimator ConformalPredictionSets(
        this BinaryClassificationCatalog catalog,
        string labelColumnName = DefaultColumnNames.Label,
        string probabilityColumnName = DefaultColumnNames.Probability,
        double confidenceLevel = ConfidenceLevel,
        string predictionSetColumnName = PredictionSet,
        string predictionSetSizeColumnName = PredictionSetSize)
    {
        Check(catalog, labelColumnName);
        CheckNames(labelColumnName, probabilityColumnName);
        CheckLevel(confidenceLevel);
        CheckDistinct(predictionSetColumnName, predictionSetSizeColumnName, nameof(predictionSetSizeColumnName));
        return CreateSets(catalog, labelColumnName, new PredictionSetColumns(true, probabilityColumnName, predictionSetColumnName, predictionSetSizeColumnName), confidenceLevel);
    }

    /// <summary>Creates a <see cref="ConformalPredictionSetEstimator"/> for several classes: sets of them that hold a wanted share of the labels.</summary>
    /// <param name="catalog">The multiclass classification catalog.</param>
    /// <param name="labelColumnName">The name of the label column, of key type.</param>
    /// <param name="scoreColumnName">The name of the score column, a known-sized vector of <see cref="float"/>.</param>
    /// <param name="confidenceLevel">The share of labels that the sets are to hold, in (0, 1). Default 0.9.</param>
    /// <param name="predictionSetColumnName">The column that tells which classes are in the set.</param>
    /// <param name="predictionSetSizeColumnName">The column that tells how many they are.</param>
    /// <returns>The estimator; fit it on scored rows that neither trained nor chose the model.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="confidenceLevel"/> is outside of its range.</exception>
    /// <exception cref="ArgumentException">A name is empty, or both new columns have one name.</exception>
    /// <exception cref="NotSupportedException">The loaded version of ML.NET is not one that this library works with.</exception>
    public static ConformalPredictionSetEstimator ConformalPredictionSets(
        this MulticlassClassificationCatalog catalog,
        string labelColumnName = DefaultColumnNames.Label,
        string scoreColumnName = DefaultColumnNames.Score,
        double confidenceLevel = ConfidenceLevel,
        string predictionSetColumnName = PredictionSet,
        string predictionSetSizeColumnName = PredictionSetSize)
    {
        Check(catalog, labelColumnName);
        CheckNames(labelColumnName, scoreColumnName);
        CheckLevel(confidenceLevel);
        CheckDistinct(predictionSetColumnName, predictionSetSizeColumnName, nameof(predictionSetSizeColumnName));
        return CreateSets(catalog, labelColumnName, new PredictionSetColumns(false, scoreColumnName, predictionSetColumnName, predictionSetSizeColumnName), confidenceLevel);
    }

    private static void CheckNames(string labelColumnName, string scoreColumnName, [CallerArgumentExpression(nameof(scoreColumnName))] string? scoreArgument = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(labelColumnName);
        ArgumentException.ThrowIfNullOrEmpty(scoreColumnName, scoreArgument);
    }

    private static void CheckLevel(double confidenceLevel)
    {
        if (!(confidenceLevel > 0 && confidenceLevel < 1))
            throw OptionsValidation.OutOfRange(nameof(confidenceLevel), FormattableString.Invariant($"{confidenceLevel}"), "(0, 1)", confidenceLevel);
    }

    private static void CheckDistinct(string first, string second, string secondArgument, [CallerArgumentExpression(nameof(first))] string? firstArgument = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(first, firstArgument);
        ArgumentException.ThrowIfNullOrEmpty(second, secondArgument);
        if (first == second)
            throw new ArgumentException($"Two new columns cannot both have the name '{first}'.", secondArgument);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static TemperatureScalingEstimator CreateTemperature(
        BinaryClassificationCatalog.CalibratorsCatalog catalog, string labelColumnName, string scoreColumnName, string? exampleWeightColumnName)
        => new(CatalogUtils.GetEnvironment(catalog), isBinary: true, labelColumnName, scoreColumnName, exampleWeightColumnName);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static TemperatureScalingEstimator CreateTemperature(MulticlassClassificationCatalog catalog, string labelColumnName, string scoreColumnName, string? exampleWeightColumnName)
        => new(CatalogUtils.GetEnvironment(catalog), isBinary: false, labelColumnName, scoreColumnName, exampleWeightColumnName);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static ConformalIntervalEstimator CreateIntervals(RegressionCatalog catalog, string labelColumnName, IntervalColumns columns, double confidenceLevel)
        => new(CatalogUtils.GetEnvironment(catalog), labelColumnName, columns, confidenceLevel);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static ConformalPredictionSetEstimator CreateSets(TrainCatalogBase catalog, string labelColumnName, PredictionSetColumns columns, double confidenceLevel)
        => new(CatalogUtils.GetEnvironment(catalog), labelColumnName, columns, confidenceLevel);
}
