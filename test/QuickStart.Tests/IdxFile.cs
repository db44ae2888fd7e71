using System.Buffers.Binary;
using System.IO.Compression;

namespace QuickStart.Tests;

/// <summary>The bytes of idx files.</summary>
internal static class IdxFile
{
    public static byte[] Encode(int magic, int[] dimensions, params ReadOnlySpan<byte> values)
    {
        byte[] bytes = new byte[(4 * (1 + dimensions.Length)) + values.Length];
        BinaryPrimitives.WriteInt32BigEndian(bytes, magic);
        for (int i = 0; i < dimensions.Length; i++)
            BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(4 * (i + 1)), dimensions[i]);
        values.CopyTo(bytes.AsSpan(4 * (1 + dimensions.Length)));
        return bytes;
    }

    public static byte[] Labels(params ReadOnlySpan<byte> labels) => Encode(0x801, [labels.Length], labels);

    public static byte[] Images(int count, int side = 28) => Encode(0x803, [count, side, side], new byte[count * side * side]);

    public static byte[] Zip(byte[] bytes)
    {
        using var zipped = new MemoryStream();
        using (var stream = new GZipStream(zipped, CompressionLevel.Fastest))
            stream.Write(bytes);
        return zipped.ToArray();
    }
}
