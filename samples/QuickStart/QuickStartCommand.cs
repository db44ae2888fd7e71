using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;

namespace QuickStart;

/// <summary>The command line: options, help, one-line errors and exit codes.</summary>
internal static class QuickStartCommand
{
    public const int Failed = 1;

    /// <summary>What shells report for a program that Ctrl+C ended.</summary>
    public const int Cancelled = 130;

    private static readonly Option<string?> DataOption = new("--data")
    {
        HelpName = "DIR",
        Description = "Folder with MNIST's four idx files, plain or .gz [default: digits that this program draws]",
    };

    private static readonly Option<string> OutputOption = new("--output")
    {
        HelpName = "DIR",
        Description = "Folder for model.zip and report.png",
        DefaultValueFactory = _ => QuickStartDefaults.OutputFolder,
    };

    private static readonly Option<int[]?> HiddenOption = new("--hidden")
    {
        HelpName = "N,N,...",
        Description = $"Units of each hidden layer [default: {Join(QuickStartDefaults.DrawnDigits.HiddenLayerSizes)}; with --data {Join(QuickStartDefaults.Mnist.HiddenLayerSizes)}]",
        CustomParser = ParseHiddenLayerSizes,
    };

    private static readonly Option<int?> IterationsOption = new("--iterations")
    {
        HelpName = "N",
        Description = $"Passes over the training rows [default: {QuickStartDefaults.DrawnDigits.Iterations}; with --data {QuickStartDefaults.Mnist.Iterations}]",
        Validators = { AtLeastOne },
    };

    private static readonly Option<int> SamplesOption = new("--samples")
    {
        HelpName = "N",
        Description = "Draws of the network per prediction when sampling",
        DefaultValueFactory = _ => QuickStartDefaults.Samples,
        Validators = { AtLeastOne },
    };

    private static readonly Option<int> SeedOption = new("--seed")
    {
        HelpName = "N",
        Description = "Seed of the drawn digits, the training and the sampling",
        DefaultValueFactory = _ => QuickStartDefaults.Seed,
    };

    private static readonly Option<bool> JsonOption = new("--json") { Description = "End with one line of JSON that holds every figure" };

    /// <summary>Parses the arguments and runs the action; returns the exit code.</summary>
    public static async Task<int> RunAsync(string[] args, Action<QuickStartSettings, CancellationToken> run)
    {
        RootCommand command = new("Trains a variational-dropout classifier on handwritten digits and shows how sure it is of each answer.")
        {
            DataOption, OutputOption, HiddenOption, IterationsOption, SamplesOption, SeedOption, JsonOption,
        };

        // Not on the thread that waits for Ctrl+C: training keeps it busy.
        command.SetAction((result, cancellation) => Task.Run(() => RunAndReport(() => run(ReadSettings(result), cancellation)), CancellationToken.None));

        ParseResult parsed = command.Parse(args);
        return parsed.Errors.Count > 0
            ? Fail($"{parsed.Errors[0].Message} Try --help.")
            : await parsed.InvokeAsync(new() { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = TimeSpan.FromSeconds(10) });
    }

    /// <summary>Turns what a user can cause into one line on the error stream; anything else is a defect and keeps its stack trace.</summary>
    private static int RunAndReport(Action run)
    {
        try
        {
            run();
            return 0;
        }
        catch (OperationCanceledException)
        {
            Console.Error.WriteLine("Cancelled; no file was written.");
            return Cancelled;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or InvalidDataException or ArgumentException or InvalidOperationException)
        {
            return Fail(error.Message);
        }
    }

    private static int Fail(string message)
    {
        Console.Error.WriteLine("Error: " + message.ReplaceLineEndings(" "));
        return Failed;
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
            HiddenLayerSizes = result.GetValue(HiddenOption) ?? defaults.HiddenLayerSizes,
            Iterations = iterations,
            UnseenDigitIterations = Math.Min(iterations, defaults.UnseenDigitIterations),
            Samples = result.GetValue(SamplesOption),
            Seed = result.GetValue(SeedOption),
            Json = result.GetValue(JsonOption),
        };
    }

    private static int[]? ParseHiddenLayerSizes(ArgumentResult argument)
    {
        string text = argument.Tokens.Count == 1 ? argument.Tokens[0].Value : "";
        string[] parts = text.Split(',', StringSplitOptions.TrimEntries);
        int[] sizes = new int[parts.Length];
        for (int i = 0; i < parts.Length; i++)
        {
            if (!int.TryParse(parts[i], NumberStyles.None, CultureInfo.InvariantCulture, out sizes[i]) || sizes[i] < 1)
            {
                argument.AddError($"--hidden takes whole numbers from 1 on with commas between them, such as 500,500; found '{text}'.");
                return null;
            }
        }

        return sizes;
    }

    private static void AtLeastOne(OptionResult option)
    {
        if (option.Tokens.Count == 1 && int.TryParse(option.Tokens[0].Value, CultureInfo.InvariantCulture, out int value) && value < 1)
            option.AddError($"{option.Option.Name} must be at least 1; found {value}.");
    }

    private static string Join(int[] sizes) => string.Join(',', sizes);
}
