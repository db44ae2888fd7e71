using Microsoft.ML.Trainers.VariationalDropout;

namespace PaperExperiments.Mnist;

/// <summary>A method of figure 1a.</summary>
/// <param name="Name">On the command line and in the table.</param>
/// <param name="Posterior">The noise.</param>
/// <param name="KullbackLeiblerScale">The weight of the divergence; 1 where there is none.</param>
/// <param name="Description">What it is.</param>
/// <param name="Color">Which of <see cref="Samples.ReportStyle.Series"/> it has in the picture.</param>
internal sealed record MnistMethod(string Name, WeightPosterior Posterior, double KullbackLeiblerScale, string Description, int Color)
{
    public static readonly IReadOnlyList<MnistMethod> All =
    [
        new("none", WeightPosterior.None, 1, "no dropout", 4),
        new("binary", WeightPosterior.BinaryDropout, 1, "binary dropout", 6),
        new("gaussian-correlated", WeightPosterior.FixedGaussianDropout, 1, "Gaussian dropout, correlated noise", 1),
        new("gaussian-independent", WeightPosterior.FixedIndependentGaussianDropout, 1, "Gaussian dropout, independent noise", 3),
        new("A", WeightPosterior.CorrelatedWeightNoise, 1, "variational dropout, correlated noise", 5),
        new("A2", WeightPosterior.CorrelatedWeightNoise, 1.0 / 3, "the same, divergence × 1/3", 0),
        new("B", WeightPosterior.IndependentWeightNoise, 1, "variational dropout, independent noise", 2),
    ];

    /// <summary>Whether rates are learned: one for each input unit of a layer, under the log-uniform prior.</summary>
    public bool IsLearned => Posterior is WeightPosterior.CorrelatedWeightNoise or WeightPosterior.IndependentWeightNoise;

    /// <summary>Learned rates, and the given rates that they must not do worse than.</summary>
    public static readonly IReadOnlyList<(string Learned, string Given)> Pairs = [("A", "gaussian-correlated"), ("B", "gaussian-independent")];
}
