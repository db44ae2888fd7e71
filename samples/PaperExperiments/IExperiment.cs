using System.CommandLine;

namespace PaperExperiments;

/// <summary>One command of the program: it measures something that was published, and puts its figures beside the published ones.</summary>
internal interface IExperiment
{
    /// <summary>The command's name on the command line, and of the files that it writes.</summary>
    string Name { get; }

    string Description { get; }

    /// <summary>What <c>--data</c> takes, and what is used without it.</summary>
    string DataDescription { get; }

    /// <summary>Repetitions with a seed of their own each, 1, 2, 3, …, where <c>--seeds</c> says nothing.</summary>
    int DefaultSeeds { get; }

    /// <summary>The command's own options, beside those that all commands have.</summary>
    IReadOnlyList<Option> Options { get; }

    /// <summary>Said after "Cancelled; ".</summary>
    string LeftWhenCancelled => "no file was written.";

    /// <summary>Measures, on a thread of its own, and shows how far it is (see <see cref="Samples.ProgressDisplay"/>).</summary>
    ExperimentResult Run(ExperimentSettings settings, ParseResult arguments, CancellationToken cancellation);
}
