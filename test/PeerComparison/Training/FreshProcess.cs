using System.Diagnostics;
using System.Globalization;
using Microsoft.ML.Trainers.VariationalDropout.PeerComparison.Measurement;
using Microsoft.ML.Trainers.VariationalDropout.PeerComparison.Startup;

namespace Microsoft.ML.Trainers.VariationalDropout.PeerComparison.Training;

/// <summary>How a training starts in a process that has done nothing yet: the program starts itself for it.</summary>
internal static class FreshProcess
{
    /// <summary>The hidden option under which the program does nothing else: shape and threads follow.</summary>
    public const string Option = "--fresh-process";

    private const int FirstStep = 10, LastStep = 20, FewestProcesses = 5;
    private const double SteadyAfterSeconds = 1.5, SteadySeconds = 1;

    /// <summary>
    /// What the fresh process does: writes the median seconds of its steps 10 to 20, and of its steps when it has long been running, and the shares of the
    /// processor time of both that it had to wait for.
    /// </summary>
    public static void Run(int[] shape, int batchSize, int threads)
    {
        var problem = new TrainingProblem(shape, WeightNoise.Independent, batchSize);
        using ITraining training = OurTraining.Create(problem, threads);
        for (int step = 1; step < FirstStep; step++)
            training.Step();
        var (early, earlyWaiting) = Time(() => false, LastStep - FirstStep + 1);
        long start = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(start).TotalSeconds < SteadyAfterSeconds)
            training.Step();
        start = Stopwatch.GetTimestamp();
        var (steady, steadyWaiting) = Time(() => Stopwatch.GetElapsedTime(start).TotalSeconds > SteadySeconds, int.MaxValue);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{early} {steady} {earlyWaiting} {steadyWaiting}"));

        (double Median, double Waiting) Time(Func<bool> isEnough, int steps)
        {
            var seconds = new List<double>();
            double waited = RunQueue.WaitedSeconds();
            while (seconds.Count < steps && !isEnough())
            {
                long step = Stopwatch.GetTimestamp();
                training.Step();
                seconds.Add(Stopwatch.GetElapsedTime(step).TotalSeconds);
            }

            return (Quartiles.Of(seconds).Median, (RunQueue.WaitedSeconds() - waited) / (seconds.Sum() * threads));
        }
    }

    /// <summary>Starts some fresh processes one after the other: steady steps first, steps 10 to 20 second.</summary>
    public static Outcome Measure(int[] shape, int batchSize, int threads, double seconds)
    {
        var pairs = new List<(double Steady, double Early, double Waiting)>();
        long start = Stopwatch.GetTimestamp();
        while (true)
        {
            string output = Relaunch.Output(Option, string.Join('-', shape), $"{batchSize}", $"{threads}");
            double[] figures = [.. output.Trim().Split(' ').Select(number => double.Parse(number, CultureInfo.InvariantCulture))];
            pairs.Add((figures[1], figures[0], Math.Max(figures[2], figures[3])));
            double elapsed = Stopwatch.GetElapsedTime(start).TotalSeconds;
            if ((elapsed >= seconds && pairs.Count(IsQuiet) >= FewestProcesses) || elapsed >= 8 * seconds)
                break;
        }

        int quiet = pairs.Count(IsQuiet);
        (double Steady, double Early, double Waiting)[] kept = [.. quiet >= FewestProcesses ? pairs.Where(IsQuiet) : pairs.OrderBy(pair => pair.Waiting).Take(FewestProcesses)];
        return new Outcome
        {
            FirstName = "steady",
            SecondName = $"steps {FirstStep}–{LastStep} of a fresh process",
            First = Quartiles.Of(kept.Select(pair => pair.Steady)),
            Second = Quartiles.Of(kept.Select(pair => pair.Early)),
            Ratio = Quartiles.Of(kept.Select(pair => pair.Early / pair.Steady)),
            Pairs = pairs.Count,
            QuietPairs = quiet,
            IsDisturbed = quiet < FewestProcesses,
        };
    }

    private static bool IsQuiet((double Steady, double Early, double Waiting) pair) => pair.Waiting <= Contest.Tolerance;
}
