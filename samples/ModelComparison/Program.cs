using System.Diagnostics;
using ModelComparison;
using ModelComparison.Contestants;
using ModelComparison.Output;
using Samples;

return await ComparisonCommand.RunAsync(args, Run);

// Returns what writes the results: Ctrl+C may end everything before that, and nothing after.
static Action Run(ComparisonSettings settings, CancellationToken cancellation)
{
    var watch = Stopwatch.StartNew();
    OutputFolder output = OutputFolder.Open(settings.OutputFolder);

    // 1. Read the table, or make one, and tell what its columns hold.
    ComparisonData input = ComparisonData.Open(settings);
    DataDescription.Show(input.Data, isTaskInferred: settings.Task is null);

    // 2. Train everybody on the same folds, and search for better options of our own trainer.
    IReadOnlyList<IContestant> contestants = input.ChooseContestants(settings);
    ComparisonResult result = Comparison.Run(input.Data, contestants, settings, cancellation);

    // 3. Table, Markdown, JSON and picture.
    ResultTable table = ComparisonTable.Create(input.Data, contestants, result, settings);
    byte[] picture = ComparisonPicture.Draw(input.Data, result);
    double seconds = watch.Elapsed.TotalSeconds;
    return () =>
    {
        ConsoleResult.Show(table);
        string line = JsonResult.Write(table, seconds);
        List<string> files =
        [
            output.Write("comparison.md", stream => stream.Write(MarkdownResult.Write(table, seconds))),
            output.Write("comparison.json", stream => stream.Write([.. System.Text.Encoding.UTF8.GetBytes(line), (byte)'\n'])),
            output.Write("comparison.png", stream => stream.Write(picture)),
        ];
        if (input.MadeCsv is string csv)
            files.Add(output.Write("customers.csv", stream => stream.Write(System.Text.Encoding.UTF8.GetBytes(csv))));
        Console.WriteLine($"Wrote {string.Join(", ", files)}.");
        if (settings.Json)
            Console.WriteLine(line);
    };
}
