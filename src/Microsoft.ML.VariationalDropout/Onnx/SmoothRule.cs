using Microsoft.ML.Trainers.VariationalDropout.Numerics;

namespace Microsoft.ML.Trainers.VariationalDropout;

/// <summary>How finely <see cref="SmoothMoments"/> sums.</summary>
/// <param name="Hermite">The nodes below <see cref="GaussianGrid.LeastDeviation"/>.</param>
/// <param name="Step">Distance of the grid's nodes above it.</param>
/// <param name="Half">How many nodes the grid has on either side of 0.</param>
internal sealed record SmoothRule(GaussHermiteRule Hermite, double Step, int Half)
{
    /// <summary>For outputs, one to a row: errors below 1e-7.</summary>
    public static SmoothRule Output { get; } = new(GaussHermiteRule.Twenty, 0.5, 40);

    /// <summary>
    /// For hidden units: errors of a deviation of 1e-5 or less, of a mean 2e-5 (SiLU; the others 2e-6). What is left of GELU falls as e^(−x²/2), but is less smooth.
    /// </summary>
    public static SmoothRule For(Activation activation)
        => activation == Activation.Gelu ? new SmoothRule(GaussHermiteRule.Ten, 0.5, 12) : new SmoothRule(GaussHermiteRule.Ten, 0.75, 16);

    /// <summary>x_j, [nodes].</summary>
    public double[] Grid() => [.. Enumerable.Range(-Half, (2 * Half) + 1).Select(j => j * Step)];
}
