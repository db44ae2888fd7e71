using ScottPlot;

namespace Samples;

/// <summary>Plots as PNG files.</summary>
internal static class Pictures
{
    public static byte[] ToPng(Plot plot, int width = 1200, int height = 800) => plot.GetImage(width, height).GetImageBytes(ImageFormat.Png, 100);

    /// <summary>Plots of the same size in rows.</summary>
    public static byte[] ToPng(IReadOnlyList<Plot> panels, int columns, int panelWidth = 520, int panelHeight = 380)
    {
        var page = new Multiplot();
        page.RemovePlot(page.GetPlot(0));
        foreach (Plot panel in panels)
            page.AddPlot(panel);
        int rows = (panels.Count + columns - 1) / columns;
        page.Layout = new ScottPlot.MultiplotLayouts.Grid(rows, columns);
        return page.Render(columns * panelWidth, rows * panelHeight).GetImageBytes(ImageFormat.Png, 100);
    }
}
