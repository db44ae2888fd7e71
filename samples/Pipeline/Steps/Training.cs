using System.Diagnostics;
using Microsoft.ML;
using Microsoft.ML.Trainers.VariationalDropout;
using Samples;

namespace Pipeline.Steps;

/// <summary>Trains on "Features" and "Label". Nothing is tuned: both trainers have their defaults.</summary>
internal static class Training
{
    public static TrainingRun<VariationalDropoutBinaryPredictionTransformer> VariationalDropout(
        MLContext mlContext, IDataView features, int seed, CancellationToken cancellation)
        => TrainingDisplay.Run("Training", progress => mlContext.BinaryClassification.Trainers.VariationalDropout(new VariationalDropoutBinaryTrainer.Options
        {
            Seed = seed,
            Progress = progress,
            CancellationToken = cancellation,
        }).Fit(features));

    /// <summary>What a table like this is usually given to.</summary>
    public static (ITransformer Model, double Seconds) LightGbm(MLContext mlContext, IDataView features)
    {
        var watch = Stopwatch.StartNew();
        return (NativeLibraries.Use("LightGBM", () => mlContext.BinaryClassification.Trainers.LightGbm().Fit(features)), watch.Elapsed.TotalSeconds);
    }
}
