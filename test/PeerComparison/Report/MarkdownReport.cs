using Microsoft.ML.Trainers.VariationalDropout.PeerComparison.Measurement;
using Microsoft.ML.Trainers.VariationalDropout.PeerComparison.Quality;

namespace Microsoft.ML.Trainers.VariationalDropout.PeerComparison.Report;

/// <summary>Results as the tables of docs/results/performance.md.</summary>
internal static class MarkdownReport
{
    public static string Write(Machine machine, IEnumerable<Result> results, IReadOnlyList<QualityPoint> quality)
    {
        var lines = new List<string>();
        lines.Add($"Machine: {machine.Processor}, {machine.Processors} processors; {machine.Runtime}; kernel path {machine.Kernels}; {machine.Peers}.");
        lines.Add($"FMA peak, measured ({FmaPeak.Width}-bit registers): {machine.PeakOfOneThread:F0} GFLOP/s on one thread, {machine.PeakOfAllThreads:F0} on {machine.Threads}.");
        foreach (IGrouping<string, Result> group in results.GroupBy(result => result.Row.Group))
        {
            lines.Add("");
            lines.Add($"### {group.Key}");
            lines.Add("");
            lines.Add("| row | ratio of | median (quartiles) | target / aim | reached | first: time per unit | second |");
            lines.Add("|---|---|---|---|---|---|---|");
            foreach (var (row, outcome) in group)
            {
                lines.Add($"| `{row.Name}` | {row.Ratio} | {RowText.Ratio(outcome.Ratio)} | {RowText.Goal(row)} | {RowText.Verdict(row, outcome)} "
                    + $"| {outcome.FirstName}: {RowText.Time(outcome.First.Median)} per {row.Unit} | {outcome.SecondName}: {RowText.Time(outcome.Second.Median)} |");
            }
        }

        if (quality.Count > 0)
        {
            lines.Add("");
            lines.Add($"### Time to quality (`{QualityStudy.Name}`)");
            lines.Add("");
            lines.Add("| trainer | setting | seconds of Fit | AUC | log-loss in bits |");
            lines.Add("|---|---|---|---|---|");
            lines.AddRange(quality.Select(point => $"| {point.Trainer} | {point.Setting} | {RowText.Digits(point.Seconds.Median)} | {point.AreaUnderRocCurve:F4} | {point.LogLoss:F4} |"));
        }

        return string.Join('\n', lines) + '\n';
    }
}
