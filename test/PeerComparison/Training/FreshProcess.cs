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

    private const int FirstStep = 10, LastStep = 20;
    private const double SteadyAfterSeconds = 1.5, SteadySeconds = 1;

    /// <summary>What the fresh process does: writes the median seconds of its steps 10 to 20, and of its steps when it has long been running.</summary>
    public static void Run(int[] shape, int batchSize, int threads)
    {
        var problem = new TrainingProblem(shape, WeightNoise.Independent, batchSize);
        using ITraining training = OurTraining.Create(problem, threads);
        var early = new List<double>();
        var steady = new List<double>();
        long start = Stopwatch.GetTimestamp();
        for (int step = 1; ; step++)
        {
            long stepStart = Stopwatch.GetTimestamp();
            training.Step();
            double seconds = Stopwatch.GetElapsedTime(stepStart).TotalSeconds;
            double elapsed = Stopwatch.GetElapsedTime(start).TotalSeconds;
            if (step is >= FirstStep and <= LastStep)
                early.Add(seconds);
            if (elapsed > SteadyAfterSeconds)
                steady.Add(seconds);
            if (elapsed > SteadyAfterSeconds + SteadySeconds)
                break;
        }

        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{Quartiles.Of(early).Median} {Quartiles.Of(steady).Median}"));
    }

    /// <summary>Starts some fresh processes one after the other: steady steps first, steps 10 to 20 second.</summary>
    public static Outcome Measure(int[] shape, int batchSize, int threads, double seconds)
    {
        var steady = new List<double>();
        var early = new List<double>();
        long start = Stopwatch.GetTimestamp();
        do
        {
            string output = Relaunch.Output(Option, string.Join('-', shape), $"{batchSize}", $"{threads}");
            double[] medians = [.. output.Trim().Split(' ').Select(number => double.Parse(number, CultureInfo.InvariantCulture))];
            early.Add(medians[0]);
            steady.Add(medians[1]);
        }
        while (early.Count < 7 || Stopwatch.GetElapsedTime(start).TotalSeconds < seconds);

        return new Outcome
        {
            FirstName = "steady",
            SecondName = $"steps {FirstStep}–{LastStep} of a fresh process",
            First = Quartiles.Of(steady),
            Second = Quartiles.Of(early),
            Ratio = Quartiles.Of(early.Zip(steady, (one, other) => one / other)),
            Pairs = early.Count,
            QuietPairs = early.Count,
            IsDisturbed = false,
        };
    }
}
