namespace Samples;

/// <summary>What work reports to <see cref="ProgressDisplay"/>; from any thread.</summary>
internal interface IProgressDisplay
{
    /// <param name="done">The share of the work that is done, 0 to 1.</param>
    /// <param name="brief">A few words beside the bar; may be empty.</param>
    /// <param name="line">What a file or a pipe gets, at every tenth.</param>
    void Report(double done, string brief, string line);

    /// <summary>A line that stays, whatever the display.</summary>
    void WriteLine(string line);
}
