namespace ScoringService.Requests;

/// <summary>What a client sent, as far as a message repeats it: an answer must not grow with the request.</summary>
internal static class Excerpt
{
    public const int MaximumLength = 100;

    /// <summary>The text, or its beginning with an ellipsis.</summary>
    public static string Of(string text, int maximumLength = MaximumLength)
    {
        if (text.Length <= maximumLength)
            return text;

        // Half a surrogate pair is no character.
        int length = char.IsHighSurrogate(text[maximumLength - 1]) ? maximumLength - 1 : maximumLength;
        return text[..length] + "…";
    }
}
