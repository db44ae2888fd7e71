using System.IO.Compression;

namespace Samples;

/// <summary>A file of data, plain or compressed with gzip (by its name, <c>.gz</c>, or its first bytes); several gzip members are one file.</summary>
internal static class DataFile
{
    /// <summary>Opens what the file holds, unpacked. A compressed one is unpacked once before that, so that nobody takes a part of it for the whole.</summary>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="InvalidDataException">It is not a whole gzip file; the message names it.</exception>
    public static Stream Open(string path)
    {
        if (!IsCompressed(path))
            return File.OpenRead(path);
        CheckWhole(path);
        return new GZipStream(File.OpenRead(path), CompressionMode.Decompress);
    }

    private static bool IsCompressed(string path)
    {
        if (path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase))
            return true;
        using FileStream file = File.OpenRead(path);
        return file.ReadByte() == 0x1F && file.ReadByte() == 0x8B;
    }

    private static void CheckWhole(string path)
    {
        using var file = new MarkedFile(path);
        using var unpacked = new GZipStream(file, CompressionMode.Decompress);
        byte[] buffer = new byte[1 << 16];
        try
        {
            // Not CopyTo, which goes on to the end of the file where the last member has ended.
            while (unpacked.Read(buffer, 0, buffer.Length) > 0)
            {
            }
        }
        catch (InvalidDataException error)
        {
            throw new InvalidDataException(file.EndIsPassed ? $"'{path}' breaks off: it is not a whole gzip file." : $"'{path}' cannot be unpacked: {error.Message}", error);
        }
    }

    /// <summary>
    /// GZipStream does not say that a file ends too early. One byte after the end shows it: where a member is over, the byte begins no other and
    /// nothing more is asked for; where one is not over, the byte is no part of it, or more is asked for.
    /// </summary>
    private sealed class MarkedFile(string path) : FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read)
    {
        /// <summary>No member begins with it, and none below 4 GB ends with it: the last byte is the highest one of the length.</summary>
        private const byte Mark = 0xFF;

        /// <summary>Whether somebody has asked for more than there is.</summary>
        public bool EndIsPassed { get; private set; }

        public override int Read(byte[] buffer, int offset, int count)
        {
            int read = base.Read(buffer, offset, count);
            if (read > 0 || count == 0)
                return read;
            if (EndIsPassed)
                throw new InvalidDataException("The file ends within a member.");
            EndIsPassed = true;
            buffer[offset] = Mark;
            return 1;
        }
    }
}
