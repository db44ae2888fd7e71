using System.Diagnostics;
using System.Globalization;
using Microsoft.ML.Trainers.VariationalDropout;
using Spectre.Console;

namespace QuickStart.Output;

/// <summary>A trained model, what was reported after each iteration, and the seconds that the training took.</summary>
internal sealed record TrainingRun<TModel>(TModel Model, IReadOnlyList<TrainingProgress> History, double Seconds);

/// <summary>Shows a training while it runs: a progress bar on a terminal, a few plain lines in a file or a pipe.</summary>
internal static class TrainingDisplay
{
    private const int PlainLines = 10;

    public static TrainingRun<TModel> Run<TModel>(string title, Func<IProgress<TrainingProgress>, TModel> train)
    {
        if (Console.IsOutputRedirected || !AnsiConsole.Profile.Capabilities.Ansi)
        {
            Console.WriteLine(title);
            return Train(train, WritePlainLine);
        }

        return AnsiConsole.Progress()
            .Columns(new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn(), new PercentageColumn(), new ElapsedTimeColumn(), new RemainingTimeColumn())
            .Start(context =>
            {
                ProgressTask bar = context.AddTask(Markup.Escape(title));
                return Train(train, progress =>
                {
                    bar.MaxValue = progress.NumberOfIterations;
                    bar.Value = progress.Iteration;
                    bar.Description = Markup.Escape(progress.ValidationLogLoss is double loss ? string.Create(CultureInfo.InvariantCulture, $"{title}, log-loss {loss:F3}") : title);
                });
            });
    }

    private static TrainingRun<TModel> Train<TModel>(Func<IProgress<TrainingProgress>, TModel> train, Action<TrainingProgress> show)
    {
        var history = new List<TrainingProgress>();
        var watch = Stopwatch.StartNew();
        TModel model = train(new SynchronousProgress(progress =>
        {
            history.Add(progress);
            show(progress);
        }));
        return new(model, history, watch.Elapsed.TotalSeconds);
    }

    private static void WritePlainLine(TrainingProgress progress)
    {
        int lineBefore = (progress.Iteration - 1) * PlainLines / progress.NumberOfIterations;
        if (progress.Iteration * PlainLines / progress.NumberOfIterations > lineBefore)
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  iteration {progress.Iteration} of {progress.NumberOfIterations}: {Describe(progress)}"));
    }

    private static string Describe(TrainingProgress progress)
        => string.Create(CultureInfo.InvariantCulture, $"ELBO {progress.EvidenceLowerBound:N0}")
            + (progress.ValidationLogLoss is double loss ? string.Create(CultureInfo.InvariantCulture, $", validation log-loss {loss:F4}") : "");

    /// <summary><see cref="Progress{T}"/> would report on other threads and out of order.</summary>
    private sealed class SynchronousProgress(Action<TrainingProgress> report) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => report(value);
    }
}
