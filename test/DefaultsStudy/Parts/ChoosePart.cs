using Microsoft.ML.Trainers.VariationalDropout.DefaultsStudy.Contestants;
using Microsoft.ML.Trainers.VariationalDropout.DefaultsStudy.Measurement;
using Microsoft.ML.Trainers.VariationalDropout.DefaultsStudy.Report;
using Microsoft.ML.Trainers.VariationalDropout.DefaultsStudy.Sets;

namespace Microsoft.ML.Trainers.VariationalDropout.DefaultsStudy.Parts;

/// <summary>The defaults beside variations of one thing each, on the sets that they were chosen on.</summary>
internal sealed class ChoosePart : Part
{
    public override string Name => "choose";

    public override string Title => "What was tried";

    public override IReadOnlyList<IContestant> Contestants => Variations.OfOneThing;

    public override bool Includes(StudySet set) => set.Role == SetRole.Choose;

    protected override IEnumerable<ReportTable> TablesOf(LearningTask task, IReadOnlyList<SetResult> results)
    {
        IReadOnlyList<Metric> metrics = task == LearningTask.Regression ? [Metric.LogLikelihood, Metric.RootMeanSquaredError] : [Metric.LogLoss, Metric.CalibrationError];
        foreach (Metric metric in metrics)
            yield return MetricTable.OfDifferences(task, metric, results, Columns(results, metric));
        foreach (ReportTable seconds in ValuesOf(task, Metric.Seconds, results))
            yield return seconds;
    }
}
