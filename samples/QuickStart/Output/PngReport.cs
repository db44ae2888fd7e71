using System.Globalization;
using Microsoft.ML.Trainers.VariationalDropout;
using QuickStart.Evaluation;
using Samples;
using ScottPlot;
using ScottPlot.TickGenerators;

namespace QuickStart.Output;

/// <summary>
/// One picture of a run: the training curves, the learned dropout rates, and the test digits of which the model is most and least sure.
/// </summary>
internal static class PngReport
{
    private const int Width = 1680, Height = 1224, Margin = 24;
    private const int HeadingHeight = 56, CurvesTop = 64, CurvesHeight = 360;
    private const int DigitsPerRow = 9, ImageHeight = 161, BarsHeight = 125, BlockHeight = 385, BlockTop = 448;

    private static readonly Color Right = Color.FromHex("#2a7f4f"), Wrong = Color.FromHex("#c0392b");

    public static void Write<TModel>(Stream stream, string source, TrainingRun<TModel> training, VariationalDropoutMulticlassModelParameters network, TestFigures sampling)
    {
        ReportStyle.UseSansSerif();
        var page = new Page();
        string result = string.Create(
            CultureInfo.InvariantCulture,
            $"{1 - sampling.Error:P2} of {sampling.Rows.Count:N0} test rows right, calibration error {sampling.CalibrationError:P2}, layers of {string.Join(", ", network.LayerSizes)} units ({source})");
        page.Add(Heading(result, 21), Margin, 8, Width - (2 * Margin), HeadingHeight);

        int panelWidth = (Width - (5 * Margin)) / 4;
        Plot[] panels = [LossCurves(training.History, network.TrainingRows), RateCurves(training.History), RateDistribution(network), PixelRates(network)];
        for (int i = 0; i < panels.Length; i++)
            page.Add(panels[i], Margin + (i * (panelWidth + Margin)), CurvesTop, panelWidth, CurvesHeight);

        ScoredDigit[] byEntropy = [.. sampling.Rows.OrderBy(row => row.ScorePredictiveEntropy)];
        AddDigits(page, BlockTop, "Most certain (lowest predictive entropy)", [.. byEntropy.Take(DigitsPerRow)]);
        AddDigits(page, BlockTop + BlockHeight, "Least certain (highest predictive entropy)", [.. byEntropy.Reverse().Take(DigitsPerRow)]);
        page.Write(stream);
    }

    private static Plot LossCurves(IReadOnlyList<TrainingProgress> history, long trainingRows)
    {
        Plot plot = ReportStyle.NewPanel("Training, nats per row", "iteration");
        AddCurve(plot, history, progress => -progress.ExpectedLogLikelihood / trainingRows, "expected loss on the training rows", ReportStyle.Series[1]);
        AddCurve(plot, history, progress => progress.KullbackLeibler / trainingRows, "Kullback–Leibler divergence", ReportStyle.Series[0]);
        if (history.All(progress => progress.ValidationLogLoss is not null))
            AddCurve(plot, history, progress => progress.ValidationLogLoss!.Value, "validation log-loss", ReportStyle.Series[2]);

        // Losses fall by orders of magnitude: the plot shows their logarithm.
        plot.Axes.Left.TickGenerator = new NumericAutomatic
        {
            MinorTickGenerator = new LogMinorTickGenerator(),
            IntegerTicksOnly = true,
            LabelFormatter = value => Math.Pow(10, value).ToString("G2", CultureInfo.InvariantCulture),
        };

        // Room above the curves for the legend.
        plot.Axes.AutoScale();
        AxisLimits limits = plot.Axes.GetLimits();
        plot.Axes.SetLimitsY(limits.Bottom, limits.Top + (0.4 * limits.VerticalSpan));
        plot.ShowLegend(Alignment.UpperRight);
        return plot;
    }

    private static void AddCurve(Plot plot, IReadOnlyList<TrainingProgress> history, Func<TrainingProgress, double> value, string name, Color color)
    {
        double[] iterations = [.. history.Select(progress => (double)progress.Iteration)];
        double[] logarithms = [.. history.Select(progress => Math.Log10(Math.Max(value(progress), 1e-6)))];
        AddLine(plot, iterations, logarithms, name, color);
    }

    private static Plot RateCurves(IReadOnlyList<TrainingProgress> history)
    {
        Plot plot = ReportStyle.NewPanel("Mean dropout rate of each layer", "iteration");
        double[] iterations = [.. history.Select(progress => (double)progress.Iteration)];
        int layers = history.Count == 0 ? 0 : history[^1].MeanDropoutRates.Count;
        for (int layer = 0; layer < layers; layer++)
            AddLine(plot, iterations, [.. history.Select(progress => progress.MeanDropoutRates[layer])], ResultTables.LayerName(layer), LayerColor(layer));
        plot.Axes.SetLimitsY(0, 0.55);
        plot.ShowLegend(Alignment.LowerRight);
        return plot;
    }

    private static Plot RateDistribution(VariationalDropoutMulticlassModelParameters network)
    {
        Plot plot = ReportStyle.NewPanel("Learned dropout rates of the units", "");
        int layers = network.MeanDropoutRates.Count;
        for (int layer = 0; layer < layers; layer++)
        {
            double[] rates = [.. network.GetDropoutRates(layer).Order()];
            Color color = LayerColor(layer);

            // Every unit is a dot, shifted sideways in a fixed pattern so that equal rates do not hide one another.
            double[] shifted = [.. rates.Select((_, i) => layer + (0.56 * (((i * 0.6180339887) % 1) - 0.5)))];
            ScottPlot.Plottables.Scatter dots = plot.Add.ScatterPoints(shifted, rates, color.WithAlpha(0.35));
            dots.MarkerSize = 4;

            double mean = network.MeanDropoutRates[layer];
            ScottPlot.Plottables.Scatter line = plot.Add.ScatterLine(new double[] { layer - 0.36, layer + 0.36 }, [mean, mean], ReportStyle.Ink);
            line.LineWidth = 3;
            ScottPlot.Plottables.Text label = plot.Add.Text(mean.ToString("P0", CultureInfo.InvariantCulture), layer, 0.575);
            label.LabelAlignment = Alignment.MiddleCenter;
            label.LabelFontSize = 14;
            label.LabelFontColor = ReportStyle.Ink;
            label.LabelBold = true;
        }

        plot.Axes.Bottom.SetTicks([.. Enumerable.Range(0, layers).Select(layer => (double)layer)], [.. Enumerable.Range(0, layers).Select(ResultTables.LayerName)]);
        plot.Axes.SetLimits(-0.6, layers - 0.4, 0, 0.62);
        return plot;
    }

    private static Plot PixelRates(VariationalDropoutMulticlassModelParameters network)
    {
        Plot plot = ReportStyle.NewPanel("Dropout rate of each pixel", "");
        IReadOnlyList<double> rates = network.GetDropoutRates(0);
        ScottPlot.Plottables.Heatmap map = plot.Add.Heatmap(ToGrid(i => rates[i]));
        map.Colormap = new ScottPlot.Colormaps.Viridis();
        map.ManualRange = new(0, 0.5);
        plot.Add.ColorBar(map);
        plot.Axes.Bottom.IsVisible = false;
        plot.Axes.Left.IsVisible = false;
        plot.HideGrid();
        plot.Axes.SetLimits(-0.5, DigitImage.Side - 0.5, -0.5, DigitImage.Side - 0.5);
        return plot;
    }

    private static void AddDigits(Page page, int top, string heading, ScoredDigit[] rows)
    {
        const int HeadingRow = 36, TitleRow = 36;
        page.Add(Heading(heading, 20), Margin, top, Width - (2 * Margin), HeadingRow);
        double cell = (Width - (2.0 * Margin)) / DigitsPerRow;
        for (int i = 0; i < rows.Length; i++)
        {
            int left = (int)(Margin + (i * cell)), width = (int)cell - 8;
            page.Add(DigitPicture(rows[i]), left, top + HeadingRow, width, ImageHeight + TitleRow);
            page.Add(Probabilities(rows[i]), left, top + HeadingRow + TitleRow + ImageHeight, width, BarsHeight);
        }
    }

    private static Plot DigitPicture(ScoredDigit row)
    {
        var plot = new Plot();
        ScottPlot.Plottables.Heatmap image = plot.Add.Heatmap(ToGrid(i => 1 - row.Features[i]));
        image.Colormap = new ScottPlot.Colormaps.Grayscale();
        image.ManualRange = new(0, 1);
        plot.HideAxesAndGrid();
        plot.Axes.SetLimits(-0.5, DigitImage.Side - 0.5, -0.5, DigitImage.Side - 0.5);
        string entropy = row.ScorePredictiveEntropy.ToString(row.ScorePredictiveEntropy < 0.01 ? "0.0E+0" : "F2", CultureInfo.InvariantCulture);
        plot.Title(row.IsCorrect ? $"{row.Digit}, entropy {entropy}" : $"{row.Digit}, says {row.PredictedDigit}, entropy {entropy}");
        plot.Axes.Title.Label.FontSize = 12;
        plot.Axes.Title.Label.ForeColor = row.IsCorrect ? Right : Wrong;
        plot.Layout.Fixed(new PixelPadding(2, 2, 2, 26));
        return plot;
    }

    private static Plot Probabilities(ScoredDigit row)
    {
        var plot = new Plot();
        for (int digit = 0; digit < row.Score.Length; digit++)
        {
            ScottPlot.Bar bar = plot.Add.Bar(digit, row.Score[digit]).Bars[0];
            bar.FillColor = digit == row.Digit ? Right : digit == row.PredictedDigit ? Wrong : ReportStyle.Pale;
            bar.LineWidth = 0;
        }

        double[] digits = [.. Enumerable.Range(0, row.Score.Length).Select(digit => (double)digit)];
        plot.Axes.Bottom.SetTicks(digits, [.. digits.Select(digit => digit.ToString("F0", CultureInfo.InvariantCulture))]);
        plot.Axes.Left.SetTicks([0, 0.5, 1], ["0", "½", "1"]);
        plot.Axes.Bottom.MajorTickStyle.Length = 0;
        plot.Axes.SetLimits(-0.7, row.Score.Length - 0.3, 0, 1.02);
        plot.Layout.Fixed(new PixelPadding(22, 2, 24, 4));
        ReportStyle.Quieten(plot);
        return plot;
    }

    private static Plot Heading(string text, float size)
    {
        var plot = new Plot();
        plot.HideAxesAndGrid();
        plot.Layout.Frameless();
        plot.Axes.SetLimits(0, 1, 0, 1);
        ScottPlot.Plottables.Text label = plot.Add.Text(text, 0, 0.5);
        label.LabelAlignment = Alignment.MiddleLeft;
        label.LabelFontSize = size;
        label.LabelFontColor = ReportStyle.Ink;
        label.LabelBold = true;
        return plot;
    }

    private static void AddLine(Plot plot, double[] xs, double[] ys, string name, Color color)
    {
        ScottPlot.Plottables.Scatter line = plot.Add.ScatterLine(xs, ys, color);
        line.LineWidth = 2.5f;
        line.LegendText = name;
    }

    private static Color LayerColor(int layer) => ReportStyle.Series[layer % ReportStyle.Series.Length];

    private static double[,] ToGrid(Func<int, double> pixel)
    {
        double[,] grid = new double[DigitImage.Side, DigitImage.Side];
        for (int i = 0; i < DigitImage.PixelCount; i++)
            grid[i / DigitImage.Side, i % DigitImage.Side] = pixel(i);
        return grid;
    }

    /// <summary>Plots at fixed places of one image.</summary>
    private sealed class Page : IMultiplotLayout
    {
        private readonly Multiplot _multiplot = new();
        private readonly List<PixelRect> _places = [];

        public Page()
        {
            _multiplot.RemovePlot(_multiplot.GetPlot(0));
            _multiplot.Layout = this;
        }

        public void Add(Plot plot, int left, int top, int width, int height)
        {
            _multiplot.AddPlot(plot);
            _places.Add(new(left, left + width, top + height, top));
        }

        public void Write(Stream stream) => stream.Write(_multiplot.Render(Width, Height).GetImageBytes(ImageFormat.Png, 100));

        public PixelRect[] GetSubplotRectangles(SubplotCollection subplots, PixelRect figureRect) => [.. _places];
    }
}
