using System.Text;

namespace ScoringService.Model;

/// <summary>
/// A property of an ONNX file, to be written at its end: <c>metadata_props</c> is a repeated field of the file's protocol buffer, and what
/// stands behind a message goes on with it.
/// </summary>
internal static class FileProperty
{
    /// <summary>Number and wire type of <c>ModelProto.metadata_props</c>, and of key and value in an entry of it.</summary>
    private const byte PropertyTag = (14 << 3) | 2, KeyTag = (1 << 3) | 2, ValueTag = (2 << 3) | 2;

    public static byte[] Encode(string name, string value)
    {
        byte[] entry = [.. Field(KeyTag, Encoding.UTF8.GetBytes(name)), .. Field(ValueTag, Encoding.UTF8.GetBytes(value))];
        return [.. Field(PropertyTag, entry)];
    }

    private static IEnumerable<byte> Field(byte tag, byte[] bytes)
    {
        yield return tag;
        uint length = (uint)bytes.Length;
        for (; length >= 0x80; length >>= 7)
            yield return (byte)(length | 0x80);
        yield return (byte)length;
        foreach (byte value in bytes)
            yield return value;
    }
}
