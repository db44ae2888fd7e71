using Spectre.Console;

namespace Samples;

/// <summary>Shows work while it goes on: a progress bar on a terminal, a few plain lines in a file or a pipe.</summary>
internal static class ProgressDisplay
{
    private const int PlainLines = 10;

    /// <param name="title">What is done.</param>
    /// <param name="work">Does it, and reports from any thread.</param>
    public static T Run<T>(string title, Func<IProgressDisplay, T> work)
    {
        if (Console.IsOutputRedirected || !AnsiConsole.Profile.Capabilities.Ansi)
        {
            Console.WriteLine(title);
            return work(new PlainText());
        }

        return AnsiConsole.Progress()
            .Columns(new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn(), new PercentageColumn(), new ElapsedTimeColumn(), new RemainingTimeColumn())
            .Start(context => work(new Bar(title, context.AddTask(Markup.Escape(title), maxValue: 1))));
    }

    private sealed class PlainText : IProgressDisplay
    {
        private readonly Lock _lock = new();
        private int _tenths;

        public void Report(double done, string brief, string line)
        {
            lock (_lock)
            {
                // A little more, so that the sum of many small parts reaches its tenths.
                int tenths = (int)((done + 1e-9) * PlainLines);
                if (tenths <= _tenths)
                    return;
                _tenths = tenths;
                Console.WriteLine("  " + line);
            }
        }

        public void WriteLine(string line)
        {
            lock (_lock)
                Console.WriteLine("  " + line);
        }
    }

    private sealed class Bar(string title, ProgressTask task) : IProgressDisplay
    {
        public void Report(double done, string brief, string line)
        {
            task.Value = done;
            task.Description = Markup.Escape(brief.Length == 0 ? title : $"{title}, {brief}");
        }

        public void WriteLine(string line) => AnsiConsole.MarkupLine(Markup.Escape(line));
    }
}
