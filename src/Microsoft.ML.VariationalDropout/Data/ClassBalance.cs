namespace Microsoft.ML.Trainers.VariationalDropout.Data;

/// <summary>Weights rows so that every class that has rows weighs the same.</summary>
internal static class ClassBalance
{
    /// <summary>
    /// w_i becomes w_i · (Σ w) / (K · Σ_{class of i} w), K the number of classes with rows: the sum of all weights, and with it the weight of
    /// the likelihood against the prior, stays what it was. The sums are over <paramref name="rows"/>, those that are trained on; the others of
    /// the set get their class's factor, and keep their weight where it has none.
    /// </summary>
    public static void Apply(TrainingSet set, ReadOnlySpan<int> rows)
    {
        var weights = new Dictionary<float, double>();
        foreach (int row in rows)
            weights[set.Label(row)] = weights.GetValueOrDefault(set.Label(row)) + set.Weight(row);

        double share = weights.Values.Sum() / weights.Count;
        for (int row = 0; row < set.RowCount; row++)
            set.SetWeight(row, (float)(set.Weight(row) * share / weights.GetValueOrDefault(set.Label(row), share)));
    }
}
