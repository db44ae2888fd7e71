using System.Diagnostics;
using ModelComparison.Data;
using ModelComparison.Measurement;

namespace ModelComparison.Contestants;

/// <summary>This library with its defaults, predicting by the average over draws of the network, and by its mean alone.</summary>
internal sealed class OwnTrainer : IContestant
{
    public string Name => "variational-dropout";

    public string? ReasonAgainst(LearningTask task) => null;

    public IReadOnlyList<TestResult> Measure(Round round, Action<double> progress)
    {
        long start = Stopwatch.GetTimestamp();
        OwnModel model = OwnTraining.Fit(round, OwnTraining.CreateOptions(round.Data.Task), round.Train, progress);
        double trainSeconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        (TestScores sampling, double samplingSeconds) = Scoring.Score(round, model.Sampling);
        (TestScores mean, double meanSeconds) = Scoring.Score(round, model.Mean);
        return [new(Name, trainSeconds, samplingSeconds, sampling), new($"{Name}, mean network", trainSeconds, meanSeconds, mean)];
    }
}
