using System.CommandLine;
using System.Diagnostics;
using Microsoft.ML.Trainers.VariationalDropout;
using Microsoft.ML.Trainers.VariationalDropout.Data;
using Microsoft.ML.Trainers.VariationalDropout.Inference;
using Microsoft.ML.Trainers.VariationalDropout.Network;
using Microsoft.ML.Trainers.VariationalDropout.Numerics;
using PaperExperiments.Digits;
using PaperExperiments.Gradients;
using PaperExperiments.Published;
using Samples;

namespace PaperExperiments.Speed;

/// <summary>The times of section 5.1 of the paper: what an epoch takes with a weight sample for each row, and with local reparameterization.</summary>
internal sealed class SpeedExperiment : IExperiment
{
    private const int HiddenLayers = 3;

    /// <summary>Rows of an epoch, whatever the data: MNIST's.</summary>
    private const int EpochRows = 60_000;

    /// <summary>Steps of local reparameterization for each of the others: a machine that is busy with other things leaves a short burst more of its time than a long one.</summary>
    private const int LocalSteps = 10;

    private static readonly Size Full = new(Units: 1200, Rounds: 5, BatchSize: 1000, Draws: 4000), Quick = new(Units: 100, Rounds: 3, BatchSize: 200, Draws: 500);

    private static readonly Option<int?> UnitsOption = OptionValues.WholeNumber(
        "--units", 1, OptionValues.MaximumUnits, $"Units of each of the {HiddenLayers} hidden layers [default: {Full.Units}; with --quick {Quick.Units}]");

    private static readonly Option<int?> RoundsOption = OptionValues.WholeNumber(
        "--rounds", 1, 1_000_000, $"Minibatches of each kind, taking turns; the median counts [default: {Full.Rounds}; with --quick {Quick.Rounds}]");

    public string Name => "speed";

    public string Description => "Seconds per epoch: a weight sample for each row against local reparameterization, the same network, in one run.";

    public string DataDescription => DigitData.FolderDescription;

    public int DefaultSeeds => 1;

    public IReadOnlyList<Option> Options => [UnitsOption, RoundsOption];

    public ExperimentResult Run(ExperimentSettings settings, ParseResult arguments, CancellationToken cancellation)
    {
        Size size = settings.Quick ? Quick : Full;
        size = size with { Units = arguments.GetValue(UnitsOption) ?? size.Units, Rounds = arguments.GetValue(RoundsOption) ?? size.Rounds };
        DigitSets data = DigitSets.Load(settings, validation: false);
        data.CheckMinibatch(size.BatchSize);
        TrainingSet rows = DigitRows.ToTrainingSet(data.Train.Take(size.BatchSize));
        using var team = new WorkerTeam(Environment.ProcessorCount);
        var table = new ResultTable(
            Name,
            $"Seconds per epoch, {HiddenLayers} × {size.Units} units, minibatches of {size.BatchSize}",
            settings.Quick,
            new("seed", IsKey: true), new("estimator", IsKey: true), new("noise", IsKey: true), new("seconds per minibatch", "F3"), new("seconds per epoch", "F1"), new("÷ local", "F1"), new("fastest ÷ local's fastest", "F1"), new("published seconds", "F1"), new("published ÷ local", "F0"),
            new("mean gradient − local's, standard errors, root mean square", "F2"), new("largest", "F2"), new("entries"));
        for (uint seed = 1; seed <= settings.Seeds; seed++)
        {
            IReadOnlyList<Candidate> candidates = Candidates(size, rows, seed, team);
            ProgressDisplay.Run($"{size.Rounds} minibatches of {size.BatchSize} rows of {candidates.Count} kinds, taking turns", display => Measure(candidates, size, display, cancellation));

            // Apart from the timings: it needs no undisturbed processor.
            MeanDifference?[] differences = ProgressDisplay.Run(
                "Mean gradients of a small network", display => Compare(candidates, new GradientComparison(size.Draws, seed, team), display, cancellation));
            for (int i = 0; i < candidates.Count; i++)
                AddRow(table, seed, candidates[i], candidates[0], size, differences[i]);
        }

        table.Notes.Add($"An epoch has {EpochRows:N0} rows: its time is scaled from the median of {size.Rounds} whole minibatches (forward, backward, and the step of Adam except where W is written to memory), which took turns in one process on {team.Size} threads, kernel path {KernelPaths.Current}.");
        table.Notes.Add("Other programs disturb the fastest minibatch least. Where its ratio is far from that of the medians, the machine was busy, and neither is to be relied on.");
        table.Notes.Add($"Mean gradients: {size.Draws} draws of the noise for one minibatch of a small network, per weight the difference from local reparameterization's mean in its standard error. Where the expectations are equal the root mean square is near 1.");
        table.Notes.Add("W in memory: θ + σ ∘ E is written for each row, then multiplied; with the library's noise and .NET's vector operations. In registers: the library's SeparateWeightSamples, where noise is made again on the way back, no W is ever stored, and no noise is made for 16 inputs that are all zero, such as those of an image's border.");
        table.Notes.Add($"Data: {data.Source}.");
        table.Notes.Add(PublishedVariances.Source + " The times: its section 5.1, on one graphics card of that year.");
        return new(table, SpeedPicture.Draw(table));
    }

    private static void AddRow(ResultTable table, uint seed, Candidate candidate, Candidate local, Size size, MeanDifference? difference)
        => table.Add(
            (int)seed, candidate.Estimator, candidate.Noise, candidate.Median, candidate.Median * EpochRows / size.BatchSize, candidate.Median / local.Median, candidate.Seconds.Min() / local.Seconds.Min(),
            candidate.PublishedSeconds, candidate.PublishedSeconds / PublishedVariances.LocalSeconds, difference?.RootMeanSquare, difference?.Largest, difference?.Entries);

    private static IReadOnlyList<Candidate> Candidates(Size size, TrainingSet data, uint seed, WorkerTeam team)
    {
        int[] rows = [.. Enumerable.Range(0, size.BatchSize)];
        NetworkArchitecture independent = Architecture(WeightPosterior.IndependentWeightNoise), correlated = Architecture(WeightPosterior.CorrelatedWeightNoise);
        IReadOnlyList<TrainedLayer> start = Start(independent);
        GradientPass local = GradientPass.Create(independent, GradientEstimator.LocalReparameterization, start, size.BatchSize, team);
        GradientPass onInputs = GradientPass.Create(correlated, GradientEstimator.LocalReparameterization, Start(correlated), size.BatchSize, team);
        GradientPass separate = GradientPass.Create(independent, GradientEstimator.SeparateWeightSamples, start, size.BatchSize, team);
        var written = new MaterializedWeights(start, team);
        return
        [
            new("local reparameterization", "independent", PublishedVariances.LocalSeconds, LocalSteps, step => local.Train(data, rows, seed, step), null),
            new("local reparameterization", "correlated", null, LocalSteps, step => onInputs.Train(data, rows, seed, step), null),
            new("a weight sample per row, in registers", "independent", PublishedVariances.SeparateSeconds, 1, step => separate.Train(data, rows, seed, step), comparison => comparison.Of(GradientEstimator.SeparateWeightSamples)),
            new("a weight sample per row, W in memory", "independent", PublishedVariances.SeparateSeconds, 1, step => written.Run(data, rows, seed, step), comparison => comparison.OfMaterializedWeights()),
        ];

        NetworkArchitecture Architecture(WeightPosterior posterior) => DigitRows.Architecture([.. Enumerable.Repeat(size.Units, HiddenLayers)], posterior);

        IReadOnlyList<TrainedLayer> Start(NetworkArchitecture architecture) => NetworkInitializer.Create(new TrainingSettings { Architecture = architecture, Seed = seed });
    }

    private static bool Measure(IReadOnlyList<Candidate> candidates, Size size, IProgressDisplay display, CancellationToken cancellation)
    {
        // The first round compiles and warms up; it does not count.
        uint step = 0;
        for (int round = 0; round <= size.Rounds; round++)
        {
            foreach (Candidate candidate in candidates)
            {
                for (int i = 0; i < candidate.StepsPerRound; i++)
                {
                    cancellation.ThrowIfCancellationRequested();
                    long start = Stopwatch.GetTimestamp();
                    candidate.Step(step++);
                    if (round > 0)
                        candidate.Seconds.Add(Stopwatch.GetElapsedTime(start).TotalSeconds);
                }
            }

            display.Report((round + 1.0) / (size.Rounds + 1), "", $"round {round} of {size.Rounds}");
        }

        return true;
    }

    private static MeanDifference?[] Compare(IReadOnlyList<Candidate> candidates, GradientComparison comparison, IProgressDisplay display, CancellationToken cancellation)
    {
        var result = new MeanDifference?[candidates.Count];
        for (int i = 0; i < candidates.Count; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            result[i] = candidates[i].Compare?.Invoke(comparison);
            display.Report((i + 1.0) / candidates.Count, candidates[i].Estimator, candidates[i].Estimator);
        }

        return result;
    }

    /// <summary>What is measured.</summary>
    /// <param name="Estimator">Its name.</param>
    /// <param name="Noise">The form of its noise.</param>
    /// <param name="PublishedSeconds">The paper's seconds per epoch, if it has them.</param>
    /// <param name="StepsPerRound">Minibatches of a round.</param>
    /// <param name="Step">A minibatch; takes the noise's counter.</param>
    /// <param name="Compare">Its mean gradient against that of local reparameterization; null where that is the same, or another objective.</param>
    private sealed record Candidate(string Estimator, string Noise, double? PublishedSeconds, int StepsPerRound, Func<uint, double> Step, Func<GradientComparison, MeanDifference>? Compare)
    {
        public List<double> Seconds { get; } = [];

        public double Median
        {
            get
            {
                double[] sorted = [.. Seconds.Order()];
                return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
            }
        }
    }

    /// <summary>What decides how long it takes.</summary>
    private sealed record Size(int Units, int Rounds, int BatchSize, int Draws);
}
