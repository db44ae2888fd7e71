using Pipeline.Steps;
using Samples;
using ScottPlot;

namespace Pipeline.Output;

/// <summary>One picture of a run.</summary>
internal static class PipelinePicture
{
    private const int Width = 600, Height = 480;

    public static byte[] Draw(IReadOnlyList<Explanation> explanations)
    {
        ReportStyle.UseSansSerif();
        return Pictures.ToPng([Importance(explanations)], columns: 1, Width, Height);
    }

    private static Plot Importance(IReadOnlyList<Explanation> explanations)
    {
        const int Columns = 10;
        Plot plot = ReportStyle.NewPanel("What the model looks at", "AUC lost when the column is shuffled");
        Explanation[] shown = [.. explanations.Take(Columns).Reverse()];
        for (int i = 0; i < shown.Length; i++)
        {
            Bar bar = plot.Add.Bar(i, Math.Max(shown[i].Importance, 0)).Bars[0];
            bar.Orientation = Orientation.Horizontal;
            bar.FillColor = ReportStyle.Series[1];
            bar.LineWidth = 0;
        }

        plot.Axes.Left.SetTicks([.. shown.Select((_, i) => (double)i)], [.. shown.Select(column => column.Column)]);
        plot.Axes.Left.MajorTickStyle.Length = 0;
        plot.Axes.Margins(left: 0);
        return plot;
    }
}
