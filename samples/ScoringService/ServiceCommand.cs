using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Net;
using Microsoft.AspNetCore.Http;
using Samples;
using ScoringService.Hosting;
using ScoringService.Load;

namespace ScoringService;

/// <summary>The command line: options and help.</summary>
internal static class ServiceCommand
{
    private static readonly Option<string?> ModelOption = new("--model")
    {
        HelpName = "FILE",
        Description = "An ONNX file of a binary classifier [default: train one on generated customers at the first start]",
    };

    private static readonly Option<string?> CacheOption = new("--cache")
    {
        HelpName = "DIR",
        Description = $"Folder for the model that is trained at the first start [default: {new ScoringSettings().CacheFolder}]",
    };

    private static readonly Option<string?> UrlsOption = new("--urls")
    {
        HelpName = "URL",
        Validators = { CheckUrls },
        Description = $"Where to listen; port 0 takes a free one [default: {ScoringServer.DefaultUrl}]",
    };

    private static readonly Option<double?> ThresholdOption = OptionValues.Number(
        "--threshold", 0, ScoringSettings.LargestEntropy, "Entropy in nats above which the answer is \"I am not sure\" [default: 0.5]");

    private static readonly Option<bool> DiagnosticsOption = new("--diagnostics") { Description = "Add POST /diagnostics/collect, which the load test calls" };

    private static readonly Option<bool> LoadOption = new("--load") { Description = "Start a service in a process of its own, put it under load on loopback, and report" };

    private static readonly Option<int?> SecondsOption = OptionValues.WholeNumber("--seconds", 1, 86_400, $"How long the load lasts [default: {LoadSettings.DefaultSeconds}]");

    private static readonly Option<int?> ConnectionsOption = OptionValues.WholeNumber(
        "--connections", 1, 10_000, $"Keep-alive connections, each with one request at a time [default: {LoadSettings.DefaultConnections}]");

    private static readonly Option<int?> ReloadsOption = OptionValues.WholeNumber("--reloads", 0, 100_000, $"Reloads of another model file during the load [default: {LoadSettings.DefaultReloads}]");

    private static readonly Option<int?> RateOption = OptionValues.WholeNumber("--rate", 1, 10_000_000, "Requests per second at most, of all connections [default: as fast as they go]");

    private static readonly Option<int?> SampleOption = OptionValues.WholeNumber(
        "--sample-seconds", 1, 3600, $"How often memory is measured, after a collection [default: {LoadSettings.DefaultSampleSeconds}]");

    private static readonly Option<bool> JsonOption = new("--json") { Description = "End a load test with one line of JSON that holds every figure" };

    /// <summary>Parses the arguments and runs; returns the exit code.</summary>
    public static async Task<int> RunAsync(string[] args)
    {
        RootCommand command = new("Answers over HTTP what an exported ONNX pipeline predicts, with its uncertainty, and says \"I am not sure\" where it is not.")
        {
            ModelOption, CacheOption, UrlsOption, ThresholdOption, DiagnosticsOption,
            LoadOption, SecondsOption, ConnectionsOption, ReloadsOption, RateOption, SampleOption, JsonOption,
        };
        command.Validators.Add(CheckOptions);
        command.SetAction((result, cancellation) => result.GetValue(LoadOption) ? LoadAsync(result, cancellation) : ServeAsync(result));
        ParseResult parsed = command.Parse(args);
        if (parsed.Errors.Count > 0)
            return Fail($"{parsed.Errors[0].Message} Try --help.");
        try
        {
            // The service ends on signals by itself, after the requests that are under way.
            TimeSpan? termination = parsed.GetValue(LoadOption) ? TimeSpan.FromSeconds(10) : null;
            return await parsed.InvokeAsync(new() { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = termination });
        }
        catch (OperationCanceledException)
        {
            return CommandLine.Cancelled;
        }
        catch (Exception error) when (error is IOException or HttpRequestException or UnauthorizedAccessException or InvalidDataException or ArgumentException or InvalidOperationException or NotSupportedException)
        {
            return Fail(error.Message);
        }
    }

    /// <summary>Kestrel's own errors name neither the option nor what is allowed.</summary>
    private static void CheckUrls(OptionResult result)
    {
        foreach (string url in result.Tokens[0].Value.Split(';'))
        {
            try
            {
                if (BindingAddress.Parse(url).Port is >= 0 and <= IPEndPoint.MaxPort)
                    continue;
            }
            catch (FormatException)
            {
            }

            result.AddError($"--urls takes addresses such as {ScoringServer.DefaultUrl}, with semicolons between them and ports up to {IPEndPoint.MaxPort}; found '{url}'.");
            return;
        }
    }

    /// <summary>An option that would be without effect is a mistake.</summary>
    private static void CheckOptions(CommandResult result)
    {
        bool isLoad = result.GetValue(LoadOption);
        Option[] others = isLoad ? [UrlsOption, ThresholdOption, DiagnosticsOption] : [SecondsOption, ConnectionsOption, ReloadsOption, RateOption, SampleOption, JsonOption];
        if (others.FirstOrDefault(option => result.GetResult(option) is { Implicit: false }) is Option unused)
            result.AddError(isLoad ? $"{unused.Name} does not go with --load." : $"{unused.Name} needs --load.");
    }

    private static Task<int> ServeAsync(ParseResult result) => ScoringServer.RunAsync(ReadOverrides(result));

    private static Task<int> LoadAsync(ParseResult result, CancellationToken cancellation) => LoadTest.RunAsync(
        new()
        {
            ModelFile = result.GetValue(ModelOption),
            CacheFolder = result.GetValue(CacheOption) ?? new ScoringSettings().CacheFolder,
            Seconds = result.GetValue(SecondsOption) ?? LoadSettings.DefaultSeconds,
            Connections = result.GetValue(ConnectionsOption) ?? LoadSettings.DefaultConnections,
            Reloads = result.GetValue(ReloadsOption) ?? LoadSettings.DefaultReloads,
            RequestsPerSecond = result.GetValue(RateOption),
            SampleSeconds = result.GetValue(SampleOption) ?? LoadSettings.DefaultSampleSeconds,
            Json = result.GetValue(JsonOption),
        },
        cancellation);

    /// <summary>What was given on the command line, as settings that come before all others.</summary>
    private static Dictionary<string, string?> ReadOverrides(ParseResult result)
    {
        var overrides = new Dictionary<string, string?>();
        Add($"{ScoringSettings.Section}:{nameof(ScoringSettings.ModelFile)}", result.GetValue(ModelOption));
        Add($"{ScoringSettings.Section}:{nameof(ScoringSettings.CacheFolder)}", result.GetValue(CacheOption));
        Add($"{ScoringSettings.Section}:{nameof(ScoringSettings.EntropyThreshold)}", result.GetValue(ThresholdOption)?.ToString("R", CultureInfo.InvariantCulture));
        Add($"{ScoringSettings.Section}:{nameof(ScoringSettings.Diagnostics)}", result.GetValue(DiagnosticsOption) ? "true" : null);
        Add("urls", result.GetValue(UrlsOption));
        return overrides;

        void Add(string key, string? value)
        {
            if (value is not null)
                overrides[key] = value;
        }
    }

    private static int Fail(string message)
    {
        Console.Error.WriteLine("Error: " + message.ReplaceLineEndings(" "));
        return CommandLine.Failed;
    }
}
