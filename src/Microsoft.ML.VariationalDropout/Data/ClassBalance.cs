namespace Microsoft.ML.Trainers.VariationalDropout.Data;

/// <summary>Weights rows so that every class that has rows weighs the same.</summary>
internal static class ClassBalance
{
    /// <summary>
    /// w_i becomes w_i · (Σ w) / (K · Σ_{class of i} w), K the number of classes with rows: the sum of all weights, and with it the weight of
    /// the likelihood against the prior, stays what it was.
    /// </summary>
    public static void Apply(TrainingSet set)
    {
        var weights = new Dictionary<float, double>();
        for (int row = 0; row < set.RowCount; row++)
            weights[set.Label(row)] = weights.GetValueOrDefault(set.Label(row)) + set.Weight(row);

        double share = weights.Values.Sum() / weights.Count;
        for (int row = 0; row < set.RowCount; row++)
            set.SetWeight(row, (float)(set.Weight(row) * share / weights[set.Label(row)]));
    }
}
