using System.Globalization;
using Samples;
using ScottPlot;
using ScottPlot.TickGenerators;

namespace PaperExperiments.Sparsify;

/// <summary>Error against compression, on a logarithmic scale: pruning by magnitude as a curve, the rest as points.</summary>
internal static class SparsifyPicture
{
    public static byte[] Draw(ResultTable table)
    {
        ReportStyle.UseSansSerif();
        Dictionary<string, int> at = table.Columns.Select((column, index) => (column.Name, index)).ToDictionary();
        (string Method, bool IsOurs, double X, double Error)[] points =
        [
            .. table.Rows.Where(row => row[at["error %"]] is not null).Select(row =>
                ((string)row[at["method"]]!, row[at["source"]] is "ours", Math.Log10((double)row[at["compression"]]!), (double)row[at["error %"]]!)),
        ];
        Plot plot = ReportStyle.NewPanel(table.Title, "weights ÷ surviving weights");
        plot.YLabel("error, %");
        (string Method, bool IsOurs, double X, double Error)[] magnitude =
            [.. points.Where(point => point.IsOurs && (point.Method.StartsWith("magnitude", StringComparison.Ordinal) || point.Method == "plain network")).OrderBy(point => point.X)];
        ScottPlot.Plottables.Scatter curve = plot.Add.Scatter(magnitude.Select(point => point.X).ToArray(), [.. magnitude.Select(point => point.Error)], ReportStyle.Series[4]);
        curve.LineWidth = 2.5f;
        curve.LegendText = "plain network, magnitude pruning, ours";
        int color = 0;
        foreach ((string method, bool isOurs, double x, double error) in points.Except(magnitude))
        {
            ScottPlot.Plottables.Scatter dot = plot.Add.ScatterPoints(new[] { x }, [error], ReportStyle.Series[color++ % ReportStyle.Series.Length]);
            dot.MarkerSize = isOurs ? 14 : 10;
            dot.MarkerShape = isOurs ? MarkerShape.FilledCircle : MarkerShape.OpenCircle;
            dot.LegendText = $"{method}, {(isOurs ? "ours" : "published")}";
        }

        plot.Axes.Bottom.TickGenerator = new NumericAutomatic
        {
            MinorTickGenerator = new LogMinorTickGenerator(),
            IntegerTicksOnly = true,
            LabelFormatter = value => Math.Pow(10, value).ToString("G4", CultureInfo.InvariantCulture),
        };
        // Far out on the curve errors are those of guessing; what matters is near the others.
        plot.Axes.SetLimitsY(0, Math.Max(5, 1.3 * points.Except(magnitude).Max(point => point.Error)));
        plot.ShowLegend(Edge.Right);
        return Pictures.ToPng(plot);
    }
}
