using Microsoft.ML.Trainers.VariationalDropout.Data;

namespace Microsoft.ML.Trainers.VariationalDropout.Onnx;

/// <summary>Writes ONNX files so that nobody ever sees half of one.</summary>
internal static class OnnxFile
{
    /// <summary>Refuses a path that cannot be written to, before there is anything to write.</summary>
    /// <exception cref="IOException">It is a folder, or its folder is missing.</exception>
    /// <exception cref="UnauthorizedAccessException">A file is there that is read-only.</exception>
    public static void Check(string path) => _ = new AtomicFile(path);

    /// <summary>
    /// Writes beside the file, then renames; a file that is there is replaced, keeps its permissions, and stays as it is when something
    /// fails. Through a link, its target is written.
    /// </summary>
    /// <inheritdoc cref="Check"/>
    public static void Write(string path, byte[] model) => new AtomicFile(path).Write(stream => stream.Write(model));
}
