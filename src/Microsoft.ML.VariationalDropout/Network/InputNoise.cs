using System.Runtime.CompilerServices;
using Microsoft.ML.Trainers.VariationalDropout.Numerics;

namespace Microsoft.ML.Trainers.VariationalDropout.Network;

/// <summary>
/// The factor s = 1 + n by which an input of a layer is multiplied, from a standard normal ξ: n = sqrt(α) ξ, or for binary dropout
/// n = −1 where ξ &lt; Φ⁻¹(p), which has probability p, and n = p / (1 − p) = α elsewhere. Either has mean 0 and variance α.
/// </summary>
internal readonly unsafe struct InputNoise<TLanes, T>
    where TLanes : unmanaged, ILanes<TLanes, T>
    where T : unmanaged
{
    private readonly bool _isBinary;
    private readonly double _threshold;
    private readonly double _kept;

    /// <param name="posterior">One with its noise on the inputs.</param>
    /// <param name="logDropoutVariance">log α of binary dropout, p = α / (1 + α).</param>
    public InputNoise(WeightPosterior posterior, double logDropoutVariance)
    {
        _isBinary = posterior == WeightPosterior.BinaryDropout;
        if (!_isBinary)
            return;
        GetBinary(logDropoutVariance, out _threshold, out _kept);
    }

    /// <summary>Of binary dropout: Φ⁻¹(p), and α.</summary>
    public static void GetBinary(double logDropoutVariance, out double threshold, out double kept)
    {
        kept = Math.Exp(logDropoutVariance);
        threshold = NormalDistribution.Quantile(kept / (1 + kept));
    }

    /// <summary>n.</summary>
    /// <param name="standardDeviation">sqrt(α).</param>
    /// <param name="normal">ξ.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TLanes Draw(TLanes standardDeviation, TLanes normal)
        => _isBinary
            ? TLanes.SelectGreater(TLanes.Create(_threshold), normal, TLanes.Create(-1.0), TLanes.Create(_kept))
            : standardDeviation * normal;

    /// <summary>values[i] ← A s for the entries of a sparse row, rounded as for dense rows, and factors[i] = ½ n A unless it is null.</summary>
    /// <param name="counters">Counters of the noise, for one row.</param>
    /// <param name="indices">Input of each entry, [count].</param>
    /// <param name="count">Number of entries.</param>
    /// <param name="standardDeviations">sqrt(α) of every input.</param>
    /// <param name="values">A, [count].</param>
    /// <param name="factors">[count], or null.</param>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void ScaleSparse(in NoiseCounters counters, int* indices, int count, T* standardDeviations, T* values, T* factors)
    {
        const int Run = 64;
        T* normals = stackalloc T[Run];
        T* deviations = stackalloc T[BlockedMatrix.Width];
        T* inputs = stackalloc T[BlockedMatrix.Width];
        T* products = stackalloc T[BlockedMatrix.Width];
        new Span<T>(inputs, BlockedMatrix.Width).Clear();
        new Span<T>(deviations, BlockedMatrix.Width).Clear();
        for (int first = 0; first < count; first += Run)
        {
            int length = Math.Min(Run, count - first);
            TLanes.FillNormalsAt(counters, indices + first, length, normals);
            for (int start = 0; start < length; start += TLanes.Count)
            {
                int lanes = Math.Min(TLanes.Count, length - start), entry = first + start;
                for (int i = 0; i < lanes; i++)
                {
                    deviations[i] = standardDeviations[indices[entry + i]];
                    inputs[i] = values[entry + i];
                }

                var a = TLanes.Load(inputs);
                var n = Draw(TLanes.Load(deviations), TLanes.Load(normals + start));
                TLanes.Store(a * (TLanes.Create(1.0) + n), products);
                new Span<T>(products, lanes).CopyTo(new Span<T>(values + entry, lanes));
                if (factors == null)
                    continue;
                TLanes.Store(TLanes.Create(0.5) * n * a, products);
                new Span<T>(products, lanes).CopyTo(new Span<T>(factors + entry, lanes));
            }
        }
    }
}
