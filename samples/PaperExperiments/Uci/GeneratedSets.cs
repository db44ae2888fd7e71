using System.Globalization;

namespace PaperExperiments.Uci;

/// <summary>
/// Small regression sets, for a machine without data. They are written as a folder and read as any other. The reference that lies beside
/// them is the truth: the log-density of the test labels under the distribution that made them, and the error of its mean.
/// </summary>
internal static class GeneratedSets
{
    private const int Splits = 5;

    /// <summary>A set: its features are uniform on [0, 1), its label is Gaussian around a mean, with a standard deviation that may differ from row to row.</summary>
    private sealed record Recipe(string Name, int Rows, int Features, Func<double[], double> Mean, Func<double[], double> Deviation);

    private static readonly Recipe[] Recipes =
    [
        new("made-linear", 200, 3, x => 10 + (4 * x[0]) - (2 * x[1]), _ => 0.5),
        new("made-friedman", 400, 8, x => (10 * Math.Sin(Math.PI * x[0] * x[1])) + (20 * (x[2] - 0.5) * (x[2] - 0.5)) + (10 * x[3]) + (5 * x[4]), _ => 1),
        new("made-uneven-noise", 600, 2, x => 100 * x[0] * x[0], x => 1 + (9 * x[1])),
    ];

    /// <summary>Writes the sets to a temporary folder, reads them and deletes it.</summary>
    public static IReadOnlyList<RegressionSet> ReadAsFolder(IReadOnlyList<string>? names)
    {
        string folder = Path.Combine(Path.GetTempPath(), $"regression-sets-{Guid.NewGuid():N}");
        try
        {
            Write(folder);
            return UciFolder.Read(folder, names);
        }
        finally
        {
            if (Directory.Exists(folder))
                Directory.Delete(folder, recursive: true);
        }
    }

    public static void Write(string folder)
    {
        for (int i = 0; i < Recipes.Length; i++)
            Write(Recipes[i], Path.Combine(folder, Recipes[i].Name), new Random(i));
    }

    private static void Write(Recipe recipe, string folder, Random random)
    {
        Directory.CreateDirectory(folder);
        double[][] features = [.. Enumerable.Range(0, recipe.Rows).Select(_ => Enumerable.Range(0, recipe.Features).Select(_ => random.NextDouble()).ToArray())];
        double[] labels = [.. features.Select(x => recipe.Mean(x) + (recipe.Deviation(x) * Gaussian(random)))];
        WriteLines("data.txt", features.Select((x, row) => string.Join(' ', x.Append(labels[row]).Select(Number))));
        WriteLines("index_features.txt", Enumerable.Range(0, recipe.Features).Select(column => $"{column}"));
        WriteLines("index_target.txt", [$"{recipe.Features}"]);
        WriteLines("n_splits.txt", [$"{Splits}"]);

        List<string> logLikelihoods = [], errors = [];
        for (int split = 0; split < Splits; split++)
        {
            int[] order = [.. Enumerable.Range(0, recipe.Rows)];
            random.Shuffle(order);
            int[] test = order[..(recipe.Rows / 10)];
            WriteLines($"index_test_{split}.txt", test.Select(row => $"{row}"));
            WriteLines($"index_train_{split}.txt", order[test.Length..].Select(row => $"{row}"));
            logLikelihoods.Add(Number(test.Average(row => LogDensity(labels[row], recipe.Mean(features[row]), recipe.Deviation(features[row])))));
            errors.Add(Number(Math.Sqrt(test.Average(row => Math.Pow(labels[row] - recipe.Mean(features[row]), 2)))));
        }

        WriteLines("test_ll_truth.txt", logLikelihoods);
        WriteLines("test_MC_rmse_truth.txt", errors);

        void WriteLines(string file, IEnumerable<string> lines) => File.WriteAllLines(Path.Combine(folder, file), lines);
    }

    private static double LogDensity(double value, double mean, double deviation)
        => -0.5 * (Math.Log(2 * Math.PI * deviation * deviation) + (((value - mean) / deviation) * ((value - mean) / deviation)));

    /// <summary>Box and Muller's transformation.</summary>
    private static double Gaussian(Random random) => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());

    private static string Number(double value) => value.ToString("R", CultureInfo.InvariantCulture);
}
