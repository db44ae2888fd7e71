using System.CommandLine;
using System.Globalization;
using Microsoft.ML.Trainers.VariationalDropout;
using PaperExperiments.Digits;
using PaperExperiments.Study;
using Samples;

namespace PaperExperiments.Sparsify;

/// <summary>LeNet-300-100 with most of its weights removed: sparse variational dropout, pruning by magnitude, and published results.</summary>
internal sealed class SparsifyExperiment : IExperiment
{
    private static readonly Option<int?> IterationsOption = OptionValues.WholeNumber("--iterations", 1, int.MaxValue, $"Passes over the training rows [default: {SparsifyDefaults.Full.Iterations}]");

    private static readonly Option<bool> ValidationOption = DigitSets.CreateValidationOption();

    public string Name => "sparsify";

    public string Description => "LeNet-300-100 with most of its weights removed. Started again, it goes on where it was.";

    public string DataDescription => DigitData.FolderDescription;

    public int DefaultSeeds => SparsifyDefaults.Seeds;

    public IReadOnlyList<Option> Options => [IterationsOption, ValidationOption];

    public string LeftWhenCancelled => $"finished runs are in {ResumableStudy.LogName(Name)}, and the same command goes on from there.";

    public ExperimentResult Run(ExperimentSettings settings, ParseResult arguments, CancellationToken cancellation)
    {
        SparsifyDefaults defaults = settings.Quick ? SparsifyDefaults.Quick : SparsifyDefaults.Full;
        var digits = DigitSets.Load(settings, arguments.GetValue(ValidationOption));
        cancellation.ThrowIfCancellationRequested();
        SparsifyRunSettings[] sparse =
        [
            .. Enumerable.Range(1, settings.Seeds).Select(seed => new SparsifyRunSettings
            {
                Data = digits.Fingerprint,
                TrainRows = digits.Train.Count,
                EvaluatedOn = digits.EvaluatedOn,
                EvaluatedRows = digits.Evaluated.Count,
                Posterior = WeightPosterior.Gaussian,
                Prior = WeightPrior.LogUniform,
                MagnitudeCompressions = [],
                Iterations = arguments.GetValue(IterationsOption) ?? defaults.Iterations,
                WarmUpStart = defaults.WarmUpStart,
                WarmUpEnd = defaults.WarmUpEnd,
                Seed = seed,
            }),
        ];
        var work = new ResumableStudy.Work<SparsifyRunSettings, SparsifyRunResult>(
            run => $"{run with { Seed = 0 }}",
            run => run.Iterations,
            SparsifyRunResult.EpochOperations,
            SparsifyRunResult.Operations,
            (run, checkpointFile, clock) => SparsifyRunResult.Measure(digits, run, checkpointFile, clock, cancellation),
            result => result.SecondsPerEpoch,
            Describe);
        IReadOnlyList<SparsifyRunResult> sparseResults = ResumableStudy.Run("1 of 2: sparse variational dropout", Name, settings.Output, sparse, work);

        // As many weights as sparse variational dropout left with the same seed, and as many as round figures would leave.
        SparsifyRunSettings[] plain =
        [
            .. sparse.Zip(sparseResults, (run, result) => run with
            {
                Posterior = WeightPosterior.None,
                Prior = WeightPrior.None,
                WarmUpStart = 0,
                WarmUpEnd = 0,
                MagnitudeCompressions = [result.Pruned[0]?.Compression ?? 1, .. SparsifyDefaults.MagnitudeCompressions],
            }),
        ];
        IReadOnlyList<SparsifyRunResult> plainResults = ResumableStudy.Run("2 of 2: plain networks, pruned by magnitude", Name, settings.Output, plain, work);

        ResultTable table = SparsifyTable.Make(settings.Quick, digits, sparse[0], sparseResults, plainResults);
        return new(table, SparsifyPicture.Draw(table));
    }

    private static string Describe(SparsifyRunResult result)
        => string.Create(CultureInfo.InvariantCulture, $"{result.ErrorPercent:F2} %, pruned ")
            + string.Join(", ", result.Pruned.Select(pruned => pruned is null ? "to nothing" : string.Create(CultureInfo.InvariantCulture, $"{pruned.Compression:F1}× {pruned.ErrorPercent:F2} %")))
            + string.Create(CultureInfo.InvariantCulture, $", {result.SecondsPerEpoch:F2} s per epoch");
}
