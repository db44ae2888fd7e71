namespace Pipeline.Steps;

/// <summary>The model answers what it is sure of; rows of an entropy above the threshold go to a human.</summary>
/// <param name="Answered">The share of the rows that was answered.</param>
/// <param name="AnsweredAccuracy">The accuracy of the model on them; NaN where there are none.</param>
/// <param name="ReferredAccuracy">What it would have been on the rows that went to a human; NaN where there are none.</param>
internal sealed record Triage(double Answered, double AnsweredAccuracy, double ReferredAccuracy)
{
    /// <summary>What goes to a human here.</summary>
    public const double ReferredShare = 0.1;

    /// <summary>The entropy, in nats, above which that share of the rows lies: found on calibration rows, and then set.</summary>
    public static float Threshold(IReadOnlyList<ScoredRow> rows, double referredShare = ReferredShare)
    {
        float[] entropies = [.. rows.Select(row => row.ScorePredictiveEntropy).Order()];
        return entropies[Math.Max(entropies.Length - (int)Math.Ceiling(referredShare * entropies.Length) - 1, 0)];
    }

    public static Triage Of(IReadOnlyList<ScoredRow> rows, float threshold)
    {
        ILookup<bool, ScoredRow> byCertainty = rows.ToLookup(row => row.ScorePredictiveEntropy <= threshold);
        return new((double)byCertainty[true].Count() / rows.Count, Accuracy(byCertainty[true]), Accuracy(byCertainty[false]));
    }

    private static double Accuracy(IEnumerable<ScoredRow> rows) => rows.Select(row => row.IsCorrect ? 1.0 : 0).DefaultIfEmpty(double.NaN).Average();
}
