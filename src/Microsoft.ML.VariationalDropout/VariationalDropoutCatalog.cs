using System.Runtime.CompilerServices;
using Microsoft.ML.Data;
using Microsoft.ML.Trainers.VariationalDropout;
using Microsoft.ML.Trainers.VariationalDropout.Interop;

namespace Microsoft.ML;

/// <summary>Adds the variational-dropout trainers to the catalogs of <see cref="MLContext"/>.</summary>
public static class VariationalDropoutCatalog
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
    /// Units of each hidden layer, each in [1, 65536]; empty for a linear model; <see langword="null"/> for { 128, 128 }.
    /// </param>
    /// <param name="numberOfIterations">Passes over the training set, 1 or more.</param>
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
        int numberOfIterations = Defaults.NumberOfIterations)
    {
        return catalog.VariationalDropout(new VariationalDropoutMulticlassTrainer.Options
        {
            LabelColumnName = labelColumnName,
            FeatureColumnName = featureColumnName,
            ExampleWeightColumnName = exampleWeightColumnName,
            HiddenLayerSizes = hiddenLayerSizes ?? Defaults.HiddenLayerSizes,
            NumberOfIterations = numberOfIterations,
        });
    }

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
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(options);
        MLNetVersion.ThrowIfUnsupported();
        return Create(catalog, options);
    }

    // Not inlined: code that touches the internals of ML.NET is compiled only after the check of its version.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static VariationalDropoutMulticlassTrainer Create(
        MulticlassClassificationCatalog.MulticlassClassificationTrainers catalog, VariationalDropoutMulticlassTrainer.Options options)
        => new(CatalogUtils.GetEnvironment(catalog), options);
}
