using System.Globalization;
using System.Text.RegularExpressions;

namespace ModelComparison.Data;

/// <summary>
/// Numbers as files have them: with a decimal point, or where the user says so with a decimal comma. Which it is cannot be told from a file: 1,234 is
/// a little more than one here, and more than a thousand there.
/// </summary>
internal static partial class WrittenNumber
{
    private static readonly NumberFormatInfo WithComma = new() { NumberDecimalSeparator = ",", NumberGroupSeparator = "." };

    /// <summary>A finite number of single precision; NaN for anything else, and for one with something between its thousands.</summary>
    public static float Parse(string cell, bool decimalComma)
        => float.TryParse(cell, NumberStyles.Float, decimalComma ? WithComma : CultureInfo.InvariantCulture, out float number) && float.IsFinite(number) ? number : float.NaN;

    /// <summary>Whether somebody else would read it as a number: one with the other decimal sign, or with signs between its thousands.</summary>
    public static bool IsOtherwise(string cell, bool decimalComma) => cell.Contains(decimalComma ? '.' : ',', StringComparison.Ordinal) && AnyNumber().IsMatch(cell);

    /// <summary>How numbers are written, and what to do where one is written otherwise (<see cref="IsOtherwise"/>); without the full stop.</summary>
    public static string Rule(string cell, bool decimalComma)
    {
        // A number has one decimal sign at most: of several signs, those before the last stand between thousands.
        bool hasThousands = cell.Count(character => character is '.' or ',') > 1;
        bool hasOtherDecimalSign = cell.Contains(',', StringComparison.Ordinal) && cell.Contains('.', StringComparison.Ordinal)
            && (cell.LastIndexOf(',') > cell.LastIndexOf('.')) != decimalComma;
        return (hasThousands, decimalComma) switch
        {
            (true, true) => "With --decimal-comma numbers have a decimal comma; thousands separators are not allowed: remove them"
                + (hasOtherDecimalSign ? ", and leave the option out if the file has decimal points" : ""),
            (true, false) => "Numbers have a decimal point; thousands separators are not allowed: remove them"
                + (hasOtherDecimalSign ? ", and say --decimal-comma if the file has decimal commas" : ""),
            (false, true) => "With --decimal-comma numbers have a decimal comma and nothing between thousands: correct it, or leave the option out if the file has decimal points",
            (false, false) => "Numbers have a decimal point and nothing between thousands: correct it, or say --decimal-comma if the file has decimal commas",
        };
    }

    [GeneratedRegex(@"^[+-]?(?=[.,]?\d)(\d{1,3}([.,])\d{3}(\2\d{3})*|\d*)([.,]\d+)?([eE][+-]?\d+)?$", RegexOptions.CultureInvariant)]
    private static partial Regex AnyNumber();
}
