using System.Text;
using Microsoft.ML.Trainers.VariationalDropout.PeerComparison.Measurement;
using Microsoft.ML.Trainers.VariationalDropout.PeerComparison.Quality;
using Microsoft.ML.Trainers.VariationalDropout.PeerComparison.Report;
using Microsoft.ML.Trainers.VariationalDropout.PeerComparison.Rows;
using Microsoft.ML.Trainers.VariationalDropout.PeerComparison.Startup;
using Microsoft.ML.Trainers.VariationalDropout.PeerComparison.Training;

// This program in a fresh process, started by itself.
if (args is [FreshProcess.Option, var shape, var batchSize, var threads])
{
    FreshProcess.Run([.. shape.Split('-').Select(int.Parse)], int.Parse(batchSize), int.Parse(threads));
    return 0;
}

CommandLine options;
try
{
    options = CommandLine.Parse(args);
}
catch (ArgumentException exception)
{
    Console.Error.WriteLine(exception.Message);
    Console.Error.WriteLine(CommandLine.Usage);
    return 2;
}

Row[] rows = [.. PeerTrainingRows.All.Concat(OwnTrainingRows.All).Concat(PredictionRows.All).Where(row => options.Selects(row.Name))];
string? data = options.Selects(QualityStudy.Name) ? options.Data : null;
if (options.ListsRows)
{
    foreach (string name in rows.Select(row => row.Name).Concat(options.Selects(QualityStudy.Name) ? [QualityStudy.Name] : []))
        Console.WriteLine(name);
    return 0;
}

if (rows.Length == 0 && data is null)
{
    Console.Error.WriteLine("No row has such a name; --list shows them, and --data is needed for those that read a file.");
    return 2;
}

if (Relaunch.WithTunedMemory(args) is { } exitCode)
    return exitCode;

Console.OutputEncoding = Encoding.UTF8;
TorchSharpLibrary.Prepare();
Machine machine = Machine.Describe(options.Threads);
Console.WriteLine($"{machine.Processor}, FMA peak {machine.PeakOfOneThread:F0} GFLOP/s on one thread, {machine.PeakOfAllThreads:F0} on {machine.Threads}");
var results = new List<Result>();
IReadOnlyList<QualityPoint> quality = [];
foreach (Row row in rows)
{
    var notes = new List<string>();
    Outcome outcome = row.Measure(new Conditions(options.Threads, options.Seconds, notes.Add));
    results.Add(new Result(row, outcome));
    Console.WriteLine(
        $"{row.Name,-46} {RowText.Ratio(outcome.Ratio),-20} {RowText.Goal(row),-15} {RowText.Verdict(row, outcome),-9}  {outcome.FirstName} {RowText.Time(outcome.First.Median)}, "
        + $"{outcome.SecondName} {RowText.Time(outcome.Second.Median)} per {row.Unit}; {outcome.QuietPairs} of {outcome.Pairs} pairs undisturbed");
    if (options.IsVerbose)
        notes.ForEach(note => Console.WriteLine($"    {note}"));
    WriteFiles();
}

if (data is not null)
{
    quality = QualityStudy.Run(data, options.Threads);
    foreach (QualityPoint point in quality)
        Console.WriteLine($"{QualityStudy.Name} {point.Trainer,-30} {point.Setting,-14} {RowText.Digits(point.Seconds.Median)} s, AUC {point.AreaUnderRocCurve:F4}, log-loss {point.LogLoss:F4} bits");
    WriteFiles();
}

return 0;

// After every row, so that a run that is broken off leaves what it had.
void WriteFiles()
{
    if (options.Json is { } json)
        File.WriteAllText(json, JsonReport.Write(machine, results, quality));
    if (options.Markdown is { } markdown)
        File.WriteAllText(markdown, MarkdownReport.Write(machine, results, quality));
}
