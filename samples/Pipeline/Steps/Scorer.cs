using Microsoft.ML;
using Pipeline.Data;

namespace Pipeline.Steps;

/// <summary>Scores a file with a saved model: all that a program in production needs.</summary>
internal static class Scorer
{
    /// <param name="modelFile">ML.NET's (.zip) or an exported one (.onnx).</param>
    /// <param name="dataFile">A census, with or without labels.</param>
    /// <exception cref="IOException">A file is not there, or cannot be read.</exception>
    /// <exception cref="InvalidDataException">A file is not what it should be, or the model is one of another table; the message names the file.</exception>
    public static IReadOnlyList<ScoredRow> Score(string modelFile, string dataFile)
    {
        if (!File.Exists(modelFile))
            throw new FileNotFoundException($"There is no file '{modelFile}'.", modelFile);
        var mlContext = new MLContext();
        IDataView rows = CensusFile.Load(mlContext, dataFile, labelled: false);
        ITransformer? loaded = Path.GetExtension(modelFile).Equals(".onnx", StringComparison.OrdinalIgnoreCase) ? null : Load(mlContext, modelFile);
        try
        {
            ITransformer model = loaded ?? mlContext.Transforms.ApplyVariationalDropoutOnnxModel(modelFile).Fit(rows);
            return ScoredRow.Read(mlContext, model.Transform(rows));
        }
        catch (Exception error) when (error is ArgumentException or InvalidOperationException)
        {
            // ML.NET says which column is missing, or of another type, and not of which file.
            throw new InvalidDataException($"The model '{modelFile}' cannot score the rows of '{dataFile}'. {error.Message}", error);
        }
    }

    private static ITransformer Load(MLContext mlContext, string modelFile)
    {
        try
        {
            return mlContext.Model.Load(modelFile, out _);
        }
        catch (Exception error) when (error is FormatException or InvalidDataException or InvalidOperationException)
        {
            throw new InvalidDataException($"The file '{modelFile}' cannot be scored. {error.Message}{(error.InnerException is null ? "" : $": {error.GetBaseException().Message}")}", error);
        }
    }
}
