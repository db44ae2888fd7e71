namespace Microsoft.ML.Trainers.VariationalDropout.Data;

/// <summary>Writes files so that nobody ever sees half of one.</summary>
internal static class AtomicFile
{
    /// <summary>Refuses a path that cannot be written to, before there is anything to write.</summary>
    /// <returns>The file itself, where the path may be a link to it.</returns>
    /// <exception cref="IOException">It is a folder, or its folder is missing.</exception>
    /// <exception cref="UnauthorizedAccessException">A file is there that is read-only.</exception>
    public static string FindTarget(string path)
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

    /// <summary>The same, and tries whether the folder takes a file: the temporary one is made and deleted.</summary>
    /// <param name="path">The file.</param>
    /// <param name="suffix">As in <see cref="Write"/>.</param>
    /// <inheritdoc cref="FindTarget"/>
    public static void Probe(string path, string suffix) => WithTemporary(path, suffix, (temporary, _) => File.Delete(temporary));

    /// <summary>
    /// Writes beside the file, then renames; a file that is there is replaced, keeps its permissions, and stays as it is when something
    /// fails. Through a link, its target is written.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <param name="write">Writes its content; the stream can seek.</param>
    /// <param name="suffix">
    /// The temporary file's name is the file's with this suffix, so that what a process leaves that was killed is written over by the next one; null for
    /// a name of its own, which is never too long.
    /// </param>
    /// <inheritdoc cref="FindTarget"/>
    public static void Write(string path, Action<Stream> write, string? suffix = null)
        => WithTemporary(path, suffix, (temporary, target) => File.Move(temporary, target, overwrite: true), write);

    private static void WithTemporary(string path, string? suffix, Action<string, string> end, Action<Stream>? write = null)
    {
        string target = FindTarget(path);
        string temporary = suffix is null ? Path.Combine(Path.GetDirectoryName(target)!, Path.GetRandomFileName()) : target + suffix;
        bool isCreated = false;
        try
        {
            using (FileStream stream = Create(temporary, target, suffix is null ? FileMode.CreateNew : FileMode.Create))
            {
                isCreated = true;
                write?.Invoke(stream);
                stream.Flush(flushToDisk: write is not null);
            }

            end(temporary, target);
        }
        catch (UnauthorizedAccessException exception)
        {
            Clean();
            throw new UnauthorizedAccessException($"'{path}' cannot be written: {exception.Message}", exception);
        }
        catch (IOException exception)
        {
            Clean();
            throw new IOException($"'{path}' cannot be written: {exception.Message}", exception);
        }
        catch
        {
            Clean();
            throw;
        }

        // What another process is writing is not deleted.
        void Clean()
        {
            if (isCreated)
                File.Delete(temporary);
        }
    }

    private static FileStream Create(string temporary, string target, FileMode mode)
    {
        var options = new FileStreamOptions { Mode = mode, Access = FileAccess.Write, Share = FileShare.None };
        if (OperatingSystem.IsWindows() || !File.Exists(target))
            return new FileStream(temporary, options);
        UnixFileMode permissions = File.GetUnixFileMode(target);
        options.UnixCreateMode = permissions;
        var stream = new FileStream(temporary, options);
        File.SetUnixFileMode(stream.SafeFileHandle, permissions); // What the process masks at creation is set too.
        return stream;
    }
}
