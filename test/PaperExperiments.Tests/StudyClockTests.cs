using Microsoft.ML.Trainers.VariationalDropout;
using PaperExperiments.Study;
using Samples;

namespace PaperExperiments.Tests;

[TestClass]
public sealed class StudyClockTests
{
    [TestMethod]
    public void The_time_left_is_what_is_left_at_the_speed_so_far()
    {
        var clock = new StudyClock(new NoDisplay(), ("known", 200), ("running", 400), ("to come", 400));
        Assert.IsNull(clock.SecondsLeft);

        // 200 operations in 20 s before; an epoch of 100 in 40 s now. Left are 300 at 0.4 s each, and 400 of a kind that nobody measured, at 60 s for 300.
        clock.Known("known", 200, 20);
        clock.Start("a", "running", operations: 400, epochs: 3, epochOperations: 100);
        clock.EpochEnded(1, seconds: 40);

        Assert.AreEqual(120 + 80, clock.SecondsLeft!.Value, 1e-9);
    }

    [TestMethod]
    public void A_run_of_a_kind_that_was_measured_takes_as_long()
    {
        var clock = new StudyClock(new NoDisplay(), ("fast", 100), ("slow", 100), ("slow", 100), ("fast", 100));

        clock.Known("fast", 100, 1);
        clock.Known("slow", 100, 10);

        Assert.AreEqual(11, clock.SecondsLeft!.Value, 1e-9);
    }

    [TestMethod]
    public void Epochs_before_a_resumption_are_done_but_say_nothing_of_the_speed()
    {
        var clock = new StudyClock(new NoDisplay(), ("a", 1000));
        clock.Start("a", "a", operations: 1000, epochs: 10, epochOperations: 100);

        // The sixth is the first that was seen: 100 operations took 2 s, and 400 are left.
        clock.EpochEnded(6, seconds: 2);
        Assert.AreEqual(8, clock.SecondsLeft!.Value, 1e-9);

        // Another 100 in 4 s: 200 in 6 s, and 300 are left.
        clock.EpochEnded(7, seconds: 4);
        Assert.AreEqual(9, clock.SecondsLeft!.Value, 1e-9);
    }

    [TestMethod]
    public void Products_are_counted_by_layer_and_by_noise()
    {
        Assert.AreEqual(784 * 300 + 300 * 100 + 100 * 10, NetworkCost.Weights(784, [300, 100], 10));
        Assert.AreEqual(3, NetworkCost.TrainingProducts(WeightPosterior.CorrelatedWeightNoise));
        Assert.AreEqual(6, NetworkCost.TrainingProducts(WeightPosterior.IndependentWeightNoise));
    }

    private sealed class NoDisplay : IProgressDisplay
    {
        public void Report(double done, string brief, string line)
        {
        }

        public void WriteLine(string line)
        {
        }
    }
}
