using System.Security.Cryptography;
using System.Text;
using Samples;

namespace PaperExperiments.Study;

/// <summary>Runs that come one after another, each on all threads, and that are not repeated when the study is started again.</summary>
internal static class ResumableStudy
{
    /// <summary>How a study measures one run, and what it costs.</summary>
    /// <typeparam name="TSettings">All that decides a run.</typeparam>
    /// <typeparam name="TResult">Its figures.</typeparam>
    /// <param name="Kind">All that decides how long a run takes, as text.</param>
    /// <param name="Epochs">Passes of a training.</param>
    /// <param name="EpochOperations">Multiply-adds of one of them.</param>
    /// <param name="Operations">Multiply-adds of the whole run.</param>
    /// <param name="Measure">Runs it; the text is the path of its checkpoints.</param>
    /// <param name="SecondsPerEpoch">Of a finished run.</param>
    /// <param name="Describe">The result in a few words.</param>
    public sealed record Work<TSettings, TResult>(
        Func<TSettings, string> Kind,
        Func<TSettings, int> Epochs,
        Func<TSettings, double> EpochOperations,
        Func<TSettings, double> Operations,
        Func<TSettings, string, StudyClock, TResult> Measure,
        Func<TResult, double> SecondsPerEpoch,
        Func<TResult, string> Describe);

    /// <param name="title">What is studied.</param>
    /// <param name="name">Of the log, <c>name-runs.jsonl</c>, and the checkpoints.</param>
    /// <param name="output">Where they are.</param>
    /// <param name="runs">The settings of all runs.</param>
    /// <param name="work">How to do one.</param>
    /// <returns>The result of each run.</returns>
    public static IReadOnlyList<TResult> Run<TSettings, TResult>(string title, string name, OutputFolder output, IReadOnlyList<TSettings> runs, Work<TSettings, TResult> work)
        where TSettings : notnull
        where TResult : class
    {
        using var log = RunLog<TSettings, TResult>.Open(output.Locate(LogName(name)));
        int known = runs.Count(run => log.Find(run) is not null);
        return ProgressDisplay.Run(known == 0 ? title : $"{title}, {known} of {runs.Count} runs known from {LogName(name)}", display =>
        {
            var clock = new StudyClock(display, [.. runs.Select(run => (work.Kind(run), work.Operations(run)))]);
            foreach (TSettings run in runs)
            {
                if (log.Find(run) is TResult result)
                    clock.Known(work.Kind(run), work.Operations(run), work.SecondsPerEpoch(result) * work.Operations(run) / work.EpochOperations(run));
            }

            return runs.Select(run =>
            {
                if (log.Find(run) is TResult finished)
                    return finished;
                clock.Start($"{run}", work.Kind(run), work.Operations(run), work.Epochs(run), work.EpochOperations(run));
                TResult result = work.Measure(run, output.Locate(CheckpointName(name, RunLog<TSettings, TResult>.Key(run))), clock);
                log.Add(run, result);
                clock.RunEnded(work.Describe(result));
                return result;
            }).ToArray();
        });
    }

    public static string LogName(string study) => $"{study}-runs.jsonl";

    /// <summary>Of the settings alone: the run that is started again finds its own, and no other's.</summary>
    private static string CheckpointName(string study, string key)
        => $"{study}-{Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(key)).AsSpan(0, 8))}.checkpoint";
}
