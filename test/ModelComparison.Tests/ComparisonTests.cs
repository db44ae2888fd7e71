using ModelComparison.Contestants;
using ModelComparison.Data;
using ModelComparison.Measurement;
using ModelComparison.Output;
using ModelComparison.Search;
using Samples;
using TestResult = ModelComparison.Measurement.TestResult;

namespace ModelComparison.Tests;

[TestClass]
public sealed class ComparisonTests
{
    [TestMethod]
    public void Who_fails_is_named_and_the_others_are_compared()
    {
        Dataset data = CreateData();
        ComparisonSettings settings = CreateSettings(folds: 3);
        IContestant[] contestants = [new Fixed("first", 0.9f), new Failing(), new Fixed("second", 0.6f)];

        ComparisonResult result = Comparison.Run(data, contestants, settings, CancellationToken.None);

        CollectionAssert.AreEqual(new[] { "first", "second" }, result.Models.Select(model => model.Name).ToArray());
        CollectionAssert.AreEqual(new[] { "failing failed: no memory left" }, result.Failures.ToArray());
        ResultTable table = ComparisonTable.Create(data, contestants, result, settings);
        CollectionAssert.IsSubsetOf(new[] { "failing failed: no memory left", "a note of first", "a note of second" }, table.Notes);
        Assert.AreEqual(-Math.Log(0.9f), ((Estimate)table.Rows[0][3]!).Mean, 1e-6);
        Assert.AreEqual(-Math.Log(0.6f), ((Estimate)table.Rows[1][3]!).Mean, 1e-6);
        Assert.AreEqual(2.0, table.Rows[0][6]);
        Assert.IsNull(result.Search);
    }

    [TestMethod]
    public void All_folds_are_pooled_for_the_picture()
    {
        Dataset data = CreateData();

        ComparisonResult result = Comparison.Run(data, [new Fixed("first", 0.9f)], CreateSettings(folds: 4), CancellationToken.None);

        Assert.HasCount(data.RowCount, ((ClassScores)result.Models[0].AllFolds).Rows);
        CollectionAssert.AreEqual(new byte[] { 0x89, (byte)'P', (byte)'N', (byte)'G' }, ComparisonPicture.Draw(data, result)[..4]);
    }

    [TestMethod]
    public void A_cancelled_comparison_ends()
    {
        using var source = new CancellationTokenSource();
        source.Cancel();

        Assert.ThrowsExactly<OperationCanceledException>(() => Comparison.Run(CreateData(), [new Fixed("first", 0.9f)], CreateSettings(folds: 2), source.Token));
    }

    [TestMethod]
    public void A_search_whose_trainings_fail_says_so_and_takes_nothing_from_the_comparison()
    {
        Dataset data = CreateData();
        var round = new Round(data, Folds.Create(data, 2, 1)[0], 1, new(Threads: 1, Iterations: -1), CancellationToken.None);

        SearchResult search = RandomSearch.Run(round, 1, (_, _) => { });

        Assert.IsNull(search.Best);
        Assert.IsNull(search.BestTest);
        Assert.IsTrue(search.Trials.All(trial => trial.Validation is null));
        CollectionAssert.AreEqual(
            new[] { "defaults failed", "trial 1 failed", "defaults on all training rows failed" }, search.Failures.Select(failure => failure.Split(':')[0]).ToArray());
        ResultTable table = ComparisonTable.Create(data, [], new([], [], search), CreateSettings(folds: 2)).Parts.Single().Table;
        Assert.HasCount(2, table.Rows);
        CollectionAssert.IsSubsetOf(search.Failures.ToArray(), table.Notes);
    }

    [TestMethod]
    public void A_native_library_that_is_missing_is_named_with_what_to_install()
    {
        var peer = new Peer("somegbm") { Binary = (_, _) => throw new DllNotFoundException("lib_somegbm is not there.") };

        ComparisonResult result = Comparison.Run(CreateData(), [peer, new Fixed("second", 0.6f)], CreateSettings(folds: 2), CancellationToken.None);

        CollectionAssert.AreEqual(
            new[] { "somegbm failed: The native library of somegbm cannot be loaded; on Linux LightGBM needs the system's package libgomp1. lib_somegbm is not there." },
            result.Failures.ToArray());
        CollectionAssert.AreEqual(new[] { "second" }, result.Models.Select(model => model.Name).ToArray());
    }

    private static Dataset CreateData()
        => Dataset.Create(CsvTable.Parse($"x,y\n{string.Concat(Enumerable.Range(0, 36).Select(row => $"{row % 7}.5,{row % 2}\n"))}", "t.csv"), "y", null, new());

    private static ComparisonSettings CreateSettings(int folds) => new()
    {
        DataFile = null,
        Label = null,
        Task = null,
        Folds = folds,
        Seed = 1,
        Threads = 1,
        Trials = 0,
        Trainers = null,
        Hints = new(),
        OutputFolder = "",
        Json = false,
        Quick = false,
    };

    /// <summary>Gives the true class always the same probability.</summary>
    private sealed class Fixed(string name, float probability) : IContestant
    {
        public string Name => name;

        public string? ReasonAgainst(LearningTask task) => null;

        public string? NoteOn(LearningTask task) => $"a note of {name}";

        public IReadOnlyList<TestResult> Measure(Round round, Action<double> progress)
            => [new(name, 2, 1, new ClassScores([.. round.Fold.Test.Select(row => Score(round.Data.ClassOf(row)))]))];

        private ScoredClass Score(int actual) => new(actual, actual == 1 ? [1 - probability, probability] : [probability, 1 - probability]);
    }

    private sealed class Failing : IContestant
    {
        private int _calls;

        public string Name => "failing";

        public string? ReasonAgainst(LearningTask task) => null;

        public string? NoteOn(LearningTask task) => null;

        public IReadOnlyList<TestResult> Measure(Round round, Action<double> progress)
            => ++_calls == 2 ? throw new InvalidOperationException("no memory\nleft") : [new(Name, 1, 1, new ClassScores([new(1, [0.5f, 0.5f]), new(0, [0.5f, 0.5f])]))];
    }
}
