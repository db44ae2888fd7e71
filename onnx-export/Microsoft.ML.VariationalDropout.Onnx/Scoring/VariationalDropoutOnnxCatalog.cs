using Microsoft.ML.Data;
using Microsoft.ML.Trainers.VariationalDropout.Onnx;

namespace Microsoft.ML;

#pragma warning disable RS0026 // Overloads with optional parameters: they differ in the required one.

/// <summary>Adds the scoring of exported models to the transforms of <see cref="MLContext"/>.</summary>
public static class VariationalDropoutOnnxCatalog
{
    /// <summary>Creates a <see cref="VariationalDropoutOnnxEstimator"/> from a file: scores rows with an exported model on ONNX Runtime.</summary>
    /// <param name="catalog">The transforms.</param>
    /// <param name="modelFile">Path of the ONNX model. The file is not needed any more afterwards; its weights must be inside it.</param>
    /// <param name="options">Execution providers and batches; null for the processor and 1024 rows.</param>
    /// <returns>The estimator.</returns>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">It is not an ONNX model, or one whose inputs are no rows of tensors.</exception>
    /// <exception cref="ExecutionProviderException">None of the providers could run it.</exception>
    /// <exception cref="ArgumentException">An option is outside of its range.</exception>
    /// <example>
    /// <code language="csharp">
    /// <![CDATA[
    /// var pipeline = mlContext.Transforms.Concatenate("Features", "Age", "Income")
    ///     .Append(mlContext.Transforms.ApplyVariationalDropoutOnnxModel("network.onnx", new() { Providers = [ExecutionProvider.Cuda] }));
    /// ITransformer model = pipeline.Fit(data);
    /// IDataView scored = model.Transform(data);
    /// ]]>
    /// </code>
    /// </example>
    public static VariationalDropoutOnnxEstimator ApplyVariationalDropoutOnnxModel(this TransformsCatalog catalog, string modelFile, OnnxScorerOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentException.ThrowIfNullOrEmpty(modelFile);
        if (!File.Exists(modelFile))
            throw new FileNotFoundException($"There is no file '{modelFile}'.", modelFile);
        try
        {
            return new(catalog.GetEnvironment(), File.ReadAllBytes(modelFile), options ?? new OnnxScorerOptions());
        }
        catch (InvalidDataException error)
        {
            throw new InvalidDataException($"The file '{modelFile}' cannot be scored. {error.Message}", error);
        }
    }

    /// <summary>Creates a <see cref="VariationalDropoutOnnxEstimator"/> from a stream: scores rows with an exported model on ONNX Runtime.</summary>
    /// <param name="catalog">The transforms.</param>
    /// <param name="model">The ONNX model; it is read to its end and stays open.</param>
    /// <param name="options">Execution providers and batches; null for the processor and 1024 rows.</param>
    /// <returns>The estimator.</returns>
    /// <exception cref="InvalidDataException">It is not an ONNX model, or one whose inputs are no rows of tensors.</exception>
    /// <exception cref="ExecutionProviderException">None of the providers could run it.</exception>
    /// <exception cref="ArgumentException">An option is outside of its range.</exception>
    public static VariationalDropoutOnnxEstimator ApplyVariationalDropoutOnnxModel(this TransformsCatalog catalog, Stream model, OnnxScorerOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(model);
        using var bytes = new MemoryStream();
        model.CopyTo(bytes);
        return new(catalog.GetEnvironment(), bytes.ToArray(), options ?? new OnnxScorerOptions());
    }
}
