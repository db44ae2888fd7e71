using System.Diagnostics;
using System.Globalization;
using Microsoft.ML.Trainers.VariationalDropout;

namespace Samples;

/// <summary>A trained model, what was reported after each iteration, and the seconds that the training took.</summary>
internal sealed record TrainingRun<TModel>(TModel Model, IReadOnlyList<TrainingProgress> History, double Seconds);

/// <summary>Shows a training while it runs.</summary>
internal static class TrainingDisplay
{
    public static TrainingRun<TModel> Run<TModel>(string title, Func<IProgress<TrainingProgress>, TModel> train) => ProgressDisplay.Run(title, display =>
    {
        var history = new List<TrainingProgress>();
        var watch = Stopwatch.StartNew();
        TModel model = train(new SynchronousProgress<TrainingProgress>(progress =>
        {
            history.Add(progress);
            display.Report(
                (double)progress.Iteration / progress.NumberOfIterations,
                progress.ValidationLogLoss is double loss ? string.Create(CultureInfo.InvariantCulture, $"log-loss {loss:F3}") : "",
                string.Create(CultureInfo.InvariantCulture, $"iteration {progress.Iteration} of {progress.NumberOfIterations}: {Describe(progress)}"));
        }));
        return new TrainingRun<TModel>(model, history, watch.Elapsed.TotalSeconds);
    });

    private static string Describe(TrainingProgress progress)
        => string.Create(CultureInfo.InvariantCulture, $"ELBO {progress.EvidenceLowerBound:N0}")
            + (progress.ValidationLogLoss is double loss ? string.Create(CultureInfo.InvariantCulture, $", validation log-loss {loss:F4}") : "");
}
