using System.CommandLine;
using ModelComparison.Contestants;
using ModelComparison.Data;
using Samples;

namespace ModelComparison;

/// <summary>The command line: options and help.</summary>
internal static class ComparisonCommand
{
    private const int MostFolds = 1000, MostTrials = 10_000, MostThreads = 1024;

    private static readonly Option<string?> DataOption = new("--data")
    {
        HelpName = "FILE",
        Description = "Table of text with a header: commas, tabs or semicolons between cells, plain or gzip [default: customers that this program makes]",
    };

    private static readonly Option<string?> LabelOption = new("--label") { HelpName = "COLUMN", Description = "The column to predict; needed with --data" };

    private static readonly Option<string[]?> TaskOption = OptionValues.Choices(
        "--task", ["binary", "multiclass", "regression"], "binary, multiclass or regression [default: as the label looks]");

    private static readonly Option<int?> FoldsOption = OptionValues.WholeNumber(
        "--folds", 2, MostFolds, $"Parts of the cross-validation [default: {ComparisonDefaults.Folds}; with --quick {ComparisonDefaults.QuickFolds}]");

    private static readonly Option<string[]?> TrainersOption = OptionValues.Choices(
        "--trainers", AllContestants.Names, $"Who takes part, of {string.Join(", ", AllContestants.Names)} [default: all that do the task]");

    private static readonly Option<int?> SearchOption = OptionValues.WholeNumber(
        "--search",
        0,
        MostTrials,
        $"Trials of a random search over this library's options; 0 for none [default: {ComparisonDefaults.Trials}; with --quick {ComparisonDefaults.QuickTrials}; 0 where --trainers leaves it out]");

    private static readonly Option<string?> CategoriesOption = new("--categories")
    {
        HelpName = "A,B,...",
        Description = "Columns whose numbers are names, such as postal codes",
    };

    private static readonly Option<string?> IgnoreOption = new("--ignore") { HelpName = "A,B,...", Description = "Columns to leave out" };

    private static readonly Option<string?> MissingOption = new("--missing")
    {
        HelpName = "A,B,...",
        Description = $"Cells that stand for no value, beside empty ones and {string.Join(", ", ColumnHints.DefaultMissing)}",
    };

    private static readonly Option<bool> DecimalCommaOption = new("--decimal-comma")
    {
        Description = "Numbers of the file have decimal commas, as in 1,5, and nothing between thousands; it then has semicolons or tabs between cells, or quotes around them",
    };

    private static readonly Option<int?> SeedOption = OptionValues.WholeNumber(
        "--seed", 0, int.MaxValue - MostFolds, $"Seed of made data, folds, trainings and search [default: {ComparisonDefaults.Seed}]");

    private static readonly Option<int?> ThreadsOption = OptionValues.WholeNumber(
        "--threads", 1, MostThreads, $"Threads of each training; with several, figures of sdca and the trees may change from run to run [default: {ComparisonDefaults.Threads}]");

    private static readonly Option<bool> QuickOption = new("--quick")
    {
        Description = $"At most {ComparisonDefaults.QuickRows} rows and short trainings: some seconds, to see the program work; its figures mean nothing",
    };

    private static readonly Option<string> OutputOption = new("--output")
    {
        HelpName = "DIR",
        Description = "Folder for comparison.md, comparison.json, comparison.png, and customers.csv if it was made",
        DefaultValueFactory = _ => ComparisonDefaults.OutputFolder,
    };

    private static readonly Option<bool> JsonOption = new("--json")
    {
        Description = "End with one line of JSON: command, rows (an object for each row of the table), search, seconds",
    };

    /// <summary>Parses the arguments and runs; returns the exit code.</summary>
    /// <param name="args">The command line.</param>
    /// <param name="run">Everything up to the results; returns what writes them.</param>
    public static Task<int> RunAsync(string[] args, Func<ComparisonSettings, CancellationToken, Action> run)
    {
        RootCommand command = new("Cross-validates variational dropout beside ML.NET's trainers on a table: accuracy, calibration and intervals, seconds.")
        {
            DataOption, LabelOption, TaskOption, FoldsOption, TrainersOption, SearchOption, CategoriesOption, IgnoreOption, MissingOption,
            DecimalCommaOption, SeedOption, ThreadsOption, QuickOption, OutputOption, JsonOption,
        };
        command.SetAction((result, cancellation) => CommandLine.RunAndReportAsync(() => run(ReadSettings(result), cancellation), "no file was written.", cancellation));
        return CommandLine.RunAsync(command, args);
    }

    private static ComparisonSettings ReadSettings(ParseResult result)
    {
        bool quick = result.GetValue(QuickOption);
        string[]? trainers = result.GetValue(TrainersOption) is { Length: > 0 } names ? names : null;
        int trials = trainers?.Contains(OwnTrainer.RowName) == false ? 0 : quick ? ComparisonDefaults.QuickTrials : ComparisonDefaults.Trials;
        return new()
        {
            DataFile = result.GetValue(DataOption),
            Label = result.GetValue(LabelOption),
            Task = result.GetValue(TaskOption) switch
            {
                null or [] => null,
                [string name] => Enum.Parse<LearningTask>(name, ignoreCase: true),
                _ => throw new ArgumentException("--task takes one task."),
            },
            Folds = result.GetValue(FoldsOption) ?? (quick ? ComparisonDefaults.QuickFolds : ComparisonDefaults.Folds),
            Seed = result.GetValue(SeedOption) ?? ComparisonDefaults.Seed,
            Threads = result.GetValue(ThreadsOption) ?? ComparisonDefaults.Threads,
            Trials = result.GetValue(SearchOption) ?? trials,
            Trainers = trainers,
            Hints = new()
            {
                Missing = [.. ColumnHints.DefaultMissing, .. Names(MissingOption)],
                Categories = Names(CategoriesOption),
                Ignored = Names(IgnoreOption),
                DecimalComma = result.GetValue(DecimalCommaOption),
            },
            OutputFolder = result.GetValue(OutputOption)!,
            Json = result.GetValue(JsonOption),
            Quick = quick,
        };

        string[] Names(Option<string?> option)
            => result.GetValue(option)?.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) ?? [];
    }
}
