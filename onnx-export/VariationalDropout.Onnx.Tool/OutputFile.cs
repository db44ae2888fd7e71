using Microsoft.ML.Trainers.VariationalDropout.Onnx;

namespace VariationalDropout.Onnx.Tool;

/// <summary>Where a command writes: looked at before the work, so that it is not done in vain.</summary>
internal static class OutputFile
{
    /// <param name="path">The file that will be written.</param>
    /// <param name="inputs">Files that are read, which it must not replace.</param>
    /// <exception cref="IOException">It cannot be written there.</exception>
    public static void Check(string path, params ReadOnlySpan<string?> inputs)
    {
        if (Directory.Exists(path))
            throw new IOException($"'{path}' is a folder; --output takes a file.");
        string whole = Path.GetFullPath(path);
        if (!Directory.Exists(Path.GetDirectoryName(whole)))
            throw new IOException($"There is no folder '{Path.GetDirectoryName(path)}' to write '{Path.GetFileName(path)}' into.");
        OnnxFile.Check(path);
        foreach (string? input in inputs)
        {
            if (input is not null && Path.GetFullPath(input) == whole)
                throw new IOException($"--output would replace '{path}', which is read.");
        }
    }
}
