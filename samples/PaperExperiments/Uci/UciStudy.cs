using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;
using Samples;

namespace PaperExperiments.Uci;

/// <summary>The runs of all splits of all sets.</summary>
/// <param name="Set">The set.</param>
/// <param name="HiddenUnits">Units of the hidden layer.</param>
/// <param name="Runs">For each split those of the seeds.</param>
internal sealed record UciStudy(RegressionSet Set, int HiddenUnits, IReadOnlyList<IReadOnlyList<UciRun>> Runs)
{
    /// <summary>Units of the hidden layer that the benchmark has, where neither the folder nor the command line says otherwise.</summary>
    public const int DefaultHiddenUnits = 50;

    /// <summary>A mean over the seeds for each split: the seeds of one split are not independent of each other.</summary>
    public IReadOnlyList<double> PerSplit(Func<UciRun, double> figure) => [.. Runs.Select(seeds => seeds.Average(figure))];

    /// <summary>Every split has seeds of its own: one start of the weights must not decide about all of them.</summary>
    private static int SeedOf(int split, int seed) => 1 + split + (1000 * seed);

    /// <summary>Splits run beside each other, on one thread each. The figures are the same for any number of threads.</summary>
    public static IReadOnlyList<UciStudy> Run(IReadOnlyList<RegressionSet> sets, int? hiddenUnits, int seeds, int samples, CancellationToken cancellation)
    {
        UciStudy[] studies = [.. sets.Select(set => new UciStudy(set, hiddenUnits ?? set.HiddenUnits ?? DefaultHiddenUnits, [.. set.Splits.Select(_ => new UciRun[seeds])]))];

        // The long ones first: a long one that starts last would leave all threads but one idle.
        (UciStudy Study, int Split, int Seed, double Work)[] jobs =
        [
            .. from study in studies
               from split in Enumerable.Range(0, study.Set.Splits.Count)
               from seed in Enumerable.Range(0, seeds)
               let work = (double)study.Set.Splits[split].Train.Count * study.HiddenUnits
               orderby work descending
               select (study, split, seed, work),
        ];
        double allWork = jobs.Sum(job => job.Work), doneWork = 0;
        int done = 0;
        return ProgressDisplay.Run($"{jobs.Length} trainings on {sets.Count} sets", display =>
        {
            try
            {
                var progress = new Lock();

                // Without a buffer, or threads would take several jobs at a time, out of this order.
                Partitioner<(UciStudy Study, int Split, int Seed, double Work)> inOrder = Partitioner.Create(jobs, EnumerablePartitionerOptions.NoBuffering);
                Parallel.ForEach(inOrder, new ParallelOptions { CancellationToken = cancellation, MaxDegreeOfParallelism = Environment.ProcessorCount }, job =>
                {
                    ((UciRun[])job.Study.Runs[job.Split])[job.Seed] = Measure(job.Study, job.Split, SeedOf(job.Split, job.Seed), samples, cancellation);
                    lock (progress)
                    {
                        doneWork += job.Work;
                        done++;
                        display.Report(doneWork / allWork, $"{job.Study.Set.Name}, split {job.Split}", $"{done} of {jobs.Length} trainings");
                    }
                });
            }
            catch (AggregateException errors)
            {
                ExceptionDispatchInfo.Throw(errors.Flatten().InnerExceptions[0]);
            }

            return studies;
        });
    }

    private static UciRun Measure(UciStudy study, int split, int seed, int samples, CancellationToken cancellation)
    {
        try
        {
            return UciRun.Measure(study.Set, study.Set.Splits[split], study.HiddenUnits, seed, samples, cancellation);
        }
        catch (Exception error) when (error is InvalidOperationException or ArgumentException)
        {
            throw new InvalidOperationException($"{study.Set.Name}, split {split}: {error.Message}", error);
        }
    }
}
