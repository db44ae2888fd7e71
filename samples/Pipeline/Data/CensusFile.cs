using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;
using Samples;

namespace Pipeline.Data;

/// <summary>Reads and writes the census as CSV, compressed (.gz) or not.</summary>
internal static class CensusFile
{
    /// <summary>Fewer rows make parts too small for what is measured on them.</summary>
    public const int MinimumRows = 500;

    /// <summary>The file's first line; the label comes last.</summary>
    public static readonly string[] Headers =
    [
        "age", "workclass", "fnlwgt", "education", "education-num", "marital-status", "occupation", "relationship", "ethnicity", "sex",
        "capital-gain", "capital-loss", "hours-per-week", "native-country", "label(IsOver50K)",
    ];

    private static readonly int[] NumberFields = [0, 2, 4, 10, 11, 12];

    /// <summary>Checks the file, then opens it as ML.NET reads text.</summary>
    /// <param name="mlContext">ML.NET.</param>
    /// <param name="path">The file.</param>
    /// <param name="labelled">Whether the label must be there; rows to score may have none.</param>
    /// <exception cref="IOException">There is no such file, or it cannot be read.</exception>
    /// <exception cref="InvalidDataException">A column or value is not as it must be, or the file is not a whole gzip file; the message names file, line and column.</exception>
    public static IDataView Load(MLContext mlContext, string path, bool labelled)
    {
        // ML.NET takes what it cannot read for missing, and a label for false: look first.
        Check(path, labelled);
        TextLoader loader = mlContext.Data.CreateTextLoader<CensusRow>(new TextLoader.Options
        {
            Separators = [','],
            HasHeader = true,
            TrimWhitespace = true,
            MissingRealsAsNaNs = true,
        });

        // Every step reads the rows anew; this keeps them in memory.
        return mlContext.Data.Cache(loader.Load(new Source(path)));
    }

    /// <exception cref="InvalidDataException">There are too few rows, or all have one label.</exception>
    public static void CheckEnough(IDataView rows, string path)
    {
        int count = 0, positives = 0;
        foreach (bool label in rows.GetColumn<bool>(nameof(CensusRow.Label)))
        {
            count++;
            positives += label ? 1 : 0;
        }

        if (count < MinimumRows)
            throw new InvalidDataException($"'{path}' has {count} rows; at least {MinimumRows} are needed to train, calibrate and test.");
        if (positives == 0 || positives == count)
            throw new InvalidDataException($"'{path}': the column '{Headers[^1]}' is {(positives == 0 ? 0 : 1)} in all rows; both 0 and 1 are needed.");
    }

    public static void Write(Stream stream, IEnumerable<CensusRow> rows, bool labelled)
    {
        using var writer = new StreamWriter(stream, leaveOpen: true) { NewLine = "\n" };
        writer.WriteLine(string.Join(',', labelled ? Headers : Headers[..^1]));
        foreach (CensusRow row in rows)
        {
            string features = string.Join(
                ',', Text(row.Age), row.Workclass, Text(row.FinalWeight), row.Education, Text(row.EducationNumber), row.MaritalStatus, row.Occupation, row.Relationship,
                row.Ethnicity, row.Sex, Text(row.CapitalGain), Text(row.CapitalLoss), Text(row.HoursPerWeek), row.NativeCountry);
            writer.WriteLine(!labelled ? features : row.Label ? $"{features},1" : $"{features},0");
        }

        static string Text(float number) => float.IsNaN(number) ? "" : number.ToString("R", CultureInfo.InvariantCulture);
    }

    private static void Check(string path, bool labelled)
    {
        if (!File.Exists(path))
            throw new FileNotFoundException($"There is no file '{path}'.", path);
        using var reader = new StreamReader(DataFile.Open(path));
        string[] headers = Split(reader.ReadLine() ?? "");
        string[] expected = labelled || headers.Length >= Headers.Length ? Headers : Headers[..^1];
        for (int column = 0; column < expected.Length; column++)
        {
            string? found = column < headers.Length ? headers[column] : null;
            if (!string.Equals(found, expected[column], StringComparison.OrdinalIgnoreCase))
                throw new InvalidDataException($"'{path}', column {column + 1}: expected '{expected[column]}', found {(found is null ? "none" : $"'{found}'")}. The columns are {string.Join(", ", expected)}.");
        }

        if (headers.Length > expected.Length)
            throw new InvalidDataException($"'{path}' has {headers.Length} columns; expected {expected.Length}: {string.Join(", ", expected)}.");
        int line = 1;
        while (reader.ReadLine() is string text)
        {
            line++;
            if (!string.IsNullOrWhiteSpace(text))
                CheckRow(Split(text), expected, path, line);
        }
    }

    private static void CheckRow(string[] fields, string[] expected, string path, int line)
    {
        if (fields.Length != expected.Length)
            throw new InvalidDataException($"'{path}', line {line}: {fields.Length} values; expected {expected.Length}.");
        foreach (int column in NumberFields)
        {
            if (fields[column] is not ("" or "?") && !float.TryParse(fields[column], NumberStyles.Float, CultureInfo.InvariantCulture, out _))
                throw new InvalidDataException($"'{path}', line {line}, column '{Headers[column]}': '{fields[column]}' is no number; one that is not known is '?' or left out.");
        }

        if (fields.Length == Headers.Length && fields[^1] is not ("0" or "1"))
            throw new InvalidDataException($"'{path}', line {line}, column '{Headers[^1]}': expected 0 or 1, found '{fields[^1]}'.");
    }

    private static string[] Split(string line) => line.Split(',', StringSplitOptions.TrimEntries);

    /// <summary>What ML.NET's text loader reads from.</summary>
    private sealed class Source(string path) : IMultiStreamSource
    {
        public int Count => 1;

        public string GetPathOrNull(int index) => path;

        public Stream Open(int index) => DataFile.Open(path);

        public TextReader OpenTextReader(int index) => new StreamReader(Open(index));
    }
}
