using System.Text.Json;

namespace ScoringService.Model;

/// <summary>What the values of a column are, in JSON's words.</summary>
internal enum FieldKind
{
    Number,
    WholeNumber,
    Text,
    TrueOrFalse,
}

internal static class FieldKinds
{
    public static string Describe(JsonTokenType type) => type switch
    {
        JsonTokenType.Null => "null",
        JsonTokenType.String => "text",
        JsonTokenType.Number => "a number",
        JsonTokenType.True or JsonTokenType.False => "true or false",
        JsonTokenType.StartArray => "an array",
        _ => "an object",
    };
}
