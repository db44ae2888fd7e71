using PaperExperiments.Published;
using Samples;
using ScottPlot;

namespace PaperExperiments.Mnist;

/// <summary>Error against units: ours with standard errors, and the paper's curves.</summary>
internal static class MnistPicture
{
    public static byte[] Draw(ResultTable table)
    {
        ReportStyle.UseSansSerif();
        Dictionary<string, int> at = table.Columns.Select((column, index) => (column.Name, index)).ToDictionary();
        Plot plot = ReportStyle.NewPanel(table.Title, "units of each hidden layer");
        plot.YLabel("error, %");
        foreach (MnistMethod method in MnistMethod.All)
        {
            Color color = ReportStyle.Series[method.Color];
            IReadOnlyList<object?>[] rows = [.. table.Rows.Where(row => row[at["method"]] is string name && name == method.Name).OrderBy(row => row[at["units"]])];
            if (rows.Length == 0)
                continue;

            double[] units = [.. rows.Select(row => (double)(int)row[at["units"]]!)], errors = [.. rows.Select(row => (double)row[at["error %"]]!)];
            ScottPlot.Plottables.Scatter ours = plot.Add.Scatter(units, errors, color);
            ours.LineWidth = 2.5f;
            ours.MarkerSize = 8;
            ours.LegendText = $"{method.Name}, ours";
            ScottPlot.Plottables.ErrorBar bars = plot.Add.ErrorBar(units, errors, [.. rows.Select(row => row[at["standard error"]] as double? ?? 0)]);
            bars.Color = color;

            ScottPlot.Plottables.Scatter paper = plot.Add.Scatter(PublishedMnist.Units.Select(size => (double)size).ToArray(), [.. PublishedMnist.Curve(method.Name)], color.WithAlpha(0.6));
            paper.LinePattern = LinePattern.Dashed;
            paper.LineWidth = 1.5f;
            paper.MarkerSize = 4;
            paper.LegendText = $"{method.Name}, paper";
        }

        plot.ShowLegend(Edge.Right);
        return Pictures.ToPng(plot);
    }
}
