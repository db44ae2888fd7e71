using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;

namespace Samples;

/// <summary>Options whose values are checked while they are parsed, with messages that name option, range and what was found.</summary>
internal static class OptionValues
{
    /// <summary>What the library allows: a run must not train first and fail then.</summary>
    public const int MaximumUnits = 65_536;

    public static Option<int?> WholeNumber(string name, int minimum, int maximum, string description) => new(name)
    {
        HelpName = "N",
        Description = description,
        CustomParser = argument => TryParse(argument.Tokens[0].Value, minimum, maximum, out int value)
            ? value
            : Refuse<int?>(argument, $"{name} takes a whole number from {minimum} to {maximum}; found '{argument.Tokens[0].Value}'."),
    };

    /// <summary>Whole numbers with commas between them.</summary>
    public static Option<int[]?> WholeNumbers(string name, int minimum, int maximum, int maximumCount, string what, string example, string description) => new(name)
    {
        HelpName = "N,N,...",
        Description = description,
        Arity = ArgumentArity.ExactlyOne,
        CustomParser = argument =>
        {
            string text = argument.Tokens[0].Value;
            string[] parts = text.Split(',', StringSplitOptions.TrimEntries);
            if (parts.Length > maximumCount)
                return Refuse<int[]>(argument, $"{name} takes at most {maximumCount} {what}; found {parts.Length}.");

            int[] values = new int[parts.Length];
            for (int i = 0; i < parts.Length; i++)
            {
                if (!TryParse(parts[i], minimum, maximum, out values[i]))
                    return Refuse<int[]>(argument, $"{name} takes whole numbers from {minimum} to {maximum} with commas between them, such as {example}; found '{text}'.");
            }

            return values;
        },
    };

    public static Option<double?> Number(string name, double minimum, double maximum, string description) => new(name)
    {
        HelpName = "X",
        Description = description,
        CustomParser = argument => double.TryParse(argument.Tokens[0].Value, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && value >= minimum && value <= maximum
            ? value
            : Refuse<double?>(argument, string.Create(CultureInfo.InvariantCulture, $"{name} takes a number from {minimum} to {maximum}; found '{argument.Tokens[0].Value}'.")),
    };

    /// <summary>Some of a few names, with commas between them.</summary>
    public static Option<string[]?> Choices(string name, IReadOnlyList<string> allowed, string description) => new(name)
    {
        HelpName = "A,B,...",
        Description = description,
        Arity = ArgumentArity.ExactlyOne,
        CustomParser = argument =>
        {
            string[] names = argument.Tokens[0].Value.Split(',', StringSplitOptions.TrimEntries);
            return names.FirstOrDefault(given => !allowed.Contains(given)) is string unknown
                ? Refuse<string[]>(argument, $"{name} takes names of {string.Join(", ", allowed)}, with commas between them; found '{unknown}'.")
                : [.. names.Distinct()];
        },
    };

    private static T? Refuse<T>(ArgumentResult argument, string message)
    {
        argument.AddError(message);
        return default;
    }

    private static bool TryParse(string text, int minimum, int maximum, out int value)
        => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value) && value >= minimum && value <= maximum;
}
