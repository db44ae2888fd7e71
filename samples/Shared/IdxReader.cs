using System.Buffers.Binary;
using System.IO.Compression;

namespace Samples;

/// <summary>The bytes of an idx file and the size of each dimension, the slowest first.</summary>
internal sealed record IdxArray(string Path, IReadOnlyList<int> Dimensions, byte[] Values);

/// <summary>
/// Reads the idx format of unsigned bytes in which MNIST is published, plain or compressed with gzip (<c>.gz</c>). All integers are
/// big-endian: the bytes 00 00 08 and the number of dimensions, the size of each dimension as 32 bits, then the values.
/// </summary>
internal static class IdxReader
{
    private const int UnsignedByte = 0x08;

    /// <exception cref="InvalidDataException">
    /// The file is not what its name and header promise. The message gives the file, the offset (in the uncompressed data, except for the
    /// gzip signature itself), what was expected and what was found.
    /// </exception>
    public static IdxArray Read(string path, int dimensionCount)
    {
        using FileStream file = File.OpenRead(path);
        if (!path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase))
            return Read(file, path, dimensionCount);

        Span<byte> signature = stackalloc byte[2];
        int signatureLength = file.ReadAtLeast(signature, 2, throwOnEndOfStream: false);
        if (signatureLength < 2 || signature[0] != 0x1F || signature[1] != 0x8B)
            throw Unexpected(path, 0, "the gzip signature 1F 8B", Hex(signature[..signatureLength]));

        file.Position = 0;
        using var unzipped = new GZipStream(file, CompressionMode.Decompress);
        return Read(unzipped, path, dimensionCount);
    }

    private static IdxArray Read(Stream stream, string path, int dimensionCount)
    {
        var source = new CountingReader(stream, path);
        int expectedMagic = (UnsignedByte << 8) | dimensionCount;
        int magic = source.ReadInt32("the magic number");
        if (magic != expectedMagic)
            throw Unexpected(path, 0, $"the magic number 0x{expectedMagic:X8} (unsigned bytes, {Plural(dimensionCount, "dimension")})", $"0x{magic:X8}");

        int[] dimensions = new int[dimensionCount];
        long length = 1;
        for (int i = 0; i < dimensionCount; i++)
        {
            long offset = source.Offset;
            dimensions[i] = source.ReadInt32($"the size of dimension {i + 1}");
            if (dimensions[i] < 1 || (length *= dimensions[i]) > Array.MaxLength)
                throw Unexpected(path, offset, $"a size of dimension {i + 1} between 1 and {Array.MaxLength / (length / Math.Max(1, dimensions[i]))}", $"{dimensions[i]}");
        }

        byte[] values = source.ReadBytes((int)length, $"{length} bytes of values ({string.Join(" × ", dimensions)}, as the header says)");
        source.ExpectEnd($"the end of the data after {length} bytes of values ({string.Join(" × ", dimensions)}, as the header says)");
        return new(path, dimensions, values);
    }

    private static InvalidDataException Unexpected(string path, long offset, string expected, string found, Exception? cause = null)
        => new($"'{path}', offset {offset}: expected {expected}, found {found}.", cause);

    private static string Hex(ReadOnlySpan<byte> bytes)
        => bytes.IsEmpty ? "an empty file" : string.Join(' ', bytes.ToArray().Select(value => value.ToString("X2", null)));

    private static string Plural(int count, string noun) => count == 1 ? $"1 {noun}" : $"{count} {noun}s";

    /// <summary>Knows the offset that it has reached, so that every message can say where the trouble is.</summary>
    private sealed class CountingReader(Stream stream, string path)
    {
        /// <summary>A header is not trusted with memory: the buffer grows with what the file really holds.</summary>
        private const int FirstBufferLength = 1 << 20;

        public long Offset { get; private set; }

        public int ReadInt32(string what) => BinaryPrimitives.ReadInt32BigEndian(ReadBytes(sizeof(int), $"{sizeof(int)} bytes of {what}"));

        public byte[] ReadBytes(int count, string expected)
        {
            byte[] buffer = new byte[Math.Min(count, FirstBufferLength)];
            int filled = 0;
            while (true)
            {
                int read = ReadSome(buffer.AsSpan(filled), expected, filled);
                if (read == 0)
                    throw Unexpected(path, Offset, expected, $"the end of the file after {Plural(filled, "byte")} of them");
                filled += read;
                Offset += read;
                if (filled == count)
                    return buffer;
                if (filled == buffer.Length)
                    Array.Resize(ref buffer, (int)Math.Min(count, 2L * buffer.Length));
            }
        }

        public void ExpectEnd(string expected)
        {
            Span<byte> one = stackalloc byte[1];
            if (ReadSome(one, expected, 0) != 0)
                throw Unexpected(path, Offset, expected, "more bytes");
        }

        private int ReadSome(Span<byte> destination, string expected, int filled)
        {
            try
            {
                return stream.Read(destination);
            }
            catch (InvalidDataException error)
            {
                throw Unexpected(path, Offset, expected, $"broken gzip data after {Plural(filled, "byte")} of them", error);
            }
        }
    }
}
