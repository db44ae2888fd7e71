using Microsoft.ML.Trainers.VariationalDropout;
using PaperExperiments.Digits;
using PaperExperiments.Mnist;
using PaperExperiments.Study;
using QuickStart.Tests;
using Samples;

namespace PaperExperiments.Tests;

[TestClass]
public sealed class ResumedTrainingTests
{
    [TestMethod]
    public void A_training_that_is_interrupted_goes_on_where_it_was_to_the_same_result()
    {
        using var folder = new TemporaryFolder();
        DigitSets digits = LoadDigits(folder);
        MnistRunSettings run = CreateRun(digits, iterations: 300);
        string checkpoint = Path.Combine(folder.Path, "checkpoint");
        using var interruption = new CancellationTokenSource();
        List<double> done = [];

        // As soon as there is a state to go on from.
        var interrupting = new Display(share =>
        {
            if (File.Exists(checkpoint))
                interruption.Cancel();
        });
        var watching = new Display(done.Add);
        MnistRunResult whole = Measure(digits, run, new Display(_ => { }), Path.Combine(folder.Path, "another"), CancellationToken.None);
        Assert.Throws<OperationCanceledException>(() => Measure(digits, run, interrupting, checkpoint, interruption.Token));
        Assert.IsTrue(File.Exists(checkpoint));
        MnistRunResult resumed = Measure(digits, run, watching, checkpoint, CancellationToken.None);

        Assert.IsGreaterThan(1.5 / run.Iterations, done[0], "It began with the first epoch again.");
        Assert.AreEqual((whole.ErrorPercent, whole.SampledErrorPercent), (resumed.ErrorPercent, resumed.SampledErrorPercent));
        CollectionAssert.AreEqual(whole.DropoutRates.ToArray(), resumed.DropoutRates.ToArray());
        Assert.IsFalse(File.Exists(checkpoint));
    }

    /// <summary>Its checkpoint is deleted by then, and its figures would be lost.</summary>
    [TestMethod]
    public void An_interruption_after_the_last_pass_loses_nothing()
    {
        using var folder = new TemporaryFolder();
        DigitSets digits = LoadDigits(folder);
        MnistRunSettings run = CreateRun(digits, iterations: 2);
        using var interruption = new CancellationTokenSource();
        int passes = 0;
        var interrupting = new Display(_ =>
        {
            if (++passes == run.Iterations)
                interruption.Cancel();
        });
        MnistRunResult whole = Measure(digits, run, new Display(_ => { }), Path.Combine(folder.Path, "another"), CancellationToken.None);
        MnistRunResult interrupted = Measure(digits, run, interrupting, Path.Combine(folder.Path, "checkpoint"), interruption.Token);
        Assert.IsTrue(interruption.IsCancellationRequested);
        Assert.AreEqual((whole.ErrorPercent, whole.SampledErrorPercent), (interrupted.ErrorPercent, interrupted.SampledErrorPercent));
    }

    private static DigitSets LoadDigits(TemporaryFolder folder)
        => DigitSets.Load(new ExperimentSettings { DataFolder = null, Output = OutputFolder.Open(folder.Path), Quick = true, Seeds = 1 }, validation: true);

    private static MnistRunSettings CreateRun(DigitSets digits, int iterations) => new()
    {
        Data = digits.Fingerprint,
        TrainRows = digits.Train.Count,
        EvaluatedOn = digits.EvaluatedOn,
        EvaluatedRows = digits.Evaluated.Count,
        Method = "A",
        Posterior = WeightPosterior.CorrelatedWeightNoise,
        Prior = WeightPrior.LogUniform,
        DropoutVarianceSharing = DropoutVarianceSharing.InputUnit,
        KullbackLeiblerScale = 1,
        Units = 64,
        HiddenLayers = 2,
        Iterations = iterations,
        BatchSize = 100,
        LearningRate = 1e-3,
        LearningRateSchedule = LearningRateSchedule.LinearDecay,
        WeightDecay = 0.1,
        ParameterAveraging = true,
        Samples = 2,
        Seed = 1,
    };

    private static MnistRunResult Measure(DigitSets digits, MnistRunSettings run, IProgressDisplay display, string checkpointFile, CancellationToken cancellation)
    {
        var clock = new StudyClock(display, ("run", MnistRunResult.Operations(run)));
        clock.Start("run", "run", MnistRunResult.Operations(run), run.Iterations, MnistRunResult.EpochOperations(run));
        return MnistRunResult.Measure(digits, run, checkpointFile, clock, cancellation);
    }

    private sealed class Display(Action<double> report) : IProgressDisplay
    {
        public void Report(double done, string brief, string line) => report(done);

        public void WriteLine(string line)
        {
        }
    }
}
