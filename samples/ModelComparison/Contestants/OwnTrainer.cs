using System.Diagnostics;
using ModelComparison.Data;
using ModelComparison.Measurement;

namespace ModelComparison.Contestants;

/// <summary>This library with its defaults, predicting by the average over draws of the network, and by its mean alone.</summary>
internal sealed class OwnTrainer : IContestant
{
    public const string RowName = "variational-dropout", MeanRowName = $"{RowName}, mean network";

    public string Name => RowName;

    public string? ReasonAgainst(LearningTask task) => null;

    public string? NoteOn(LearningTask task)
        => $"{RowName} averages over 50 draws of the network; \"mean network\" is the same training, predicting in one pass a row"
            + (task == LearningTask.Regression ? " with the noise as its deviation." : ".");

    public IReadOnlyList<TestResult> Measure(Round round, Action<double> progress)
    {
        long start = Stopwatch.GetTimestamp();
        OwnModel model = OwnTraining.Fit(round, OwnTraining.CreateOptions(round.Data.Task), round.Train, progress);
        double trainSeconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        (TestScores sampling, double samplingSeconds) = Scoring.Score(round, model.Sampling);
        (TestScores mean, double meanSeconds) = Scoring.Score(round, model.Mean);
        return [new(RowName, trainSeconds, samplingSeconds, sampling), new(MeanRowName, trainSeconds, meanSeconds, mean)];
    }
}
