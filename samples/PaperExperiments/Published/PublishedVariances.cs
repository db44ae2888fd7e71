using Microsoft.ML.Trainers.VariationalDropout;

namespace PaperExperiments.Published;

/// <summary>Table 1 of Kingma, Salimans and Welling 2015, and the two times that its section 5.1 gives. None of these numbers is ours.</summary>
internal static class PublishedVariances
{
    public const string Source =
        "Published figures: Kingma, Salimans and Welling, \"Variational Dropout and the Local Reparameterization Trick\", 2015, table 1 (epoch 10 near 3 % test error, epoch 100 near 1.3 %).";

    /// <summary>Seconds an epoch on one graphics card of 2015: with a weight sample for each row, and with local reparameterization.</summary>
    public const double SeparateSeconds = 1635, LocalSeconds = 7.4;

    /// <summary>The test errors, as shares, at which the variances were taken.</summary>
    public static IReadOnlyList<double> TestErrors { get; } = [0.03, 0.013];

    /// <summary>Top layer at the first and the second of <see cref="TestErrors"/>, bottom layer at both.</summary>
    private static readonly Dictionary<GradientEstimator, double[]> Variances = new()
    {
        [GradientEstimator.LocalReparameterization] = [7.8e3, 1.2e3, 1.9e2, 1.1e2],
        [GradientEstimator.SeparateWeightSamples] = [1.4e4, 2.6e3, 4.3e2, 2.5e2],
        [GradientEstimator.SharedWeightSample] = [4.9e4, 4.3e3, 8.5e2, 3.3e2],
        [GradientEstimator.None] = [2.8e3, 5.9e1, 1.3e2, 9.0],
    };

    /// <param name="estimator">The estimator.</param>
    /// <param name="isTop">The top layer, or the bottom layer.</param>
    /// <param name="stage">Which of <see cref="TestErrors"/>.</param>
    public static double Of(GradientEstimator estimator, bool isTop, int stage) => Variances[estimator][(isTop ? 0 : 2) + stage];
}
