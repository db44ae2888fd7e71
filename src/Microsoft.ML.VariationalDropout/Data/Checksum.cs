using System.Buffers;
using System.Security.Cryptography;

namespace Microsoft.ML.Trainers.VariationalDropout.Data;

/// <summary>The SHA-256 that stands behind the content of a file.</summary>
internal static class Checksum
{
    public const int Size = SHA256.HashSizeInBytes;

    /// <summary>Reads <paramref name="length"/> bytes and the checksum after them; whether it is theirs.</summary>
    public static bool Matches(Stream stream, long length)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] buffer = ArrayPool<byte>.Shared.Rent(1 << 16);
        for (long left = length; left > 0;)
        {
            int count = (int)Math.Min(left, buffer.Length);
            stream.ReadExactly(buffer, 0, count);
            hash.AppendData(buffer, 0, count);
            left -= count;
        }

        ArrayPool<byte>.Shared.Return(buffer);
        Span<byte> expected = stackalloc byte[Size];
        stream.ReadExactly(expected);
        return hash.GetHashAndReset().AsSpan().SequenceEqual(expected);
    }
}
