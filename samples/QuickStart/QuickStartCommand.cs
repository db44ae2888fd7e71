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

    /// <summary>What the library allows: a run must not train first and fail then.</summary>
    private const int MaximumSamples = 1_000_000, MaximumUnits = 65_536, MaximumHiddenLayers = 64;

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
        Arity = ArgumentArity.ExactlyOne,
        CustomParser = ParseHiddenLayerSizes,
    };

    private static readonly Option<int?> IterationsOption = WholeNumber(
        "--iterations", 1, int.MaxValue, $"Passes over the training rows [default: {QuickStartDefaults.DrawnDigits.Iterations}; with --data {QuickStartDefaults.Mnist.Iterations}]");

    private static readonly Option<int?> SamplesOption = WholeNumber(
        "--samples", 1, MaximumSamples, $"Draws of the network per prediction when sampling [default: {QuickStartDefaults.Samples}]");

    private static readonly Option<int?> SeedOption = WholeNumber(
        "--seed", 0, int.MaxValue, $"Seed of the drawn digits, the training and the sampling [default: {QuickStartDefaults.Seed}]");

    private static readonly Option<bool> JsonOption = new("--json") { Description = "End with one line of JSON that holds every figure" };

    /// <summary>How long a cancelled run may take to end by itself: a prediction with many draws does not look at the token.</summary>
    private static readonly TimeSpan CancellationGrace = TimeSpan.FromSeconds(0.5);

    /// <summary>Parses the arguments and runs; returns the exit code.</summary>
    /// <param name="args">The command line.</param>
    /// <param name="run">Everything up to the results, on a thread of its own, which a cancelled program leaves behind; returns what writes them.</param>
    public static async Task<int> RunAsync(string[] args, Func<QuickStartSettings, CancellationToken, Action> run)
    {
        RootCommand command = new("Trains a variational-dropout classifier on handwritten digits and shows how sure it is of each answer.")
        {
            DataOption, OutputOption, HiddenOption, IterationsOption, SamplesOption, SeedOption, JsonOption,
        };

        command.SetAction((result, cancellation) => RunAndReportAsync(() => run(ReadSettings(result), cancellation), cancellation));

        ParseResult parsed = command.Parse(args);
        return parsed.Errors.Count > 0
            ? Fail($"{parsed.Errors[0].Message} Try --help.")
            : await parsed.InvokeAsync(new() { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = TimeSpan.FromSeconds(10) });
    }

    /// <summary>Turns what a user can cause into one line on the error stream; anything else is a defect and keeps its stack trace.</summary>
    private static async Task<int> RunAndReportAsync(Func<Action> run, CancellationToken cancellation)
    {
        try
        {
            // Not on the thread that waits for Ctrl+C: training keeps it busy.
            Task<Action> running = Task.Run(run, CancellationToken.None);
            Action writeResults = await EndOrCancellationAsync(running, cancellation);
            writeResults();
            return 0;
        }
        catch (OperationCanceledException)
        {
            Console.Error.WriteLine("Cancelled; no file was written.");
            return Cancelled;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or InvalidDataException or ArgumentException or InvalidOperationException or NotSupportedException)
        {
            return Fail(error.Message);
        }
    }

    private static async Task<Action> EndOrCancellationAsync(Task<Action> running, CancellationToken cancellation)
    {
        try
        {
            return await running.WaitAsync(cancellation);
        }
        catch (OperationCanceledException) when (!running.IsCompleted)
        {
            // The run ends at its next look at the token, which lets it tidy the terminal, or with the process.
            await Task.WhenAny(running, Task.Delay(CancellationGrace, CancellationToken.None));
            throw;
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
            HiddenLayerSizes = result.GetValue(HiddenOption) is { Length: > 0 } sizes ? sizes : defaults.HiddenLayerSizes,
            Iterations = iterations,
            UnseenDigitIterations = Math.Min(iterations, defaults.UnseenDigitIterations),
            Samples = result.GetValue(SamplesOption) ?? QuickStartDefaults.Samples,
            Seed = result.GetValue(SeedOption) ?? QuickStartDefaults.Seed,
            Json = result.GetValue(JsonOption),
        };
    }

    private static Option<int?> WholeNumber(string name, int minimum, int maximum, string description) => new(name)
    {
        HelpName = "N",
        Description = description,
        CustomParser = argument => TryParse(argument.Tokens[0].Value, minimum, maximum, out int value)
            ? value
            : Refuse<int?>(argument, $"{name} takes a whole number from {minimum} to {maximum}; found '{argument.Tokens[0].Value}'."),
    };

    private static int[]? ParseHiddenLayerSizes(ArgumentResult argument)
    {
        string text = argument.Tokens[0].Value;
        string[] parts = text.Split(',', StringSplitOptions.TrimEntries);
        if (parts.Length > MaximumHiddenLayers)
            return Refuse<int[]>(argument, $"--hidden takes at most {MaximumHiddenLayers} layers; found {parts.Length}.");

        int[] sizes = new int[parts.Length];
        for (int i = 0; i < parts.Length; i++)
        {
            if (!TryParse(parts[i], 1, MaximumUnits, out sizes[i]))
                return Refuse<int[]>(argument, $"--hidden takes whole numbers from 1 to {MaximumUnits} with commas between them, such as 500,500; found '{text}'.");
        }

        return sizes;
    }

    private static bool TryParse(string text, int minimum, int maximum, out int value)
        => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value) && value >= minimum && value <= maximum;

    private static T? Refuse<T>(ArgumentResult argument, string message)
    {
        argument.AddError(message);
        return default;
    }

    private static string Join(int[] sizes) => string.Join(',', sizes);
}
