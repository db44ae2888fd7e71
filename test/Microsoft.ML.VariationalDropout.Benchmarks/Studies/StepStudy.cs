using System.Diagnostics;
using System.Globalization;
using System.Runtime.CompilerServices;
using Microsoft.ML.Trainers.VariationalDropout.Benchmarks.Inference;
using Microsoft.ML.Trainers.VariationalDropout.Numerics;

namespace Microsoft.ML.Trainers.VariationalDropout.Benchmarks.Studies;

/// <summary>
/// How far a training step is from its floor: the operations of its matrix products at the multiply-add peak that the processor shows in the
/// same minute. Peak and steps take turns, and the medians are compared.
/// </summary>
internal static class StepStudy
{
    private static readonly (int[] Sizes, int Batch, int Threads)[] Shapes =
    [
        ([784, 1200, 1200, 1200, 10], 32, 2),
        ([784, 1200, 1200, 1200, 10], 128, 2),
        ([784, 1200, 1200, 1200, 10], 128, 1),
        ([784, 1200, 1200, 1200, 10], 1000, 2),
        ([64, 100, 100, 10], 128, 2),
        ([64, 100, 100, 10], 128, 1),
        ([13, 50, 1], 32, 1),
    ];

    private static readonly WeightPosterior[] Posteriors =
        [WeightPosterior.None, WeightPosterior.CorrelatedWeightNoise, WeightPosterior.IndependentWeightNoise, WeightPosterior.Gaussian];

    public static void Run(string[] filter)
    {
        Console.WriteLine("| network | batch | threads | posterior | µs a step | floor | share of peak |");
        Console.WriteLine("|---|---|---|---|---|---|---|");
        foreach (var (sizes, batch, threads) in Shapes)
        {
            foreach (var posterior in Posteriors)
            {
                string name = string.Create(CultureInfo.InvariantCulture, $"| {string.Join('-', sizes)} | {batch} | {threads} | {posterior} |");
                if (!filter.All(word => name.Contains(word, StringComparison.OrdinalIgnoreCase)))
                    continue;
                var (seconds, peak) = Measure(sizes, batch, threads, posterior);
                double floor = Operations(sizes, batch, posterior) / (peak * threads);
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name} {seconds * 1e6:N1} | {floor * 1e6:N1} | {floor / seconds:P0} |"));
            }
        }
    }

    private static double Operations(int[] sizes, int batch, WeightPosterior posterior)
    {
        double products = 0;
        for (int l = 1; l < sizes.Length; l++)
        {
            // Forward and weights' gradient everywhere, inputs' gradient above the first layer and, for the rates of noise on the inputs, in it too.
            bool inputGradient = l > 1 || posterior == WeightPosterior.CorrelatedWeightNoise;
            products += (double)sizes[l - 1] * sizes[l] * (inputGradient ? 3 : 2);
        }

        bool isDoubled = posterior is WeightPosterior.IndependentWeightNoise or WeightPosterior.Gaussian;
        return 2 * batch * products * (isDoubled ? 2 : 1);
    }

    private static (double Seconds, double Peak) Measure(int[] sizes, int batch, int threads, WeightPosterior posterior)
    {
        using var team = new WorkerTeam(threads);
        Action<int> steps = StepProblem.Create(sizes, batch, posterior, team).Run;
        steps(30);
        int perWindow = Math.Max(1, (int)(0.05 / (Time(() => steps(20)) / 20)));
        List<double> stepSeconds = [], peaks = [];
        for (int window = 0; window < 31; window++)
        {
            stepSeconds.Add(Time(() => steps(perWindow)) / perWindow);
            peaks.Add(MultiplyAddPeak.Measure());
        }

        stepSeconds.Sort();
        peaks.Sort();
        return (stepSeconds[stepSeconds.Count / 2], peaks[peaks.Count / 2]);
    }

    private static double Time(Action action)
    {
        long start = Stopwatch.GetTimestamp();
        action();
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }
}

/// <summary>The multiply-adds that one thread can do: twelve independent chains in registers.</summary>
internal static class MultiplyAddPeak
{
    private const int Rounds = 2_000_000;

    /// <summary>Floating-point operations a second, two for a multiply-add, in the registers of the current kernel path.</summary>
    public static double Measure()
    {
        long start = Stopwatch.GetTimestamp();
        float sum = KernelPaths.Current switch
        {
            KernelPath.Avx512 => Chains<Avx512Lanes>(),
            KernelPath.Avx2 => Chains<Avx2Lanes>(),
            KernelPath.Portable => Chains<PortableLanes>(),
            _ => Chains<SingleLane>(),
        };
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        int lanes = KernelPaths.Current switch
        {
            KernelPath.Avx512 => Avx512Lanes.Count,
            KernelPath.Avx2 => Avx2Lanes.Count,
            KernelPath.Portable => PortableLanes.Count,
            _ => SingleLane.Count,
        };
        return float.IsFinite(sum) ? 2.0 * 12 * lanes * Rounds / seconds : throw new InvalidOperationException("The chains overflowed.");
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static unsafe float Chains<TLanes>()
        where TLanes : unmanaged, ILanes<TLanes, float>
    {
        TLanes factor = TLanes.Create(0.5), term = TLanes.Create(0.25);
        TLanes a = term, b = term, c = term, d = term, e = term, f = term, g = term, h = term, i = term, j = term, k = term, l = term;
        for (int round = 0; round < Rounds; round++)
        {
            a = TLanes.MultiplyAdd(a, factor, term);
            b = TLanes.MultiplyAdd(b, factor, term);
            c = TLanes.MultiplyAdd(c, factor, term);
            d = TLanes.MultiplyAdd(d, factor, term);
            e = TLanes.MultiplyAdd(e, factor, term);
            f = TLanes.MultiplyAdd(f, factor, term);
            g = TLanes.MultiplyAdd(g, factor, term);
            h = TLanes.MultiplyAdd(h, factor, term);
            i = TLanes.MultiplyAdd(i, factor, term);
            j = TLanes.MultiplyAdd(j, factor, term);
            k = TLanes.MultiplyAdd(k, factor, term);
            l = TLanes.MultiplyAdd(l, factor, term);
        }

        float* sum = stackalloc float[16];
        TLanes.Store(a + b + c + d + e + f + g + h + i + j + k + l, sum);
        return sum[0];
    }
}
