namespace Samples;

/// <summary>Two figures that ML.NET's evaluators do not give.</summary>
internal static class Metrics
{
    public const int CalibrationBins = 15;

    /// <summary>
    /// Expected calibration error of Naeini et al. (2015): rows are put into 15 bins of equal width by their top probability; the result
    /// is the mean over the rows of the distance, in each row's bin, between mean top probability and share of correct answers.
    /// </summary>
    /// <returns>0 to 1; 0 is perfect calibration.</returns>
    /// <exception cref="ArgumentException">There are no rows.</exception>
    public static double ExpectedCalibrationError(IReadOnlyCollection<(double Confidence, bool IsCorrect)> rows)
    {
        if (rows.Count == 0)
            throw new ArgumentException("The calibration error needs at least one row.", nameof(rows));

        // Σ over bins of (bin's rows ÷ rows) · |confidence − accuracy| = Σ |Σ (confidence − correct)| ÷ rows.
        double[] gaps = new double[CalibrationBins];
        foreach ((double confidence, bool isCorrect) in rows)
        {
            // Bins are open on the left, as in the literature: (0, 1/15], …, (14/15, 1].
            int bin = Math.Clamp((int)Math.Ceiling(confidence * CalibrationBins) - 1, 0, CalibrationBins - 1);
            gaps[bin] += confidence - (isCorrect ? 1 : 0);
        }

        return gaps.Sum(Math.Abs) / rows.Count;
    }

    /// <summary>
    /// Area under the ROC curve: the probability that a positive's score is above a negative's, ties counted half (Mann–Whitney).
    /// </summary>
    /// <returns>0 to 1; null when there are no positives or no negatives.</returns>
    public static double? AreaUnderRocCurve(IReadOnlyCollection<float> positives, IReadOnlyCollection<float> negatives)
    {
        if (positives.Count == 0 || negatives.Count == 0)
            return null;

        (float Score, bool IsPositive)[] ranked = [.. positives.Select(score => (score, true)).Concat(negatives.Select(score => (score, false))).OrderBy(row => row.Item1)];
        double positiveRanks = 0;
        for (int first = 0; first < ranked.Length;)
        {
            int end = first;
            int positivesInTie = 0;
            while (end < ranked.Length && ranked[end].Score.Equals(ranked[first].Score))
                positivesInTie += ranked[end++].IsPositive ? 1 : 0;

            // Ranks first + 1 … end share their mean.
            positiveRanks += positivesInTie * (first + 1 + end) / 2.0;
            first = end;
        }

        double pairsWon = positiveRanks - (positives.Count * (positives.Count + 1.0) / 2);
        return pairsWon / ((double)positives.Count * negatives.Count);
    }
}
