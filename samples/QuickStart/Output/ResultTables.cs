using System.Globalization;
using Microsoft.ML.Trainers.VariationalDropout;
using QuickStart.Evaluation;
using Samples;
using Spectre.Console;

namespace QuickStart.Output;

/// <summary>The results on the console.</summary>
internal static class ResultTables
{
    public static void ShowTestFigures(TestFigures mean, TestFigures sampling, int samples)
    {
        Table table = NewTable($"All ten digits, {mean.Rows.Count:N0} test rows")
            .AddColumn("")
            .AddColumn("posterior mean", column => column.RightAligned())
            .AddColumn($"{samples} samples", column => column.RightAligned());
        AddRow(table, "accuracy", 1 - mean.Error, 1 - sampling.Error, "P2");
        AddRow(table, "log-loss, nats", mean.LogLoss, sampling.LogLoss, "F4");
        AddRow(table, "calibration error", mean.CalibrationError, sampling.CalibrationError, "P2");
        AnsiConsole.Write(table);
    }

    public static void ShowDropoutRates(VariationalDropoutMulticlassModelParameters model)
    {
        Table table = NewTable("Learned dropout rates")
            .AddColumn("layer")
            .AddColumn("units", column => column.RightAligned())
            .AddColumn("mean rate", column => column.RightAligned());
        for (int layer = 0; layer < model.MeanDropoutRates.Count; layer++)
            table.AddRow(LayerName(layer), $"{model.LayerSizes[layer]}", Format(model.MeanDropoutRates[layer], "P1"));
        AnsiConsole.Write(table);
    }

    public static void ShowUnseenDigit(UnseenDigitFigures unseen)
        => Console.WriteLine(unseen.EntropyAuroc is double auroc
            ? string.Create(CultureInfo.InvariantCulture, $"Unseen digit {DigitData.UnseenDigit} against seen digits, by entropy: AUROC {auroc:F3} (1 tells them apart perfectly, 0.5 is chance)")
            : $"No AUROC: the test rows need the digit {DigitData.UnseenDigit} and others.");

    public static void ShowSeconds(QuickStartFigures figures)
        => Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"Seconds: training {figures.TrainSeconds:F1}, training without {DigitData.UnseenDigit} {figures.OodTrainSeconds:F1}, in all {figures.TotalSeconds:F1}"));

    public static string LayerName(int layer) => layer == 0 ? "pixels" : $"hidden {layer}";

    private static Table NewTable(string title) => new Table().Title(Markup.Escape(title)).Border(TableBorder.Rounded);

    private static void AddRow(Table table, string name, double mean, double sampling, string format)
        => table.AddRow(name, Format(mean, format), Format(sampling, format));

    private static string Format(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}
