using Microsoft.ML.OnnxRuntime;

namespace Microsoft.ML.Trainers.VariationalDropout.Onnx;

/// <summary>Where a model is: in a file, beside which its weights may lie, or in memory.</summary>
internal sealed record OnnxModelSource(string? Path, byte[]? Bytes)
{
    /// <summary>The kinds of errors that another provider would give too; ONNX Runtime tells them in the text alone.</summary>
    private static readonly string[] FaultsOfModel = ["[ErrorCode:InvalidProtobuf]", "[ErrorCode:InvalidGraph]", "[ErrorCode:NoModel]", "[ErrorCode:NoSuchFile]"];

    /// <summary>What ONNX Runtime says, as of a wrong argument, of a message of protobuf that is no model.</summary>
    private const string NoGraph = "No graph was found";

    public InferenceSession Open(SessionOptions options)
    {
        try
        {
            return Path is not null ? new InferenceSession(Path, options) : new InferenceSession(Bytes, options);
        }
        catch (OnnxRuntimeException error) when (IsFaultOfModel(error))
        {
            string subject = Path is not null ? $"The file '{Path}'" : "The model";
            throw new InvalidDataException($"{subject} is not an ONNX model that ONNX Runtime can read. {error.Message.ReplaceLineEndings(" ")}", error);
        }
    }

    private static bool IsFaultOfModel(OnnxRuntimeException error)
        => FaultsOfModel.Any(code => error.Message.StartsWith(code, StringComparison.Ordinal)) || error.Message.Contains(NoGraph, StringComparison.Ordinal);
}
