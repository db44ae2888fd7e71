using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Microsoft.ML.Trainers.VariationalDropout.Numerics;

namespace Microsoft.ML.Trainers.VariationalDropout.Network;

/// <summary>
/// Standardisation of the inputs: (x − Mean) × Scale of a feature x, limited, to ± <see cref="Limit"/> or within <see cref="Lowest"/> and <see cref="Highest"/>,
/// and beyond <see cref="OutlierThreshold"/> compressed (<see cref="OutlierCompression{TLanes, T}"/>).
/// </summary>
internal sealed class FeatureScaling
{
    /// <summary>
    /// No training row is further than sqrt(rows) standard deviations from the mean, so the limit touches only rows that are scored
    /// later; it keeps the squares of activations finite in single precision.
    /// </summary>
    public const float Limit = 1e6f;

    /// <summary>The limit of features that are not standardised, for the same reason.</summary>
    public const float UnscaledLimit = 1e15f;

    /// <summary>[InputSize]; all 0 where rows are held sparse: a zero must stay one.</summary>
    public required float[] Means { get; init; }

    /// <summary>One over the standard deviation, [InputSize]; 0 for a feature that was constant in training, which then has no effect.</summary>
    public required float[] Scales { get; init; }

    /// <summary>Lower limits of the standardised inputs, [InputSize]: of one that stands for a bin of a feature, what its start comes to. Null for −<see cref="Limit"/>.</summary>
    public float[]? Lowest { get; init; }

    /// <summary>Upper limits, as <see cref="Lowest"/>; null where it is.</summary>
    public float[]? Highest { get; init; }

    /// <summary>Standard deviations beyond which features are compressed, in (0, <see cref="Limit"/>]; 0 for never.</summary>
    public float OutlierThreshold { get; init; }

    /// <summary>
    /// destination[i] = the standardised input first + i, made of features[i], before <see cref="Compress"/>; without a scaling the feature itself. NaN stays NaN.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Standardise(FeatureScaling? scaling, int first, ReadOnlySpan<float> features, Span<float> destination)
    {
        // The vector's Min and Max let a NaN through, as Math.Clamp does; its bits are those of the loop after it.
        int i = 0;
        destination = destination[..features.Length];
        if (scaling is null)
        {
            for (; i <= features.Length - Vector256<float>.Count; i += Vector256<float>.Count)
                Limited(Vector256.Create(features[i..]), UnscaledLimit).CopyTo(destination[i..]);
            for (; i < features.Length; i++)
                destination[i] = Math.Clamp(features[i], -UnscaledLimit, UnscaledLimit);
            return;
        }

        ReadOnlySpan<float> means = scaling.Means.AsSpan(first, features.Length), scales = scaling.Scales.AsSpan(first, features.Length);
        if (scaling.Lowest is not null)
        {
            // Inputs that stand for bins: few, and the same bits as the loops below.
            ReadOnlySpan<float> lowest = scaling.Lowest.AsSpan(first), highest = scaling.Highest.AsSpan(first);
            for (; i < features.Length; i++)
                destination[i] = Math.Clamp((features[i] - means[i]) * scales[i], lowest[i], highest[i]);
            return;
        }

        for (; i <= features.Length - Vector256<float>.Count; i += Vector256<float>.Count)
            Limited((Vector256.Create(features[i..]) - Vector256.Create(means[i..])) * Vector256.Create(scales[i..]), Limit).CopyTo(destination[i..]);
        for (; i < features.Length; i++)
            destination[i] = Math.Clamp((features[i] - means[i]) * scales[i], -Limit, Limit);
    }

    /// <summary>Compresses the outliers among standardised features, if the scaling does; a zero stays a zero.</summary>
    /// <param name="scaling">The scaling, or null.</param>
    /// <param name="values">The standardised features.</param>
    /// <param name="count">How many, a multiple of 16.</param>
    public static unsafe void Compress<TLanes, T>(FeatureScaling? scaling, T* values, int count)
        where TLanes : unmanaged, ILanes<TLanes, T>
        where T : unmanaged
    {
        if (scaling is { OutlierThreshold: > 0 })
            OutlierCompression<TLanes, T>.Apply(values, count, scaling.OutlierThreshold);
    }

    /// <summary>Both for one feature, for rows that are held sparse; the same bits.</summary>
    public static unsafe T Apply<TLanes, T>(FeatureScaling? scaling, int feature, float value)
        where TLanes : unmanaged, ILanes<TLanes, T>
        where T : unmanaged
    {
        T result = Number<T>.FromDouble(scaling is null
            ? Math.Clamp(value, -UnscaledLimit, UnscaledLimit)
            : Math.Clamp((value - scaling.Means[feature]) * scaling.Scales[feature], -Limit, Limit));
        if (scaling is not { OutlierThreshold: > 0 })
            return result;
        T* values = stackalloc T[BlockedMatrix.Width];
        values[0] = result;
        OutlierCompression<TLanes, T>.Apply(values, BlockedMatrix.Width, scaling.OutlierThreshold);
        return values[0];
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Limited(Vector256<float> values, float limit)
        => Vector256.Min(Vector256.Max(values, Vector256.Create(-limit)), Vector256.Create(limit));
}
