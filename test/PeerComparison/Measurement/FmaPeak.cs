using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Microsoft.ML.Trainers.VariationalDropout.Numerics;

namespace Microsoft.ML.Trainers.VariationalDropout.PeerComparison.Measurement;

/// <summary>
/// The most floating-point operations per second that the machine's fused multiply-add units deliver: a loop of independent multiply-adds in
/// registers, as wide as the library's widest kernel path. The ceiling of every matrix product in single precision.
/// </summary>
internal sealed class FmaPeak : IDisposable
{
    private const int Iterations = 200_000, Accumulators = 12;
    private readonly WorkerTeam _team;
    private readonly Action<int, int> _task;
    private readonly float[] _sums;

    public FmaPeak(int threads)
    {
        _team = new WorkerTeam(threads);
        _sums = new float[threads * 64];
        _task = Vector512.IsHardwareAccelerated ? (_, task) => _sums[task * 64] = Loop512() : (_, task) => _sums[task * 64] = Loop256();
    }

    /// <summary>Bits of the registers.</summary>
    public static int Width => Vector512.IsHardwareAccelerated ? 512 : 256;

    /// <summary>Work is counted in 10⁹ floating-point operations, two for a multiply-add.</summary>
    public Contestant Contestant => new("FMA loop", 2e-9 * Iterations * Accumulators * (Width / 32) * _team.Size, _team.Size, () => _team.Run(_task, _team.Size));

    /// <summary>10⁹ floating-point operations per second of all threads together: the fastest of many short windows.</summary>
    public double Measure()
    {
        Contestant loop = Contestant;
        double fastest = 0;
        for (int i = 0; i < 200; i++)
        {
            long start = Stopwatch.GetTimestamp();
            loop.Call();
            fastest = Math.Max(fastest, loop.Work / Stopwatch.GetElapsedTime(start).TotalSeconds);
        }

        return fastest;
    }

    public void Dispose() => _team.Dispose();

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float Loop512()
    {
        Vector512<float> factor = Vector512.Create(0.999999f), addend = Vector512.Create(1e-7f);
        Vector512<float> s0 = addend, s1 = addend, s2 = addend, s3 = addend, s4 = addend, s5 = addend, s6 = addend, s7 = addend, s8 = addend, s9 = addend, s10 = addend, s11 = addend;
        for (int i = 0; i < Iterations; i++)
        {
            s0 = Vector512.FusedMultiplyAdd(s0, factor, addend);
            s1 = Vector512.FusedMultiplyAdd(s1, factor, addend);
            s2 = Vector512.FusedMultiplyAdd(s2, factor, addend);
            s3 = Vector512.FusedMultiplyAdd(s3, factor, addend);
            s4 = Vector512.FusedMultiplyAdd(s4, factor, addend);
            s5 = Vector512.FusedMultiplyAdd(s5, factor, addend);
            s6 = Vector512.FusedMultiplyAdd(s6, factor, addend);
            s7 = Vector512.FusedMultiplyAdd(s7, factor, addend);
            s8 = Vector512.FusedMultiplyAdd(s8, factor, addend);
            s9 = Vector512.FusedMultiplyAdd(s9, factor, addend);
            s10 = Vector512.FusedMultiplyAdd(s10, factor, addend);
            s11 = Vector512.FusedMultiplyAdd(s11, factor, addend);
        }

        return Vector512.Sum(s0 + s1 + s2 + s3 + s4 + s5 + s6 + s7 + s8 + s9 + s10 + s11);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float Loop256()
    {
        Vector256<float> factor = Vector256.Create(0.999999f), addend = Vector256.Create(1e-7f);
        Vector256<float> s0 = addend, s1 = addend, s2 = addend, s3 = addend, s4 = addend, s5 = addend, s6 = addend, s7 = addend, s8 = addend, s9 = addend, s10 = addend, s11 = addend;
        for (int i = 0; i < Iterations; i++)
        {
            s0 = Vector256.FusedMultiplyAdd(s0, factor, addend);
            s1 = Vector256.FusedMultiplyAdd(s1, factor, addend);
            s2 = Vector256.FusedMultiplyAdd(s2, factor, addend);
            s3 = Vector256.FusedMultiplyAdd(s3, factor, addend);
            s4 = Vector256.FusedMultiplyAdd(s4, factor, addend);
            s5 = Vector256.FusedMultiplyAdd(s5, factor, addend);
            s6 = Vector256.FusedMultiplyAdd(s6, factor, addend);
            s7 = Vector256.FusedMultiplyAdd(s7, factor, addend);
            s8 = Vector256.FusedMultiplyAdd(s8, factor, addend);
            s9 = Vector256.FusedMultiplyAdd(s9, factor, addend);
            s10 = Vector256.FusedMultiplyAdd(s10, factor, addend);
            s11 = Vector256.FusedMultiplyAdd(s11, factor, addend);
        }

        return Vector256.Sum(s0 + s1 + s2 + s3 + s4 + s5 + s6 + s7 + s8 + s9 + s10 + s11);
    }
}
