using Microsoft.ML.Trainers.VariationalDropout.DefaultsStudy.Measurement;
using Microsoft.ML.Trainers.VariationalDropout.DefaultsStudy.Sets;
using Samples;

namespace Microsoft.ML.Trainers.VariationalDropout.DefaultsStudy.Report;

/// <summary>A row for each set, a column for each trainer: mean over the splits ± its standard error.</summary>
internal static class MetricTable
{
    /// <summary>Standard errors from which on a difference is counted.</summary>
    private const double Clear = 2;

    public static ReportTable OfValues(LearningTask task, Metric metric, IReadOnlyList<SetResult> results, IReadOnlyList<string> columns)
        => new($"{task}: {metric.Name}", [.. SetHeads, .. columns], [.. results.Select(result => (IReadOnlyList<string>)[.. SetCells(result), .. columns.Select(column => Value(result, metric, column))])]);

    /// <summary>The first column as it is; of the others the difference from it, split by split. The last row counts the sets that are clearly better and worse.</summary>
    public static ReportTable OfDifferences(LearningTask task, Metric metric, IReadOnlyList<SetResult> results, IReadOnlyList<string> columns)
    {
        string first = columns[0];
        string[] others = [.. columns.Skip(1)];
        return new(
            $"{task}: {metric.Name}; differences from the default",
            [.. SetHeads, first, .. others],
            [
                .. results.Select(result => (IReadOnlyList<string>)[.. SetCells(result), Value(result, metric, first), .. others.Select(other => Difference(result, metric, other, first) is { } difference
                    ? CellText.Of(difference, CellText.Decimals(metric, result, first), isDifference: true)
                    : Absent(result, other, "default"))]),
                ["better / worse", "", "", "", "", .. others.Select(Count)],
            ]);

        string Count(string other)
        {
            double[] gains = [.. results.Select(result => Difference(result, metric, other, first)).Where(difference => difference?.StandardError > 0)
                .Select(difference => (metric.HigherIsBetter ? 1 : -1) * difference!.Mean / difference.StandardError!.Value)];
            return FormattableString.Invariant($"{gains.Count(gain => gain >= Clear)} / {gains.Count(gain => gain <= -Clear)}");
        }
    }

    /// <summary>Ours − the best of the peers, split by split, and its name.</summary>
    public static string DifferenceFromBest(SetResult result, Metric metric, string ours, IEnumerable<string> peers)
    {
        (string Name, double Mean)[] known = [.. peers.Select(peer => (peer, result.PerSplit(peer, metric)?.Average())).Where(peer => peer.Item2 is not null).Select(peer => (peer.peer, peer.Item2!.Value))];
        if (known.Length == 0)
            return "–";
        string best = (metric.HigherIsBetter ? known.MaxBy(peer => peer.Mean) : known.MinBy(peer => peer.Mean)).Name;
        return Difference(result, metric, ours, best) is { } difference ? $"{CellText.Of(difference, CellText.Decimals(metric, result, ours), isDifference: true)} ({best})" : "–";
    }

    /// <summary>Ours − the figure that lies beside the data, split by split.</summary>
    public static string DifferenceFromReference(SetResult result, Metric metric, string ours)
        => result.PerSplit(ours, metric) is { } figures && result.References.All(reference => reference is not null)
            ? CellText.Of(Estimate.OfPairedDifference(figures, [.. result.References.Select(reference => reference!.Value)]), CellText.Decimals(metric, result, ours), isDifference: true)
            : "–";

    private static string[] SetHeads => ["set", "rows", "features", "splits"];

    private static string[] SetCells(SetResult result)
        => [result.Set.Name, CellText.Whole(result.First.Train.Count), CellText.Whole(result.First.FeatureCount), CellText.Whole(result.References.Count)];

    private static string Value(SetResult result, Metric metric, string column)
        => result.PerSplit(column, metric) is { } figures ? CellText.Of(Estimate.Of([.. figures]), CellText.Decimals(metric, result, column), isDifference: false) : Absent(result, column, "–");

    private static Estimate? Difference(SetResult result, Metric metric, string column, string from)
        => result.PerSplit(column, metric) is { } left && result.PerSplit(from, metric) is { } right ? Estimate.OfPairedDifference(left, right) : null;

    private static string Absent(SetResult result, string column, string otherwise) => result.Failures.Any(run => run.Column == column) ? "failed" : otherwise;
}
