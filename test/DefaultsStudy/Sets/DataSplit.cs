namespace Microsoft.ML.Trainers.VariationalDropout.DefaultsStudy.Sets;

/// <summary>What is trained on, and what is tested on.</summary>
/// <param name="Train">Rows to train on.</param>
/// <param name="Test">Rows to test on.</param>
/// <param name="Classes">Number of classes; 0 in a regression.</param>
/// <param name="Reference">
/// A figure to compare with, in nats per test row: log-likelihood in a regression, log-loss in a classification. Somebody else's that lies
/// beside the data, or, where the program made the data, that of the truth. Null where there is none.
/// </param>
internal sealed record DataSplit(IReadOnlyList<Example> Train, IReadOnlyList<Example> Test, int Classes, double? Reference = null)
{
    public int FeatureCount => Train[0].Features.Length;
}
