using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Microsoft.ML.Trainers.VariationalDropout.Onnx;
using VariationalDropout.Onnx.Tool.Benchmark;
using VariationalDropout.Onnx.Tool.Data;

namespace VariationalDropout.Onnx.Tool.Commands;

/// <summary><c>bench</c>: how fast an ONNX file is.</summary>
internal static class BenchCommand
{
    private const int LargestBatch = 1 << 20, MaximumThreads = 1024;
    private const double LowestSeconds = 0.01, HighestSeconds = 3600, DefaultSeconds = 1;

    private static readonly int[] DefaultBatches = [1, 32, 1024];

    private static readonly Dictionary<string, ExecutionProvider> Known = new(StringComparer.OrdinalIgnoreCase)
    {
        ["CPU"] = ExecutionProvider.Cpu,
        ["CUDA"] = ExecutionProvider.Cuda,
        ["TensorRT"] = ExecutionProvider.TensorRT,
        ["DirectML"] = ExecutionProvider.DirectML,
        ["OpenVINO"] = ExecutionProvider.OpenVino,
        ["CoreML"] = ExecutionProvider.CoreML,
        ["MIGraphX"] = ExecutionProvider.MIGraphX,
        ["QNN"] = ExecutionProvider.Qnn,
        ["XNNPACK"] = ExecutionProvider.Xnnpack,
        ["WebGPU"] = ExecutionProvider.WebGpu,
    };

    private static readonly Argument<string> ModelArgument = Options.OnnxFile();

    private static readonly Option<string?> DataOption = Options.Data("Rows to score, over and over: text with a header that names the inputs of the graph", isRequired: true);

    private static readonly Option<char?> SeparatorOption = Options.Separator();

    private static readonly Option<string[]> ProviderOption = new("--provider")
    {
        HelpName = "A,B,...",
        Description = $"Execution providers, of {string.Join(", ", Known.Keys)}; each is measured, and operators that it lacks run on the processor",
        Arity = ArgumentArity.ExactlyOne,
        DefaultValueFactory = _ => ["CPU"],
        CustomParser = ParseProviders,
    };

    private static readonly Option<int[]?> BatchOption = Options.WholeNumbers("--batch", 1, LargestBatch,
        $"Rows that are scored at once, each from 1 to {LargestBatch} [default: {string.Join(',', DefaultBatches)}]");

    private static readonly Option<double?> SecondsOption = Options.Number("--seconds", "S", LowestSeconds, HighestSeconds,
        string.Create(CultureInfo.InvariantCulture, $"How long each measurement takes, from {LowestSeconds} to {HighestSeconds} [default: {DefaultSeconds}]"));

    private static readonly Option<int?> ThreadsOption = Options.WholeNumber("--threads", 1, MaximumThreads, $"Threads that an operator may use, from 1 to {MaximumThreads} [default: one per core]");

    private static readonly Option<bool> JsonOption = Options.Json();

    public static Command Create()
    {
        Command command = new("bench", "Measures latency and rows per second by execution provider and rows at once. A provider that is not available is reported; it is an error if none is")
        {
            ModelArgument, DataOption, SeparatorOption, ProviderOption, BatchOption, SecondsOption, ThreadsOption, JsonOption,
        };
        command.SetAction(Run);
        return command;
    }

    private static int Run(ParseResult result)
    {
        string path = result.GetValue(ModelArgument)!;
        var file = SampleFile.Read(result.GetValue(DataOption)!, result.GetValue(SeparatorOption));
        if (file.Rows == 0)
            throw new InvalidDataException($"'{file.Path}' has no rows to score.");
        int[] batches = result.GetValue(BatchOption) is { Length: > 0 } given ? given : DefaultBatches;
        double seconds = result.GetValue(SecondsOption) ?? DefaultSeconds;
        var report = new BenchReport(path, file.Path, file.Rows);
        foreach (string name in result.GetValue(ProviderOption)!)
        {
            var options = new OnnxScorerOptions
            {
                Providers = [Known[name]],
                FallBackToCpu = false,
                IntraOpThreads = result.GetValue(ThreadsOption),
                MaximumBatchRows = batches.Max(),
            };
            try
            {
                using var scorer = OnnxScorer.FromFile(path, options);
                report.Results.AddRange(batches.Select(rows => Speed.Measure(scorer, name, file, rows, seconds)));
            }
            catch (ExecutionProviderException error)
            {
                report.Unavailable.Add(new UnavailableProvider(name, string.Join(" | ", error.Attempts)));
            }
        }

        if (report.Results.Count == 0)
            throw new ExecutionProviderException($"None of the execution providers could run '{path}'. {string.Join(" | ", report.Unavailable.Select(provider => provider.Reason))}");
        TextWriter output = result.InvocationConfiguration.Output;
        if (result.GetValue(JsonOption))
            output.WriteLine(Json.Write(report));
        else
            report.WriteTo(output);
        return ToolCommand.Succeeded;
    }

    private static string[]? ParseProviders(ArgumentResult argument)
    {
        string[] names = argument.Tokens[0].Value.Split(',', StringSplitOptions.TrimEntries);
        string? unknown = Array.Find(names, name => !Known.ContainsKey(name));
        return unknown is null
            ? names
            : Options.Refuse<string[]>(argument, $"--provider takes names of {string.Join(", ", Known.Keys)} with commas between them; found '{unknown}'.");
    }
}
