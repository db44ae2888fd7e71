using Microsoft.ML;
using Pipeline.Data;

namespace Pipeline.Steps;

/// <summary>Scores a file with a saved model: all that a program in production needs.</summary>
internal static class Scorer
{
    /// <param name="modelFile">ML.NET's (.zip) or an exported one (.onnx).</param>
    /// <param name="dataFile">A census, with or without labels.</param>
    public static IReadOnlyList<ScoredRow> Score(string modelFile, string dataFile)
    {
        if (!File.Exists(modelFile))
            throw new FileNotFoundException($"There is no file '{modelFile}'.", modelFile);
        var mlContext = new MLContext();
        IDataView rows = CensusFile.Load(mlContext, dataFile, labelled: false);
        ITransformer model = Path.GetExtension(modelFile).Equals(".onnx", StringComparison.OrdinalIgnoreCase)
            ? mlContext.Transforms.ApplyVariationalDropoutOnnxModel(modelFile).Fit(rows)
            : Load(mlContext, modelFile);
        return ScoredRow.Read(mlContext, model.Transform(rows));
    }

    private static ITransformer Load(MLContext mlContext, string modelFile)
    {
        try
        {
            return mlContext.Model.Load(modelFile, out _);
        }
        catch (Exception error) when (error is FormatException or InvalidDataException)
        {
            throw new InvalidDataException($"The file '{modelFile}' cannot be scored. {error.Message}", error);
        }
    }
}
