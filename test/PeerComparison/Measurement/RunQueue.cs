using System.Globalization;

namespace Microsoft.ML.Trainers.VariationalDropout.PeerComparison.Measurement;

/// <summary>How long this process's threads wanted a processor and had none: what other programs take away, to the nanosecond.</summary>
internal static class RunQueue
{
    private const string Tasks = "/proc/self/task";

    /// <summary>Seconds since the start of each thread that lives, summed; 0 where the system does not tell.</summary>
    public static double WaitedSeconds()
    {
        if (!Directory.Exists(Tasks))
            return 0;

        long nanoseconds = 0;
        foreach (string task in Directory.EnumerateDirectories(Tasks))
        {
            try
            {
                // Time on a processor, time in the run queue, time slices.
                string[] figures = File.ReadAllText(Path.Combine(task, "schedstat")).Split(' ');
                nanoseconds += long.Parse(figures[1], CultureInfo.InvariantCulture);
            }
            catch (IOException)
            {
                // The thread has ended.
            }
        }

        return nanoseconds * 1e-9;
    }
}
