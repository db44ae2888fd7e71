using System.CommandLine;
using System.Text;
using Microsoft.ML.Trainers.VariationalDropout.DefaultsStudy;
using Microsoft.ML.Trainers.VariationalDropout.DefaultsStudy.Parts;
using Microsoft.ML.Trainers.VariationalDropout.DefaultsStudy.Report;
using Microsoft.ML.Trainers.VariationalDropout.DefaultsStudy.Sets;
using Samples;

Part[] parts = [new ChoosePart(), new LengthPart(), new ConfirmPart()];

Option<string?> data = new("--data") { HelpName = "DIR", Description = "Folder with uci/, tabular/, mnist/ and tables/; what is missing is said, and left out" };
Option<string[]?> partNames = OptionValues.Choices("--part", [.. parts.Select(part => part.Name)], "Parts of the study [default: all]");
Option<string[]?> sets = OptionValues.Choices("--sets", [.. StudySets.All.Select(set => set.Name)], "Names of sets [default: all of the part]");
Option<string?> only = new("--only") { HelpName = "TEXT", Description = "Beside the first, only trainers and variations with this in their names [default: all]" };
Option<int?> splits = OptionValues.WholeNumber("--splits", 1, int.MaxValue, "The first splits of each set alone [default: all]");
Option<int?> seeds = OptionValues.WholeNumber("--seeds", 1, 1000, "Trainings on each split [default: 1]");
Option<int?> threads = OptionValues.WholeNumber("--threads", 1, 1024, "Trainings beside each other, one thread each [default: as many as there are processors]");
Option<string?> markdown = new("--markdown") { HelpName = "FILE", Description = "Write the tables there too, after every set" };
Option<string?> json = new("--json") { HelpName = "FILE", Description = "Write the figures of every training there, after every set" };

RootCommand root = new("How the trainers' defaults were chosen, and how they do on sets kept aside, beside the defaults of ML.NET's trainers.") { data, partNames, sets, only, splits, seeds, threads, markdown, json };
root.SetAction((arguments, cancellation) => CommandLine.RunAndReportAsync(
    () =>
    {
        Console.OutputEncoding = Encoding.UTF8;
        var settings = new StudySettings
        {
            DataFolder = arguments.GetValue(data),
            Sets = Given(arguments, sets),
            Only = arguments.GetValue(only),
            Splits = arguments.GetValue(splits),
            Seeds = arguments.GetValue(seeds) ?? 1,
            Threads = arguments.GetValue(threads) ?? Environment.ProcessorCount,
        };
        if (settings.DataFolder is string folder && !Directory.Exists(folder))
            throw new DirectoryNotFoundException($"--data is '{folder}', and there is no such folder.");
        Part[] chosen = [.. parts.Where(part => Given(arguments, partNames)?.Contains(part.Name) != false)];
        Action<string> writeMarkdown = Writer(arguments.GetValue(markdown)), writeJson = Writer(arguments.GetValue(json));
        StudyReport report = Study.Run(
            chosen,
            settings,
            Shown(args),
            report =>
            {
                writeMarkdown(MarkdownReport.Write(report));
                writeJson(JsonReport.Write(report));
            },
            cancellation);
        return () => Console.Write('\n' + MarkdownReport.Write(report));
    },
    "the files hold what was finished.",
    cancellation));
return await CommandLine.RunAsync(root, args);

// An option of several values that was not given has none of them: that is null here.
static string[]? Given(ParseResult arguments, Option<string[]?> option) => arguments.GetResult(option) is null ? null : arguments.GetValue(option);

// The arguments without this machine's folders.
string Shown(string[] arguments) => string.Join(' ', arguments.Select((argument, i) => (i > 0 ? arguments[i - 1] : "") switch
{
    var option when option == data.Name => "DIR",
    var option when option == markdown.Name || option == json.Name => Path.GetFileName(argument),
    _ => argument,
}));

// Proves before hours of training that the file can be written.
static Action<string> Writer(string? path)
{
    if (path is null)
        return _ => { };
    string full = Path.GetFullPath(path);
    var folder = OutputFolder.Open(Path.GetDirectoryName(full)!);
    return text => folder.Write(Path.GetFileName(full), stream => stream.Write(Encoding.UTF8.GetBytes(text)));
}
