using System.CommandLine;
using System.Globalization;
using Microsoft.ML.Trainers.VariationalDropout;
using PaperExperiments.Digits;
using PaperExperiments.Study;
using Samples;

namespace PaperExperiments.Mnist;

/// <summary>Figure 1a of the paper: the error on handwritten digits of networks of three hidden layers, by method and units.</summary>
internal sealed class MnistExperiment : IExperiment
{
    private const int MaximumSizes = 20;

    private static readonly string[] MethodNames = [.. MnistMethod.All.Select(method => method.Name)];

    private static readonly Option<string[]?> MethodsOption = OptionValues.Choices("--methods", MethodNames, $"Of {string.Join(", ", MethodNames)} [default: all]");

    private static readonly Option<int[]?> SizesOption = OptionValues.WholeNumbers(
        "--sizes", 1, OptionValues.MaximumUnits, MaximumSizes, "sizes", "100,250", $"Units of each hidden layer, a network each [default: {string.Join(',', MnistDefaults.Full.Units)}]");

    private static readonly Option<int?> IterationsOption = OptionValues.WholeNumber("--iterations", 1, int.MaxValue, $"Passes over the training rows [default: {MnistDefaults.Full.Iterations}, up to 250 units {MnistDefaults.Full.IterationsOfFewUnits}]");

    private static readonly Option<int?> BatchSizeOption = OptionValues.WholeNumber("--batch-size", 1, 1 << 20, $"Rows of a minibatch [default: {MnistDefaults.Full.BatchSize}]");

    private static readonly Option<double?> LearningRateOption = OptionValues.Number(
        "--learning-rate", 1e-10, 10, string.Create(CultureInfo.InvariantCulture, $"Adam's, at the start [default: {MnistDefaults.Full.LearningRate}]"));

    private static readonly Option<double?> WeightDecayOption = OptionValues.Number(
        "--weight-decay", 0, 1000, string.Create(CultureInfo.InvariantCulture, $"Of every method: a step takes the share learning rate × this off every weight [default: {MnistDefaults.Full.WeightDecay}]"));

    private static readonly Option<bool?> AveragingOption = new("--averaging")
    {
        HelpName = "true|false",
        Description = $"Predict with the exponential average of the parameters [default: {(MnistDefaults.Full.ParameterAveraging ? "true" : "false")}]",
    };

    private static readonly Option<bool> ValidationOption = DigitSets.CreateValidationOption();

    public string Name => "mnist";

    public string Description => "Test error on handwritten digits by method and units: figure 1a. Started again, it goes on where it was.";

    public string DataDescription => DigitData.FolderDescription;

    public int DefaultSeeds => MnistDefaults.Seeds;

    public IReadOnlyList<Option> Options => [MethodsOption, SizesOption, IterationsOption, BatchSizeOption, LearningRateOption, WeightDecayOption, AveragingOption, ValidationOption];

    public string LeftWhenCancelled => $"finished runs are in {ResumableStudy.LogName(Name)}, and the same command goes on from there.";

    public ExperimentResult Run(ExperimentSettings settings, ParseResult arguments, CancellationToken cancellation)
    {
        MnistDefaults defaults = settings.Quick ? MnistDefaults.Quick : MnistDefaults.Full;
        string[] methods = arguments.GetValue(MethodsOption) is { Length: > 0 } chosen ? chosen : MethodNames;
        int[] sizes = arguments.GetValue(SizesOption) is { Length: > 0 } given ? given : defaults.Units;
        var digits = DigitSets.Load(settings, arguments.GetValue(ValidationOption));
        cancellation.ThrowIfCancellationRequested();
        MnistRunSettings[] runs =
        [
            .. from seed in Enumerable.Range(1, settings.Seeds)
               from units in sizes.Distinct()
               from method in MnistMethod.All
               where methods.Contains(method.Name)
               select new MnistRunSettings
               {
                   Data = digits.Fingerprint,
                   TrainRows = digits.Train.Count,
                   EvaluatedOn = digits.EvaluatedOn,
                   EvaluatedRows = digits.Evaluated.Count,
                   Method = method.Name,
                   Posterior = method.Posterior,
                   Prior = method.IsLearned ? WeightPrior.LogUniform : WeightPrior.None,
                   DropoutVarianceSharing = method.IsLearned ? DropoutVarianceSharing.InputUnit : DropoutVarianceSharing.Layer,
                   KullbackLeiblerScale = method.KullbackLeiblerScale,
                   Units = units,
                   HiddenLayers = MnistDefaults.HiddenLayers,
                   Iterations = arguments.GetValue(IterationsOption) ?? defaults.IterationsOf(units),
                   BatchSize = arguments.GetValue(BatchSizeOption) ?? defaults.BatchSize,
                   LearningRate = arguments.GetValue(LearningRateOption) ?? defaults.LearningRate,
                   LearningRateSchedule = LearningRateSchedule.LinearDecay,
                   WeightDecay = arguments.GetValue(WeightDecayOption) ?? defaults.WeightDecay,
                   ParameterAveraging = arguments.GetValue(AveragingOption) ?? defaults.ParameterAveraging,
                   Samples = defaults.Samples,
                   Seed = seed,
               },
        ];
        IReadOnlyList<MnistRunResult> results = ResumableStudy.Run($"{runs.Length} trainings on {digits.Train.Count} digits", Name, settings.Output, runs, new ResumableStudy.Work<MnistRunSettings, MnistRunResult>(
            run => $"{run with { Seed = 0 }}",
            run => run.Iterations,
            MnistRunResult.EpochOperations,
            MnistRunResult.Operations,
            (run, checkpointFile, clock) => MnistRunResult.Measure(digits, run, checkpointFile, clock, cancellation),
            result => result.SecondsPerEpoch,
            result => string.Create(CultureInfo.InvariantCulture, $"{result.ErrorPercent:F2} % ({result.SampledErrorPercent:F2} % sampled), {result.SecondsPerEpoch:F2} s per epoch")));

        ResultTable table = MnistTable.Make(settings.Quick, digits, runs, results);
        return new(table, MnistPicture.Draw(table));
    }
}
