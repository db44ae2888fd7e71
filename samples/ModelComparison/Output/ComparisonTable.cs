using System.Globalization;
using System.Reflection;
using ModelComparison.Contestants;
using ModelComparison.Data;
using ModelComparison.Measurement;
using ModelComparison.Search;
using Samples;

namespace ModelComparison.Output;

/// <summary>The figures of a run as tables.</summary>
internal static class ComparisonTable
{
    public static ResultTable Create(Dataset data, IReadOnlyList<IContestant> contestants, ComparisonResult result, ComparisonSettings settings)
    {
        IReadOnlyList<Metric> metrics = Metric.Of(data.Task);
        var table = new ResultTable(
            "comparison",
            $"{data.LabelName} of {Path.GetFileName(data.Table.Source)}: {data.RowCount} rows, {settings.Folds} folds",
            settings.Quick,
            [
                new("trainer", IsKey: true), .. metrics.Select(metric => new ResultColumn(metric.Name, metric.Format)),
                new("training seconds", "F2"), new("scoring seconds", "F2"),
            ]);
        foreach (ComparedModel model in result.Models)
        {
            table.Add(
            [
                model.Name, .. metrics.Select(model.EstimateOf),
                model.Folds.Average(fold => fold.TrainSeconds), model.Folds.Average(fold => fold.ScoreSeconds),
            ]);
        }

        table.Notes.AddRange(Notes(data.Task, settings.Threads));
        if (data.NoteOnClassesOfOneRow is string note)
            table.Notes.Add(note);
        table.Notes.AddRange(contestants.Select(contestant => contestant.NoteOn(data.Task)).OfType<string>());
        table.Notes.AddRange(result.Failures);
        if (result.Search is SearchResult search)
            table.Parts.Add(("search", CreateSearch(data.Task, search, settings)));
        return table;
    }

    private static ResultTable CreateSearch(LearningTask task, SearchResult search, ComparisonSettings settings)
    {
        PropertyInfo[] options = [.. search.Trials[0].Options.Keys];
        Metric decisive = Metric.Decisive(task);
        IReadOnlyList<Metric> metrics = Metric.Of(task);
        var table = new ResultTable(
            "search",
            $"Random search over the options of variational dropout, {search.Trials.Count - 1} trials",
            settings.Quick,
            [
                new("trial", IsKey: true), .. options.Select(option => new ResultColumn(option.Name, "G3")),
                new($"validation {decisive.Name}", decisive.Format),
                .. metrics.Select(metric => new ResultColumn($"test {metric.Name}", metric.Format)), new("training seconds", "F2"),
            ]);
        foreach (Trial trial in search.Trials)
        {
            TestScores? test = trial == search.Best ? search.BestTest : trial.Number == 0 ? search.DefaultTest : null;
            table.Add(
            [
                (trial.Number == 0 ? "defaults" : trial.Number.ToString(CultureInfo.InvariantCulture)) + (trial == search.Best ? ", best" : ""),
                .. options.Select(option => Value(trial.Options[option])), trial.Validation is TestScores validation ? (object?)validation.Figures[decisive] : null,
                .. metrics.Select(metric => test?.Figures.TryGetValue(metric, out double figure) == true ? (object?)figure : null), trial.Seconds,
            ]);
        }

        table.Notes.Add(
            $"Validation: a fifth of the training rows of the first fold. Best: by validation {decisive.Name}. "
            + "Test: the fold's test rows, after training on all its training rows.");
        table.Notes.AddRange(search.Failures);
        return table;
    }

    private static IEnumerable<string> Notes(LearningTask task, int threads)
    {
        yield return "Mean ± standard error over folds that share training rows, so that the error is somewhat too small. Every trainer has the defaults of its options, "
            + $"the same features and {threads} {(threads == 1 ? "thread" : "threads")}; featurization is in nobody's seconds. Scoring: all test rows of a fold.";
        yield return task switch
        {
            LearningTask.Binary => "Log-loss in nats; Brier score (p − y)²; calibration error of the probability over 15 bins.",
            LearningTask.Multiclass => "Log-loss in nats; Brier score summed over the classes, 0 to 2; calibration error of the most probable class over 15 bins; "
                + "AUC: mean over each class against the others.",
            _ => "Log-likelihood and intervals are those of a normal distribution: of variational dropout with the row's own deviation; of a trainer that predicts a number "
                + "alone with one deviation for all rows, that of its residuals on a fifth of the training rows, which another training of it, not in its seconds, did not see.",
        };
    }

    private static object? Value(object? value) => value is null or string or int or double ? value : Convert.ToString(value, CultureInfo.InvariantCulture);
}
