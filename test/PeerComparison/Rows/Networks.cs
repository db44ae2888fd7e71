namespace Microsoft.ML.Trainers.VariationalDropout.PeerComparison.Rows;

/// <summary>The three networks that everything is measured on, as units from the inputs to the outputs.</summary>
internal static class Networks
{
    /// <summary>The paper's, for images.</summary>
    public static readonly int[] Wide = [784, 1200, 1200, 1200, 10];

    /// <summary>One for tables.</summary>
    public static readonly int[] Middle = [64, 100, 100, 10];

    /// <summary>One of the regressions that Bayesian networks are compared on.</summary>
    public static readonly int[] Narrow = [13, 50, 1];

    public static string Name(int[] shape) => string.Join('-', shape);
}
