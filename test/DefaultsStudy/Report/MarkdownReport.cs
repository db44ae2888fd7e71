using Microsoft.ML.Trainers.VariationalDropout.DefaultsStudy.Measurement;
using Microsoft.ML.Trainers.VariationalDropout.DefaultsStudy.Parts;

namespace Microsoft.ML.Trainers.VariationalDropout.DefaultsStudy.Report;

/// <summary>Results as the tables of docs/results/defaults.md.</summary>
internal static class MarkdownReport
{
    private static readonly string[] Notes =
    [
        "Mean over the splits ± its standard error; a set with one split has none. Differences are taken split by split. Rows are training rows.",
        "Log-likelihood and log-loss in nats per test row; RMSE in the label's unit. Calibration error: 15 bins of the most probable class's probability.",
        "Ours averages over 50 draws of the weights unless it says posterior mean. A trainer that predicts a number alone is given a Gaussian of one variance, that of its training residuals.",
        "Reference: the log-likelihoods that lie beside the published regression benchmark, and for sets that the program makes those of the truth. On the benchmark's sets ours has the benchmark's one hidden layer (of the size in n_hidden.txt, else 50 units); all else is the default everywhere.",
        "Linear trainers (SDCA, L-BFGS) get features after NormalizeMeanVariance. FastTree takes no more than two classes; L-BFGS has no regression with Gaussian noise.",
        "Seconds: of Fit, on one thread, beside other trainings on the machine.",
    ];

    public static string Write(StudyReport report)
    {
        List<string> lines = [$"`dotnet run -c Release --project test/DefaultsStudy -- {report.Command}`", "", $"{Machine.Description}; {DateTime.UtcNow:yyyy-MM-dd}.", ""];
        lines.AddRange(Notes.Select(note => $"- {note}"));
        if (report.Missing.Count > 0)
            lines.Add($"- Missing in the data folder, and not in the tables: {string.Join(", ", report.Missing)}.");
        foreach ((Part part, SetResult result) in report.Results)
            lines.AddRange(result.Failures.Select(run => $"- Failed: {part.Name}, {result.Set.Name}, {run.Column}, split {run.Split}, seed {run.Seed}: {run.Failure!.ReplaceLineEndings(" ")}"));

        foreach (IGrouping<Part, SetResult> part in report.Results.GroupBy(found => found.Part, found => found.Result))
        {
            lines.AddRange(["", $"## {part.Key.Title}"]);
            foreach (ReportTable table in part.Key.Tables([.. part]))
            {
                lines.AddRange(["", $"### {table.Title}", "", Row(table.Heads), Row(table.Heads.Select((_, column) => column == 0 ? "---" : "---:"))]);
                lines.AddRange(table.Rows.Select(Row));
            }
        }

        return string.Join('\n', lines) + '\n';
    }

    private static string Row(IEnumerable<string> cells) => $"| {string.Join(" | ", cells)} |";
}
