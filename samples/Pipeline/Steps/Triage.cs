namespace Pipeline.Steps;

/// <summary>The model answers what it is sure of; the rows with the greatest entropy go to a human.</summary>
/// <param name="Threshold">The greatest entropy of a row that was answered, in nats: what a service would be set to.</param>
/// <param name="Answered">The share of the rows that was answered.</param>
/// <param name="AnsweredAccuracy">The accuracy of the model on them.</param>
/// <param name="ReferredAccuracy">What it would have been on the rows that went to a human.</param>
internal sealed record Triage(double Threshold, double Answered, double AnsweredAccuracy, double ReferredAccuracy)
{
    /// <summary>What goes to a human here.</summary>
    public const double ReferredShare = 0.1;

    /// <param name="rows">Scored rows with labels.</param>
    /// <param name="referredShare">The share that goes to a human, 0 to 1.</param>
    public static Triage Of(IReadOnlyList<ScoredRow> rows, double referredShare)
    {
        ScoredRow[] surestFirst = [.. rows.OrderBy(row => row.ScorePredictiveEntropy)];
        int answered = surestFirst.Length - (int)Math.Ceiling(referredShare * surestFirst.Length);
        return new(
            surestFirst[answered - 1].ScorePredictiveEntropy,
            (double)answered / surestFirst.Length,
            surestFirst.Take(answered).Average(row => row.IsCorrect ? 1.0 : 0),
            surestFirst.Skip(answered).Select(row => row.IsCorrect ? 1.0 : 0).DefaultIfEmpty(double.NaN).Average());
    }
}
