using Samples;

namespace PaperExperiments.Uci;

/// <summary>
/// A folder of data folders, laid out as Gal's and Hernández-Lobato's: <c>data.txt</c> (a row per line), <c>index_features.txt</c> and
/// <c>index_target.txt</c> (columns, from 0), <c>n_splits.txt</c>, and for each split k from 0 <c>index_train_k.txt</c> and
/// <c>index_test_k.txt</c> (rows, from 0). There may be <c>n_hidden.txt</c>, and results to compare with, a line per split:
/// <c>test_ll_*.txt</c> and <c>test_MC_rmse_*.txt</c>.
/// </summary>
internal static class UciFolder
{
    private const int MaximumSplits = 100_000;

    /// <param name="folder">The folder of folders.</param>
    /// <param name="names">Those to read; null for all.</param>
    /// <exception cref="IOException">A folder or file is missing.</exception>
    /// <exception cref="InvalidDataException">A file is not as expected; the message names file and line.</exception>
    public static IReadOnlyList<RegressionSet> Read(string folder, IReadOnlyList<string>? names)
    {
        if (!Directory.Exists(folder))
            throw new DirectoryNotFoundException($"The data folder '{folder}' does not exist.");
        string[] found = [.. Directory.GetDirectories(folder).Select(path => Path.GetFileName(path)).Where(name => !name.StartsWith('.')).Order(StringComparer.Ordinal)];
        if (found.Length == 0)
            throw new DirectoryNotFoundException($"The data folder '{folder}' has no folders in it: expected one for each data set, with data.txt.");
        if (names?.FirstOrDefault(name => !found.Contains(name)) is string unknown)
            throw new DirectoryNotFoundException($"The data folder '{folder}' has no set '{unknown}'; it has {string.Join(", ", found)}.");
        return [.. (names ?? found).Select(name => ReadSet(Path.Combine(folder, name), name))];
    }

    private static RegressionSet ReadSet(string folder, string name)
    {
        float[][] table = NumberFile.ReadTable(In("data.txt"));
        int[] features = NumberFile.ReadWholeNumbers(In("index_features.txt"), 0, table[0].Length - 1, "a column");
        int target = NumberFile.ReadWholeNumber(In("index_target.txt"), 0, table[0].Length - 1, "a column");
        if (Array.IndexOf(features, target) is int place and >= 0)
            throw NumberFile.Unexpected(In("index_features.txt"), place + 1, $"a column other than that of the target", $"{target}");
        int splits = NumberFile.ReadWholeNumber(In("n_splits.txt"), 1, MaximumSplits, "a number of splits");
        return new()
        {
            Name = name,
            Rows = [.. table.Select(row => new RegressionRow { Features = [.. features.Select(column => row[column])], Label = row[target] })],
            Splits = [.. Enumerable.Range(0, splits).Select(split => ReadSplit(In($"index_train_{split}.txt"), In($"index_test_{split}.txt"), table.Length))],
            HiddenUnits = File.Exists(In("n_hidden.txt")) ? NumberFile.ReadWholeNumber(In("n_hidden.txt"), 1, OptionValues.MaximumUnits, "a number of units") : null,
            ReferenceLogLikelihoods = ReadReference(folder, "test_ll_*.txt", splits),
            ReferenceErrors = ReadReference(folder, "test_MC_rmse_*.txt", splits),
        };

        string In(string file) => Path.Combine(folder, file);
    }

    private static RegressionSplit ReadSplit(string trainFile, string testFile, int rows)
    {
        int[] train = NumberFile.ReadWholeNumbers(trainFile, 0, rows - 1, "a row");
        int[] test = NumberFile.ReadWholeNumbers(testFile, 0, rows - 1, "a row");
        HashSet<int> known = [.. train];
        int place = Array.FindIndex(test, known.Contains);
        return place < 0 ? new(train, test) : throw NumberFile.Unexpected(testFile, place + 1, $"a row that is not in '{Path.GetFileName(trainFile)}'", $"{test[place]}");
    }

    private static double[]? ReadReference(string folder, string pattern, int splits)
    {
        string[] files = Directory.GetFiles(folder, pattern);
        return files.Length switch
        {
            0 => null,
            1 => NumberFile.ReadNumbers(files[0], splits),
            _ => throw new InvalidDataException($"'{folder}': expected one file '{pattern}' at most, found {files.Length}: {string.Join(", ", files.Select(Path.GetFileName).Order(StringComparer.Ordinal))}."),
        };
    }
}
