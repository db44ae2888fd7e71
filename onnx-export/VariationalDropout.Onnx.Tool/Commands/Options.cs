using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;

namespace VariationalDropout.Onnx.Tool.Commands;

/// <summary>Options that several commands have, and the kinds of values that options take.</summary>
internal static class Options
{
    public static Argument<string> OnnxFile() => new("model.onnx") { Description = "An ONNX file" };

    public static Option<string?> Data(string description, bool isRequired) => new("--data") { HelpName = "FILE", Description = description, Required = isRequired };

    public static Option<char?> Separator() => new("--separator")
    {
        HelpName = "CHAR",
        Description = "What stands between the columns of the data: comma, semicolon, tab, or one character [default: tab for .tsv and .tab, otherwise comma]",
        CustomParser = argument => argument.Tokens[0].Value switch
        {
            "comma" => ',',
            "semicolon" => ';',
            "tab" or "\\t" => '\t',
            ['"' or '\r' or '\n'] or { Length: not 1 } => Refuse<char?>(argument, $"--separator takes comma, semicolon, tab or one character; found '{argument.Tokens[0].Value}'."),
            string text => text[0],
        },
    };

    public static Option<bool> Json() => new("--json") { Description = "Write one line of JSON" };

    public static Option<int?> WholeNumber(string name, int minimum, int maximum, string description) => new(name)
    {
        HelpName = "N",
        Description = description,
        CustomParser = argument => TryParse(argument.Tokens[0].Value, minimum, maximum, out int value)
            ? value
            : Refuse<int?>(argument, $"{name} takes a whole number from {minimum} to {maximum}; found '{argument.Tokens[0].Value}'."),
    };

    public static Option<double?> Number(string name, string helpName, double minimum, double maximum, string description) => new(name)
    {
        HelpName = helpName,
        Description = description,
        CustomParser = argument =>
        {
            string text = argument.Tokens[0].Value;
            bool isNumber = double.TryParse(text, NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent, CultureInfo.InvariantCulture, out double value);
            return isNumber && value >= minimum && value <= maximum
                ? value
                : Refuse<double?>(argument, string.Create(CultureInfo.InvariantCulture, $"{name} takes a number from {minimum} to {maximum}; found '{text}'."));
        },
    };

    /// <summary>A list of whole numbers with commas between them.</summary>
    public static Option<int[]?> WholeNumbers(string name, int minimum, int maximum, string description) => new(name)
    {
        HelpName = "N,N,...",
        Description = description,
        Arity = ArgumentArity.ExactlyOne,
        CustomParser = argument =>
        {
            string text = argument.Tokens[0].Value;
            string[] parts = text.Split(',', StringSplitOptions.TrimEntries);
            int[] values = new int[parts.Length];
            for (int i = 0; i < parts.Length; i++)
            {
                if (!TryParse(parts[i], minimum, maximum, out values[i]))
                    return Refuse<int[]>(argument, $"{name} takes whole numbers from {minimum} to {maximum} with commas between them; found '{text}'.");
            }

            return values;
        },
    };

    /// <summary>One of several words.</summary>
    public static Option<T?> Choice<T>(string name, string helpName, IReadOnlyDictionary<string, T> words, string description)
        where T : struct
        => new(name)
        {
            HelpName = helpName,
            Description = description,
            CustomParser = argument => words.TryGetValue(argument.Tokens[0].Value, out T value)
                ? value
                : Refuse<T?>(argument, $"{name} takes one of {string.Join(", ", words.Keys)}; found '{argument.Tokens[0].Value}'."),
        };

    public static T? Refuse<T>(ArgumentResult argument, string message)
    {
        argument.AddError(message);
        return default;
    }

    private static bool TryParse(string text, int minimum, int maximum, out int value)
        => int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out value) && value >= minimum && value <= maximum;
}
