using ModelComparison.Contestants;
using ModelComparison.Data;
using ModelComparison.Measurement;
using Samples;
using ScottPlot;

namespace ModelComparison.Output;

/// <summary>Two panels: can what a model says of itself be trusted, and does its doubt find its errors?</summary>
internal static class ComparisonPicture
{
    private const int PanelWidth = 760, PanelHeight = 620;

    public static byte[] Draw(Dataset data, ComparisonResult result)
    {
        ReportStyle.UseSansSerif();
        (string question, string promised, string held) = data.Task switch
        {
            LearningTask.Binary => ("Does it come true as often as it is said?", $"probability of {data.LabelName} = {data.Classes[1]}, %", "share of them, %"),
            LearningTask.Multiclass => ("Is a confident answer right as often?", "confidence of the answer, %", "right answers, %"),
            _ => ("Do intervals hold what they promise?", "interval of, %", "labels within it, %"),
        };
        Plot reliability = ReportStyle.NewPanel(question, promised);
        reliability.YLabel(held);
        Plot rejection = ReportStyle.NewPanel("Error when the least certain rows are not answered", "share of the rows that is answered, %");
        rejection.YLabel(data.Task == LearningTask.Regression ? $"mean absolute error of {data.LabelName}" : "wrong answers, %");

        ScottPlot.Plottables.Scatter diagonal = reliability.Add.ScatterLine(new double[] { 0, 100 }, [0, 100], ReportStyle.Pale);
        diagonal.LineWidth = 2;
        diagonal.LinePattern = LinePattern.Dashed;
        int peers = 0;
        foreach (ComparedModel model in result.Models)
        {
            TestScores scores = model.AllFolds;
            int peer = model.Name is Truth.RowName or OwnTrainer.RowName or OwnTrainer.MeanRowName ? 0 : peers++;
            AddLine(reliability, scores.Reliability, model.Name, peer, withMarkers: true);
            AddLine(rejection, scores.Rejection, model.Name, peer, withMarkers: false);
        }

        foreach (Plot plot in new[] { reliability, rejection })
        {
            plot.Axes.Left.Label.Bold = false;
            plot.Axes.Left.Label.FontSize = 13;
        }

        reliability.Axes.SetLimits(0, 101, 0, 101);
        rejection.Axes.SetLimitsX(0, 100);
        rejection.Axes.AutoScaleY();
        rejection.Axes.SetLimitsY(0, rejection.Axes.GetLimits().Top);
        reliability.ShowLegend(Alignment.LowerRight);
        rejection.HideLegend();
        return Pictures.ToPng([reliability, rejection], columns: 2, PanelWidth, PanelHeight);
    }

    private static void AddLine(Plot plot, Curve curve, string name, int model, bool withMarkers)
    {
        (Color color, float width, LinePattern pattern) = Style(name, model);
        ScottPlot.Plottables.Scatter line = plot.Add.Scatter(curve.Xs, curve.Ys, color);
        line.MarkerSize = withMarkers ? 6 : 0;
        line.LineWidth = width;
        line.LinePattern = pattern;
        line.LegendText = name;
    }

    private static (Color Color, float Width, LinePattern Pattern) Style(string name, int peer)
    {
        Color own = ReportStyle.Series[0];
        if (name == Truth.RowName)
            return (ReportStyle.Ink, 2, LinePattern.Dotted);
        if (name == OwnTrainer.RowName)
            return (own, 4, LinePattern.Solid);
        return name == OwnTrainer.MeanRowName
            ? (own, 1.8f, LinePattern.Dashed)
            : (ReportStyle.Series[1 + (peer % (ReportStyle.Series.Length - 1))], 1.8f, LinePattern.Solid);
    }
}
