using System.CommandLine;
using System.Globalization;
using Microsoft.ML.Trainers.VariationalDropout;
using Microsoft.ML.Trainers.VariationalDropout.Data;
using Microsoft.ML.Trainers.VariationalDropout.Network;
using Microsoft.ML.Trainers.VariationalDropout.Numerics;
using PaperExperiments.Digits;
using PaperExperiments.Gradients;
using PaperExperiments.Published;
using Samples;

namespace PaperExperiments.Variance;

/// <summary>Table 1 of the paper: the variance of minibatch gradients, for four ways to draw the noise at the same parameters.</summary>
internal sealed class VarianceExperiment : IExperiment
{
    /// <summary>Hidden layers, as in the paper.</summary>
    private const int HiddenLayers = 3;

    /// <summary>Seeds of a measurement are this far from those of the training.</summary>
    private const uint MeasurementSeeds = 1_000_000;

    /// <summary>Wide enough for a test error near 1.3 %: a weight sample for each row takes its time, which grows with the square of the units.</summary>
    private static readonly Size Full = new(Units: 300, Draws: 200, Epochs: 100, BatchSize: 1000);

    private static readonly Size Quick = new(Units: 32, Draws: 20, Epochs: 40, BatchSize: 50);

    private static readonly Option<int?> UnitsOption = OptionValues.WholeNumber(
        "--units", 1, OptionValues.MaximumUnits, $"Units of each of the {HiddenLayers} hidden layers [default: {Full.Units}; with --quick {Quick.Units}]");

    private static readonly Option<int?> DrawsOption = OptionValues.WholeNumber(
        "--draws", 2, 1_000_000, $"Minibatches over which a variance is taken [default: {Full.Draws}; with --quick {Quick.Draws}]");

    private static readonly Option<int?> EpochsOption = OptionValues.WholeNumber(
        "--epochs", 1, 100_000, $"Epochs of training at most; it ends when the test error is down to {PublishedVariances.TestErrors[^1]:P1} [default: {Full.Epochs}; with --quick {Quick.Epochs}]");

    public string Name => "variance";

    public string Description => "Table 1: the variance of minibatch gradients for four estimators, top and bottom layer, early and late in training.";

    public string DataDescription => DigitData.FolderDescription;

    public int DefaultSeeds => 1;

    public IReadOnlyList<Option> Options => [UnitsOption, DrawsOption, EpochsOption];

    public ExperimentResult Run(ExperimentSettings settings, ParseResult arguments, CancellationToken cancellation)
    {
        Size size = settings.Quick ? Quick : Full;
        size = size with
        {
            Units = arguments.GetValue(UnitsOption) ?? size.Units,
            Draws = arguments.GetValue(DrawsOption) ?? size.Draws,
            Epochs = arguments.GetValue(EpochsOption) ?? size.Epochs,
        };
        DigitSets data = DigitSets.Load(settings, validation: false);
        data.CheckMinibatch(size.BatchSize);
        TrainingSet train = DigitRows.ToTrainingSet(data.Train), test = DigitRows.ToTrainingSet(data.Evaluated);
        NetworkArchitecture architecture = DigitRows.Architecture([.. Enumerable.Repeat(size.Units, HiddenLayers)], WeightPosterior.IndependentWeightNoise);
        var table = new ResultTable(
            Name,
            $"Variance of the gradients of minibatches of {size.BatchSize}, {HiddenLayers} × {size.Units} units, independent weight noise",
            settings.Quick,
            new("seed", IsKey: true), new("layer", IsKey: true), new("stage", IsKey: true), new("epoch"), new("test error %", "F2"), new("estimator", IsKey: true), new("variance", "0.0e0"), new("÷ local", "F2"), new("95 % from", "F2"), new("95 % to", "F2"),
            new("published variance", "0.0e0"), new("published ÷ local", "F2"));
        using var team = new WorkerTeam(Environment.ProcessorCount);
        for (uint seed = 1; seed <= settings.Seeds; seed++)
        {
            IReadOnlyList<Stage> stages = Train(architecture, train, test, size, seed, team, cancellation);
            IReadOnlyList<IReadOnlyList<EstimatorMoments>> moments = Measure(architecture, stages, train, size, seed, team, cancellation);
            foreach (bool isTop in new[] { true, false })
            {
                for (int stage = 0; stage < stages.Count; stage++)
                    AddRows(table, seed, isTop, stage, stages[stage], moments[stage], train.RowCount);
            }
        }

        table.Notes.Add($"Each figure: over {size.Draws} fresh minibatches of {size.BatchSize} out of {train.RowCount} rows and fresh noise, the variance of each entry of dL/dθ, averaged over the layer; the same parameters and the same minibatches for all estimators. L is the objective as a sum over all rows, as in the paper.");
        table.Notes.Add("95 %: bootstrap over the draws, the ratio's numerator and denominator drawn together.");
        table.Notes.Add($"Trained with local reparameterization, Adam with its default settings, minibatches of {size.BatchSize} and one α per layer, from rates of 0.2 on the input and 0.5 on hidden units, α ≤ 1; parameters taken at the epochs whose test error was closest to {PublishedVariances.TestErrors[0]:P0} and {PublishedVariances.TestErrors[1]:P1}.");
        table.Notes.Add($"Data: {data.Source}.");
        table.Notes.Add(PublishedVariances.Source);
        return new(table, VariancePicture.Draw(table));
    }

    private static IReadOnlyList<Stage> Train(
        NetworkArchitecture architecture, TrainingSet train, TrainingSet test, Size size, uint seed, WorkerTeam team, CancellationToken cancellation)
        => ProgressDisplay.Run($"Training, {size.Epochs} epochs at most", display => StagedTraining.Run(
            architecture, train, test, size.BatchSize, size.Epochs, PublishedVariances.TestErrors, seed, team,
            (epoch, error) => display.Report((double)epoch / size.Epochs, $"test error {error:P2}", $"epoch {epoch}: test error {error:P2}"),
            cancellation));

    private static IReadOnlyList<IReadOnlyList<EstimatorMoments>> Measure(
        NetworkArchitecture architecture, IReadOnlyList<Stage> stages, TrainingSet train, Size size, uint seed, WorkerTeam team, CancellationToken cancellation)
        => ProgressDisplay.Run($"{size.Draws} draws of {VarianceMeasurement.Estimators.Count} estimators at {stages.Count} stages", display =>
        {
            double done = 0, all = stages.Count * size.Draws * VarianceMeasurement.Estimators.Sum(Cost);
            return (IReadOnlyList<IReadOnlyList<EstimatorMoments>>)
            [
                .. stages.Select(stage => VarianceMeasurement.Run(architecture, stage.Layers, train, size.BatchSize, size.Draws, MeasurementSeeds + seed, team, Count, cancellation)),
            ];

            void Count(GradientEstimator estimator)
            {
                done += Cost(estimator);
                display.Report(done / all, $"{estimator}", $"{done / all:P0}: {estimator}");
            }
        });

    /// <summary>About how long a draw takes, for the progress bar.</summary>
    private static double Cost(GradientEstimator estimator) => estimator == GradientEstimator.SeparateWeightSamples ? 50 : 1;

    private static void AddRows(ResultTable table, uint seed, bool isTop, int stageIndex, Stage stage, IReadOnlyList<EstimatorMoments> moments, int rowCount)
    {
        EntryMoments local = moments.Single(one => one.Estimator == GradientEstimator.LocalReparameterization).Of(isTop);
        double publishedLocal = PublishedVariances.Of(GradientEstimator.LocalReparameterization, isTop, stageIndex);
        foreach (EstimatorMoments one in moments)
        {
            EntryMoments ours = one.Of(isTop);
            bool isLocal = ReferenceEquals(ours, local);
            Interval? interval = isLocal ? null : Bootstrap.OfRatio(ours.Residuals, local.Residuals);
            double published = PublishedVariances.Of(one.Estimator, isTop, stageIndex);

            // The core's loss is a mean over the rows.
            double variance = ours.MeanVariance * rowCount * rowCount;
            table.Add(
                (int)seed, isTop ? "top" : "bottom", Near(PublishedVariances.TestErrors[stageIndex]), stage.Epoch, 100 * stage.TestError, one.Estimator.ToString(),
                variance, ours.MeanVariance / local.MeanVariance, interval?.Low, interval?.High, published, published / publishedLocal);
        }
    }

    private static string Near(double error) => string.Create(CultureInfo.InvariantCulture, $"near {100 * error} %");

    /// <summary>What decides how long it takes.</summary>
    private sealed record Size(int Units, int Draws, int Epochs, int BatchSize);
}
