using System.Globalization;
using Samples;
using ScottPlot;

namespace PaperExperiments.Speed;

/// <summary>Seconds per epoch, ours and the paper's.</summary>
internal static class SpeedPicture
{
    public static byte[] Draw(ResultTable table)
    {
        ReportStyle.UseSansSerif();
        Dictionary<string, int> at = table.Columns.Select((column, index) => (column.Name, index)).ToDictionary();
        Plot plot = ReportStyle.NewPanel(table.Title, "seconds per epoch");

        // Of several repetitions the first: the table has them all.
        IReadOnlyList<object?>[] rows = [.. table.Rows.Where(row => row[at["seed"]] is 1)];
        int count = rows.Length;
        double highest = 0;
        for (int i = 0; i < count; i++)
        {
            IReadOnlyList<object?> row = rows[i];
            double line = count - 1 - i, ours = (double)row[at["seconds per epoch"]]!;
            AddMarker(ours, line, ReportStyle.Series[0], MarkerShape.FilledCircle, i == 0 ? "ours" : "");
            AddText(ours, line, $"÷ local: {(double)row[at["÷ local"]]!:F1}");
            highest = Math.Max(highest, ours);
            if (row[at["published seconds"]] is not double published)
                continue;
            AddMarker(published, line, ReportStyle.Series[1], MarkerShape.OpenDiamond, i == 0 ? "paper" : "");
            highest = Math.Max(highest, published);
        }

        double[] ticks = [.. Enumerable.Range(-1, 8).Select(power => Math.Pow(10, power)).Where(tick => tick <= 10 * highest)];
        plot.Axes.Left.SetTicks([.. Enumerable.Range(0, count).Select(i => (double)(count - 1 - i))], [.. rows.Select(row => $"{row[at["estimator"]]}, {row[at["noise"]]} noise")]);
        plot.Axes.Bottom.SetTicks([.. ticks.Select(Math.Log10)], [.. ticks.Select(tick => tick.ToString(CultureInfo.InvariantCulture))]);
        plot.Axes.SetLimitsY(-0.6, count - 0.4);
        plot.Axes.AutoScaleX();
        plot.ShowLegend(Alignment.UpperRight);
        return Pictures.ToPng(plot, 1300, 420);

        void AddMarker(double seconds, double line, Color color, MarkerShape shape, string legend)
        {
            ScottPlot.Plottables.Marker marker = plot.Add.Marker(Math.Log10(seconds), line, shape, 12, color);
            marker.MarkerLineWidth = 2;
            marker.LegendText = legend;
        }

        void AddText(double seconds, double line, FormattableString text)
        {
            ScottPlot.Plottables.Text label = plot.Add.Text(text.ToString(CultureInfo.InvariantCulture), Math.Log10(seconds), line);
            label.OffsetY = 9;
            label.LabelFontColor = ReportStyle.Ink;
        }
    }
}
