using System.Collections.Concurrent;
using Microsoft.ML.Trainers.VariationalDropout.DefaultsStudy.Contestants;
using Microsoft.ML.Trainers.VariationalDropout.DefaultsStudy.Sets;

namespace Microsoft.ML.Trainers.VariationalDropout.DefaultsStudy.Measurement;

/// <summary>Trains all contestants on all splits of a set, beside each other on one thread each: results do not depend on the number of threads.</summary>
internal static class SetMeasurement
{
    /// <summary>Between the seeds of two repetitions of a split: no two trainings on a set have the same.</summary>
    private const int SeedStep = 1000;

    public static SetResult Run(OpenedSet set, IReadOnlyList<IContestant> contestants, StudySettings settings, CancellationToken cancellation)
    {
        DataSplit first = set.Splits[0].Value;
        int splits = Math.Min(settings.Splits ?? int.MaxValue, set.Splits.Count);
        (IContestant Contestant, int Split, int Seed)[] jobs =
        [
            .. from split in Enumerable.Range(0, splits)
               from contestant in contestants
               where contestant.Takes(first, set.HiddenUnits)
               from repetition in Enumerable.Range(0, settings.Seeds)
               select (contestant, split, 1 + split + (SeedStep * repetition)),
        ];
        var runs = new IReadOnlyList<Run>[jobs.Length];
        var inOrder = Partitioner.Create(Enumerable.Range(0, jobs.Length), EnumerablePartitionerOptions.NoBuffering);
        Parallel.ForEach(inOrder, new ParallelOptions { MaxDegreeOfParallelism = settings.Threads, CancellationToken = cancellation }, job =>
        {
            (IContestant contestant, int split, int seed) = jobs[job];
            DataSplit rows = set.Splits[split].Value;
            try
            {
                IReadOnlyList<Figures> figures = contestant.Measure(rows, set.HiddenUnits, seed);
                runs[job] = [.. contestant.Columns.Zip(figures, (column, found) => new Run(column, split, seed, found))];
            }
            catch (Exception error) when (error is InvalidOperationException or ArgumentException)
            {
                // A result too: a study of hours goes on, and the report says it.
                runs[job] = [.. contestant.Columns.Select(column => new Run(column, split, seed, null, error.Message))];
            }
        });
        return new(set.Set, first, [.. Enumerable.Range(0, splits).Select(split => set.Splits[split].Value.Reference)], [.. runs.SelectMany(found => found)]);
    }
}
