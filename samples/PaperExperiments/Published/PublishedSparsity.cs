namespace PaperExperiments.Published;

/// <summary>Published results of sparse LeNet-300-100 networks on MNIST. None of these numbers is ours.</summary>
internal static class PublishedSparsity
{
    public const string Source = "Published: Molchanov, Ashukha and Vetrov 2017, table 1.";

    /// <param name="Method">What was done.</param>
    /// <param name="ErrorPercent">Percent of the test rows.</param>
    /// <param name="LayerSparsity">Percent of each layer's weights that were removed, as printed; null where it was not.</param>
    /// <param name="Compression">Weights ÷ weights that are left.</param>
    public sealed record Row(string Method, double ErrorPercent, string? LayerSparsity, double Compression);

    public static readonly IReadOnlyList<Row> Rows =
    [
        new("original", 1.64, null, 1),
        new("pruning", 1.59, "92.0–91.0–74.0", 12),
        new("dynamic network surgery", 1.99, "98.2–98.2–94.5", 56),
        new("soft weight sharing", 1.94, null, 23),
        new("sparse variational dropout", 1.92, "98.9–97.2–62.0", 68),
    ];
}
