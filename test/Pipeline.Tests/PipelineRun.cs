using System.Diagnostics;
using System.Text.Json;

namespace Pipeline.Tests;

/// <summary>The program, run as a user runs it, in a process of its own.</summary>
internal sealed record PipelineRun(int ExitCode, string Output, string Errors)
{
    /// <summary>The last line, parsed.</summary>
    public JsonElement Json
    {
        get
        {
            using JsonDocument document = JsonDocument.Parse(Output.TrimEnd().Split('\n')[^1]);
            return document.RootElement.Clone();
        }
    }

    public static PipelineRun Of(params string[] arguments) => Of(processors: null, arguments);

    /// <param name="processors">How many the program sees; null for all.</param>
    /// <param name="arguments">The command line.</param>
    public static PipelineRun Of(string? processors, string[] arguments)
    {
        ProcessStartInfo start = CreateStart(arguments);
        if (processors is not null)
            start.Environment["DOTNET_PROCESSOR_COUNT"] = processors;
        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return new(process.ExitCode, output, errors.Result);
    }

    public static ProcessStartInfo CreateStart(params string[] arguments)
        => new(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet", [Path.Combine(AppContext.BaseDirectory, "Pipeline.dll"), .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };

    /// <summary>What the table says in a row.</summary>
    public double Figure(string step, string figure, string model = "variational dropout")
        => Json.GetProperty("rows").EnumerateArray()
            .Single(row => row.GetProperty("step").GetString() == step && row.GetProperty("figure").GetString() == figure)
            .GetProperty(model).GetDouble();
}
