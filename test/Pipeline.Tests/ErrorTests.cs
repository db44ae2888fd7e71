using Pipeline.Data;
using QuickStart.Tests;

namespace Pipeline.Tests;

/// <summary>What a user can do wrong is one line that says what, and ends with 1; nothing is left behind.</summary>
[TestClass]
public sealed class ErrorTests
{
    private const string Row = "39, State-gov, 77516, Bachelors, 13, Never-married, Adm-clerical, Not-in-family, White, Male, 2174, 0, 40, United-States, 0";

    private static readonly string Header = string.Join(", ", CensusFile.Headers);

    [TestMethod]
    public void A_missing_file()
    {
        using var folder = new TemporaryFolder();
        string file = Path.Combine(folder.Path, "nowhere.csv");

        AssertError($"There is no file '{file}'.", folder, file);
    }

    [TestMethod]
    public void A_column_of_another_name()
        => AssertError(
            $"'{{0}}', column 3: expected 'fnlwgt', found 'weight'. The columns are {string.Join(", ", CensusFile.Headers)}.",
            Header.Replace("fnlwgt", "weight", StringComparison.Ordinal),
            Row);

    [TestMethod]
    public void A_column_that_is_not_there()
        => AssertError(
            $"'{{0}}', column 15: expected 'label(IsOver50K)', found none. The columns are {string.Join(", ", CensusFile.Headers)}.",
            string.Join(',', CensusFile.Headers[..^1]),
            Row);

    [TestMethod]
    public void A_column_too_many()
        => AssertError($"'{{0}}' has 16 columns; expected 15: {string.Join(", ", CensusFile.Headers)}.", $"{Header},more", Row);

    [TestMethod]
    [DataRow("'{0}', line 3: 2 values; expected 15.", "39, Private")]
    [DataRow("'{0}', line 3, column 'age': 'old' is no number; one that is not known is '?' or left out.", "old, State-gov, 77516, Bachelors, 13, Never-married, Adm-clerical, Not-in-family, White, Male, 2174, 0, 40, United-States, 0")]
    [DataRow("'{0}', line 3, column 'label(IsOver50K)': expected 0 or 1, found '>50K'.", "39, State-gov, 77516, Bachelors, 13, Never-married, Adm-clerical, Not-in-family, White, Male, 2174, 0, 40, United-States, >50K")]
    public void A_row_that_cannot_be_read(string message, string row) => AssertError(message, Header, Row, row);

    [TestMethod]
    public void Too_few_rows() => AssertError("'{0}' has 12 rows; at least 500 are needed to train, calibrate and test.", [Header, .. Enumerable.Repeat(Row, 12)]);

    [TestMethod]
    public void One_label_alone()
        => AssertError("'{0}': the column 'label(IsOver50K)' is 0 in all rows; both 0 and 1 are needed.", [Header, .. Enumerable.Repeat(Row, 500)]);

    [TestMethod]
    public void A_file_that_is_not_compressed_as_its_name_says()
    {
        using var folder = new TemporaryFolder();
        string file = folder.Write("census.csv.gz", [.. "age"u8]);

        PipelineRun run = PipelineRun.Of("--data", file, "--output", Path.Combine(folder.Path, "output"));

        Assert.AreEqual(1, run.ExitCode);
        StringAssert.StartsWith(run.Errors, "Error: ");
        Assert.HasCount(1, run.Errors.TrimEnd().Split('\n'));
    }

    [TestMethod]
    [DataRow("--rows takes a whole number from 500 to 10000000; found '499'. Try --help.", "--rows", "499")]
    [DataRow("--seed takes a whole number from 0 to 2147483647; found '-1'. Try --help.", "--seed", "-1")]
    [DataRow("--rows is of drawn rows, and does not go with --data. Try --help.", "--rows", "500", "--data", "census.csv")]
    [DataRow("Option '--model' is required. Try --help.", "score")]
    public void A_bad_option(string message, params string[] arguments)
    {
        PipelineRun run = PipelineRun.Of(arguments);

        Assert.AreEqual(1, run.ExitCode);
        Assert.AreEqual($"Error: {message}", run.Errors.TrimEnd());
    }

    [TestMethod]
    public void A_model_that_is_not_there()
    {
        using var folder = new TemporaryFolder();
        string file = folder.Write("census.csv", [.. System.Text.Encoding.UTF8.GetBytes($"{Header}\n{Row}\n")]), model = Path.Combine(folder.Path, "nowhere.zip");
        string scores = Path.Combine(folder.Path, "scores.csv");

        PipelineRun run = PipelineRun.Of("score", "--model", model, "--data", file, "--output", scores);

        Assert.AreEqual(1, run.ExitCode);
        Assert.AreEqual($"Error: There is no file '{model}'.", run.Errors.TrimEnd());
        Assert.IsFalse(File.Exists(scores));
    }

    [TestMethod]
    [DataRow("model.zip")]
    [DataRow("model.onnx")]
    public void A_model_that_is_none(string name)
    {
        using var folder = new TemporaryFolder();
        string file = folder.Write("census.csv", [.. System.Text.Encoding.UTF8.GetBytes($"{Header}\n{Row}\n")]), model = folder.Write(name, [.. "no model"u8]);
        string scores = Path.Combine(folder.Path, "scores.csv");

        PipelineRun run = PipelineRun.Of("score", "--model", model, "--data", file, "--output", scores);

        Assert.AreEqual(1, run.ExitCode);
        StringAssert.StartsWith(run.Errors, $"Error: The file '{model}' cannot be scored");
        Assert.HasCount(1, run.Errors.TrimEnd().Split('\n'));
        Assert.IsFalse(File.Exists(scores));
    }

    private static void AssertError(string message, params string[] lines)
    {
        using var folder = new TemporaryFolder();
        string file = folder.Write("census.csv", [.. System.Text.Encoding.UTF8.GetBytes(string.Join('\n', lines) + '\n')]);
        AssertError(message.Replace("{0}", file, StringComparison.Ordinal), folder, file);
    }

    private static void AssertError(string message, TemporaryFolder folder, string file)
    {
        string output = Path.Combine(folder.Path, "output");
        PipelineRun run = PipelineRun.Of("--data", file, "--output", output);

        Assert.AreEqual(1, run.ExitCode);
        Assert.AreEqual($"Error: {message}", run.Errors.TrimEnd());
        Assert.IsEmpty(Directory.GetFiles(output));
    }
}
