using System.Diagnostics;
using Microsoft.ML;
using Microsoft.ML.Data;
using ModelComparison.Data;
using ModelComparison.Measurement;
using Samples;

namespace ModelComparison.Contestants;

/// <summary>A trainer of ML.NET with its defaults.</summary>
/// <param name="name">What <c>--trainers</c> calls it.</param>
internal sealed class Peer(string name) : IContestant
{
    /// <summary>A row in so many is kept aside where a trainer's answers say too little.</summary>
    public const int KeptAside = 5;

    public string Name => name;

    /// <summary>Given the environment and the number of threads; null where it does not do the task.</summary>
    public Func<MLContext, int, IEstimator<ITransformer>>? Binary { get; init; }

    public Func<MLContext, int, IEstimator<ITransformer>>? Multiclass { get; init; }

    public Func<MLContext, int, IEstimator<ITransformer>>? Regression { get; init; }

    /// <summary>Why a task is missing.</summary>
    public string Reason { get; init; } = "";

    /// <summary>Whether its scores of two classes are no probabilities: a fifth of the training rows is then kept for a Platt calibrator.</summary>
    public bool NeedsCalibrator { get; init; }

    /// <summary>Whether it learns several classes as one against the others.</summary>
    public bool AsksOneVersusAll { get; init; }

    public string? ReasonAgainst(LearningTask task) => Trainer(task) is null ? Reason : null;

    public string? NoteOn(LearningTask task) => task switch
    {
        LearningTask.Binary when NeedsCalibrator => $"{Name} gives no probabilities: a fifth of its training rows went to a Platt calibrator.",
        LearningTask.Multiclass when AsksOneVersusAll => $"{Name}: one against the others{(NeedsCalibrator ? ", with ML.NET's calibrator, fitted to the training rows" : "")}.",
        _ => null,
    };

    public IReadOnlyList<TestResult> Measure(Round round, Action<double> progress)
    {
        float? standardDeviation = null;
        if (round.Data.Task == LearningTask.Regression)
        {
            // A number alone has no density: it gets that of the residuals on rows that another training of it has not seen.
            standardDeviation = HeldOutDeviation(round);
            progress(0.5);
        }

        long start = Stopwatch.GetTimestamp();
        ITransformer model = NeedsCalibrator && round.Data.Task == LearningTask.Binary ? FitAndCalibrate(round) : Fit(round, round.Train);
        double trainSeconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        (TestScores scores, double scoreSeconds) = Scoring.Score(round, model, standardDeviation);
        return [new(Name, trainSeconds, scoreSeconds, scores)];
    }

    private Func<MLContext, int, IEstimator<ITransformer>>? Trainer(LearningTask task) => task switch
    {
        LearningTask.Binary => Binary,
        LearningTask.Multiclass => Multiclass,
        _ => Regression,
    };

    private ITransformer Fit(Round round, IDataView train)
        => NativeLibraries.Use(Name, () => Trainer(round.Data.Task)!(round.CreateContext(), round.Settings.Threads).Fit(train));

    private TransformerChain<ITransformer> FitAndCalibrate(Round round)
    {
        (IDataView train, IDataView aside) = KeepAside(round);
        ITransformer model = Fit(round, train);
        MLContext context = round.CreateContext();
        return new TransformerChain<ITransformer>(model, context.BinaryClassification.Calibrators.Platt().Fit(model.Transform(aside)));
    }

    private float HeldOutDeviation(Round round)
    {
        (IDataView train, IDataView aside) = KeepAside(round);
        ITransformer model = Fit(round, train);
        return (float)round.CreateContext().Regression.Evaluate(model.Transform(aside)).RootMeanSquaredError;
    }

    private static (IDataView Train, IDataView Aside) KeepAside(Round round)
    {
        Fold inner = Folds.HoldOut(round.Data, round.Fold.Train, KeptAside, round.Seed);
        return (round.Featurize(inner.Train), round.Featurize(inner.Test));
    }
}
