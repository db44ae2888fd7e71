using System.Globalization;

namespace PaperExperiments.Uci;

/// <summary>Text files of numbers, with messages that name file and line.</summary>
internal static class NumberFile
{
    /// <summary>The numbers of each line that is not empty; every line has as many.</summary>
    /// <exception cref="InvalidDataException">The file is not such a table.</exception>
    public static float[][] ReadTable(string path)
    {
        List<float[]> rows = [];
        int firstLine = 0;
        foreach ((int line, string text) in Lines(path, "one row of numbers per line"))
        {
            string[] parts = text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            if (rows.Count == 0)
                firstLine = line;
            else if (parts.Length != rows[0].Length)
                throw Unexpected(path, line, $"{rows[0].Length} numbers, as in line {firstLine}", $"{parts.Length}");
            rows.Add([.. parts.Select(part => (float)ParseNumber(path, line, part))]);
        }

        return rows.Count > 0 ? [.. rows] : throw Unexpected(path, 1, "a row of numbers", "an empty file");
    }

    /// <summary>A number per line.</summary>
    /// <exception cref="InvalidDataException">The file is not such a list, or has too few numbers.</exception>
    public static double[] ReadNumbers(string path, int minimumCount)
    {
        double[] numbers = [.. Lines(path, "a number per line").Select(entry => ParseNumber(path, entry.Line, entry.Text))];
        return numbers.Length >= minimumCount ? numbers : throw Unexpected(path, numbers.Length + 1, $"a number for each of {minimumCount} splits", "the end of the file");
    }

    /// <summary>A whole number per line, also such as 3.0e+00.</summary>
    /// <exception cref="InvalidDataException">The file is not such a list, or a number is out of range.</exception>
    public static int[] ReadWholeNumbers(string path, int minimum, int maximum, string what)
    {
        List<int> numbers = [];
        foreach ((int line, string text) in Lines(path, $"{what} per line"))
        {
            double number = ParseNumber(path, line, text);
            if (number != Math.Floor(number) || number < minimum || number > maximum)
                throw Unexpected(path, line, $"{what} from {minimum} to {maximum}", text);
            numbers.Add((int)number);
        }

        return numbers.Count > 0 ? [.. numbers] : throw Unexpected(path, 1, $"{what} from {minimum} to {maximum}", "an empty file");
    }

    /// <summary>The only number of a file.</summary>
    /// <exception cref="InvalidDataException">There is not exactly one, or it is out of range.</exception>
    public static int ReadWholeNumber(string path, int minimum, int maximum, string what)
    {
        int[] numbers = ReadWholeNumbers(path, minimum, maximum, what);
        return numbers.Length == 1 ? numbers[0] : throw Unexpected(path, 2, "the end of the file", "another number");
    }

    public static InvalidDataException Unexpected(string path, int line, string expected, string found)
        => new($"'{path}', line {line}: expected {expected}, found {found}.");

    private static double ParseNumber(string path, int line, string text)
        => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) && double.IsFinite(number)
            ? number
            : throw Unexpected(path, line, "a number", $"'{text}'");

    private static IEnumerable<(int Line, string Text)> Lines(string path, string expected)
    {
        if (!File.Exists(path))
            throw new FileNotFoundException($"'{path}' is missing: expected a file with {expected}.");
        return File.ReadLines(path).Select((text, index) => (index + 1, text.Trim())).Where(line => line.Item2.Length > 0);
    }
}
