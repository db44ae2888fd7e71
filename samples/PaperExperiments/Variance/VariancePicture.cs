using System.Globalization;
using Samples;
using ScottPlot;

namespace PaperExperiments.Variance;

/// <summary>Variance ÷ that of local reparameterization, a panel for each layer and stage: ours with its interval, and the paper's.</summary>
internal static class VariancePicture
{
    private static readonly double[] Ticks = [0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200];

    private const int PanelWidth = 700;

    private static readonly string[] Shown = ["÷ local", "95 % from", "95 % to", "published ÷ local"];

    public static byte[] Draw(ResultTable table)
    {
        ReportStyle.UseSansSerif();
        Dictionary<string, int> at = table.Columns.Select((column, index) => (column.Name, index)).ToDictionary();

        // Of several trainings the first: the table has them all.
        IReadOnlyList<object?>[] rows = [.. table.Rows.Where(row => row[at["seed"]] is 1)];
        double[] all = [.. Shown.SelectMany(column => rows.Select(row => row[at[column]])).OfType<double>().Select(Math.Log10)];
        Plot[] panels =
        [
            .. rows.GroupBy(row => string.Create(CultureInfo.InvariantCulture, $"{row[at["layer"]]} layer, {row[at["stage"]]}: epoch {row[at["epoch"]]}, {row[at["test error %"]]:F2} % test error"))
                .Select(group => Panel(group.Key, [.. group], at, all.Min(), all.Max())),
        ];
        return Pictures.ToPng(panels, columns: 2, PanelWidth);
    }

    private static Plot Panel(string title, IReadOnlyList<object?>[] rows, Dictionary<string, int> at, double lowest, double highest)
    {
        Plot plot = ReportStyle.NewPanel(title, "variance ÷ that of local reparameterization");
        for (int i = 0; i < rows.Length; i++)
        {
            double line = rows.Length - 1 - i;
            ScottPlot.Plottables.Marker published = plot.Add.Marker(Math.Log10((double)rows[i][at["published ÷ local"]]!), line, color: ReportStyle.Series[1]);
            published.MarkerShape = MarkerShape.OpenDiamond;
            published.MarkerSize = 13;
            published.MarkerLineWidth = 2;
            ScottPlot.Plottables.Marker ours = plot.Add.Marker(Math.Log10((double)rows[i][at["÷ local"]]!), line, color: ReportStyle.Series[0]);
            ours.MarkerSize = 11;
            if (i == 0)
                (ours.LegendText, published.LegendText) = ("ours, 95 % interval", "paper");
            if (rows[i][at["95 % from"]] is double low && rows[i][at["95 % to"]] is double high)
                plot.Add.ScatterLine(new[] { Math.Log10(low), Math.Log10(high) }, [line, line], ReportStyle.Series[0]).LineWidth = 3;
        }

        plot.Axes.Left.SetTicks([.. rows.Select((_, i) => (double)(rows.Length - 1 - i))], [.. rows.Select(row => (string)row[at["estimator"]]!)]);
        plot.Axes.Bottom.SetTicks([.. Ticks.Select(Math.Log10)], [.. Ticks.Select(tick => tick.ToString(CultureInfo.InvariantCulture))]);
        plot.Axes.SetLimits(lowest - 0.1, highest + 0.1, -0.6, rows.Length - 0.4);
        plot.ShowLegend(Alignment.UpperRight);
        return plot;
    }
}
