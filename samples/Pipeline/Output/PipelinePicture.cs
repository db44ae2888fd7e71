using Microsoft.ML.Trainers.VariationalDropout;
using Pipeline.Steps;
using Samples;
using ScottPlot;

namespace Pipeline.Output;

/// <summary>One picture of a run: what triage brings, how far the probabilities can be trusted, what the model looks at.</summary>
internal static class PipelinePicture
{
    private const int Width = 560, Height = 460;

    private static readonly Color Ours = ReportStyle.Series[1], Other = ReportStyle.Series[0];

    /// <param name="before">On the test rows, as trained.</param>
    /// <param name="after">The same, calibrated.</param>
    /// <param name="lightGbm">LightGBM, calibrated.</param>
    /// <param name="explanations">The most important column first.</param>
    public static byte[] Draw(
        ClassificationUncertaintyMetrics before,
        ClassificationUncertaintyMetrics after,
        ClassificationUncertaintyMetrics lightGbm,
        IReadOnlyList<Explanation> explanations)
    {
        ReportStyle.UseSansSerif();
        return Pictures.ToPng([Rejection(after, lightGbm), Reliability(before, after), Importance(explanations)], columns: 3, Width, Height);
    }

    private static Plot Rejection(ClassificationUncertaintyMetrics ours, ClassificationUncertaintyMetrics lightGbm)
    {
        Plot plot = ReportStyle.NewPanel("The least certain rows go to a human", "share that goes to a human, %");
        plot.YLabel("accuracy of the answers, %");
        AddLine(plot, ours.RejectionCurve, "variational dropout", Ours);
        AddLine(plot, lightGbm.RejectionCurve, "LightGBM", Other);
        plot.Add.VerticalLine(100 * Triage.ReferredShare, 1, ReportStyle.Pale, LinePattern.Dashed);
        plot.ShowLegend(Alignment.LowerRight);
        return plot;

        static void AddLine(Plot plot, RejectionCurve curve, string name, Color color)
        {
            // A few rows are left on the right, and the curve is chance there.
            RejectionPoint[] points = [.. curve.Points.Where(point => point.Coverage >= 0.3)];
            ScottPlot.Plottables.Scatter line = plot.Add.ScatterLine(
                points.Select(point => 100 * (1 - point.Coverage)).ToArray(), [.. points.Select(point => 100 * (1 - point.Error))], color);
            line.LineWidth = 2.5f;
            line.LegendText = name;
        }
    }

    private static Plot Reliability(ClassificationUncertaintyMetrics before, ClassificationUncertaintyMetrics after)
    {
        Plot plot = ReportStyle.NewPanel("Does it come true?", "predicted probability");
        plot.YLabel("how often it came true");
        plot.Add.Line(0, 0, 1, 1).Color = ReportStyle.Pale;
        AddBins(before, "as trained", ReportStyle.Series[4]);
        AddBins(after, "with temperature", Ours);
        plot.Axes.SetLimits(0, 1, 0, 1);
        plot.ShowLegend(Alignment.LowerRight);
        return plot;

        void AddBins(ClassificationUncertaintyMetrics metrics, string name, Color color)
        {
            CalibrationBin[] bins = [.. metrics.CalibrationBins.Where(bin => bin.RowCount > 0)];
            ScottPlot.Plottables.Scatter line = plot.Add.Scatter(
                bins.Select(bin => bin.MeanProbability).ToArray(), [.. bins.Select(bin => bin.ObservedFrequency)], color);
            line.LineWidth = 1.5f;
            line.MarkerSize = 8;
            line.LegendText = FormattableString.Invariant($"{name}: calibration error {100 * metrics.ExpectedCalibrationError:F2} %");
        }
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
            bar.FillColor = Ours;
            bar.LineWidth = 0;
        }

        plot.Axes.Left.SetTicks([.. shown.Select((_, i) => (double)i)], [.. shown.Select(column => column.Column)]);
        plot.Axes.Left.MajorTickStyle.Length = 0;
        plot.Axes.Margins(left: 0);
        return plot;
    }
}
