using System.Diagnostics;

namespace Microsoft.ML.Trainers.VariationalDropout.Benchmarks.Studies.Onnx;

/// <summary>
/// Times of several contestants that take turns, every other round in the reverse order, so that what else the machine does meets all of
/// them alike.
/// </summary>
internal static class Rounds
{
    /// <param name="rounds">How many, after one that is not counted.</param>
    /// <param name="calls">Of a contestant in a row.</param>
    /// <param name="contestants">What is timed.</param>
    /// <returns>Seconds of each call, by contestant, in the order of the calls.</returns>
    public static double[][] Measure(int rounds, int calls, params Action[] contestants)
    {
        double[][] seconds = [.. contestants.Select(_ => new double[rounds * calls])];
        for (int round = -1; round < rounds; round++)
        {
            for (int turn = 0; turn < contestants.Length; turn++)
            {
                int contestant = round % 2 == 0 ? turn : contestants.Length - 1 - turn;
                for (int call = 0; call < calls; call++)
                {
                    long start = Stopwatch.GetTimestamp();
                    contestants[contestant]();
                    if (round >= 0)
                        seconds[contestant][(round * calls) + call] = Stopwatch.GetElapsedTime(start).TotalSeconds;
                }
            }
        }

        return seconds;
    }

    public static double Quantile(IEnumerable<double> values, double q)
    {
        double[] sorted = [.. values.Order()];
        return sorted[(int)(q * sorted.Length)];
    }

    public static double Median(IEnumerable<double> values) => Quantile(values, 0.5);

    /// <summary>Median over the rounds of how many times longer one takes than another: what slows a whole round cancels.</summary>
    public static double Ratio(double[] seconds, double[] reference) => Median(seconds.Zip(reference, (one, other) => one / other));
}
