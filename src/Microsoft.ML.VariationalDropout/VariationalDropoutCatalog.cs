using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using Microsoft.ML.Data;
using Microsoft.ML.Trainers.VariationalDropout;
using Microsoft.ML.Trainers.VariationalDropout.Interop;

namespace Microsoft.ML;

#pragma warning disable RS0026 // Overloads with optional parameters: each extends the catalog of another task, so that none hides another.

/// <summary>Adds the variational-dropout trainers, and what evaluates several targets, to the catalogs of <see cref="MLContext"/>.</summary>
public static partial class VariationalDropoutCatalog
{
    /// <summary>
    /// Creates a <see cref="VariationalDropoutMulticlassTrainer"/>: a neural network for multiclass classification that learns its own
    /// dropout rates.
    /// </summary>
    /// <param name="catalog">The trainers of the multiclass classification catalog.</param>
    /// <param name="labelColumnName">The name of the label column, of key type.</param>
    /// <param name="featureColumnName">The name of the feature column, a known-sized vector of <see cref="float"/>.</param>
    /// <param name="exampleWeightColumnName">
    /// The name of the column of example weights, a <see cref="float"/>, or <see langword="null"/> for equal weights.
    /// </param>
    /// <param name="hiddenLayerSizes">
    /// Units of each hidden layer, each in [1, 65536]; empty for a linear model; <see langword="null"/> for { 64, 64 }.
    /// </param>
    /// <param name="numberOfIterations">Passes over the training set, 1 or more; <see langword="null"/> for what suits the number of rows.</param>
    /// <returns>The trainer.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A value is outside of its range.</exception>
    /// <exception cref="NotSupportedException">The loaded version of ML.NET is not one that this library works with.</exception>
    /// <example>
    /// <code language="csharp">
    /// <![CDATA[
    /// var mlContext = new MLContext(seed: 1);
    /// var pipeline = mlContext.Transforms.Conversion.MapValueToKey("Label")
    ///     .Append(mlContext.MulticlassClassification.Trainers.VariationalDropout(hiddenLayerSizes: [64, 64]))
    ///     .Append(mlContext.Transforms.Conversion.MapKeyToValue("PredictedLabel"));
    /// ITransformer model = pipeline.Fit(trainData);
    ///
    /// // A transformer may be shared by threads; a PredictionEngine may not: make one per thread.
    /// using var engines = new ThreadLocal<PredictionEngine<Input, Output>>(
    ///     () => mlContext.Model.CreatePredictionEngine<Input, Output>(model));
    /// Parallel.ForEach(inputs, input => Use(engines.Value!.Predict(input)));
    /// ]]>
    /// </code>
    /// </example>
    public static VariationalDropoutMulticlassTrainer VariationalDropout(
        this MulticlassClassificationCatalog.MulticlassClassificationTrainers catalog,
        string labelColumnName = DefaultColumnNames.Label,
        string featureColumnName = DefaultColumnNames.Features,
        string? exampleWeightColumnName = null,
        int[]? hiddenLayerSizes = null,
        int? numberOfIterations = null)
        => catalog.VariationalDropout(CreateOptions<VariationalDropoutMulticlassTrainer.Options>(labelColumnName, featureColumnName, exampleWeightColumnName, hiddenLayerSizes, numberOfIterations));

    /// <summary>
    /// Creates a <see cref="VariationalDropoutMulticlassTrainer"/> with all its options: a neural network for multiclass classification
    /// that learns its own dropout rates.
    /// </summary>
    /// <param name="catalog">The trainers of the multiclass classification catalog.</param>
    /// <param name="options">What to train; the trainer takes a copy.</param>
    /// <returns>The trainer.</returns>
    /// <exception cref="ArgumentOutOfRangeException">An option is outside of its range.</exception>
    /// <exception cref="ArgumentException">Two options exclude each other.</exception>
    /// <exception cref="NotSupportedException">The loaded version of ML.NET is not one that this library works with.</exception>
    public static VariationalDropoutMulticlassTrainer VariationalDropout(
        this MulticlassClassificationCatalog.MulticlassClassificationTrainers catalog,
        VariationalDropoutMulticlassTrainer.Options options)
    {
        Check(catalog, options);
        return Create(catalog, options);
    }

    /// <summary>
    /// Creates a <see cref="VariationalDropoutBinaryTrainer"/>: a neural network for binary classification that learns its own dropout rates.
    /// </summary>
    /// <param name="catalog">The trainers of the binary classification catalog.</param>
    /// <param name="labelColumnName">The name of the label column, a <see cref="bool"/>.</param>
    /// <param name="featureColumnName">The name of the feature column, a known-sized vector of <see cref="float"/>.</param>
    /// <param name="exampleWeightColumnName">
    /// The name of the column of example weights, a <see cref="float"/>, or <see langword="null"/> for equal weights.
    /// </param>
    /// <param name="hiddenLayerSizes">
    /// Units of each hidden layer, each in [1, 65536]; empty for a linear model; <see langword="null"/> for { 64, 64 }.
    /// </param>
    /// <param name="numberOfIterations">Passes over the training set, 1 or more; <see langword="null"/> for what suits the number of rows.</param>
    /// <returns>The trainer.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A value is outside of its range.</exception>
    /// <exception cref="NotSupportedException">The loaded version of ML.NET is not one that this library works with.</exception>
    /// <example>
    /// <code language="csharp">
    /// <![CDATA[
    /// var mlContext = new MLContext(seed: 1);
    /// var trainer = mlContext.BinaryClassification.Trainers.VariationalDropout(hiddenLayerSizes: [64, 64]);
    /// var classifier = trainer.Fit(trainData);
    ///
    /// // Fifty draws of the network: how good is it, and who is predicted true with more than 90 %?
    /// IDataView scored = classifier.WithThreshold(0.9f).WithSampling(samples: 50).Transform(testData);
    /// var metrics = mlContext.BinaryClassification.Evaluate(scored);   // from the probabilities: the threshold plays no part
    /// bool[] selected = [.. scored.GetColumn<bool>("PredictedLabel")];
    /// ]]>
    /// </code>
    /// </example>
    public static VariationalDropoutBinaryTrainer VariationalDropout(
        this BinaryClassificationCatalog.BinaryClassificationTrainers catalog,
        string labelColumnName = DefaultColumnNames.Label,
        string featureColumnName = DefaultColumnNames.Features,
        string? exampleWeightColumnName = null,
        int[]? hiddenLayerSizes = null,
        int? numberOfIterations = null)
        => catalog.VariationalDropout(CreateOptions<VariationalDropoutBinaryTrainer.Options>(labelColumnName, featureColumnName, exampleWeightColumnName, hiddenLayerSizes, numberOfIterations));

    /// <summary>
    /// Creates a <see cref="VariationalDropoutBinaryTrainer"/> with all its options: a neural network for binary classification that learns its own dropout rates.
    /// </summary>
    /// <param name="catalog">The trainers of the binary classification catalog.</param>
    /// <param name="options">What to train; the trainer takes a copy.</param>
    /// <returns>The trainer.</returns>
    /// <exception cref="ArgumentOutOfRangeException">An option is outside of its range.</exception>
    /// <exception cref="ArgumentException">Two options exclude each other.</exception>
    /// <exception cref="NotSupportedException">The loaded version of ML.NET is not one that this library works with.</exception>
    public static VariationalDropoutBinaryTrainer VariationalDropout(
        this BinaryClassificationCatalog.BinaryClassificationTrainers catalog,
        VariationalDropoutBinaryTrainer.Options options)
    {
        Check(catalog, options);
        return Create(catalog, options);
    }

    /// <summary>
    /// Creates a <see cref="VariationalDropoutRegressionTrainer"/>: a neural network for regression that learns its own dropout rates.
    /// </summary>
    /// <param name="catalog">The trainers of the regression catalog.</param>
    /// <param name="labelColumnName">The name of the label column, a <see cref="float"/>.</param>
    /// <param name="featureColumnName">The name of the feature column, a known-sized vector of <see cref="float"/>.</param>
    /// <param name="exampleWeightColumnName">
    /// The name of the column of example weights, a <see cref="float"/>, or <see langword="null"/> for equal weights.
    /// </param>
    /// <param name="hiddenLayerSizes">
    /// Units of each hidden layer, each in [1, 65536]; empty for a linear model; <see langword="null"/> for { 64, 64 }.
    /// </param>
    /// <param name="numberOfIterations">Passes over the training set, 1 or more; <see langword="null"/> for what suits the number of rows.</param>
    /// <returns>The trainer.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A value is outside of its range.</exception>
    /// <exception cref="NotSupportedException">The loaded version of ML.NET is not one that this library works with.</exception>
    /// <example>
    /// <code language="csharp">
    /// <![CDATA[
    /// var mlContext = new MLContext(seed: 1);
    /// var trainer = mlContext.Regression.Trainers.VariationalDropout(hiddenLayerSizes: [64, 64]);
    /// var regressor = trainer.Fit(trainData);
    ///
    /// // Score with the standard deviations of the noise, of what the network does not know, and of both.
    /// IDataView scored = regressor.WithSampling(samples: 50).Transform(testData);
    /// var metrics = mlContext.Regression.Evaluate(scored);
    /// ]]>
    /// </code>
    /// </example>
    public static VariationalDropoutRegressionTrainer VariationalDropout(
        this RegressionCatalog.RegressionTrainers catalog,
        string labelColumnName = DefaultColumnNames.Label,
        string featureColumnName = DefaultColumnNames.Features,
        string? exampleWeightColumnName = null,
        int[]? hiddenLayerSizes = null,
        int? numberOfIterations = null)
        => catalog.VariationalDropout(CreateOptions<VariationalDropoutRegressionTrainer.Options>(labelColumnName, featureColumnName, exampleWeightColumnName, hiddenLayerSizes, numberOfIterations));

    /// <summary>
    /// Creates a <see cref="VariationalDropoutRegressionTrainer"/> with all its options: a neural network for regression that learns its own dropout rates.
    /// </summary>
    /// <param name="catalog">The trainers of the regression catalog.</param>
    /// <param name="options">What to train; the trainer takes a copy.</param>
    /// <returns>The trainer.</returns>
    /// <exception cref="ArgumentOutOfRangeException">An option is outside of its range.</exception>
    /// <exception cref="ArgumentException">Two options exclude each other.</exception>
    /// <exception cref="NotSupportedException">The loaded version of ML.NET is not one that this library works with.</exception>
    public static VariationalDropoutRegressionTrainer VariationalDropout(
        this RegressionCatalog.RegressionTrainers catalog,
        VariationalDropoutRegressionTrainer.Options options)
    {
        Check(catalog, options);
        return Create(catalog, options);
    }

    /// <summary>
    /// Creates a <see cref="VariationalDropoutMultiTargetRegressionTrainer"/>: a neural network for several targets at once that learns its own dropout rates.
    /// </summary>
    /// <param name="catalog">The trainers of the regression catalog.</param>
    /// <param name="labelColumnName">The name of the label column, a known-sized vector of <see cref="float"/>.</param>
    /// <param name="featureColumnName">The name of the feature column, a known-sized vector of <see cref="float"/>.</param>
    /// <param name="exampleWeightColumnName">
    /// The name of the column of example weights, a <see cref="float"/>, or <see langword="null"/> for equal weights.
    /// </param>
    /// <param name="hiddenLayerSizes">
    /// Units of each hidden layer, each in [1, 65536]; empty for a linear model; <see langword="null"/> for { 64, 64 }.
    /// </param>
    /// <param name="numberOfIterations">Passes over the training set, 1 or more; <see langword="null"/> for what suits the number of rows.</param>
    /// <returns>The trainer.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A value is outside of its range.</exception>
    /// <exception cref="NotSupportedException">The loaded version of ML.NET is not one that this library works with.</exception>
    /// <example>
    /// <code language="csharp">
    /// <![CDATA[
    /// var mlContext = new MLContext(seed: 1);
    /// var pipeline = mlContext.Transforms.Concatenate("Label", "Width", "Height")
    ///     .Append(mlContext.Regression.Trainers.VariationalDropoutMultiTarget(hiddenLayerSizes: [64, 64]));
    /// IDataView scored = pipeline.Fit(trainData).Transform(testData);
    /// MultiTargetRegressionMetrics metrics = mlContext.Regression.EvaluateMultiTarget(scored);
    /// Console.WriteLine(metrics.Targets[0].Name + ": " + metrics.Targets[0].RootMeanSquaredError);
    /// ]]>
    /// </code>
    /// </example>
    public static VariationalDropoutMultiTargetRegressionTrainer VariationalDropoutMultiTarget(
        this RegressionCatalog.RegressionTrainers catalog,
        string labelColumnName = DefaultColumnNames.Label,
        string featureColumnName = DefaultColumnNames.Features,
        string? exampleWeightColumnName = null,
        int[]? hiddenLayerSizes = null,
        int? numberOfIterations = null)
        => catalog.VariationalDropoutMultiTarget(CreateOptions<VariationalDropoutMultiTargetRegressionTrainer.Options>(labelColumnName, featureColumnName, exampleWeightColumnName, hiddenLayerSizes, numberOfIterations));

    /// <summary>
    /// Creates a <see cref="VariationalDropoutMultiTargetRegressionTrainer"/> with all its options: a neural network for several targets at once that learns its own dropout rates.
    /// </summary>
    /// <param name="catalog">The trainers of the regression catalog.</param>
    /// <param name="options">What to train; the trainer takes a copy.</param>
    /// <returns>The trainer.</returns>
    /// <exception cref="ArgumentOutOfRangeException">An option is outside of its range.</exception>
    /// <exception cref="ArgumentException">Two options exclude each other.</exception>
    /// <exception cref="NotSupportedException">The loaded version of ML.NET is not one that this library works with.</exception>
    public static VariationalDropoutMultiTargetRegressionTrainer VariationalDropoutMultiTarget(
        this RegressionCatalog.RegressionTrainers catalog,
        VariationalDropoutMultiTargetRegressionTrainer.Options options)
    {
        Check(catalog, options);
        return Create(catalog, options);
    }

    /// <summary>
    /// Evaluates scored data of several targets: every target by itself, and their averages. ML.NET's own
    /// <see cref="RegressionCatalog.Evaluate"/> takes a label and a score that are one number each.
    /// </summary>
    /// <param name="catalog">The regression catalog.</param>
    /// <param name="data">
    /// The scored data. Where it has a column <c>…StandardDeviation</c> beside the score (<c>ScoreStandardDeviation</c>), or else
    /// <c>…AleatoricStandardDeviation</c>, log-likelihoods are computed with it.
    /// </param>
    /// <param name="labelColumnName">The name of the label column, a known-sized vector of <see cref="float"/>.</param>
    /// <param name="scoreColumnName">The name of the score column, a vector of the same size.</param>
    /// <returns>The metrics. Rows with a label or a score that is NaN or infinite in any target are skipped, and counted.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing, or is not a vector of the right size.</exception>
    /// <exception cref="InvalidOperationException">No row is left.</exception>
    /// <exception cref="NotSupportedException">The loaded version of ML.NET is not one that this library works with.</exception>
    public static MultiTargetRegressionMetrics EvaluateMultiTarget(
        this RegressionCatalog catalog,
        IDataView data,
        string labelColumnName = DefaultColumnNames.Label,
        string scoreColumnName = DefaultColumnNames.Score)
    {
        Check(catalog, data);
        ArgumentException.ThrowIfNullOrEmpty(labelColumnName);
        ArgumentException.ThrowIfNullOrEmpty(scoreColumnName);
        return Evaluate(catalog, data, labelColumnName, scoreColumnName);
    }

    private static void Check(
        [NotNull] object? catalog, [NotNull] object? argument, [CallerArgumentExpression(nameof(argument))] string? argumentName = null)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(argument, argumentName);
        MLNetVersion.ThrowIfUnsupported();
    }

    // Not inlined, any of them: code that touches the internals of ML.NET is compiled only after the check of its version.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static VariationalDropoutBinaryTrainer Create(BinaryClassificationCatalog.BinaryClassificationTrainers catalog, VariationalDropoutBinaryTrainer.Options options)
        => new(CatalogUtils.GetEnvironment(catalog), options);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static VariationalDropoutMulticlassTrainer Create(
        MulticlassClassificationCatalog.MulticlassClassificationTrainers catalog, VariationalDropoutMulticlassTrainer.Options options)
        => new(CatalogUtils.GetEnvironment(catalog), options);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static VariationalDropoutRegressionTrainer Create(RegressionCatalog.RegressionTrainers catalog, VariationalDropoutRegressionTrainer.Options options)
        => new(CatalogUtils.GetEnvironment(catalog), options);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static VariationalDropoutMultiTargetRegressionTrainer Create(
        RegressionCatalog.RegressionTrainers catalog, VariationalDropoutMultiTargetRegressionTrainer.Options options)
        => new(CatalogUtils.GetEnvironment(catalog), options);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static MultiTargetRegressionMetrics Evaluate(RegressionCatalog catalog, IDataView data, string labelColumnName, string scoreColumnName)
        => MultiTargetRegressionEvaluator.Evaluate(CatalogUtils.GetEnvironment(catalog), data, labelColumnName, scoreColumnName);

    /// <summary>The options of the overloads with few knobs.</summary>
    private static TOptions CreateOptions<TOptions>(string labelColumnName, string featureColumnName, string? exampleWeightColumnName, int[]? hiddenLayerSizes, int? numberOfIterations)
        where TOptions : VariationalDropoutOptions, new()
        => new()
        {
            LabelColumnName = labelColumnName,
            FeatureColumnName = featureColumnName,
            ExampleWeightColumnName = exampleWeightColumnName,
            HiddenLayerSizes = hiddenLayerSizes ?? Defaults.HiddenLayerSizes,
            NumberOfIterations = numberOfIterations,
        };
}
