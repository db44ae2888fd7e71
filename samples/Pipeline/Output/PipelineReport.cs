using System.Globalization;
using Microsoft.ML.Trainers.VariationalDropout;
using Pipeline.Steps;
using Samples;

namespace Pipeline.Output;

/// <summary>The steps and their figures: on the console as they come, and in the end as a table.</summary>
internal sealed class PipelineReport(string title)
{
    public const string Command = "pipeline";

    private const string Format = "0.#####";

    private string _step = "";
    private int _steps;

    public ResultTable Table { get; } = new(
        Command, title, quick: false, new("step", IsKey: true), new("figure", IsKey: true), new("variational dropout", Format), new("LightGBM", Format));

    /// <param name="name">In the table.</param>
    /// <param name="what">For the reader of the console.</param>
    public void Step(string name, string what)
    {
        _step = name;
        Console.WriteLine($"{++_steps}. {what}");
    }

    /// <param name="figure">What it is, with its unit.</param>
    /// <param name="value">Of variational dropout, or of the data; an int or a double.</param>
    /// <param name="lightGbm">Of LightGBM, where it has one.</param>
    public void Add(string figure, object value, double? lightGbm = null)
    {
        Table.Add(_step, figure, value, lightGbm);
        Console.WriteLine($"   {figure,-50} {Text(value),10}{(lightGbm is double other ? $"   LightGBM {Text(other)}" : "")}");
    }

    /// <summary>How far the probabilities can be trusted.</summary>
    public void AddProbabilities(ClassificationUncertaintyMetrics ours, ClassificationUncertaintyMetrics lightGbm)
    {
        Add("log-loss, nats", ours.NegativeLogLikelihood, lightGbm.NegativeLogLikelihood);
        Add("Brier score", ours.BrierScore, lightGbm.BrierScore);
        Add("calibration error", ours.ExpectedCalibrationError, lightGbm.ExpectedCalibrationError);
        Add("calibration error of perfect probabilities", Calibration.ErrorByChance(ours), Calibration.ErrorByChance(lightGbm));
    }

    private static string Text(object value) => ((IFormattable)value).ToString(value is double number && number != 0 && Math.Abs(number) < 1e-4 ? "0.0E+0" : Format, CultureInfo.InvariantCulture);
}
