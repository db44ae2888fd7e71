using Microsoft.ML.Trainers.VariationalDropout.DefaultsStudy.Contestants;
using Microsoft.ML.Trainers.VariationalDropout.DefaultsStudy.Measurement;
using Microsoft.ML.Trainers.VariationalDropout.DefaultsStudy.Report;
using Microsoft.ML.Trainers.VariationalDropout.DefaultsStudy.Sets;

namespace Microsoft.ML.Trainers.VariationalDropout.DefaultsStudy.Parts;

/// <summary>What longer training brings, and what it costs.</summary>
internal sealed class LengthPart : Part
{
    private static readonly string[] Sets = ["yacht", "concrete", "kin8nm", "ames", "diamonds", "OJ", "credit_data", "hpc_data", "adult"];

    public override string Name => "length";

    public override string Title => "Length of the training";

    public override IReadOnlyList<IContestant> Contestants => Variations.OfLength;

    public override bool Includes(StudySet set) => Sets.Contains(set.Name);

    protected override IEnumerable<ReportTable> TablesOf(LearningTask task, IReadOnlyList<SetResult> results)
        => new[] { MainMetric(task), Metric.Seconds }.SelectMany(metric => ValuesOf(task, metric, results));
}
