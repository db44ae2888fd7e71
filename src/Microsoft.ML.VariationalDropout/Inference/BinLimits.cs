namespace Microsoft.ML.Trainers.VariationalDropout.Inference;

/// <summary>Which features are cut into bins, and into how many.</summary>
/// <param name="MostBins">Bins of a feature, 2 or more.</param>
/// <param name="FewestBins">Where all features together leave room for fewer, none is cut.</param>
/// <param name="MostInputs">Inputs in all, features and bins.</param>
/// <param name="RowsPerValue">A feature is cut where a value has as many rows on average, 1 or more.</param>
internal sealed record BinLimits(int MostBins, int FewestBins, long MostInputs, int RowsPerValue);
