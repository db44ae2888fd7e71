using System.Diagnostics;

namespace Microsoft.ML.Trainers.VariationalDropout.PeerComparison.Measurement;

/// <summary>
/// Times two contestants that take turns, in windows of some calls: A B, B A, A B, … Whatever slows the machine for longer than a window
/// slows both, and the ratio of two neighbouring windows does not see it. A pair of windows in which another program took the processor
/// from either is not counted.
/// </summary>
internal static class Contest
{
    /// <summary>Share of a window's processor time that its threads may spend waiting for a processor.</summary>
    public const double Tolerance = 0.01;

    private const double WindowSeconds = 0.06, WarmUpSeconds = 0.4;
    private const int FewestPairs = 9;

    /// <summary>Threads of a contestant that has just stopped still spin for some milliseconds: until they sleep, the other would share with them.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(12);

    /// <param name="first">Whose share of the ratio is above.</param>
    /// <param name="second">What it is compared with.</param>
    /// <param name="seconds">How long to go on once both are warm; longer, up to four times, until there are enough undisturbed pairs.</param>
    public static Outcome Run(Contestant first, Contestant second, double seconds)
    {
        int firstCalls = WarmUp(first), secondCalls = WarmUp(second);
        var pairs = new List<(Window First, Window Second)>();
        long start = Stopwatch.GetTimestamp();
        while (true)
        {
            bool isReversed = pairs.Count % 2 == 1;
            Window two = isReversed ? Measure(second, secondCalls) : default;
            Window one = Measure(first, firstCalls);
            pairs.Add((one, isReversed ? two : Measure(second, secondCalls)));

            double elapsed = Stopwatch.GetElapsedTime(start).TotalSeconds;
            int quiet = pairs.Count(IsQuiet);
            if ((elapsed >= seconds && quiet >= FewestPairs) || elapsed >= 4 * seconds)
                break;
        }

        // Too few of them are undisturbed: the least disturbed are left.
        (Window First, Window Second)[] kept = [.. pairs.Where(IsQuiet)];
        bool isDisturbed = kept.Length < FewestPairs;
        if (isDisturbed)
            kept = [.. pairs.OrderBy(Waiting).Take(FewestPairs)];
        return new Outcome
        {
            FirstName = first.Name,
            SecondName = second.Name,
            First = Quartiles.Of(kept.Select(pair => pair.First.Seconds / first.Work)),
            Second = Quartiles.Of(kept.Select(pair => pair.Second.Seconds / second.Work)),
            Ratio = Quartiles.Of(kept.Select(pair => pair.Second.Seconds / second.Work / (pair.First.Seconds / first.Work))),
            Pairs = pairs.Count,
            QuietPairs = pairs.Count(IsQuiet),
            IsDisturbed = isDisturbed,
        };
    }

    private static bool IsQuiet((Window First, Window Second) pair) => Waiting(pair) <= Tolerance;

    private static double Waiting((Window First, Window Second) pair) => Math.Max(pair.First.Waiting, pair.Second.Waiting);

    /// <summary>Calls until the code is compiled in its last form; returns how many make a window.</summary>
    private static int WarmUp(Contestant contestant)
    {
        long start = Stopwatch.GetTimestamp();
        double fastest = double.PositiveInfinity;
        do
        {
            long call = Stopwatch.GetTimestamp();
            contestant.Call();
            fastest = Math.Min(fastest, Stopwatch.GetElapsedTime(call).TotalSeconds);
        }
        while (Stopwatch.GetElapsedTime(start).TotalSeconds < WarmUpSeconds);
        return Math.Max(1, (int)Math.Ceiling(WindowSeconds / Math.Max(fastest, 1e-7)));
    }

    private static Window Measure(Contestant contestant, int calls)
    {
        Thread.Sleep(Pause);
        for (int i = 0; i < 1 + (calls / 10); i++)
            contestant.Call();

        double waited = RunQueue.WaitedSeconds();
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < calls; i++)
            contestant.Call();
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        waited = RunQueue.WaitedSeconds() - waited;
        return new Window(seconds / calls, waited / (seconds * contestant.Threads));
    }

    /// <param name="Seconds">Of a call.</param>
    /// <param name="Waiting">Share of the processor time of the contestant's threads that they had to wait for.</param>
    private readonly record struct Window(double Seconds, double Waiting);
}
