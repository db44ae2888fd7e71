namespace PaperExperiments.Published;

/// <summary>Published results of regression on the standard splits, one hidden layer of 50 units (protein 100). None of these numbers is ours.</summary>
internal static class PublishedUci
{
    public const string Source =
        "Published figures, as printed: VI (Graves) and PBP: Hernández-Lobato and Adams 2015; MC dropout: Gal and Ghahramani 2016; Deep Ensembles: Lakshminarayanan et al. 2017; MC tuned: Mukhoti et al. 2018; MCVI and DVI: Wu et al. 2019, on 90/10 splits of their own.";

    /// <summary>The methods, in the order of the figures below.</summary>
    public static readonly IReadOnlyList<string> Methods = ["VI", "PBP", "MC dropout", "Deep Ensembles", "MC tuned", "MCVI", "DVI"];

    private static readonly double?[] Unpublished = new double?[7];

    private static readonly Dictionary<string, double?[]> LogLikelihoods = new(StringComparer.OrdinalIgnoreCase)
    {
        ["bostonHousing"] = [-2.90, -2.57, -2.46, -2.41, -2.40, -2.46, -2.41],
        ["concrete"] = [-3.39, -3.16, -3.04, -3.06, -2.93, -3.07, -3.06],
        ["energy"] = [-2.39, -2.04, -1.99, -1.38, -1.21, -1.03, -1.01],
        ["wine-quality-red"] = [-0.98, -0.97, -0.93, -0.94, -0.93, -0.92, -0.90],
        ["yacht"] = [-3.43, -1.63, -1.55, -1.18, -1.25, -0.68, -0.47],
    };

    private static readonly Dictionary<string, double?[]> RootMeanSquaredErrors = new(StringComparer.OrdinalIgnoreCase)
    {
        ["bostonHousing"] = [4.32, 3.01, 2.97, 3.28, 2.90, null, null],
        ["concrete"] = [7.19, 5.67, 5.23, 6.03, 4.82, null, null],
        ["energy"] = [2.65, 1.80, 1.66, 2.09, 0.54, null, null],
        ["wine-quality-red"] = [0.65, 0.64, 0.62, 0.64, 0.62, null, null],
        ["yacht"] = [6.89, 1.02, 1.11, 1.58, 0.67, null, null],
    };

    /// <summary>Mean test log-likelihood in nats per row, for each of <see cref="Methods"/>; null where nothing is published.</summary>
    public static IReadOnlyList<double?> LogLikelihood(string set) => LogLikelihoods.GetValueOrDefault(set, Unpublished);

    /// <summary>Root of the mean squared error in the label's unit, for each of <see cref="Methods"/>; null where nothing is published.</summary>
    public static IReadOnlyList<double?> RootMeanSquaredError(string set) => RootMeanSquaredErrors.GetValueOrDefault(set, Unpublished);
}
