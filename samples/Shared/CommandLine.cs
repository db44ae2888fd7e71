using System.CommandLine;

namespace Samples;

/// <summary>Runs a command line: one-line errors, exit codes, Ctrl+C.</summary>
internal static class CommandLine
{
    public const int Failed = 1;

    /// <summary>What shells report for a program that Ctrl+C ended.</summary>
    public const int Cancelled = 130;

    /// <summary>How long a cancelled run may take to end by itself: a prediction with many draws does not look at the token.</summary>
    private static readonly TimeSpan CancellationGrace = TimeSpan.FromSeconds(0.5);

    /// <summary>Parses the arguments and runs what they ask for; returns the exit code.</summary>
    public static async Task<int> RunAsync(RootCommand root, string[] args)
    {
        ParseResult parsed = root.Parse(args);
        return parsed.Errors.Count > 0
            ? Fail($"{parsed.Errors[0].Message} Try --help.")
            : await parsed.InvokeAsync(new() { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = TimeSpan.FromSeconds(10) });
    }

    /// <summary>Turns what a user can cause into one line on the error stream; anything else is a defect and keeps its stack trace.</summary>
    /// <param name="run">Everything up to the results, on a thread of its own, which a cancelled program leaves behind; returns what writes them.</param>
    /// <param name="whatIsLeft">After "Cancelled; ": which files there are.</param>
    /// <param name="cancellation">Ctrl+C.</param>
    public static async Task<int> RunAndReportAsync(Func<Action> run, string whatIsLeft, CancellationToken cancellation)
    {
        try
        {
            // Not on the thread that waits for Ctrl+C: training keeps it busy.
            Task<Action> running = Task.Run(run, CancellationToken.None);
            Action writeResults = await EndOrCancellationAsync(running, cancellation);
            writeResults();
            return 0;
        }
        catch (OperationCanceledException)
        {
            Console.Error.WriteLine($"Cancelled; {whatIsLeft}");
            return Cancelled;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or InvalidDataException or ArgumentException or InvalidOperationException or NotSupportedException)
        {
            return Fail(error.Message);
        }
    }

    private static async Task<Action> EndOrCancellationAsync(Task<Action> running, CancellationToken cancellation)
    {
        try
        {
            return await running.WaitAsync(cancellation);
        }
        catch (OperationCanceledException) when (!running.IsCompleted)
        {
            // The run ends at its next look at the token, which lets it tidy the terminal, or with the process.
            await Task.WhenAny(running, Task.Delay(CancellationGrace, CancellationToken.None));
            throw;
        }
    }

    private static int Fail(string message)
    {
        Console.Error.WriteLine("Error: " + message.ReplaceLineEndings(" "));
        return Failed;
    }
}
