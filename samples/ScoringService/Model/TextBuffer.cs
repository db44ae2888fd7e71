using System.Text.Json;

namespace ScoringService.Model;

/// <summary>Where the texts of a request are until it is answered. Its memory is used again.</summary>
internal sealed class TextBuffer
{
    /// <summary>Characters of one text, at most.</summary>
    public const int MaximumLength = 1000;

    private char[] _characters = new char[4 * MaximumLength];
    private int _used;

    public void Clear() => _used = 0;

    /// <summary>The text that the reader stands at; false when it is too long.</summary>
    public bool TryAdd(ref Utf8JsonReader reader, out ReadOnlyMemory<char> text)
    {
        text = default;
        long bytes = reader.HasValueSequence ? reader.ValueSequence.Length : reader.ValueSpan.Length;

        // A character has six bytes at most, as \uXXXX.
        if (bytes > 6 * MaximumLength)
            return false;

        // Unescaping never needs more characters than there are bytes. Texts of before keep the old array.
        if (_characters.Length - _used < bytes)
        {
            _characters = new char[Math.Max(2 * _characters.Length, (int)bytes)];
            _used = 0;
        }

        int length = reader.CopyString(_characters.AsSpan(_used));
        if (length > MaximumLength)
            return false;
        text = _characters.AsMemory(_used, length);
        _used += length;
        return true;
    }
}
