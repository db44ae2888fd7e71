namespace Microsoft.ML.Trainers.VariationalDropout.Network;

/// <summary>Standardisation of the features: (x − Mean) × Scale, limited to ± <see cref="Limit"/>.</summary>
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

    /// <summary>destination[i] = the standardised feature first + i; without a scaling the feature itself. NaN stays NaN.</summary>
    public static void Apply(FeatureScaling? scaling, int first, ReadOnlySpan<float> features, Span<float> destination)
    {
        if (scaling is null)
        {
            for (int i = 0; i < features.Length; i++)
                destination[i] = Math.Clamp(features[i], -UnscaledLimit, UnscaledLimit);
            return;
        }

        var means = scaling.Means.AsSpan(first, features.Length);
        var scales = scaling.Scales.AsSpan(first, features.Length);
        for (int i = 0; i < features.Length; i++)
            destination[i] = Math.Clamp((features[i] - means[i]) * scales[i], -Limit, Limit);
    }

    /// <summary>The same for one feature.</summary>
    public static float Apply(FeatureScaling? scaling, int feature, float value)
        => scaling is null
            ? Math.Clamp(value, -UnscaledLimit, UnscaledLimit)
            : Math.Clamp((value - scaling.Means[feature]) * scaling.Scales[feature], -Limit, Limit);
}
