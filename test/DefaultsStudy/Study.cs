using System.Diagnostics;
using Microsoft.ML.Trainers.VariationalDropout.DefaultsStudy.Contestants;
using Microsoft.ML.Trainers.VariationalDropout.DefaultsStudy.Measurement;
using Microsoft.ML.Trainers.VariationalDropout.DefaultsStudy.Parts;
using Microsoft.ML.Trainers.VariationalDropout.DefaultsStudy.Report;
using Microsoft.ML.Trainers.VariationalDropout.DefaultsStudy.Sets;

namespace Microsoft.ML.Trainers.VariationalDropout.DefaultsStudy;

/// <summary>Runs parts of the study, set by set.</summary>
internal static class Study
{
    /// <param name="parts">What to run.</param>
    /// <param name="settings">On what.</param>
    /// <param name="command">The arguments, for the report.</param>
    /// <param name="save">Given the report after every set, so that a run that is broken off leaves what it had.</param>
    /// <param name="cancellation">Ends the run between two trainings.</param>
    public static StudyReport Run(IReadOnlyList<Part> parts, StudySettings settings, string command, Action<StudyReport> save, CancellationToken cancellation)
    {
        (Part Part, StudySet Set)[] wanted = [.. from part in parts from set in StudySets.All where part.Includes(set) && settings.Sets?.Contains(set.Name) != false select (part, set)];
        if (wanted.Length == 0)
            throw new ArgumentException($"--sets names no set of {string.Join(", ", parts.Select(part => part.Name))}; there are {string.Join(", ", StudySets.All.Where(set => parts.Any(part => part.Includes(set))).Select(set => set.Name))}.");

        var report = new StudyReport(command, [.. wanted.Where(pair => !pair.Set.IsIn(settings.DataFolder)).Select(pair => pair.Set.Source!).Distinct()]);
        foreach (string missing in report.Missing)
            Console.WriteLine($"missing: {missing}");
        (Part Part, StudySet Set)[] found = [.. wanted.Where(pair => pair.Set.IsIn(settings.DataFolder))];
        foreach (IGrouping<Part, LearningTask> part in found.GroupBy(pair => pair.Part, pair => pair.Set.Task))
            WarmUp(part.Key, part.Distinct(), settings, cancellation);
        if (settings.Only is string only && found.Length > 0 && found.All(pair => Chosen(pair.Part, settings).Count < 2))
            throw new ArgumentException($"--only is '{only}', which no trainer or variation of {string.Join(", ", parts.Select(part => part.Name))} has in its name; there are {string.Join("; ", parts.SelectMany(part => part.Contestants).SelectMany(contestant => contestant.Columns).Distinct())}.");
        foreach ((Part part, StudySet set) in found)
        {
            long start = Stopwatch.GetTimestamp();
            SetResult result = SetMeasurement.Run(set.Open(settings.DataFolder), Chosen(part, settings), settings, cancellation);
            report.Add(part, result);
            save(report);
            Console.WriteLine(Progress(part, result, Stopwatch.GetElapsedTime(start)));
        }

        return report;
    }

    /// <summary>A few rows for each kind of trainer: else the first to train would be timed with its compilation.</summary>
    private static void WarmUp(Part part, IEnumerable<LearningTask> tasks, StudySettings settings, CancellationToken cancellation)
    {
        foreach (int classes in tasks.SelectMany(task => task == LearningTask.Regression ? new[] { 0 } : [2, 10]))
            SetMeasurement.Run(new GeneratedSet("warm-up", 100, classes, SetRole.Choose).Open(null), Chosen(part, settings), settings with { Splits = 1, Seeds = 1 }, cancellation);
    }

    private static IReadOnlyList<IContestant> Chosen(Part part, StudySettings settings)
        => settings.Only is not string text
            ? part.Contestants
            : [.. part.Contestants.Where((contestant, i) => i == 0 || contestant.Columns.Any(name => name.Contains(text, StringComparison.OrdinalIgnoreCase)))];

    /// <summary>A line for each set: the main figure of the first column.</summary>
    private static string Progress(Part part, SetResult result, TimeSpan time)
    {
        ReportTable table = part.Tables([result]).First();
        int first = table.Heads.TakeWhile(head => head != result.Runs[0].Column).Count();
        return FormattableString.Invariant($"{part.Name,-8} {result.Set.Name,-26} {result.Runs.Count,4} results in {time.TotalSeconds,6:F0} s; {table.Title.Split(';')[0]} {table.Heads[first]} {table.Rows[0][first]}; {result.Failures.Count()} failed");
    }
}
