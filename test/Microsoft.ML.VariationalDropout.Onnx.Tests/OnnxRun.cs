using Microsoft.ML.OnnxRuntime;

namespace Microsoft.ML.Trainers.VariationalDropout.Onnx.Tests;

/// <summary>Runs the bytes of a model on ONNX Runtime's processor.</summary>
internal static class OnnxRun
{
    /// <summary>A session that says nothing but errors, on one thread.</summary>
    public static InferenceSession Open(byte[] model)
    {
        using var options = new SessionOptions { LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR, IntraOpNumThreads = 1, InterOpNumThreads = 1 };
        return new InferenceSession(model, options);
    }

    /// <param name="model">An ONNX file.</param>
    /// <param name="inputs">Name, flat values (texts, or numbers of the input's type), shape.</param>
    /// <returns>The outputs by name.</returns>
    public static Dictionary<string, OnnxOutput> Run(byte[] model, params (string Name, Array Values, long[] Shape)[] inputs)
    {
        using InferenceSession session = Open(model);
        return Run(session, inputs);
    }

    /// <inheritdoc cref="Run(byte[], ValueTuple{string, Array, long[]}[])"/>
    public static Dictionary<string, OnnxOutput> Run(InferenceSession session, params (string Name, Array Values, long[] Shape)[] inputs)
    {
        OrtValue[] values = [.. inputs.Select(input => RuntimeValues.Create(input.Values, input.Shape))];
        try
        {
            string[] outputs = [.. session.OutputMetadata.Keys];
            using var options = new RunOptions();
            using IDisposableReadOnlyCollection<OrtValue> results = session.Run(options, [.. inputs.Select(input => input.Name)], values, outputs);
            return outputs.Zip(results).ToDictionary(pair => pair.First, pair => new OnnxOutput(RuntimeValues.Read(pair.Second), pair.Second.GetTensorTypeAndShape().Shape));
        }
        finally
        {
            foreach (OrtValue value in values)
                value.Dispose();
        }
    }
}
