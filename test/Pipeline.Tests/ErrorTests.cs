using System.IO.Compression;
using System.Text;
using Microsoft.ML;
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
    [DataRow(false, DisplayName = "No gzip file")]
    [DataRow(true, DisplayName = "A damaged one")]
    public void A_file_that_is_not_compressed_as_its_name_says(bool isDamaged)
    {
        using var folder = new TemporaryFolder();
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true))
            gzip.Write(Encoding.UTF8.GetBytes($"{Header}\n{string.Concat(Enumerable.Range(17, 60).Select(age => Row.Replace("39", $"{age}", StringComparison.Ordinal) + "\n"))}"));
        byte[] damaged = packed.ToArray();
        damaged.AsSpan(damaged.Length / 2, 50).Fill(0xff);
        string file = folder.Write("census.csv.gz", isDamaged ? damaged : [.. "age"u8]);
        string model = folder.Write("model.zip", [.. "no model"u8]);

        PipelineRun run = PipelineRun.Of("--data", file, "--output", Path.Combine(folder.Path, "output"));
        PipelineRun score = PipelineRun.Of("score", "--model", model, "--data", file, "--output", Path.Combine(folder.Path, "scores.csv"));

        foreach (PipelineRun one in new[] { run, score })
        {
            Assert.AreEqual(1, one.ExitCode);
            StringAssert.StartsWith(one.Errors, $"Error: '{file}' cannot be unpacked: ");
            Assert.HasCount(1, one.Errors.TrimEnd().Split('\n'));
        }
    }

    [TestMethod]
    public void A_compressed_file_that_breaks_off_at_the_end_of_a_line_or_within_one()
    {
        using var folder = new TemporaryFolder();
        string model = folder.Write("model.zip", [.. "no model"u8]);
        foreach (string lines in new[] { $"{Header}\n{Row}\n{Row}\n", $"{Header}\n{Row}\n39, State" })
        {
            using var packed = new MemoryStream();
            using var gzip = new GZipStream(packed, CompressionLevel.Fastest);
            gzip.Write(Encoding.UTF8.GetBytes(lines));
            gzip.Flush();
            string file = folder.Write("census.csv.gz", packed.ToArray());

            PipelineRun run = PipelineRun.Of("--data", file, "--output", Path.Combine(folder.Path, "output"));
            PipelineRun score = PipelineRun.Of("score", "--model", model, "--data", file, "--output", Path.Combine(folder.Path, "scores.csv"));

            foreach (PipelineRun one in new[] { run, score })
            {
                Assert.AreEqual(1, one.ExitCode);
                Assert.AreEqual($"Error: '{file}' breaks off: it is not a whole gzip file.", one.Errors.TrimEnd());
            }
        }
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
        => AssertScoreError("Error: There is no file '{model}'.", "nowhere.zip", null);

    [TestMethod]
    [DataRow("model.zip")]
    [DataRow("model.onnx")]
    public void A_model_that_is_none(string name)
        => AssertScoreError("Error: The file '{model}' cannot be scored. ", name, [.. "no model"u8]);

    [TestMethod]
    public void A_zip_file_that_is_no_model()
    {
        using var packed = new MemoryStream();
        using (var zip = new ZipArchive(packed, ZipArchiveMode.Create, leaveOpen: true))
            zip.CreateEntry("letter.txt");

        AssertScoreError("Error: The file '{model}' cannot be scored. ", "model.zip", packed.ToArray());
    }

    [TestMethod]
    public void A_model_of_another_table_or_without_the_columns_that_are_written()
    {
        AssertScoreError("Error: The model '{model}' cannot score the rows of '{data}'. Could not find input column 'Weight'", "model.zip", Save(new { Weight = 1f }));
        AssertScoreError("Error: The model '{model}' cannot score the rows of '{data}'. ", "model.zip", Save(new CensusRow()));

        static byte[] Save<T>(T row)
            where T : class
        {
            var mlContext = new MLContext();
            IDataView rows = mlContext.Data.LoadFromEnumerable([row]);
            using var saved = new MemoryStream();
            mlContext.Model.Save(mlContext.Transforms.CopyColumns("Copy", rows.Schema[0].Name).Fit(rows), rows.Schema, saved);
            return saved.ToArray();
        }
    }

    [TestMethod]
    public void Rows_to_score_that_cannot_be_read()
    {
        const string Old = "old, State-gov, 77516, Bachelors, 13, Never-married, Adm-clerical, Not-in-family, White, Male, 2174, 0, 40, United-States, 0";
        AssertScoreError("Error: '{data}', line 2, column 'age': 'old' is no number", "model.zip", [.. "no model"u8], Old);
        AssertScoreError("Error: '{data}', line 2: 2 values; expected 15.", "model.zip", [.. "no model"u8], "39, Private");
    }

    [TestMethod]
    public void Scores_need_a_file_to_go_to()
    {
        using var folder = new TemporaryFolder();

        Assert.AreEqual("Error: --output takes the file for the scores; found ''.", PipelineRun.Of("score", "--model", "a", "--data", "b", "--output", "").Errors.TrimEnd());
        Assert.AreEqual(
            $"Error: --output takes the file for the scores; found the folder '{folder.Path}'.", PipelineRun.Of("score", "--model", "a", "--data", "b", "--output", folder.Path).Errors.TrimEnd());
    }

    [TestMethod]
    [DataRow("--model", "model.zip")]
    [DataRow("--data", "census.csv")]
    public void Scores_do_not_replace_what_they_are_made_of(string option, string name)
    {
        using var folder = new TemporaryFolder();
        string model = folder.Write("model.zip", [.. "no model"u8]), data = folder.Write("census.csv", Encoding.UTF8.GetBytes($"{Header}\n{Row}\n"));
        string file = Path.Combine(folder.Path, name);
        byte[] before = File.ReadAllBytes(file);

        // The same file by another path.
        PipelineRun run = PipelineRun.Of("score", "--model", model, "--data", data, "--output", Path.Combine(folder.Path, "..", Path.GetFileName(folder.Path), ".", name));

        Assert.AreEqual(1, run.ExitCode);
        Assert.AreEqual($"Error: --output would overwrite '{file}', the file of {option}; name another file for the scores.", run.Errors.TrimEnd());
        CollectionAssert.AreEqual(before, File.ReadAllBytes(file));
        Assert.HasCount(2, Directory.GetFiles(folder.Path));
    }

    /// <param name="message">How the one line begins, with {model} and {data} for the files.</param>
    /// <param name="name">The model's.</param>
    /// <param name="model">What is in it; null for no file.</param>
    /// <param name="row">The row to score.</param>
    private static void AssertScoreError(string message, string name, byte[]? model, string row = Row)
    {
        using var folder = new TemporaryFolder();
        string data = folder.Write("census.csv", Encoding.UTF8.GetBytes($"{Header}\n{row}\n")), scores = Path.Combine(folder.Path, "scores.csv");
        string modelFile = model is null ? Path.Combine(folder.Path, name) : folder.Write(name, model);

        PipelineRun run = PipelineRun.Of("score", "--model", modelFile, "--data", data, "--output", scores);

        Assert.AreEqual(1, run.ExitCode);
        StringAssert.StartsWith(run.Errors, message.Replace("{model}", modelFile, StringComparison.Ordinal).Replace("{data}", data, StringComparison.Ordinal));
        Assert.HasCount(1, run.Errors.TrimEnd().Split('\n'));
        Assert.IsFalse(File.Exists(scores));
    }

    private static void AssertError(string message, params string[] lines)
    {
        using var folder = new TemporaryFolder();
        string file = folder.Write("census.csv", [.. Encoding.UTF8.GetBytes(string.Join('\n', lines) + '\n')]);
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
