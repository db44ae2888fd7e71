namespace Samples;

/// <summary>Where the results go. A file appears under its name only when it is complete.</summary>
internal sealed class OutputFolder
{
    private readonly string _path;

    private OutputFolder(string path) => _path = path;

    /// <summary>Creates the folder where needed and proves that it can be written, so that a long training does not end in an error.</summary>
    /// <exception cref="IOException">The folder cannot be written.</exception>
    public static OutputFolder Open(string path)
    {
        try
        {
            Directory.CreateDirectory(path);
            string probe = Path.Combine(path, TemporaryName("probe"));
            File.WriteAllBytes(probe, []);
            File.Delete(probe);
            return new(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new IOException($"The output folder '{path}' cannot be written: {error.Message}", error);
        }
    }

    /// <summary>Writes a file under a temporary name, then renames it; returns its path.</summary>
    public string Write(string name, Action<Stream> write)
    {
        string destination = Path.Combine(_path, name), temporary = Path.Combine(_path, TemporaryName(name));
        try
        {
            using (FileStream stream = File.Create(temporary))
                write(stream);
            File.Move(temporary, destination, overwrite: true);
            return destination;
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }

    /// <summary>The path of a file that grows while the program runs, such as a log.</summary>
    public string Locate(string name) => Path.Combine(_path, name);

    private static string TemporaryName(string name) => $".{name}.{Guid.NewGuid():N}.tmp";
}
