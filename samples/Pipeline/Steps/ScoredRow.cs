using Microsoft.ML;

namespace Pipeline.Steps;

/// <summary>What is read of a scored row.</summary>
internal sealed class ScoredRow
{
    public bool Label { get; set; }

    public bool PredictedLabel { get; set; }

    /// <summary>Of an income over 50,000.</summary>
    public float Probability { get; set; }

    /// <summary>All the doubt there is, in nats: 0 for a sure answer, 0.69 for a coin.</summary>
    public float ScorePredictiveEntropy { get; set; }

    /// <summary>How many answers cannot be excluded: 1 is an answer, 2 and 0 are none.</summary>
    public int PredictionSetSize { get; set; }

    public bool IsCorrect => PredictedLabel == Label;

    public static ScoredRow[] Read(MLContext mlContext, IDataView scored) => [.. mlContext.Data.CreateEnumerable<ScoredRow>(scored, reuseRowObject: false)];

    /// <summary>How far the probabilities of two scorers of the same rows are apart.</summary>
    public static double LargestDifference(IReadOnlyList<ScoredRow> rows, IReadOnlyList<ScoredRow> others)
        => rows.Count == others.Count
            ? rows.Zip(others, (row, other) => Math.Abs((double)row.Probability - other.Probability)).Max()
            : throw new ArgumentException($"{rows.Count} rows cannot be compared with {others.Count}.", nameof(others));
}
