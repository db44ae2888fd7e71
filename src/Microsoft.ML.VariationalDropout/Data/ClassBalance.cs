namespace Microsoft.ML.Trainers.VariationalDropout.Data;

/// <summary>Weighs rows so that every class that has rows weighs the same.</summary>
internal static class ClassBalance
{
    /// <summary>
    /// w_i becomes w_i · (Σ w) / (K · Σ_{class of i} w), K the number of classes with rows: the sum of all weights, and with it the weight of
    /// the likelihood against the prior, stays what it was. The sums are over the rows that are trained on; those that <paramref name="split"/>
    /// keeps aside get their class's factor, and keep their weight where it has none.
    /// </summary>
    public static void Apply(TrainingSet set, RowSplit split)
    {
        var weights = new Dictionary<float, double>();
        foreach (var (first, end) in set.Runs())
        {
            for (int row = first; row < end; row++)
            {
                if (!split.IsKept(row))
                    weights[set.Label(row)] = weights.GetValueOrDefault(set.Label(row)) + set.Weight(row);
            }
        }

        double share = weights.Values.Sum() / weights.Count;
        set.Reweigh((label, weight) => (float)(weight * share / weights.GetValueOrDefault(label, share)));
    }
}
