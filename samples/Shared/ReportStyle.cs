using ScottPlot;
using SkiaSharp;

namespace Samples;

/// <summary>How the samples' plots look.</summary>
internal static class ReportStyle
{
    public static readonly Color Ink = Color.FromHex("#22313f"), Pale = Color.FromHex("#b8c4ce");

    public static readonly Color[] Series =
    [
        Color.FromHex("#e67e22"), Color.FromHex("#2e86c1"), Color.FromHex("#8e44ad"), Color.FromHex("#16a085"), Color.FromHex("#7f8c8d"),
        Color.FromHex("#c0392b"), Color.FromHex("#b7950b"),
    ];

    /// <summary>The renderer's own choice is a font with serifs on some Linux machines.</summary>
    private static readonly string[] SansSerifFonts = ["Segoe UI", "Helvetica Neue", "Arial", "Open Sans", "Noto Sans", "Liberation Sans", "DejaVu Sans"];

    /// <summary>Call it before the first plot.</summary>
    public static void UseSansSerif() => Fonts.Default = SansSerifFonts.FirstOrDefault(SKFontManager.Default.FontFamilies.Contains) ?? Fonts.Default;

    public static Plot NewPanel(string title, string bottom)
    {
        var plot = new Plot();
        plot.Title(title);
        plot.Axes.Title.Label.FontSize = 16;
        plot.Axes.Title.Label.ForeColor = Ink;
        plot.XLabel(bottom);
        plot.Axes.Bottom.Label.Bold = false;
        plot.Axes.Bottom.Label.FontSize = 13;
        Quieten(plot);
        return plot;
    }

    public static void Quieten(Plot plot)
    {
        plot.Grid.MajorLineColor = Pale.WithAlpha(0.4);
        plot.Axes.Right.FrameLineStyle.Width = 0;
        plot.Axes.Top.FrameLineStyle.Width = 0;
        plot.Axes.Color(Ink.WithAlpha(0.8));
    }
}
