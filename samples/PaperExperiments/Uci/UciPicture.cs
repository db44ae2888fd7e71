using PaperExperiments.Published;
using Samples;
using ScottPlot;

namespace PaperExperiments.Uci;

/// <summary>The log-likelihoods of the table, a panel for each set: ours with its standard error, the reference, and those that are published.</summary>
internal static class UciPicture
{
    private const int PanelsPerRow = 3;

    public static byte[] Draw(ResultTable table)
    {
        ReportStyle.UseSansSerif();
        Dictionary<string, int> at = table.Columns.Select((column, index) => (column.Name, index)).ToDictionary();
        Plot[] panels = [.. table.Rows.Where(row => row[at["metric"]] is "log-likelihood").Select(row => Panel(row, at))];
        return Pictures.ToPng(panels, Math.Min(PanelsPerRow, panels.Length));
    }

    private static Plot Panel(IReadOnlyList<object?> row, Dictionary<string, int> at)
    {
        Plot plot = ReportStyle.NewPanel($"{row[at["set"]]}", "test log-likelihood, nats per row");
        (string Name, object? Value)[] lines =
        [
            ("ours", row[at["ours"]]),
            ("reference", row[at["reference"]]),
            .. PublishedUci.Methods.Select(method => (method, row[at[$"{method} (published)"]])),
        ];
        lines = [.. lines.Where(line => line.Value is not null).Reverse()];
        for (int i = 0; i < lines.Length; i++)
        {
            bool isOurs = lines[i].Name == "ours";
            double value = (double)lines[i].Value!;
            ScottPlot.Plottables.Marker dot = plot.Add.Marker(value, i, color: isOurs ? ReportStyle.Series[0] : lines[i].Name == "reference" ? ReportStyle.Ink : ReportStyle.Series[1]);
            dot.MarkerSize = isOurs ? 13 : 9;
            if (isOurs && row[at["standard error"]] is double error)
            {
                ScottPlot.Plottables.Scatter bar = plot.Add.ScatterLine(new[] { value - error, value + error }, [i, i], ReportStyle.Series[0]);
                bar.LineWidth = 3;
            }
        }

        plot.Axes.Left.SetTicks([.. Enumerable.Range(0, lines.Length).Select(i => (double)i)], [.. lines.Select(line => line.Name)]);
        plot.Axes.SetLimitsY(-0.6, lines.Length - 0.4);
        plot.Axes.AutoScaleX();
        return plot;
    }
}
