using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Microsoft.ML.Trainers.VariationalDropout.Onnx;

namespace ScoreOnAccelerator;

/// <summary>The command line: what it takes, and the exit codes.</summary>
internal static class ScoreCommand
{
    /// <summary>Exit code when the model did not run on the provider of <c>--require</c>.</summary>
    public const int RequirementNotMet = 2;

    /// <summary>The least share of the operators' time that the provider of <c>--require</c> must have.</summary>
    public const double RequiredTime = 0.5;

    private const int Failed = 1;
    private const int LargestBatch = 1 << 20;

    private static readonly Dictionary<string, ExecutionProvider> Known = new(StringComparer.OrdinalIgnoreCase)
    {
        ["CUDA"] = ExecutionProvider.Cuda,
        ["TensorRT"] = ExecutionProvider.TensorRT,
        ["DirectML"] = ExecutionProvider.DirectML,
        ["OpenVINO"] = ExecutionProvider.OpenVino,
        ["CoreML"] = ExecutionProvider.CoreML,
        ["MIGraphX"] = ExecutionProvider.MIGraphX,
        ["QNN"] = ExecutionProvider.Qnn,
        ["XNNPACK"] = ExecutionProvider.Xnnpack,
        ["WebGPU"] = ExecutionProvider.WebGpu,
        ["CPU"] = ExecutionProvider.Cpu,
    };

    private static readonly Option<string?> ModelOption = new("--model")
    {
        HelpName = "FILE",
        Description = "An ONNX file [default: train a small network and export it]",
    };

    private static readonly Option<ExecutionProvider[]> ProvidersOption = new("--providers")
    {
        HelpName = "A,B,…",
        Description = $"Providers in order of preference, of {string.Join(", ", Known.Keys)}; the processor follows by itself",
        Arity = ArgumentArity.ExactlyOne,
        CustomParser = ParseProviders,
        DefaultValueFactory = _ => [ExecutionProvider.Cuda, ExecutionProvider.DirectML, ExecutionProvider.OpenVino, ExecutionProvider.CoreML],
    };

    private static readonly Option<string?> RequireOption = new("--require")
    {
        HelpName = "NAME",
        Description = $"Exit with {RequirementNotMet} unless half of the operators' time, or more, was spent on this provider",
    };

    private static readonly Option<int> BatchOption = new("--batch")
    {
        HelpName = "ROWS",
        Description = "Rows of a batch",
        CustomParser = argument => ParseNumber(argument, NumberStyles.None, 1, LargestBatch, out double rows) ? (int)rows : default,
        DefaultValueFactory = _ => 1024,
    };

    private static readonly Option<double> SecondsOption = new("--seconds")
    {
        HelpName = "S",
        Description = "How long each of the two measurements takes",
        CustomParser = argument => ParseNumber(argument, NumberStyles.AllowDecimalPoint, 0.01, 3600, out double seconds) ? seconds : default,
        DefaultValueFactory = _ => 1,
    };

    /// <summary>Parses the arguments and runs; returns the exit code.</summary>
    public static int Run(string[] args, Func<ScoreSettings, int> run)
    {
        RootCommand command = new("Scores an ONNX model on the first execution provider that works, and shows what really ran, its difference from the processor and its speed.")
        {
            ModelOption, ProvidersOption, RequireOption, BatchOption, SecondsOption,
        };
        command.SetAction(result => RunAndReport(() => run(ReadSettings(result))));
        ParseResult parsed = command.Parse(args);
        return parsed.Errors.Count > 0
            ? Fail($"{parsed.Errors[0].Message} Try --help.")
            : parsed.Invoke(new() { EnableDefaultExceptionHandler = false });
    }

    private static ScoreSettings ReadSettings(ParseResult result) => new()
    {
        ModelFile = result.GetValue(ModelOption),
        Providers = result.GetValue(ProvidersOption)!,
        Required = result.GetValue(RequireOption),
        BatchRows = result.GetValue(BatchOption),
        Seconds = result.GetValue(SecondsOption),
    };

    /// <summary>Turns what a user can cause into one line on the error stream; anything else is a defect and keeps its stack trace.</summary>
    private static int RunAndReport(Func<int> run)
    {
        try
        {
            return run();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or InvalidDataException or ArgumentException or InvalidOperationException or NotSupportedException)
        {
            return Fail(error.Message);
        }
    }

    private static int Fail(string message)
    {
        Console.Error.WriteLine("Error: " + message.ReplaceLineEndings(" "));
        return Failed;
    }

    private static ExecutionProvider[]? ParseProviders(ArgumentResult argument)
    {
        string[] names = argument.Tokens[0].Value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        string? unknown = Array.Find(names, name => !Known.ContainsKey(name));
        if (unknown is null)
            return [.. names.Select(name => Known[name])];
        argument.AddError($"--providers takes names of {string.Join(", ", Known.Keys)} with commas between them; found '{unknown}'.");
        return null;
    }

    private static bool ParseNumber(ArgumentResult argument, NumberStyles styles, double minimum, double maximum, out double value)
    {
        string text = argument.Tokens[0].Value;
        if (double.TryParse(text, styles, CultureInfo.InvariantCulture, out value) && value >= minimum && value <= maximum)
            return true;
        argument.AddError(string.Create(CultureInfo.InvariantCulture, $"A number from {minimum} to {maximum} is expected; found '{text}'."));
        return false;
    }
}
