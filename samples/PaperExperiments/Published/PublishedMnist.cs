namespace PaperExperiments.Published;

/// <summary>Figure 1a of the paper: test error of networks of three hidden layers, by method and units. None of these numbers is ours.</summary>
internal static class PublishedMnist
{
    public const string Source = "Published: Kingma, Salimans and Welling 2015, figure 1a, mean of 5 runs, read off the curves (± 0.005 points).";

    public static readonly IReadOnlyList<int> Units = [100, 250, 500, 750, 1000, 1250];

    private static readonly Dictionary<string, double[]> Errors = new()
    {
        ["none"] = [1.44, 1.30, 1.21, 1.175, 1.18, 1.175],
        ["binary"] = [2.17, 1.39, 1.22, 1.105, 1.02, 1.06],
        ["gaussian-correlated"] = [2.40, 1.43, 1.18, 1.10, 1.03, 0.98],
        ["gaussian-independent"] = [2.01, 1.46, 1.27, 1.26, 1.19, 1.27],
        ["A"] = [1.42, 1.26, 1.12, 1.06, 1.02, 1.00],
        ["A2"] = [1.51, 1.21, 1.065, 0.946, 0.946, 0.93],
        ["B"] = [1.58, 1.37, 1.29, 1.22, 1.17, 1.21],
    };

    /// <summary>Percent of the test rows, for each of <see cref="Units"/>.</summary>
    public static IReadOnlyList<double> Curve(string method) => Errors[method];

    /// <summary>Percent of the test rows; null where nothing was published.</summary>
    public static double? Error(string method, int units)
    {
        for (int i = 0; i < Units.Count; i++)
        {
            if (Units[i] == units)
                return Errors[method][i];
        }

        return null;
    }
}
