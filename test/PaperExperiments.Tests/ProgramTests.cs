using System.Diagnostics;
using System.Text.Json;
using QuickStart.Tests;

namespace PaperExperiments.Tests;

/// <summary>Runs the program as a user does, in a process of its own, without data.</summary>
[TestClass]
public sealed class ProgramTests
{
    [TestMethod]
    [DataRow("variance")]
    [DataRow("speed")]
    [DataRow("mnist")]
    [DataRow("sparsify")]
    [DataRow("uci")]
    public void A_quick_run_writes_the_same_figures_three_times_and_a_picture(string command)
    {
        using var folder = new TemporaryFolder();

        (int exitCode, string text, string errors) = Run(command, "--quick", "--json", "--output", folder.Path);

        Assert.AreEqual(0, exitCode, errors);
        string line = text.TrimEnd().Split('\n')[^1];
        Assert.AreEqual(line, File.ReadAllText(Path.Combine(folder.Path, $"{command}.json")).TrimEnd());
        CollectionAssert.AreEqual(new byte[] { 0x89, (byte)'P', (byte)'N', (byte)'G' }, File.ReadAllBytes(Path.Combine(folder.Path, $"{command}.png"))[..4]);

        using JsonDocument json = JsonDocument.Parse(line);
        Assert.AreEqual(command, json.RootElement.GetProperty("command").GetString());
        Assert.IsTrue(json.RootElement.GetProperty("quick").GetBoolean());
        Assert.IsGreaterThan(0.0, json.RootElement.GetProperty("seconds").GetDouble());
        JsonElement[] rows = [.. json.RootElement.GetProperty("rows").EnumerateArray()];
        Assert.IsNotEmpty(rows);
        string[] markdown = [.. File.ReadLines(Path.Combine(folder.Path, $"{command}.md")).Where(row => row.StartsWith('|'))];
        Assert.HasCount(rows.Length + 2, markdown);
        string heading = $"| {string.Join(" | ", rows[0].EnumerateObject().Select(property => property.Name))} |";
        Assert.AreEqual(heading, markdown[0]);
    }

    [TestMethod]
    public void Uci_sets_and_splits_are_chosen_and_compared_with_the_reference()
    {
        using var folder = new TemporaryFolder();

        (int exitCode, string text, string errors) = Run("uci", "--sets", "made-linear", "--splits", "3", "--hidden", "4", "--json", "--output", folder.Path);

        Assert.AreEqual(0, exitCode, errors);
        using JsonDocument json = JsonDocument.Parse(text.TrimEnd().Split('\n')[^1]);
        JsonElement[] rows = [.. json.RootElement.GetProperty("rows").EnumerateArray()];
        Assert.HasCount(2, rows);
        foreach (JsonElement row in rows)
        {
            Assert.AreEqual("made-linear", row.GetProperty("set").GetString());
            Assert.AreEqual(3, row.GetProperty("splits").GetInt32());
            Assert.AreEqual(4, row.GetProperty("hidden units").GetInt32());
            double difference = row.GetProperty("ours").GetDouble() - row.GetProperty("reference").GetDouble();
            Assert.AreEqual(difference, row.GetProperty("difference").GetDouble(), 1e-9);
            Assert.IsGreaterThan(0.0, row.GetProperty("difference standard error").GetDouble());
        }
    }

    [TestMethod]
    public void An_interrupted_study_keeps_its_finished_runs_and_goes_on()
    {
        Interruption.SkipWhereThereIsNone();
        using var folder = new TemporaryFolder();
        string[] study = ["mnist", "--quick", "--methods", "none", "--iterations", "3000", "--output", folder.Path];
        using Process process = Process.Start(CreateStart([.. study, "--sizes", "2,2000"]))!;
        try
        {
            Task<string> errors = process.StandardError.ReadToEndAsync();
            string? line;
            do
                line = process.StandardOutput.ReadLine();
            while (line?.StartsWith("  none, 2 units, seed 1: ", StringComparison.Ordinal) == false);
            Assert.IsNotNull(line, "The program ended before it was interrupted.");
            Task<string> rest = process.StandardOutput.ReadToEndAsync();
            Interruption.End(process);
            Assert.AreEqual(130, process.ExitCode, rest.Result);
            Assert.AreEqual("Cancelled; finished runs are in mnist-runs.jsonl, and the same command goes on from there.", errors.Result.TrimEnd());
        }
        finally
        {
            process.Kill();
        }

        (int exitCode, string text, string secondErrors) = Run([.. study, "--sizes", "2"]);

        Assert.AreEqual(0, exitCode, secondErrors);
        Assert.StartsWith("1 trainings on 1000 digits, 1 of 1 runs known from mnist-runs.jsonl", text);
        Assert.HasCount(1, File.ReadAllLines(Path.Combine(folder.Path, "mnist-runs.jsonl")));
    }

    private static (int ExitCode, string Output, string Errors) Run(params string[] arguments)
    {
        using Process process = Process.Start(CreateStart(arguments))!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, errors.Result);
    }

    private static ProcessStartInfo CreateStart(string[] arguments)
        => new(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet", [Path.Combine(AppContext.BaseDirectory, "PaperExperiments.dll"), .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
}
