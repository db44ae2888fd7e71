using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using QuickStart.Tests;

namespace ModelComparison.Tests;

/// <summary>Runs the program as a user does, in a process of its own.</summary>
[TestClass]
public sealed class ProgramTests
{
    private static readonly string[] Times = ["training seconds", "scoring seconds"];

    private static readonly string[] ClassMetrics = ["accuracy %", "AUC", "log-loss", "Brier score", "calibration error %"];

    private static readonly string[] NumberMetrics = ["RMSE", "R²", "log-likelihood", "coverage of 90 % intervals %", "width of 90 % intervals"];

    [TestMethod]
    [DataRow("binary", "lightgbm,fasttree,fastforest,sdca,lbfgs,averaged-perceptron")]
    [DataRow("multiclass", "lightgbm,fasttree,fastforest,sdca,lbfgs,averaged-perceptron")]
    [DataRow("regression", "lightgbm,fasttree,fastforest,sdca,online-gradient-descent")]
    public void A_quick_run_without_data_compares_all_trainers_of_the_task(string task, string peers)
    {
        using var folder = new TemporaryFolder();

        (int exitCode, string text, string errors) = Run("--task", task, "--quick", "--json", "--output", folder.Path);

        Assert.AreEqual(0, exitCode, errors);
        string line = text.TrimEnd().Split('\n')[^1];
        Assert.AreEqual(line, File.ReadAllText(Path.Combine(folder.Path, "comparison.json")).TrimEnd());
        CollectionAssert.AreEqual(new byte[] { 0x89, (byte)'P', (byte)'N', (byte)'G' }, File.ReadAllBytes(Path.Combine(folder.Path, "comparison.png"))[..4]);
        CollectionAssert.AreEquivalent(
            new[] { "comparison.json", "comparison.md", "comparison.png", "customers.csv" }, Directory.GetFiles(folder.Path).Select(Path.GetFileName).ToArray());
        Assert.Contains("left out: customer_id, because it names the rows: 400 different texts in 400", text);
        Assert.Contains("left out: country, because all its cells are 'NL'", text);
        Assert.Contains("income (some missing)", text);
        Assert.Contains("texts: last_note", text);

        using JsonDocument json = JsonDocument.Parse(line);
        Assert.AreEqual("comparison", json.RootElement.GetProperty("command").GetString());
        Assert.IsTrue(json.RootElement.GetProperty("quick").GetBoolean());
        Assert.IsGreaterThan(0.0, json.RootElement.GetProperty("seconds").GetDouble());
        string[] metrics = task == "regression" ? NumberMetrics : ClassMetrics;
        JsonElement[] rows = [.. json.RootElement.GetProperty("rows").EnumerateArray()];
        CollectionAssert.AreEqual(
            new[] { "the truth", "variational-dropout", "variational-dropout, mean network" }.Concat(peers.Split(',')).ToArray(),
            rows.Select(row => row.GetProperty("trainer").GetString()).ToArray());
        foreach (JsonElement row in rows)
        {
            CollectionAssert.AreEqual(new[] { "trainer" }.Concat(metrics).Concat(Times).ToArray(), row.EnumerateObject().Select(property => property.Name).ToArray());
            foreach (string metric in metrics)
            {
                Assert.IsTrue(double.IsFinite(row.GetProperty(metric).GetProperty("mean").GetDouble()), metric);
                Assert.IsGreaterThanOrEqualTo(0.0, row.GetProperty(metric).GetProperty("standardError").GetDouble(), metric);
            }
        }

        JsonElement[] trials = [.. json.RootElement.GetProperty("search").EnumerateArray()];
        Assert.HasCount(3, trials);
        Assert.StartsWith("defaults", trials[0].GetProperty("trial").GetString());
        Assert.HasCount(1, trials.Where(trial => trial.GetProperty("trial").GetString()!.EndsWith(", best", StringComparison.Ordinal)).ToArray());
        Assert.AreEqual(0.003, trials[0].GetProperty("LearningRate").GetDouble());
        Assert.AreEqual(JsonValueKind.Number, trials[0].GetProperty($"test {metrics[0]}").ValueKind);
    }

    [TestMethod]
    public void The_truth_is_better_than_any_trainer_on_made_data()
    {
        using var folder = new TemporaryFolder();

        (int exitCode, string text, string errors) = Run("--quick", "--trainers", "variational-dropout,lbfgs,lightgbm", "--search", "0", "--json", "--output", folder.Path);

        Assert.AreEqual(0, exitCode, errors);
        double[] losses = [.. JsonNode.Parse(text.TrimEnd().Split('\n')[^1])!["rows"]!.AsArray().Select(row => (double)row!["log-loss"]!["mean"]!)];
        Assert.HasCount(5, losses);
        Assert.AreEqual(losses.Min(), losses[0]);
        Assert.DoesNotContain("\"search\"", text);
    }

    [TestMethod]
    public void Another_run_with_the_same_seed_has_the_same_figures()
    {
        using var folder = new TemporaryFolder();
        string[] arguments = ["--quick", "--json", "--output", folder.Path, "--search", "1", "--seed", "5"];

        (int firstCode, string first, string firstErrors) = Run(arguments);
        (int secondCode, string second, string secondErrors) = Run(arguments);

        Assert.AreEqual(0, firstCode, firstErrors);
        Assert.AreEqual(0, secondCode, secondErrors);
        Assert.AreEqual(WithoutTimes(first), WithoutTimes(second));
    }

    [TestMethod]
    public void A_users_file_is_understood_and_compared()
    {
        using var folder = new TemporaryFolder();
        string file = WriteTable(folder, rows: 120, rare: "huge");
        string output = Path.Combine(folder.Path, "results");

        (int exitCode, string text, string errors) = Run(
            "--data", file, "--label", "size", "--folds", "3", "--trainers", "variational-dropout,fasttree", "--search", "0", "--quick", "--json", "--output", output);

        Assert.AreEqual(0, exitCode, errors);
        Assert.Contains("120 rows, without 1 whose label is missing; task multiclass (as the label looks; --task says otherwise), label size of 3 classes", text);
        Assert.Contains("Warning: Left out: 1 row of 'size', the only one of its class, 'huge'.", errors);
        Assert.Contains("Left out: 1 row of 'size', the only one of its class, 'huge'.", File.ReadAllText(Path.Combine(output, "comparison.md")));
        Assert.Contains("numbers: weight", text);
        Assert.Contains("categories: color (some missing)", text);
        Assert.DoesNotContain("the truth", text);
        CollectionAssert.AreEquivalent(new[] { "comparison.json", "comparison.md", "comparison.png" }, Directory.GetFiles(output).Select(Path.GetFileName).ToArray());
        Assert.Contains("size of things.tsv: 120 rows, 3 folds", text);
    }

    [TestMethod]
    [DataRow("--label", "hue", "--label: '{0}' has no column 'hue'; it has weight, color, size.")]
    [DataRow("--label", "size --folds 500", "--folds 500 needs at least as many rows; '{0}' has 120.")]
    [DataRow("--label", "size --task binary", "--task binary: the label 'size' must have two values; it has 3.")]
    [DataRow("--label", "weight --trainers lbfgs", "--trainers: lbfgs takes no part in regression: the L-BFGS regression of ML.NET is a Poisson regression, for counts.")]
    [DataRow("--ignore", "color", "--data needs --label, the column to predict; '{0}' has weight, color, size.")]
    public void What_a_file_does_not_allow_is_one_line_on_the_error_stream(string option, string values, string message)
    {
        using var folder = new TemporaryFolder();
        string file = WriteTable(folder, rows: 120);
        string output = Path.Combine(folder.Path, "results");

        (int exitCode, _, string errors) = Run(["--data", file, "--output", output, option, .. values.Split(' ')]);

        Assert.AreEqual(1, exitCode);
        Assert.AreEqual($"Error: {string.Format(CultureInfo.InvariantCulture, message, file)}", errors.TrimEnd());
        Assert.IsEmpty(Directory.GetFiles(output));
    }

    [TestMethod]
    public void Bad_cells_and_bad_arguments_are_named_and_decimal_commas_can_be_said()
    {
        using var folder = new TemporaryFolder();
        string file = folder.Write("bad.csv", Encoding.UTF8.GetBytes($"x,y\n{string.Concat(Enumerable.Range(0, 50).Select(row => $"{(row == 30 ? "1O" : $"{row % 9}.5")},{row % 2}\n"))}"));

        Assert.StartsWith($"Error: '{file}', line 32, column 'x': '1O' is not a finite number", Run("--data", file, "--label", "y", "--output", folder.Path).Errors);
        string commas = folder.Write("commas.csv", Encoding.UTF8.GetBytes($"x;y\n{string.Concat(Enumerable.Range(0, 50).Select(row => $"{row % 9},5;{row % 2}\n"))}"));
        Assert.StartsWith($"Error: '{commas}', line 2, column 'x': '0,5' has a comma", Run("--data", commas, "--label", "y", "--output", folder.Path).Errors);
        Assert.StartsWith("Error: --decimal-comma needs --data", Run("--decimal-comma", "--output", folder.Path).Errors);
        (int exitCode, string text, string errors) = Run(
            "--data", commas, "--label", "y", "--decimal-comma", "--quick", "--trainers", "sdca", "--output", Path.Combine(folder.Path, "results"));
        Assert.AreEqual(0, exitCode, errors);
        Assert.Contains("numbers: x", text);
        Assert.StartsWith("Error: The data file 'none.csv' does not exist.", Run("--data", "none.csv", "--label", "y", "--output", folder.Path).Errors);
        Assert.StartsWith("Error: --trainers takes names of variational-dropout, lightgbm,", Run("--trainers", "xgboost", "--output", folder.Path).Errors);
        Assert.StartsWith("Error: --folds takes a whole number from 2 to 1000; found '1'.", Run("--folds", "1", "--output", folder.Path).Errors);
    }

    private static string WriteTable(TemporaryFolder folder, int rows, string? rare = null)
    {
        string[] sizes = ["small", "medium", "large"], colors = ["red", "green", ""];
        var text = new StringBuilder($"weight\tcolor\tsize\n1.5\tred\t?\n{(rare is null ? "" : $"2.5\tgreen\t{rare}\n")}");
        for (int row = 0; row < rows; row++)
            text.Append(CultureInfo.InvariantCulture, $"{(10 * (row % 3)) + (row % 7) + 0.5}\t{colors[row * 7 % 3]}\t{sizes[row % 3]}\n");
        return folder.Write("things.tsv", Encoding.UTF8.GetBytes(text.ToString()));
    }

    private static string WithoutTimes(string output)
    {
        JsonObject json = JsonNode.Parse(output.TrimEnd().Split('\n')[^1])!.AsObject();
        json.Remove("seconds");
        foreach (JsonNode? row in json["rows"]!.AsArray().Concat(json["search"]!.AsArray()))
        {
            foreach (string time in Times)
                row!.AsObject().Remove(time);
        }

        return json.ToJsonString();
    }

    private static (int ExitCode, string Output, string Errors) Run(params string[] arguments)
    {
        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet", [Path.Combine(AppContext.BaseDirectory, "ModelComparison.dll"), .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, errors.Result);
    }
}
