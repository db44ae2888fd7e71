using Microsoft.ML.Trainers.VariationalDropout.DefaultsStudy.Sets;

namespace Microsoft.ML.Trainers.VariationalDropout.DefaultsStudy.Measurement;

/// <summary>One training and its test.</summary>
/// <param name="Column">Who trained, and how it predicts.</param>
/// <param name="Split">From 0.</param>
/// <param name="Seed">The seed.</param>
/// <param name="Figures">Null where training failed.</param>
/// <param name="Failure">What it said then.</param>
internal sealed record Run(string Column, int Split, int Seed, Figures? Figures, string? Failure = null);

/// <summary>All trainings on a set.</summary>
/// <param name="Set">The set.</param>
/// <param name="First">The first split: what it holds tells how large the set is.</param>
/// <param name="References">For each split the figure to compare with, or null.</param>
/// <param name="Runs">The trainings.</param>
internal sealed record SetResult(StudySet Set, DataSplit First, IReadOnlyList<double?> References, IReadOnlyList<Run> Runs)
{
    public IEnumerable<Run> Failures => Runs.Where(run => run.Failure is not null);

    /// <summary>For each split the mean over the seeds, which are not independent of each other; null where a figure is missing.</summary>
    public IReadOnlyList<double>? PerSplit(string column, Metric metric)
    {
        Run[] runs = [.. Runs.Where(run => run.Column == column)];
        return runs.Length > 0 && runs.All(run => run.Figures?.ContainsKey(metric) == true)
            ? [.. runs.GroupBy(run => run.Split).OrderBy(group => group.Key).Select(group => group.Average(run => run.Figures![metric]))]
            : null;
    }
}
