using Microsoft.ML.Trainers.VariationalDropout;
using Microsoft.ML.Trainers.VariationalDropout.Interop;
using Microsoft.ML.Trainers.VariationalDropout.Onnx;

namespace Microsoft.ML;

#pragma warning disable RS0026 // Overloads with optional parameters: they differ in where they write.

/// <summary>Adds the export to ONNX to <see cref="MLContext"/> and to the transformers of this library.</summary>
public static class OnnxExportCatalog
{
    /// <summary>Writes a fitted pipeline as an ONNX graph: raw columns in, predictions and their uncertainty out.</summary>
    /// <remarks>
    /// Inputs are named as the columns of <paramref name="sampleData"/> that the outputs depend on; outputs are named
    /// <c>&lt;column&gt;.output</c>. Shapes are [N, 1] for a column of one value and [N, size] for a vector, N rows at once. Texts are texts,
    /// keys are unsigned integers counted from 1. The graph is made and verified in memory, then written at once.
    /// </remarks>
    /// <param name="catalog">The catalog of model operations.</param>
    /// <param name="model">The fitted pipeline: one of this library's, or any other whose transforms have ONNX forms.</param>
    /// <param name="sampleData">
    /// Data with the columns that the steps of the pipeline read, also the label where a step of it reads that, as <c>MapValueToKey</c> does; what the
    /// outputs do not depend on becomes no input. The first 64 rows verify the graph.
    /// </param>
    /// <param name="stream">Where to write. It stays open.</param>
    /// <param name="options">What to write, or <see langword="null"/> for the defaults.</param>
    /// <exception cref="ArgumentException">The stream cannot be written to; or an option is outside of its range, or does not go with another, or with the pipeline; or <paramref name="sampleData"/> lacks a column that a step of the pipeline reads; nothing was written.</exception>
    /// <exception cref="NotSupportedException">A transform has no ONNX form: its name is in the message; nothing was written.</exception>
    /// <exception cref="OnnxVerificationException">The graph does not give what ML.NET gives; nothing was written.</exception>
    /// <exception cref="InvalidOperationException">The graph is to be verified, and there are no rows; nothing was written.</exception>
    public static void ExportToOnnx(this ModelOperationsCatalog catalog, ITransformer model, IDataView sampleData, Stream stream, OnnxExportOptions? options = null)
    {
        CheckStream(stream);
        stream.Write(CreatePipelineFile(catalog, model, sampleData, options));
    }

    /// <summary>Writes a fitted pipeline as an ONNX file: raw columns in, predictions and their uncertainty out.</summary>
    /// <inheritdoc cref="ExportToOnnx(ModelOperationsCatalog, ITransformer, IDataView, Stream, OnnxExportOptions?)"/>
    /// <param name="catalog">The catalog of model operations.</param>
    /// <param name="model">The fitted pipeline: one of this library's, or any other whose transforms have ONNX forms.</param>
    /// <param name="sampleData">
    /// Data with the columns that the steps of the pipeline read, also the label where a step of it reads that, as <c>MapValueToKey</c> does; what the
    /// outputs do not depend on becomes no input. The first 64 rows verify the graph.
    /// </param>
    /// <param name="filePath">
    /// The file, in a folder that is there. It is written under another name and renamed, and replaces one that is there, whose permissions it keeps;
    /// through a link, the link's target is replaced.
    /// </param>
    /// <param name="options">What to write, or <see langword="null"/> for the defaults.</param>
    /// <exception cref="IOException"><paramref name="filePath"/> is a folder, or in none that is there.</exception>
    /// <exception cref="UnauthorizedAccessException"><paramref name="filePath"/> is a file that is read-only, or its folder is; the file stays as it is.</exception>
    public static void ExportToOnnx(this ModelOperationsCatalog catalog, ITransformer model, IDataView sampleData, string filePath, OnnxExportOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(filePath);
        OnnxFile.Check(filePath);
        OnnxFile.Write(filePath, CreatePipelineFile(catalog, model, sampleData, options));
    }

    /// <summary>Writes the network of a transformer as an ONNX graph: the feature column in, predictions and their uncertainty out.</summary>
    /// <remarks>
    /// The standardisation of the features is part of the graph. <c>PredictedLabel</c> of several classes is the class's name where the label was made
    /// from texts, and a key counted from 1 otherwise. The graph is verified on 16 rows: the means of the training features, and rows less than two of
    /// their standard deviations away, or twice <c>OutlierThreshold</c> where that is more (8 at most). A network that was trained with <c>StandardizeFeatures = false</c> does not know them: its rows have features in
    /// (−2, 2), and where those of its data are far from that, <see cref="ExportToOnnx(ModelOperationsCatalog, ITransformer, IDataView, Stream, OnnxExportOptions?)"/>
    /// with rows of that data verifies more.
    /// </remarks>
    /// <typeparam name="TSelf">The transformer itself.</typeparam>
    /// <typeparam name="TModel">Its model.</typeparam>
    /// <param name="transformer">The transformer.</param>
    /// <param name="stream">Where to write. It stays open.</param>
    /// <param name="options">What to write, or <see langword="null"/> for the defaults.</param>
    /// <exception cref="ArgumentException">The stream cannot be written to; or an option is outside of its range, or does not go with another; nothing was written.</exception>
    /// <exception cref="OnnxVerificationException">The graph does not give what ML.NET gives; nothing was written.</exception>
    public static void ExportNetworkToOnnx<TSelf, TModel>(
        this VariationalDropoutPredictionTransformer<TSelf, TModel> transformer, Stream stream, OnnxExportOptions? options = null)
        where TSelf : VariationalDropoutPredictionTransformer<TSelf, TModel>
        where TModel : VariationalDropoutModelParameters
    {
        CheckStream(stream);
        stream.Write(CreateNetworkFile(transformer, options));
    }

    /// <summary>Writes the network of a transformer as an ONNX file: the feature column in, predictions and their uncertainty out.</summary>
    /// <inheritdoc cref="ExportNetworkToOnnx{TSelf, TModel}(VariationalDropoutPredictionTransformer{TSelf, TModel}, Stream, OnnxExportOptions?)"/>
    /// <typeparam name="TSelf">The transformer itself.</typeparam>
    /// <typeparam name="TModel">Its model.</typeparam>
    /// <param name="transformer">The transformer.</param>
    /// <param name="filePath">
    /// The file, in a folder that is there. It is written under another name and renamed, and replaces one that is there, whose permissions it keeps;
    /// through a link, the link's target is replaced.
    /// </param>
    /// <param name="options">What to write, or <see langword="null"/> for the defaults.</param>
    /// <exception cref="IOException"><paramref name="filePath"/> is a folder, or in none that is there.</exception>
    /// <exception cref="UnauthorizedAccessException"><paramref name="filePath"/> is a file that is read-only, or its folder is; the file stays as it is.</exception>
    public static void ExportNetworkToOnnx<TSelf, TModel>(
        this VariationalDropoutPredictionTransformer<TSelf, TModel> transformer, string filePath, OnnxExportOptions? options = null)
        where TSelf : VariationalDropoutPredictionTransformer<TSelf, TModel>
        where TModel : VariationalDropoutModelParameters
    {
        ArgumentException.ThrowIfNullOrEmpty(filePath);
        OnnxFile.Check(filePath);
        OnnxFile.Write(filePath, CreateNetworkFile(transformer, options));
    }

    private static void CheckStream(Stream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        if (!stream.CanWrite)
            throw new ArgumentException("The stream cannot be written to: it is closed, or open for reading alone.", nameof(stream));
    }

    /// <summary>The rows that are compared, kept in memory: a source that generates them may give others at the second reading.</summary>
    private static IDataView Keep(IDataView data)
    {
        DataOperationsCatalog operations = new MLContext().Data;
        return operations.Cache(operations.TakeRows(data, OnnxVerifier.DefaultRows));
    }

    private static byte[] CreatePipelineFile(ModelOperationsCatalog catalog, ITransformer model, IDataView sampleData, OnnxExportOptions? options)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(sampleData);
        MLNetVersion.ThrowIfUnsupported();
        ExportSettings settings = ExportSettings.ForPipeline(options);
        return PipelineExporter.Export(model, settings.Verify ? Keep(sampleData) : sampleData, settings).ToVerifiedArray(settings);
    }

    private static byte[] CreateNetworkFile<TSelf, TModel>(VariationalDropoutPredictionTransformer<TSelf, TModel> transformer, OnnxExportOptions? options)
        where TSelf : VariationalDropoutPredictionTransformer<TSelf, TModel>
        where TModel : VariationalDropoutModelParameters
    {
        ArgumentNullException.ThrowIfNull(transformer);
        MLNetVersion.ThrowIfUnsupported();
        ExportSettings settings = ExportSettings.ForNetwork(options);
        return NetworkExporter.Export(NetworkTransformer.Create(transformer, settings), settings).ToVerifiedArray(settings);
    }
}
