using PaperExperiments.Study;
using QuickStart.Tests;
using Samples;

namespace PaperExperiments.Tests;

[TestClass]
public sealed class RunLogTests
{
    internal sealed record Settings(string Method, int Seed, IReadOnlyList<double> Shares);

    internal sealed record Result(double Error);

    [TestMethod]
    public void A_run_is_found_again_by_all_of_its_settings()
    {
        using var folder = new TemporaryFolder();
        string path = Path.Combine(folder.Path, "runs.jsonl");
        using (var log = RunLog<Settings, Result>.Open(path))
        {
            log.Add(new("A", 1, [0.1, 0.2]), new(1.5));
            log.Add(new("A", 2, []), new(2.5));
        }

        using var again = RunLog<Settings, Result>.Open(path);

        Assert.AreEqual(new Result(1.5), again.Find(new("A", 1, [0.1, 0.2])));
        Assert.AreEqual(new Result(2.5), again.Find(new("A", 2, [])));
        Assert.IsNull(again.Find(new("A", 1, [0.1])));
        Assert.IsNull(again.Find(new("B", 2, [])));
    }

    [TestMethod]
    public void A_line_that_was_being_written_is_dropped_and_its_run_is_done_again()
    {
        using var folder = new TemporaryFolder();
        string path = Path.Combine(folder.Path, "runs.jsonl");
        using (var log = RunLog<Settings, Result>.Open(path))
            log.Add(new("A", 1, []), new(1));
        File.AppendAllText(path, "{\"settings\":{\"method\":\"A\",\"se");

        using (var log = RunLog<Settings, Result>.Open(path))
        {
            Assert.AreEqual(1, log.Count);
            log.Add(new("A", 2, []), new(2));
        }

        Assert.HasCount(2, File.ReadAllLines(path));
        using var again = RunLog<Settings, Result>.Open(path);
        Assert.AreEqual(2, again.Count);
    }

    [TestMethod]
    [DataRow("nonsense")]
    [DataRow("{\"settings\":{\"method\":\"A\",\"seed\":1,\"shares\":[],\"more\":1},\"result\":{\"error\":1}}")]
    [DataRow("{\"settings\":{\"method\":\"A\",\"seed\":1,\"shares\":[]}}")]
    public void A_line_that_is_no_run_is_named(string line)
    {
        using var folder = new TemporaryFolder();
        string path = Path.Combine(folder.Path, "runs.jsonl");
        using (var log = RunLog<Settings, Result>.Open(path))
            log.Add(new("A", 1, []), new(1));
        File.AppendAllText(path, line + "\n");
        string before = File.ReadAllText(path);

        InvalidDataException error = Assert.ThrowsExactly<InvalidDataException>(() => RunLog<Settings, Result>.Open(path));

        Assert.StartsWith($"'{path}', line 2: expected the settings and the result of a run", error.Message);
        Assert.AreEqual(before, File.ReadAllText(path));
    }

    [TestMethod]
    public void Two_studies_do_not_write_to_one_log()
    {
        using var folder = new TemporaryFolder();
        string path = Path.Combine(folder.Path, "runs.jsonl");
        using var first = RunLog<Settings, Result>.Open(path);

        Assert.Throws<IOException>(() => RunLog<Settings, Result>.Open(path));
    }

    [TestMethod]
    public void A_study_that_is_started_again_repeats_no_finished_run()
    {
        using var folder = new TemporaryFolder();
        var output = OutputFolder.Open(folder.Path);
        Settings[] runs = [.. Enumerable.Range(1, 4).Select(seed => new Settings("A", seed, []))];
        List<int> measured = [];
        HashSet<string> checkpoints = [];
        bool interrupt = true;
        ResumableStudy.Work<Settings, Result> work = new(
            _ => "A",
            _ => 1,
            _ => 1,
            _ => 1,
            (run, checkpoint, _) =>
            {
                checkpoints.Add(checkpoint);
                if (run.Seed == 3 && interrupt)
                    throw new OperationCanceledException();
                measured.Add(run.Seed);
                return new(run.Seed * 10);
            },
            _ => 1,
            result => $"{result.Error}");

        Assert.Throws<OperationCanceledException>(() => ResumableStudy.Run("Try", "try", output, runs, work));
        CollectionAssert.AreEqual(new[] { 1, 2 }, measured);
        interrupt = false;
        IReadOnlyList<Result> results = ResumableStudy.Run("Try", "try", output, runs, work);

        CollectionAssert.AreEqual(new[] { 1, 2, 3, 4 }, measured);
        CollectionAssert.AreEqual(new[] { 10.0, 20, 30, 40 }, results.Select(result => result.Error).ToArray());
        Assert.HasCount(4, checkpoints, "Each run has a checkpoint of its own, the same when it is started again.");
        Assert.HasCount(4, File.ReadAllLines(Path.Combine(folder.Path, "try-runs.jsonl")));
    }
}
