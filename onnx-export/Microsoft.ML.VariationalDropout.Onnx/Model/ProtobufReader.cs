using System.Buffers.Binary;
using System.Text;

namespace Microsoft.ML.Trainers.VariationalDropout.Onnx;

/// <summary>Reads the wire format of protocol buffers, field by field; every length is checked against what is there.</summary>
/// <param name="data">One message.</param>
internal ref struct ProtobufReader(ReadOnlySpan<byte> data)
{
    private readonly ReadOnlySpan<byte> _data = data;
    private int _position;

    /// <summary>Number of the field that <see cref="ReadTag"/> read.</summary>
    public int Field { get; private set; }

    /// <summary>Its form.</summary>
    public WireType WireType { get; private set; }

    /// <returns>False at the end of the message.</returns>
    public bool ReadTag()
    {
        if (_position == _data.Length)
            return false;
        ulong tag = ReadRawVarint();
        Field = checked((int)Math.Min(tag >> 3, int.MaxValue));
        WireType = (WireType)(tag & 7);
        if (Field is 0 or > (1 << 29) - 1)
            throw Damaged($"field number {Field}");
        return true;
    }

    public long ReadInt64()
    {
        Require(WireType.Varint);
        return (long)ReadRawVarint();
    }

    public int ReadInt32() => unchecked((int)ReadInt64());

    public float ReadFloat()
    {
        Require(WireType.Fixed32);
        return BinaryPrimitives.ReadSingleLittleEndian(Take(sizeof(float)));
    }

    public ReadOnlySpan<byte> ReadBytes()
    {
        Require(WireType.LengthDelimited);
        ulong length = ReadRawVarint();
        if (length > (ulong)(_data.Length - _position))
            throw Damaged($"a length of {length} where {_data.Length - _position} bytes are left");
        return Take((int)length);
    }

    public string ReadString() => Encoding.UTF8.GetString(ReadBytes());

    /// <summary>A repeated number, packed or one of many.</summary>
    public void ReadInt64s(List<long> destination)
    {
        if (WireType == WireType.Varint)
        {
            destination.Add(ReadInt64());
            return;
        }

        var packed = new ProtobufReader(ReadBytes());
        while (packed._position < packed._data.Length)
            destination.Add((long)packed.ReadRawVarint());
    }

    /// <summary>A repeated number of four or eight bytes, packed or one of many, as its bytes.</summary>
    public void ReadFixed(List<byte> destination)
        => destination.AddRange(WireType switch
        {
            WireType.Fixed32 => Take(4),
            WireType.Fixed64 => Take(8),
            _ => ReadBytes(),
        });

    /// <summary>Passes over a field that nobody asked for.</summary>
    public void Skip()
    {
        switch (WireType)
        {
            case WireType.Varint:
                ReadRawVarint();
                break;
            case WireType.Fixed64:
                Take(8);
                break;
            case WireType.LengthDelimited:
                ReadBytes();
                break;
            case WireType.Fixed32:
                Take(4);
                break;
            default:
                throw Damaged($"wire type {(int)WireType}");
        }
    }

    private static InvalidDataException Damaged(string what) => new($"The data is not an ONNX model, or it is damaged: {what}.");

    private readonly void Require(WireType wireType)
    {
        if (WireType != wireType)
            throw Damaged($"field {Field} has wire type {(int)WireType} instead of {(int)wireType}");
    }

    private ulong ReadRawVarint()
    {
        ulong value = 0;
        for (int shift = 0; shift < 64; shift += 7)
        {
            byte next = Take(1)[0];
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
                return value;
        }

        throw Damaged("a number of more than ten bytes");
    }

    private ReadOnlySpan<byte> Take(int bytes)
    {
        if (bytes > _data.Length - _position)
            throw Damaged("it ends within a field");
        ReadOnlySpan<byte> taken = _data.Slice(_position, bytes);
        _position += bytes;
        return taken;
    }
}
