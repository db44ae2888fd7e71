using System.CommandLine;
using System.Diagnostics;
using Samples;

namespace PaperExperiments;

/// <summary>The command line: what all commands have in common, and what becomes of their results.</summary>
internal static class ExperimentCommandLine
{
    public const string DefaultOutput = "paper-experiments-output";

    private const int MaximumSeeds = 1000;

    /// <summary>Parses the arguments and runs the command; returns the exit code.</summary>
    public static Task<int> RunAsync(string[] args, IReadOnlyList<IExperiment> experiments)
    {
        RootCommand root = new("The experiments of \"Variational Dropout and the Local Reparameterization Trick\" and of its successors, beside the published figures.");
        foreach (IExperiment experiment in experiments)
            root.Add(CreateCommand(experiment));
        return CommandLine.RunAsync(root, args);
    }

    private static Command CreateCommand(IExperiment experiment)
    {
        Option<string?> data = new("--data") { HelpName = "DIR", Description = experiment.DataDescription };
        Option<bool> quick = new("--quick") { Description = "Everything smaller: some seconds, to see the command work; its figures mean nothing" };
        Option<int?> seeds = OptionValues.WholeNumber("--seeds", 1, MaximumSeeds, $"Repetitions, with the seeds 1, 2, … [default: {experiment.DefaultSeeds}; with --quick 1]");
        Option<bool> json = new("--json") { Description = "End with one line of JSON: command, rows (one object for each row of the table), seconds" };
        Option<string> output = new("--output")
        {
            HelpName = "DIR",
            Description = $"Folder for {experiment.Name}.md, {experiment.Name}.json and {experiment.Name}.png",
            DefaultValueFactory = _ => DefaultOutput,
        };

        Command command = new(experiment.Name, experiment.Description) { data, quick, seeds, json, output };
        foreach (Option option in experiment.Options)
            command.Add(option);
        command.SetAction((arguments, cancellation) => CommandLine.RunAndReportAsync(
            () =>
            {
                bool isQuick = arguments.GetValue(quick);
                var settings = new ExperimentSettings
                {
                    DataFolder = arguments.GetValue(data),
                    Output = OutputFolder.Open(arguments.GetValue(output)!),
                    Quick = isQuick,
                    Seeds = arguments.GetValue(seeds) ?? (isQuick ? 1 : experiment.DefaultSeeds),
                };
                var watch = Stopwatch.StartNew();
                ExperimentResult result = experiment.Run(settings, arguments, cancellation);
                double seconds = watch.Elapsed.TotalSeconds;
                return () => Write(result, settings.Output, seconds, arguments.GetValue(json));
            },
            experiment.LeftWhenCancelled,
            cancellation));
        return command;
    }

    private static void Write(ExperimentResult result, OutputFolder output, double seconds, bool json)
    {
        ResultTable table = result.Table;
        string line = JsonResult.Write(table, seconds);
        ConsoleResult.Show(table);
        string markdownFile = output.Write($"{table.Command}.md", stream => stream.Write(MarkdownResult.Write(table, seconds)));
        string jsonFile = output.Write($"{table.Command}.json", stream => stream.Write([.. System.Text.Encoding.UTF8.GetBytes(line), (byte)'\n']));
        string picture = output.Write($"{table.Command}.png", stream => stream.Write(result.Png));
        Console.WriteLine($"Wrote {markdownFile}, {jsonFile} and {picture}.");
        if (json)
            Console.WriteLine(line);
    }
}
