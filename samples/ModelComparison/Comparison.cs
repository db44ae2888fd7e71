using ModelComparison.Contestants;
using ModelComparison.Data;
using ModelComparison.Measurement;
using ModelComparison.Search;
using Samples;

namespace ModelComparison;

/// <summary>A row of the comparison: its results in the order of the folds.</summary>
internal sealed record ComparedModel(string Name, IReadOnlyList<TestResult> Folds)
{
    /// <summary>Over the folds; null where a fold lacks the figure.</summary>
    public Estimate? EstimateOf(Metric metric)
        => Folds.All(fold => fold.Scores.Figures.ContainsKey(metric)) ? Estimate.Of([.. Folds.Select(fold => fold.Scores.Figures[metric])]) : null;

    public TestScores AllFolds => TestScores.Pool([.. Folds.Select(fold => fold.Scores)]);
}

/// <summary>All that was measured.</summary>
/// <param name="Models">Those that finished.</param>
/// <param name="Failures">Who failed, and what it said.</param>
/// <param name="Search">Null without a search.</param>
internal sealed record ComparisonResult(IReadOnlyList<ComparedModel> Models, IReadOnlyList<string> Failures, SearchResult? Search);

/// <summary>Cross-validation of all contestants on the same folds and features.</summary>
internal static class Comparison
{
    public static ComparisonResult Run(
        Dataset data, IReadOnlyList<IContestant> contestants, ComparisonSettings settings, CancellationToken cancellation)
    {
        IReadOnlyList<Fold> folds = Folds.Create(data, settings.Folds, settings.Seed);
        var training = new TrainingSettings(settings.Threads, settings.Iterations);
        Dictionary<string, string> failures = [];
        List<TestResult> results = ProgressDisplay.Run($"{settings.Folds} folds, {contestants.Count} contestants", display =>
        {
            List<TestResult> found = [];
            int jobs = folds.Count * contestants.Count, job = 0;
            for (int number = 0; number < folds.Count; number++)
            {
                cancellation.ThrowIfCancellationRequested();
                var round = new Round(data, folds[number], settings.Seed + number, training, cancellation);
                foreach (IContestant contestant in contestants)
                {
                    cancellation.ThrowIfCancellationRequested();
                    int before = job++;
                    string where = $"fold {number + 1}, {contestant.Name}";
                    Report(0);
                    try
                    {
                        if (!failures.ContainsKey(contestant.Name))
                            found.AddRange(contestant.Measure(round, Report));
                    }
                    catch (Exception error) when (error is InvalidOperationException or ArgumentException)
                    {
                        // A result too: the others go on, and the report says it.
                        failures.Add(contestant.Name, error.Message.ReplaceLineEndings(" "));
                    }

                    Report(1);

                    void Report(double share)
                    {
                        double done = (before + share) / jobs;
                        display.Report(done, where, $"{done * 100:F0} %: {where}");
                    }
                }
            }

            return found;
        });

        ComparedModel[] models =
        [
            .. results.GroupBy(result => result.Row).Where(group => group.Count() == folds.Count).Select(group => new ComparedModel(group.Key, [.. group])),
        ];
        return new(models, [.. failures.Select(failure => $"{failure.Key} failed: {failure.Value}")], settings.Trials == 0 ? null : Search());

        SearchResult Search() => ProgressDisplay.Run(
            $"Random search, {settings.Trials} trials",
            display => RandomSearch.Run(
                new Round(data, folds[0], settings.Seed, training, cancellation),
                settings.Trials,
                (done, what) => display.Report(done, what, $"{done * 100:F0} %: {what}")));
    }
}
