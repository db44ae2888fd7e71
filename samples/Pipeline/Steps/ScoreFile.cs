using System.Globalization;

namespace Pipeline.Steps;

/// <summary>What <c>score</c> writes: CSV with a line for each row, every digit of each number.</summary>
internal static class ScoreFile
{
    private const string Header = "probability,entropy,answer,answers in the set";

    public static void Write(Stream stream, IEnumerable<ScoredRow> rows)
    {
        using var writer = new StreamWriter(stream, leaveOpen: true) { NewLine = "\n" };
        writer.WriteLine(Header);
        foreach (ScoredRow row in rows)
            writer.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{row.Probability:R},{row.ScorePredictiveEntropy:R},{(row.PredictedLabel ? 1 : 0)},{row.PredictionSetSize}"));
    }

    public static IReadOnlyList<ScoredRow> Read(string path) => [.. File.ReadLines(path).Skip(1).Select(line =>
    {
        string[] fields = line.Split(',');
        return new ScoredRow
        {
            Probability = float.Parse(fields[0], CultureInfo.InvariantCulture),
            ScorePredictiveEntropy = float.Parse(fields[1], CultureInfo.InvariantCulture),
            PredictedLabel = fields[2] == "1",
            PredictionSetSize = int.Parse(fields[3], CultureInfo.InvariantCulture),
        };
    })];
}
