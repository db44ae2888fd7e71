namespace Microsoft.ML.Trainers.VariationalDropout.Data;

/// <summary>A file that is written so that nobody ever sees half of it.</summary>
internal sealed class AtomicFile
{
    private readonly string _name;
    private readonly string? _suffix;

    /// <summary>Refuses a path that cannot be written to, before there is anything to write.</summary>
    /// <param name="path">The file, or a link to it.</param>
    /// <param name="suffix">
    /// The temporary file has the name of the file with this suffix, so that what a process leaves that was killed is written over by the next one; null for
    /// a name of its own, which is never too long.
    /// </param>
    /// <param name="option">The option that has the path, for errors.</param>
    /// <exception cref="IOException">It is a folder, or its folder is missing.</exception>
    /// <exception cref="UnauthorizedAccessException">A file is there that is read-only.</exception>
    public AtomicFile(string path, string? suffix = null, string? option = null)
    {
        _suffix = suffix;
        _name = option is null ? $"'{path}'" : $"{option}: '{path}'";
        var given = new FileInfo(path);
        var target = new FileInfo(given.LinkTarget is null ? given.FullName : given.ResolveLinkTarget(returnFinalTarget: true)!.FullName);
        string link = given.LinkTarget is null ? "" : $" (a link to '{target.FullName}')";
        if (Directory.Exists(target.FullName))
            throw new IOException($"{_name}{link} is a folder: give the path of a file.");
        if (!Directory.Exists(target.DirectoryName))
            throw new DirectoryNotFoundException($"{_name}{link} cannot be written: there is no folder '{target.DirectoryName}'.");
        if (target is { Exists: true, IsReadOnly: true })
            throw new UnauthorizedAccessException($"{_name}{link} cannot be written: the file that is there is read-only.");
        Target = target.FullName;
    }

    /// <summary>The file itself, where the path may be a link to it.</summary>
    public string Target { get; }

    /// <summary>Tries whether the folder takes a file: the temporary one is made and deleted.</summary>
    /// <exception cref="IOException">It does not.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be written to.</exception>
    public void Probe() => WithTemporary(_ => { }, File.Delete);

    /// <summary>
    /// Writes beside the file, then renames; a file that is there is replaced, keeps its permissions, and stays as it is when something
    /// fails. Through a link, its target is written.
    /// </summary>
    /// <param name="write">Writes the content.</param>
    /// <exception cref="IOException">The disk is full, or fails, or another process writes the same file.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder may not be written to.</exception>
    public void Write(Action<Stream> write)
        => WithTemporary(
            stream =>
            {
                write(stream);
                stream.Flush(flushToDisk: true);
            },
            temporary => File.Move(temporary, Target, overwrite: true));

    private void WithTemporary(Action<FileStream> write, Action<string> end)
    {
        string temporary = _suffix is null ? Path.Combine(Path.GetDirectoryName(Target)!, Path.GetRandomFileName()) : Target + _suffix;
        bool isCreated = false;
        try
        {
            using (FileStream stream = Create(temporary))
            {
                isCreated = true;
                write(stream);
            }

            end(temporary);
        }
        catch (Exception exception)
        {
            // What another process is writing is not deleted.
            if (isCreated)
                File.Delete(temporary);
            string message = $"{_name} cannot be written: {exception.Message}";
            if (exception is UnauthorizedAccessException)
                throw new UnauthorizedAccessException(message, exception);
            if (exception is IOException)
                throw new IOException(message, exception);
            throw;
        }
    }

    private FileStream Create(string temporary)
    {
        // Whoever else can write to the folder shall not lead the write to another file.
        if (new FileInfo(temporary).LinkTarget is not null)
            File.Delete(temporary);
        var options = new FileStreamOptions { Mode = _suffix is null ? FileMode.CreateNew : FileMode.Create, Access = FileAccess.Write, Share = FileShare.None };
        if (OperatingSystem.IsWindows() || !File.Exists(Target))
            return new FileStream(temporary, options);
        UnixFileMode permissions = File.GetUnixFileMode(Target);
        options.UnixCreateMode = permissions;
        var stream = new FileStream(temporary, options);
        File.SetUnixFileMode(stream.SafeFileHandle, permissions); // What the process masks at creation is set too.
        return stream;
    }
}
