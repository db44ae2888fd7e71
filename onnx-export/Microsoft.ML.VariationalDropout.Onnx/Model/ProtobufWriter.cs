using System.Buffers.Binary;
using System.Text;

namespace Microsoft.ML.Trainers.VariationalDropout.Onnx;

/// <summary>Writes the wire format of protocol buffers (https://protobuf.dev/programming-guides/encoding) into memory.</summary>
/// <remarks>
/// A message within a message stands behind its length, which is known only at its end: its bytes are moved up by the few bytes that the
/// length takes. A large tensor is moved once per level, three times in all.
/// </remarks>
internal sealed class ProtobufWriter
{
    private const int MaximumVarintBytes = 10;
    private byte[] _buffer = new byte[4096];
    private int _count;

    public ReadOnlySpan<byte> Written => _buffer.AsSpan(0, _count);

    public void WriteInt64(int field, long value)
    {
        WriteTag(field, WireType.Varint);
        WriteVarint((ulong)value);
    }

    public void WriteFloat(int field, float value)
    {
        WriteTag(field, WireType.Fixed32);
        BinaryPrimitives.WriteSingleLittleEndian(Reserve(sizeof(float)), value);
    }

    public void WriteBytes(int field, ReadOnlySpan<byte> value)
    {
        WriteTag(field, WireType.LengthDelimited);
        WriteVarint((ulong)value.Length);
        value.CopyTo(Reserve(value.Length));
    }

    public void WriteString(int field, string value)
    {
        WriteTag(field, WireType.LengthDelimited);
        int length = Encoding.UTF8.GetByteCount(value);
        WriteVarint((ulong)length);
        Encoding.UTF8.GetBytes(value, Reserve(length));
    }

    /// <summary>Writes nothing for an empty text, which is what a reader takes an absent one for.</summary>
    public void WriteStringUnlessEmpty(int field, string value)
    {
        if (value.Length > 0)
            WriteString(field, value);
    }

    public void WritePacked(int field, ReadOnlySpan<long> values)
    {
        if (values.Length == 0)
            return;
        int start = BeginMessage(field);
        foreach (long value in values)
            WriteVarint((ulong)value);
        EndMessage(start);
    }

    public void WriteMessage<T>(int field, T message, Action<ProtobufWriter, T> write)
    {
        int start = BeginMessage(field);
        write(this, message);
        EndMessage(start);
    }

    private int BeginMessage(int field)
    {
        WriteTag(field, WireType.LengthDelimited);
        return _count;
    }

    private void EndMessage(int start)
    {
        int length = _count - start;
        Span<byte> varint = stackalloc byte[MaximumVarintBytes];
        varint = varint[..EncodeVarint(varint, (ulong)length)];
        Reserve(varint.Length);
        _buffer.AsSpan(start, length).CopyTo(_buffer.AsSpan(start + varint.Length));
        varint.CopyTo(_buffer.AsSpan(start));
    }

    private void WriteTag(int field, WireType wireType) => WriteVarint((ulong)((field << 3) | (int)wireType));

    private void WriteVarint(ulong value)
    {
        Span<byte> varint = stackalloc byte[MaximumVarintBytes];
        varint = varint[..EncodeVarint(varint, value)];
        varint.CopyTo(Reserve(varint.Length));
    }

    /// <summary>Seven bits per byte, the low ones first; the high bit says that more follow.</summary>
    private static int EncodeVarint(Span<byte> destination, ulong value)
    {
        int count = 0;
        for (; value >= 0x80; value >>= 7)
            destination[count++] = (byte)(value | 0x80);
        destination[count++] = (byte)value;
        return count;
    }

    private Span<byte> Reserve(int bytes)
    {
        long needed = (long)_count + bytes;
        if (needed > Array.MaxLength)
            throw new NotSupportedException("An ONNX file of one piece holds less than 2 GiB.");
        if (needed > _buffer.Length)
            Array.Resize(ref _buffer, (int)Math.Min(Array.MaxLength, Math.Max(needed, 2L * _buffer.Length)));
        Span<byte> reserved = _buffer.AsSpan(_count, bytes);
        _count += bytes;
        return reserved;
    }
}
