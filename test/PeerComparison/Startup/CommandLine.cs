using System.Globalization;

namespace Microsoft.ML.Trainers.VariationalDropout.PeerComparison.Startup;

/// <summary>What the program was asked for.</summary>
internal sealed record CommandLine
{
    public const string Usage = """
        PeerComparison [--filter TEXT]... [--threads N] [--seconds S] [--json FILE] [--markdown FILE] [--data FOLDER] [--verbose] [--list]
          --filter     rows whose name contains TEXT; may be repeated; all without it
          --threads    threads of both sides (2); rows that are about threads keep their own
          --seconds    for each row, once both sides are warm (8)
          --json       write the results to FILE as well, for programs
          --markdown   write the results to FILE as well, as tables
          --data       a folder with adult.txt.gz (UCI Adult): adds quality/adult, time to quality
          --verbose    how well both sides agree, row by row
          --list       the names of the rows
        """;

    public IReadOnlyList<string> Filters { get; private init; } = [];

    public int Threads { get; private init; } = 2;

    public double Seconds { get; private init; } = 8;

    public string? Json { get; private init; }

    public string? Markdown { get; private init; }

    public string? Data { get; private init; }

    public bool IsVerbose { get; private init; }

    public bool ListsRows { get; private init; }

    /// <exception cref="ArgumentException">An unknown option, or a value that it does not take.</exception>
    public static CommandLine Parse(string[] arguments)
    {
        var result = new CommandLine();
        for (int i = 0; i < arguments.Length; i++)
        {
            string option = arguments[i];
            result = option switch
            {
                "--filter" => result with { Filters = [.. result.Filters, Value()] },
                "--threads" => result with { Threads = (int)Number(1, 1024) },
                "--seconds" => result with { Seconds = Number(0.1, 3600) },
                "--json" => result with { Json = Value() },
                "--markdown" => result with { Markdown = Value() },
                "--data" => result with { Data = Value() },
                "--verbose" => result with { IsVerbose = true },
                "--list" => result with { ListsRows = true },
                _ => throw new ArgumentException($"Unknown option '{option}'."),
            };

            string Value() => ++i < arguments.Length ? arguments[i] : throw new ArgumentException($"{option} needs a value.");

            double Number(double least, double most)
            {
                string text = Value();
                return double.TryParse(text, CultureInfo.InvariantCulture, out double number) && number >= least && number <= most
                    ? number
                    : throw new ArgumentException($"{option} is '{text}'; allowed is a number from {least} to {most}.");
            }
        }

        return result;
    }

    public bool Selects(string name) => Filters.Count == 0 || Filters.Any(filter => name.Contains(filter, StringComparison.OrdinalIgnoreCase));
}
