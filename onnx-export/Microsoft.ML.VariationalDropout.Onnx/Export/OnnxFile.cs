namespace Microsoft.ML.Trainers.VariationalDropout.Onnx;

/// <summary>Writes files so that nobody ever sees half of one.</summary>
internal static class OnnxFile
{
    /// <summary>Refuses a path that cannot be written to, before there is anything to write.</summary>
    /// <exception cref="IOException">It is a folder, or its folder is missing.</exception>
    /// <exception cref="UnauthorizedAccessException">A file is there that is read-only.</exception>
    public static void Check(string path) => FindTarget(path);

    /// <summary>
    /// Writes beside the file, then renames; a file that is there is replaced, keeps its permissions, and stays as it is when something
    /// fails. Through a link, its target is written.
    /// </summary>
    /// <inheritdoc cref="Check"/>
    public static void Write(string path, byte[] model)
    {
        string target = FindTarget(path);

        // A name of its own, not the file's with a suffix: that could be longer than a name may be.
        string temporary = Path.Combine(Path.GetDirectoryName(target)!, Path.GetRandomFileName());
        try
        {
            using (FileStream stream = Create(temporary, target))
            {
                stream.Write(model);
                stream.Flush(flushToDisk: true);
            }

            File.Move(temporary, target, overwrite: true);
        }
        catch (UnauthorizedAccessException exception)
        {
            File.Delete(temporary);
            throw new UnauthorizedAccessException($"'{path}' cannot be written: {exception.Message}", exception);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }

    /// <summary>The file itself, where the path may be a link to it.</summary>
    private static string FindTarget(string path)
    {
        var given = new FileInfo(path);
        var target = new FileInfo(given.LinkTarget is null ? given.FullName : given.ResolveLinkTarget(returnFinalTarget: true)!.FullName);
        string link = given.LinkTarget is null ? "" : $" (a link to '{target.FullName}')";
        if (Directory.Exists(target.FullName))
            throw new IOException($"'{path}'{link} is a folder: give the path of a file.");
        if (!Directory.Exists(target.DirectoryName))
            throw new DirectoryNotFoundException($"'{path}'{link} cannot be written: there is no folder '{target.DirectoryName}'.");
        if (target is { Exists: true, IsReadOnly: true })
            throw new UnauthorizedAccessException($"'{path}'{link} cannot be written: the file that is there is read-only.");
        return target.FullName;
    }

    private static FileStream Create(string temporary, string target)
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (OperatingSystem.IsWindows() || !File.Exists(target))
            return new FileStream(temporary, options);
        UnixFileMode mode = File.GetUnixFileMode(target);
        options.UnixCreateMode = mode;
        var stream = new FileStream(temporary, options);
        File.SetUnixFileMode(stream.SafeFileHandle, mode); // What the process masks at creation is set too.
        return stream;
    }
}
