namespace Microsoft.ML.Trainers.VariationalDropout;

/// <summary>How predictions are made: all that a row's result depends on besides its features and the network.</summary>
/// <param name="Mode">The mode.</param>
/// <param name="NumberOfSamples">Draws when sampling, 1 to <see cref="MaximumSamples"/>; 0 otherwise.</param>
/// <param name="Seed">Seed of the draws; 0 when not sampling.</param>
internal readonly record struct PredictionSettings(PredictionMode Mode, int NumberOfSamples, int Seed)
{
    public const int MaximumSamples = 1_000_000;

    public static PredictionSettings PosteriorMean => default;

    public static PredictionSettings MomentPropagation => new(PredictionMode.MomentPropagation, 0, 0);

    public static PredictionSettings Sampling(int samples, int seed)
    {
        OptionsValidation.CheckRange(nameof(samples), samples, 1, MaximumSamples);
        return new PredictionSettings(PredictionMode.Sampling, samples, seed);
    }

    /// <summary>Whether the values can have come from the members above: asked of values that were loaded.</summary>
    public bool IsValid => Mode switch
    {
        PredictionMode.PosteriorMean or PredictionMode.MomentPropagation => NumberOfSamples == 0 && Seed == 0,
        PredictionMode.Sampling => NumberOfSamples is >= 1 and <= MaximumSamples,
        _ => false,
    };
}
