using Microsoft.ML.Trainers.VariationalDropout.DefaultsStudy.Contestants;
using Microsoft.ML.Trainers.VariationalDropout.DefaultsStudy.Measurement;
using Microsoft.ML.Trainers.VariationalDropout.DefaultsStudy.Report;
using Microsoft.ML.Trainers.VariationalDropout.DefaultsStudy.Sets;

namespace Microsoft.ML.Trainers.VariationalDropout.DefaultsStudy.Parts;

/// <summary>A question of the study: on which sets, who trains, and what is shown.</summary>
internal abstract class Part
{
    /// <summary>On the command line.</summary>
    public abstract string Name { get; }

    public abstract string Title { get; }

    public abstract IReadOnlyList<IContestant> Contestants { get; }

    public abstract bool Includes(StudySet set);

    /// <param name="results">Of at least one set.</param>
    public IEnumerable<ReportTable> Tables(IReadOnlyList<SetResult> results)
        => results.GroupBy(result => result.Set.Task).OrderBy(task => task.Key).SelectMany(task => TablesOf(task.Key, [.. task]));

    /// <param name="task">The task of all results.</param>
    /// <param name="results">Of at least one set.</param>
    protected abstract IEnumerable<ReportTable> TablesOf(LearningTask task, IReadOnlyList<SetResult> results);

    /// <summary>What is judged first.</summary>
    protected static Metric MainMetric(LearningTask task) => task == LearningTask.Regression ? Metric.LogLikelihood : Metric.LogLoss;

    protected static IReadOnlyList<Metric> Metrics(LearningTask task) => task == LearningTask.Regression
        ? [Metric.LogLikelihood, Metric.RootMeanSquaredError]
        : [Metric.LogLoss, Metric.CalibrationError, Metric.Error, Metric.AreaUnderCurve];

    /// <summary>The table of a metric, with the rows and columns that have anything to show.</summary>
    protected IEnumerable<ReportTable> ValuesOf(LearningTask task, Metric metric, IReadOnlyList<SetResult> results)
        => Shown(results, metric) is { Count: > 0 } shown ? [MetricTable.OfValues(task, metric, shown, Columns(shown, metric))] : [];

    /// <summary>The sets of which a figure is known, or failed.</summary>
    protected static IReadOnlyList<SetResult> Shown(IReadOnlyList<SetResult> results, Metric metric) => [.. results.Where(result => result.Runs.Any(run => HasOrFailed(run, metric)))];

    /// <summary>The columns of which a figure is known, or failed; the time of a training is that of all its ways to predict.</summary>
    protected IReadOnlyList<string> Columns(IReadOnlyList<SetResult> results, Metric metric)
        => [.. Contestants.SelectMany(contestant => metric == Metric.Seconds ? contestant.Columns.Take(1) : contestant.Columns)
            .Where(column => results.Any(result => result.Runs.Any(run => run.Column == column && HasOrFailed(run, metric))))];

    private static bool HasOrFailed(Run run, Metric metric) => run.Figures?.ContainsKey(metric) != false;
}
