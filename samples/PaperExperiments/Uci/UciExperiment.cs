using System.CommandLine;
using PaperExperiments.Published;
using Samples;

namespace PaperExperiments.Uci;

/// <summary>Regression on the standard splits with the library's defaults: test log-likelihood and error beside published ones.</summary>
internal sealed class UciExperiment : IExperiment
{
    /// <summary>Draws of the network per test row.</summary>
    private const int Samples = 1000, QuickSamples = 50;

    /// <summary>Four that count: the labels of a set may be thousands or thousandths.</summary>
    private const string Digits = "G4";

    private const int QuickSplits = 2, QuickTrainRows = 300, QuickTestRows = 100;

    private static readonly Option<string?> SetsOption = new("--sets")
    {
        HelpName = "A,B,...",
        Description = "Names of the data folders to use [default: all]",
    };

    private static readonly Option<int?> SplitsOption = OptionValues.WholeNumber("--splits", 1, int.MaxValue, "The first splits of each set alone [default: all]");

    private static readonly Option<int?> HiddenOption = OptionValues.WholeNumber(
        "--hidden", 1, OptionValues.MaximumUnits, $"Units of the hidden layer [default: what n_hidden.txt of the set says, or {UciStudy.DefaultHiddenUnits}]");

    public string Name => "uci";

    public string Description => "Regression on the standard splits with the library's defaults: test log-likelihood and error.";

    public string DataDescription => "Folder of data folders with data.txt, index files and n_splits.txt [default: small sets that this program makes]";

    public int DefaultSeeds => 1;

    public IReadOnlyList<Option> Options => [SetsOption, SplitsOption, HiddenOption];

    public ExperimentResult Run(ExperimentSettings settings, ParseResult arguments, CancellationToken cancellation)
    {
        string[]? names = arguments.GetValue(SetsOption)?.Split(',', StringSplitOptions.TrimEntries).Distinct().ToArray();
        IReadOnlyList<RegressionSet> sets = settings.DataFolder is string folder ? UciFolder.Read(folder, names) : GeneratedSets.ReadAsFolder(names);
        int splits = arguments.GetValue(SplitsOption) ?? (settings.Quick ? QuickSplits : int.MaxValue);
        sets = [.. sets.Select(set => settings.Quick ? set.Shrink(splits, QuickTrainRows, QuickTestRows) : set.Shrink(splits, int.MaxValue, int.MaxValue))];
        int samples = settings.Quick ? QuickSamples : Samples;
        IReadOnlyList<UciStudy> studies = UciStudy.Run(sets, arguments.GetValue(HiddenOption), settings.Seeds, samples, cancellation);

        var table = new ResultTable(
            Name,
            "Regression with the library's defaults, one hidden layer",
            settings.Quick,
            [
                new("set", IsKey: true), new("training rows"), new("features"), new("hidden units"), new("splits"), new("metric", IsKey: true), new("ours", Digits), new("standard error", Digits),
                new("reference", Digits), new("difference", Digits), new("difference standard error", Digits),
                .. PublishedUci.Methods.Select(method => new ResultColumn($"{method} (published)", "F2")),
                new("seconds per split", "F2"),
            ]);
        foreach (UciStudy study in studies)
        {
            AddRow(table, study, "log-likelihood", run => run.LogLikelihood, study.Set.ReferenceLogLikelihoods, PublishedUci.LogLikelihood(study.Set.Name));
            AddRow(table, study, "RMSE", run => run.RootMeanSquaredError, study.Set.ReferenceErrors, PublishedUci.RootMeanSquaredError(study.Set.Name));
        }

        table.Notes.Add($"Log-likelihood in nats per row, higher is better; RMSE lower. Both with {samples} draws of the network, in the label's unit; mean and standard error over splits, {Count(settings.Seeds, "seed")} each.");
        table.Notes.Add("Difference: ours − the reference that lies beside the data, split by split.");
        table.Notes.Add("Seconds per split: of the training, on one thread of a machine on which other splits run.");
        table.Notes.Add(PublishedUci.Source);
        return new(table, UciPicture.Draw(table));
    }

    private static void AddRow(ResultTable table, UciStudy study, string metric, Func<UciRun, double> figure, IReadOnlyList<double>? reference, IReadOnlyList<double?> published)
    {
        IReadOnlyList<double> perSplit = study.PerSplit(figure);
        Estimate ours = Estimate.Of(perSplit);
        double[]? pairs = reference?.Take(perSplit.Count).ToArray();
        Estimate? difference = pairs is null ? null : Estimate.OfPairedDifference(perSplit, pairs);
        table.Add(
        [
            study.Set.Name, study.Set.Splits[0].Train.Count, study.Set.FeatureCount, study.HiddenUnits, perSplit.Count, metric, ours.Mean, ours.StandardError,
            pairs?.Average(), difference?.Mean, difference?.StandardError, .. published.Cast<object?>(), study.PerSplit(run => run.TrainSeconds).Average(),
        ]);
    }

    private static string Count(int count, string noun) => count == 1 ? $"1 {noun}" : $"{count} {noun}s";
}
