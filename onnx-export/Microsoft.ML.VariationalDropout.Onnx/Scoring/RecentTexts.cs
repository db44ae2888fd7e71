using System.Text;

namespace Microsoft.ML.Trainers.VariationalDropout.Onnx;

/// <summary>Decodes text, and knows the texts that it has seen last: the names of classes come again and again.</summary>
internal sealed class RecentTexts
{
    private const int Capacity = 32;

    private readonly List<(byte[] Encoded, ReadOnlyMemory<char> Text)> _recent = new(Capacity);
    private int _oldest;

    public ReadOnlyMemory<char> Decode(ReadOnlySpan<byte> encoded)
    {
        if (encoded.IsEmpty)
            return default;
        foreach ((byte[] known, ReadOnlyMemory<char> text) in _recent)
        {
            if (encoded.SequenceEqual(known))
                return text;
        }

        (byte[], ReadOnlyMemory<char> Text) entry = (encoded.ToArray(), Encoding.UTF8.GetString(encoded).AsMemory());
        if (_recent.Count < Capacity)
        {
            _recent.Add(entry);
        }
        else
        {
            _recent[_oldest] = entry;
            _oldest = (_oldest + 1) % Capacity;
        }

        return entry.Text;
    }
}
