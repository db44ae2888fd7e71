using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Microsoft.ML.Trainers.VariationalDropout.Numerics;

namespace Microsoft.ML.Trainers.VariationalDropout.Network;

/// <summary>
/// Standardisation of the features: (x − Mean) × Scale, limited to ± <see cref="Limit"/>, and beyond <see cref="OutlierThreshold"/> compressed
/// (<see cref="OutlierCompression{TLanes, T}"/>).
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

    /// <summary>Standard deviations beyond which features are compressed, in (0, <see cref="Limit"/>]; 0 for never.</summary>
    public float OutlierThreshold { get; init; }

    /// <summary>destination[i] = the standardised feature first + i; without a scaling the feature itself. NaN stays NaN.</summary>
    /// <param name="scaling">The scaling, or null.</param>
    /// <param name="first">The first feature.</param>
    /// <param name="features">Sixteen features, or fewer at the end of a row.</param>
    /// <param name="destination">Sixteen numbers; those behind the last feature are zero, and stay so.</param>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static unsafe void Apply<TLanes, T>(FeatureScaling? scaling, int first, ReadOnlySpan<float> features, T* destination)
        where TLanes : unmanaged, ILanes<TLanes, T>
        where T : unmanaged
    {
        if (typeof(T) == typeof(float))
        {
            Standardise(scaling, first, features, new Span<float>(destination, features.Length));
        }
        else
        {
            Span<float> values = stackalloc float[features.Length];
            Standardise(scaling, first, features, values);
            for (int i = 0; i < values.Length; i++)
                destination[i] = Number<T>.FromDouble(values[i]);
        }

        if (scaling is { OutlierThreshold: > 0 })
            OutlierCompression<TLanes, T>.Apply(destination, scaling.OutlierThreshold);
    }

    /// <summary>The same for one feature, for rows that are held sparse; the same bits.</summary>
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
        OutlierCompression<TLanes, T>.Apply(values, scaling.OutlierThreshold);
        return values[0];
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Standardise(FeatureScaling? scaling, int first, ReadOnlySpan<float> features, Span<float> destination)
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
        for (; i <= features.Length - Vector256<float>.Count; i += Vector256<float>.Count)
            Limited((Vector256.Create(features[i..]) - Vector256.Create(means[i..])) * Vector256.Create(scales[i..]), Limit).CopyTo(destination[i..]);
        for (; i < features.Length; i++)
            destination[i] = Math.Clamp((features[i] - means[i]) * scales[i], -Limit, Limit);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Limited(Vector256<float> values, float limit)
        => Vector256.Min(Vector256.Max(values, Vector256.Create(-limit)), Vector256.Create(limit));
}
