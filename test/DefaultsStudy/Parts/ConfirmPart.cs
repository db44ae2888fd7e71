using Microsoft.ML.Trainers.VariationalDropout.DefaultsStudy.Contestants;
using Microsoft.ML.Trainers.VariationalDropout.DefaultsStudy.Measurement;
using Microsoft.ML.Trainers.VariationalDropout.DefaultsStudy.Report;
using Microsoft.ML.Trainers.VariationalDropout.DefaultsStudy.Sets;

namespace Microsoft.ML.Trainers.VariationalDropout.DefaultsStudy.Parts;

/// <summary>The defaults beside those of other trainers, on sets that were kept aside.</summary>
internal sealed class ConfirmPart : Part
{
    private const string Ours = "ours";

    public override string Name => "confirm";

    public override string Title => "Confirmation on sets kept aside";

    public override IReadOnlyList<IContestant> Contestants { get; } = [Variations.Default(Ours), .. Peers.All];

    public override bool Includes(StudySet set) => set.Role == SetRole.Confirm;

    protected override IEnumerable<ReportTable> TablesOf(LearningTask task, IReadOnlyList<SetResult> results)
    {
        string[] peers = [.. Peers.All.SelectMany(peer => peer.Columns)];
        foreach (Metric metric in Metrics(task))
        {
            IReadOnlyList<SetResult> shown = Shown(results, metric);
            foreach (ReportTable values in ValuesOf(task, metric, results))
            {
                ReportTable table = values.With($"{Ours} − best peer", shown.Select(result => MetricTable.DifferenceFromBest(result, metric, Ours, peers)));
                yield return metric == MainMetric(task)
                    ? table.With($"{Ours} − reference", shown.Select(result => MetricTable.DifferenceFromReference(result, metric, Ours)))
                    : table;
            }
        }

        foreach (ReportTable seconds in ValuesOf(task, Metric.Seconds, results))
            yield return seconds;
    }
}
