using System.Text;
using Microsoft.ML.Trainers.VariationalDropout.PeerComparison.Measurement;
using Microsoft.ML.Trainers.VariationalDropout.PeerComparison.Report;
using Microsoft.ML.Trainers.VariationalDropout.PeerComparison.Rows;
using Microsoft.ML.Trainers.VariationalDropout.PeerComparison.Startup;

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

Row[] rows = [.. TrainingRows.All.Where(row => options.Selects(row.Name))];
if (options.ListsRows)
{
    foreach (Row row in rows)
        Console.WriteLine(row.Name);
    return 0;
}

if (Relaunch.WithTunedMemory(args) is { } exitCode)
    return exitCode;

Console.OutputEncoding = Encoding.UTF8;
TorchSharpLibrary.Prepare();
foreach (Row row in rows)
{
    Console.WriteLine($"{row.Name}: {row.Ratio}");
    Outcome outcome = row.Measure(new Conditions(options.Threads, options.Seconds, line => Console.WriteLine($"  {line}")));
    Console.WriteLine($"  first {RowText.Time(outcome.First)} per {row.Unit}, second {RowText.Time(outcome.Second)}, {outcome.QuietPairs} of {outcome.Pairs} pairs undisturbed");
    Console.WriteLine($"  ratio {RowText.Ratio(outcome.Ratio)}   goal {RowText.Goal(row)}   {RowText.Verdict(row, outcome)}");
}

return 0;
