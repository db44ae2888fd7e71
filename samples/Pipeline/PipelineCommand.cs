using System.CommandLine;
using Pipeline.Data;
using Pipeline.Steps;
using Samples;

namespace Pipeline;

/// <summary>The command line: the whole pipeline, and <c>score</c>, which scores a file with a saved model.</summary>
internal static class PipelineCommand
{
    private const int MaximumRows = 10_000_000;

    private static readonly Option<string?> DataOption = new("--data")
    {
        HelpName = "FILE",
        Description = $"The census of UCI Adult as CSV, or CSV compressed as .gz, with the columns {string.Join(", ", CensusFile.Headers)} [default: rows drawn by the program]",
    };

    private static readonly Option<string> OutputOption = new("--output")
    {
        HelpName = "DIR",
        Description = "Folder for the models, the scores and the picture",
        DefaultValueFactory = _ => PipelineSettings.DefaultOutput,
    };

    private static readonly Option<int?> RowsOption = OptionValues.WholeNumber(
        "--rows", CensusFile.MinimumRows, MaximumRows, $"Rows to draw where no --data is given [default: {PipelineSettings.DefaultRows}]");

    private static readonly Option<int?> SeedOption = OptionValues.WholeNumber(
        "--seed", 0, int.MaxValue, $"Seed of the drawn rows, the split, and the training [default: {PipelineSettings.DefaultSeed}]");

    private static readonly Option<bool> JsonOption = new("--json") { Description = "End with one line of JSON: command, rows (one object for each row of the table), seconds" };

    private static readonly Option<string> ModelFileOption = Required("--model", "A saved model: .zip or .onnx");

    private static readonly Option<string> RowsFileOption = Required("--data", "The rows to score: a census, with or without the label");

    private static readonly Option<string> ScoreFileOption = Required("--output", "The scores, as CSV");

    /// <summary>Parses the arguments and runs; returns the exit code.</summary>
    /// <param name="args">The command line.</param>
    /// <param name="run">Everything up to the results, on a thread of its own; returns what writes them.</param>
    public static Task<int> RunAsync(string[] args, Func<PipelineSettings, CancellationToken, Action> run)
    {
        Command score = new("score", "Scores a file with a saved model.") { ModelFileOption, RowsFileOption, ScoreFileOption };
        score.SetAction((result, cancellation) => CommandLine.RunAndReportAsync(() => Score(result), "no file was written.", cancellation));
        RootCommand command = new("From a table of business data to a model in production: who earns more than 50,000 a year?")
        {
            score, DataOption, OutputOption, RowsOption, SeedOption, JsonOption,
        };
        command.Validators.Add(result =>
        {
            if (result.GetResult(RowsOption) is not null && result.GetResult(DataOption) is not null)
                result.AddError("--rows is of drawn rows, and does not go with --data.");
        });
        command.SetAction((result, cancellation) => CommandLine.RunAndReportAsync(
            () => run(ReadSettings(result), cancellation), "what was finished is in the output folder.", cancellation));
        return CommandLine.RunAsync(command, args);
    }

    private static Action Score(ParseResult result)
    {
        string given = result.GetValue(ScoreFileOption)!;
        if (given.Length == 0 || Directory.Exists(given))
            throw new ArgumentException($"--output takes the file for the scores; found {(given.Length == 0 ? "''" : $"the folder '{given}'")}.");
        string file = Path.GetFullPath(given), model = result.GetValue(ModelFileOption)!, data = result.GetValue(RowsFileOption)!;
        RefuseToReplace(ModelFileOption, model, file);
        RefuseToReplace(RowsFileOption, data, file);
        OutputFolder output = OutputFolder.Open(Path.GetDirectoryName(file) ?? file);
        IReadOnlyList<ScoredRow> rows = Scorer.Score(model, data);
        return () => output.Write(Path.GetFileName(file), stream => ScoreFile.Write(stream, rows));
    }

    /// <exception cref="ArgumentException">The scores would be written over a file that is read.</exception>
    private static void RefuseToReplace(Option<string> option, string read, string written)
    {
        StringComparison comparison = OperatingSystem.IsLinux() ? StringComparison.Ordinal : StringComparison.OrdinalIgnoreCase;
        if (read.Length > 0 && Path.GetFullPath(read).Equals(written, comparison))
            throw new ArgumentException($"--output would overwrite '{read}', the file of {option.Name}; name another file for the scores.");
    }

    private static PipelineSettings ReadSettings(ParseResult result) => new()
    {
        DataFile = result.GetValue(DataOption),
        Rows = result.GetValue(RowsOption) ?? PipelineSettings.DefaultRows,
        OutputFolder = result.GetValue(OutputOption)!,
        Seed = result.GetValue(SeedOption) ?? PipelineSettings.DefaultSeed,
        Json = result.GetValue(JsonOption),
    };

    private static Option<string> Required(string name, string description) => new(name) { HelpName = "FILE", Description = description, Required = true };
}
