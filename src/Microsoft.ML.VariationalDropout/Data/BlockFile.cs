using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Microsoft.ML.Trainers.VariationalDropout.Data;

/// <summary>
/// A temporary file of blocks of rows, written once, one after the other, and read in any order. Its owner alone may read it. It has no name for
/// longer than its creation takes, so that it goes with the process that made it however that ends; on Windows, where an open file keeps its name,
/// the system deletes it on closing.
/// </summary>
internal sealed class BlockFile : IDisposable
{
    private readonly SafeFileHandle _handle;
    private readonly string _folder;

    /// <exception cref="IOException">There is no such folder, or it cannot be written to.</exception>
    public BlockFile(string folder)
    {
        _folder = folder;
        string path = Path.Combine(folder, $"VariationalDropout-{Guid.NewGuid():N}.rows");
        try
        {
            _handle = Create(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            throw Failure("created", exception);
        }
    }

    /// <summary>For tests: a file that is open already.</summary>
    internal BlockFile(SafeFileHandle handle, string folder)
    {
        _handle = handle;
        _folder = folder;
    }

    /// <summary>Bytes written.</summary>
    public long Length { get; private set; }

    /// <summary>Writes a block and returns its position, for <see cref="Read"/>.</summary>
    /// <exception cref="IOException">The disk is full, or fails.</exception>
    public long Append(ReadOnlySpan<float> numbers, ReadOnlySpan<int> starts)
    {
        long position = Length;
        try
        {
            Write(MemoryMarshal.AsBytes(numbers));
            Write(MemoryMarshal.AsBytes(starts));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw Failure("written", exception);
        }

        return position;
    }

    /// <summary>Reads a block of as many numbers as were written; from any thread.</summary>
    /// <exception cref="IOException">The disk fails.</exception>
    public void Read(long position, Span<float> numbers, Span<int> starts)
    {
        try
        {
            Fill(position, MemoryMarshal.AsBytes(numbers));
            Fill(position + ((long)numbers.Length * sizeof(float)), MemoryMarshal.AsBytes(starts));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw Failure("read", exception);
        }
    }

    public void Dispose() => _handle.Dispose();

    private static SafeFileHandle Create(string path)
    {
        var options = new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.ReadWrite,
            Share = FileShare.None,
            BufferSize = 0,
        };
        if (OperatingSystem.IsWindows())
        {
            options.Options = FileOptions.DeleteOnClose;
            return new FileStream(path, options).SafeFileHandle;
        }

        options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        var stream = new FileStream(path, options);
        try
        {
            File.Delete(path);
            return stream.SafeFileHandle;
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }

    private void Write(ReadOnlySpan<byte> bytes)
    {
        RandomAccess.Write(_handle, bytes, Length);
        Length += bytes.Length;
    }

    private void Fill(long position, Span<byte> bytes)
    {
        while (bytes.Length > 0)
        {
            int read = RandomAccess.Read(_handle, bytes, position);
            if (read == 0)
                throw new EndOfStreamException("The file is shorter than what was written to it.");
            position += read;
            bytes = bytes[read..];
        }
    }

    private IOException Failure(string what, Exception exception)
        => new(
            FormattableString.Invariant(
                $"The temporary file of rows that do not fit into MemoryBudgetMegabytes could not be {what}, in folder '{_folder}', after {Length / MemoryBudget.BytesPerMegabyte} MB: {exception.Message.TrimEnd('.')}. Make room there, choose another folder by MLContext.TempFilePath, or raise MemoryBudgetMegabytes."),
            exception);
}
