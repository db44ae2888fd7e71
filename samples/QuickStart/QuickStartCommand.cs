using System.CommandLine;
using Samples;

namespace QuickStart;

/// <summary>The command line: options and help.</summary>
internal static class QuickStartCommand
{
    /// <summary>What the library allows: a run must not train first and fail then.</summary>
    private const int MaximumSamples = 1_000_000, MaximumHiddenLayers = 64;

    private static readonly Option<string?> DataOption = new("--data")
    {
        HelpName = "DIR",
        Description = DigitData.FolderDescription,
    };

    private static readonly Option<string> OutputOption = new("--output")
    {
        HelpName = "DIR",
        Description = "Folder for model.zip and report.png",
        DefaultValueFactory = _ => QuickStartDefaults.OutputFolder,
    };

    private static readonly Option<int[]?> HiddenOption = OptionValues.WholeNumbers(
        "--hidden",
        1,
        OptionValues.MaximumUnits,
        MaximumHiddenLayers,
        "layers",
        "500,500",
        $"Units of each hidden layer [default: {Join(QuickStartDefaults.DrawnDigits.HiddenLayerSizes)}; with --data {Join(QuickStartDefaults.Mnist.HiddenLayerSizes)}]");

    private static readonly Option<int?> IterationsOption = OptionValues.WholeNumber(
        "--iterations", 1, int.MaxValue, $"Passes over the training rows [default: {QuickStartDefaults.DrawnDigits.Iterations}; with --data {QuickStartDefaults.Mnist.Iterations}]");

    private static readonly Option<int?> SamplesOption = OptionValues.WholeNumber(
        "--samples", 1, MaximumSamples, $"Draws of the network per prediction when sampling [default: {QuickStartDefaults.Samples}]");

    private static readonly Option<int?> SeedOption = OptionValues.WholeNumber(
        "--seed", 0, int.MaxValue, $"Seed of the drawn digits, the training and the sampling [default: {QuickStartDefaults.Seed}]");

    private static readonly Option<bool> JsonOption = new("--json") { Description = "End with one line of JSON that holds every figure" };

    /// <summary>Parses the arguments and runs; returns the exit code.</summary>
    /// <param name="args">The command line.</param>
    /// <param name="run">Everything up to the results, on a thread of its own, which a cancelled program leaves behind; returns what writes them.</param>
    public static Task<int> RunAsync(string[] args, Func<QuickStartSettings, CancellationToken, Action> run)
    {
        RootCommand command = new("Trains a variational-dropout classifier on handwritten digits and shows how sure it is of each answer.")
        {
            DataOption, OutputOption, HiddenOption, IterationsOption, SamplesOption, SeedOption, JsonOption,
        };

        command.SetAction((result, cancellation) => CommandLine.RunAndReportAsync(() => run(ReadSettings(result), cancellation), "no file was written.", cancellation));
        return CommandLine.RunAsync(command, args);
    }

    private static QuickStartSettings ReadSettings(ParseResult result)
    {
        string? dataFolder = result.GetValue(DataOption);
        QuickStartDefaults defaults = dataFolder is null ? QuickStartDefaults.DrawnDigits : QuickStartDefaults.Mnist;
        int iterations = result.GetValue(IterationsOption) ?? defaults.Iterations;
        return new()
        {
            DataFolder = dataFolder,
            OutputFolder = result.GetValue(OutputOption)!,
            HiddenLayerSizes = result.GetValue(HiddenOption) is { Length: > 0 } sizes ? sizes : defaults.HiddenLayerSizes,
            Iterations = iterations,
            UnseenDigitIterations = Math.Min(iterations, defaults.UnseenDigitIterations),
            Samples = result.GetValue(SamplesOption) ?? QuickStartDefaults.Samples,
            Seed = result.GetValue(SeedOption) ?? QuickStartDefaults.Seed,
            Json = result.GetValue(JsonOption),
        };
    }

    private static string Join(int[] sizes) => string.Join(',', sizes);
}
