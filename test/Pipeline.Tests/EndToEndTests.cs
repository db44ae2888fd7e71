using System.Diagnostics;
using System.Text.Json;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Trainers.VariationalDropout.Tests.EndToEnd;
using Pipeline.Data;
using QuickStart.Tests;

namespace Pipeline.Tests;

[TestClass]
public sealed class EndToEndTests
{
    private const int Rows = 4_000;

    private static readonly TemporaryFolder Folder = new();

    private static PipelineRun? _run;

    private static PipelineRun Run => _run!;

    [ClassInitialize]
    public static void RunOnce(TestContext context)
    {
        _run = PipelineRun.Of("--rows", $"{Rows}", "--json", "--output", Folder.Path);
        Assert.AreEqual(0, _run.ExitCode, _run.Errors);
    }

    [ClassCleanup]
    public static void Remove() => Folder.Dispose();

    [TestMethod]
    public void The_last_line_holds_command_rows_and_seconds()
    {
        JsonElement json = Run.Json;

        Assert.AreEqual("pipeline", json.GetProperty("command").GetString());
        Assert.IsGreaterThan(0.0, json.GetProperty("seconds").GetDouble());
        string[] steps = [.. json.GetProperty("rows").EnumerateArray().Select(row => row.GetProperty("step").GetString()!).Distinct()];
        CollectionAssert.AreEqual(new[] { "load", "featurize", "train", "evaluate", "explain", "calibrate", "sets", "triage", "save", "export" }, steps);
    }

    [TestMethod]
    public void Every_row_is_in_one_part()
        => Assert.AreEqual(Rows, Run.Figure("load", "training rows") + Run.Figure("load", "calibration rows") + Run.Figure("load", "test rows"));

    [TestMethod]
    public void The_columns_that_decide_are_found()
    {
        string[] nothing = [nameof(CensusRow.FinalWeight), nameof(CensusRow.Ethnicity), nameof(CensusRow.NativeCountry), nameof(CensusRow.Workclass), nameof(CensusRow.CapitalLoss)];
        string[] deciding = [nameof(CensusRow.Age), nameof(CensusRow.MaritalStatus), nameof(CensusRow.EducationNumber), nameof(CensusRow.Occupation), nameof(CensusRow.CapitalGain)];

        Assert.IsGreaterThan(nothing.Max(Importance), deciding.Min(Importance));
        foreach (string column in CensusRow.Numbers.Concat(CensusRow.Categories))
            Assert.IsInRange(0.0, 1.0, Run.Figure("explain", $"relevance of {column}"), column);

        static double Importance(string column) => Run.Figure("explain", $"importance of {column}");
    }

    [TestMethod]
    public void What_the_model_is_sure_of_it_gets_right_more_often()
    {
        double answered = Run.Figure("triage", "accuracy of these answers");

        Assert.IsGreaterThan(Run.Figure("evaluate", "accuracy"), answered);
        Assert.IsGreaterThan(Run.Figure("evaluate", "accuracy"), Run.Figure("triage", "accuracy of the 90 % most certain"));
        Assert.IsLessThan(answered, Run.Figure("triage", "accuracy that the model would have on the others"));
        AssertShare(0.9, Run.Figure("triage", "share of the rows that is answered"));
    }

    [TestMethod]
    public void Prediction_sets_hold_the_label_for_nine_rows_of_ten()
    {
        AssertShare(0.9, Run.Figure("sets", "share of sets that hold the label"));
        AssertShare(0.9, Run.Figure("sets", "share of sets that hold the label", "LightGBM"));
        Assert.IsInRange(0.0, 2.0, Run.Figure("sets", "answers in a set, on average"));
    }

    /// <summary>The calibration rows choose the temperature, and the test rows confirm it, within what few rows allow.</summary>
    [TestMethod]
    public void A_temperature_hardly_costs_what_it_does_not_gain()
    {
        Assert.IsGreaterThan(0.0, Run.Figure("calibrate", "temperature"));
        foreach (string model in new[] { "variational dropout", "LightGBM" })
            Assert.IsLessThan(Run.Figure("evaluate", "log-loss, nats", model) + 0.01, Run.Figure("calibrate", "log-loss, nats", model), model);
    }

    [TestMethod]
    public void A_new_process_scores_the_same_bits()
    {
        Assert.AreEqual(0, Run.Figure("save", "largest difference of a probability"));
        string[] scores = File.ReadAllLines(Path.Combine(Folder.Path, "scores.csv"));
        Assert.AreEqual(Run.Figure("load", "test rows"), scores.Length - 1);
        string[] rows = File.ReadAllLines(Path.Combine(Folder.Path, "rows.csv"));
        Assert.HasCount(scores.Length, rows);
        Assert.AreEqual(string.Join(',', CensusFile.Headers[..^1]), rows[0]);
    }

    [TestMethod]
    public void The_exported_pipeline_scores_the_same_within_its_tolerance()
    {
        // That of moments, docs/onnx.md.
        Assert.IsLessThan(1e-4, Run.Figure("export", "largest difference of a probability"));
        Assert.HasCount(File.ReadAllLines(Path.Combine(Folder.Path, "scores.csv")).Length, File.ReadAllLines(Path.Combine(Folder.Path, "scores-onnx.csv")));
    }

    [TestMethod]
    public void The_saved_pipeline_scores_rows_without_labels_in_any_program()
    {
        var mlContext = new MLContext();
        ITransformer model = mlContext.Model.Load(Path.Combine(Folder.Path, "model.zip"), out _);
        CensusRow[] rows = [.. GeneratedCensus.Draw(20, seed: 7)];

        float[] probabilities = [.. model.Transform(mlContext.Data.LoadFromEnumerable(rows)).GetColumn<float>("Probability")];

        Assert.HasCount(rows.Length, probabilities);
        Assert.IsTrue(probabilities.All(probability => probability is > 0 and < 1), string.Join(", ", probabilities));
    }

    [TestMethod]
    public void The_picture_is_a_png()
        => CollectionAssert.AreEqual(new byte[] { 0x89, (byte)'P', (byte)'N', (byte)'G' }, File.ReadAllBytes(Path.Combine(Folder.Path, "pipeline.png"))[..4]);

    [TestMethod]
    public void No_file_is_left_half_written()
        => Assert.IsEmpty(Directory.GetFiles(Folder.Path, "*.tmp").Concat(Directory.GetFiles(Folder.Path, ".*")));

    /// <summary>LightGBM is not compared: its sums depend on its threads.</summary>
    [TestMethod]
    public void The_same_seed_gives_the_same_bits_on_one_processor()
    {
        using var folder = new TemporaryFolder();
        PipelineRun again = PipelineRun.Of(processors: "1", ["--rows", $"{Rows}", "--json", "--output", folder.Path]);

        Assert.AreEqual(0, again.ExitCode, again.Errors);
        Assert.AreEqual(Figures(Run), Figures(again));
        CollectionAssert.AreEqual(File.ReadAllBytes(Path.Combine(Folder.Path, "scores.csv")), File.ReadAllBytes(Path.Combine(folder.Path, "scores.csv")));

        static string Figures(PipelineRun run) => string.Join('\n', run.Json.GetProperty("rows").EnumerateArray()
            .Where(row => row.GetProperty("figure").GetString() != "seconds")
            .Select(row => $"{row.GetProperty("step")} {row.GetProperty("figure")} {row.GetProperty("variational dropout").GetRawText()}"));
    }

    [TestMethod]
    public void A_compressed_file_is_read_as_the_file_itself()
    {
        string plain = Path.Combine(Folder.Path, "rows.csv");
        using var folder = new TemporaryFolder();
        string compressed = Path.Combine(folder.Path, "rows.csv.gz"), scores = Path.Combine(folder.Path, "scores.csv");
        using (var stream = new System.IO.Compression.GZipStream(File.Create(compressed), System.IO.Compression.CompressionLevel.Fastest))
            stream.Write(File.ReadAllBytes(plain));

        PipelineRun score = PipelineRun.Of("score", "--model", Path.Combine(Folder.Path, "model.zip"), "--data", compressed, "--output", scores);

        Assert.AreEqual(0, score.ExitCode, score.Errors);
        CollectionAssert.AreEqual(File.ReadAllBytes(Path.Combine(Folder.Path, "scores.csv")), File.ReadAllBytes(scores));
    }

    [TestMethod]
    public void An_interrupted_run_ends_with_130_and_leaves_no_file_half_written()
    {
        Interruption.SkipWhereThereIsNone();
        using var folder = new TemporaryFolder();
        using Process process = Process.Start(PipelineRun.CreateStart("--rows", "20000", "--output", folder.Path))!;
        try
        {
            Task<string> errors = process.StandardError.ReadToEndAsync();
            string? line;
            do
                line = process.StandardOutput.ReadLine();
            while (line?.StartsWith("  iteration ", StringComparison.Ordinal) == false);
            Assert.IsNotNull(line, "The program ended before it was interrupted.");
            Task<string> rest = process.StandardOutput.ReadToEndAsync();
            Interruption.End(process);
            Assert.AreEqual(130, process.ExitCode, rest.Result);
            Assert.AreEqual("Cancelled; what was finished is in the output folder.", errors.Result.TrimEnd());
            CollectionAssert.AreEqual(new[] { "census.csv" }, Directory.GetFiles(folder.Path).Select(Path.GetFileName).ToArray());
        }
        finally
        {
            process.Kill();
        }
    }

    /// <summary>Within three standard errors of what calibration and test rows, both drawn, scatter.</summary>
    private static void AssertShare(double expected, double share)
        => Assert.AreEqual(
            expected, share, 3 * Math.Sqrt(expected * (1 - expected) * ((1 / Run.Figure("load", "calibration rows")) + (1 / Run.Figure("load", "test rows")))));

    /// <summary>Bounds of a sound pipeline; docs/results/pipeline.md has the figures.</summary>
    [TestMethod]
    public void The_real_census()
    {
        string data = SharedData.Find("tabular", "adult.txt.gz");
        using var folder = new TemporaryFolder();

        PipelineRun run = PipelineRun.Of("--data", data, "--json", "--output", folder.Path);

        Assert.AreEqual(0, run.ExitCode, run.Errors);
        Assert.AreEqual(32_561, run.Figure("load", "training rows") + run.Figure("load", "calibration rows") + run.Figure("load", "test rows"));
        Assert.IsGreaterThan(0.905, run.Figure("evaluate", "area under the ROC curve"));
        Assert.IsLessThan(2 * run.Figure("evaluate", "calibration error of perfect probabilities"), run.Figure("calibrate", "calibration error"));
        Assert.AreEqual(0.9, run.Figure("sets", "share of sets that hold the label"), 0.02);
        Assert.IsGreaterThan(run.Figure("evaluate", "accuracy") + 0.02, run.Figure("triage", "accuracy of these answers"));
        Assert.AreEqual(0, run.Figure("save", "largest difference of a probability"));
        Assert.IsLessThan(1e-4, run.Figure("export", "largest difference of a probability"));
    }
}
