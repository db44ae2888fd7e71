using Microsoft.ML;
using Microsoft.ML.Trainers.VariationalDropout;
using Microsoft.ML.Trainers.VariationalDropout.Onnx;

namespace VariationalDropout.Onnx.Tool;

/// <summary>A model that <c>mlContext.Model.Save</c> wrote.</summary>
/// <param name="Path">The file.</param>
/// <param name="Context">What it was loaded with.</param>
/// <param name="Model">The model.</param>
/// <param name="InputSchema">The columns that it was saved with; null where it was saved without.</param>
internal sealed record ModelFile(string Path, MLContext Context, ITransformer Model, DataViewSchema? InputSchema)
{
    /// <exception cref="InvalidDataException">It is no model of ML.NET, or one with parts that this program does not know.</exception>
    public static ModelFile Load(string path)
    {
        if (!File.Exists(path))
            throw new FileNotFoundException($"There is no file '{path}'.", path);
        var context = new MLContext();
        try
        {
            return new ModelFile(path, context, context.Model.Load(path, out DataViewSchema? schema), schema);
        }
        catch (Exception error) when (error is not OutOfMemoryException)
        {
            // ML.NET throws whatever the reader of the first damaged part throws.
            throw new InvalidDataException($"The file '{path}' is no model that ML.NET can load here: {error.GetBaseException().Message}", error);
        }
    }

    /// <exception cref="InvalidDataException">It was saved without.</exception>
    public DataViewSchema RequireInputSchema() => InputSchema ?? throw new InvalidDataException(
        $"The model '{Path}' was saved without the columns that it reads: save it with mlContext.Model.Save(model, data.Schema, path).");

    /// <summary>Writes the last network of the model.</summary>
    /// <exception cref="InvalidDataException">It has none of Microsoft.ML.VariationalDropout.</exception>
    public void ExportNetwork(Stream stream, OnnxExportOptions options)
    {
        switch (FindNetwork())
        {
            case VariationalDropoutMulticlassPredictionTransformer multiclass:
                multiclass.ExportNetworkToOnnx(stream, options);
                break;
            case VariationalDropoutBinaryPredictionTransformer binary:
                binary.ExportNetworkToOnnx(stream, options);
                break;
            case VariationalDropoutRegressionPredictionTransformer regression:
                regression.ExportNetworkToOnnx(stream, options);
                break;
            case VariationalDropoutMultiTargetRegressionPredictionTransformer targets:
                targets.ExportNetworkToOnnx(stream, options);
                break;
            default:
                throw new InvalidDataException($"The model '{Path}' has no network of Microsoft.ML.VariationalDropout.");
        }
    }

    /// <summary>Null where there is none.</summary>
    public ITransformer? FindNetwork() => Expand(Model).LastOrDefault(part => part is VariationalDropoutMulticlassPredictionTransformer
        or VariationalDropoutBinaryPredictionTransformer or VariationalDropoutRegressionPredictionTransformer
        or VariationalDropoutMultiTargetRegressionPredictionTransformer);

    private static IEnumerable<ITransformer> Expand(ITransformer transformer)
        => transformer is IEnumerable<ITransformer> chain ? chain.SelectMany(Expand) : [transformer];
}
