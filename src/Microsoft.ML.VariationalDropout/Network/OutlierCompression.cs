using System.Runtime.CompilerServices;
using Microsoft.ML.Trainers.VariationalDropout.Numerics;

namespace Microsoft.ML.Trainers.VariationalDropout.Network;

/// <summary>
/// Draws standardised features that lie far out nearer:
/// <code>
/// f(z) = z                              for |z| ≤ c
/// f(z) = sign(z) (c + log(1 + |z| − c)) for |z| > c
/// </code>
/// monotone, continuous with its slope, and without a bound: what lies further out still looks further out. A network extrapolates along
/// straight lines or worse; over a feature of 50 standard deviations it goes anywhere.
/// </summary>
internal static unsafe class OutlierCompression<TLanes, T>
    where TLanes : unmanaged, ILanes<TLanes, T>
    where T : unmanaged
{
    /// <summary>f(z), the bits of z itself up to the threshold; a NaN stays what it is.</summary>
    /// <param name="z">Standardised features, within ± <see cref="FeatureScaling.Limit"/>.</param>
    /// <param name="threshold">c, above 0.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLanes Evaluate(TLanes z, TLanes threshold)
    {
        var zero = TLanes.Create(0.0);
        var size = TLanes.Abs(z);
        var compressed = threshold + TLanes.Log(TLanes.Create(1.0) + TLanes.Max(size - threshold, zero));
        return TLanes.SelectGreater(size, threshold, TLanes.SelectGreater(z, zero, compressed, zero - compressed), z);
    }

    /// <summary>values[i] = f(values[i]) for a multiple of 16 numbers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Apply(T* values, int count, double threshold)
    {
        var c = TLanes.Create(threshold);
        for (int i = 0; i < count; i += TLanes.Count)
            TLanes.Store(Evaluate(TLanes.Load(values + i), c), values + i);
    }
}
