namespace VariationalDropout.Onnx.Tool.Inspection;

/// <summary>Reads ONNX files with errors that name them.</summary>
internal static class OnnxFiles
{
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    public static byte[] ReadBytes(string path)
        => File.Exists(path) ? File.ReadAllBytes(path) : throw new FileNotFoundException($"There is no file '{path}'.", path);

    /// <exception cref="InvalidDataException">It is no ONNX model.</exception>
    public static ModelDescription Describe(string path)
    {
        byte[] bytes = ReadBytes(path);
        try
        {
            return ModelDescription.Create(bytes);
        }
        catch (InvalidDataException error)
        {
            throw new InvalidDataException($"'{path}': {error.Message}", error);
        }
    }
}
