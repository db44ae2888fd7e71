namespace Microsoft.ML.Trainers.VariationalDropout.Onnx;

/// <summary>Writes files so that nobody ever sees half of one.</summary>
internal static class OnnxFile
{
    /// <summary>Writes beside the file, then renames; a file that is there is replaced, and stays as it is when something fails.</summary>
    public static void Write(string path, byte[] model)
    {
        string temporary = $"{path}.{Guid.NewGuid():N}.tmp";
        try
        {
            using (var stream = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write))
            {
                stream.Write(model);
                stream.Flush(flushToDisk: true);
            }

            File.Move(temporary, path, overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }
}
