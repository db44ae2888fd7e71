using Microsoft.ML.Trainers.VariationalDropout.Inference;

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

    /// <summary>Of a binary classifier: the probability above which the label is true, in (0, 1); 0 for the other tasks.</summary>
    public float Threshold { get; init; }

    /// <summary>Whether more is predicted than the posterior mean tells.</summary>
    public bool HasUncertainty => Mode != PredictionMode.PosteriorMean;

    /// <summary>Passes of the posterior means that the prediction of a row takes as long as, roughly.</summary>
    public int Passes => Mode switch
    {
        PredictionMode.Sampling => 4 * NumberOfSamples,
        PredictionMode.MomentPropagation => 64,
        _ => 1,
    };

    /// <summary>Whether the mode and its numbers can have come from the methods that make them: asked of values that were loaded.</summary>
    public bool IsValid => Mode switch
    {
        PredictionMode.PosteriorMean or PredictionMode.MomentPropagation => NumberOfSamples == 0 && Seed == 0,
        PredictionMode.Sampling => NumberOfSamples is >= 1 and <= MaximumSamples,
        _ => false,
    };

    public static PredictionSettings Sampling(int samples, int seed)
    {
        OptionsValidation.CheckRange(nameof(samples), samples, 1, MaximumSamples);
        return new PredictionSettings(PredictionMode.Sampling, samples, seed);
    }

    /// <summary>The graph that predicts in the same way.</summary>
    public NetworkGraph ToGraph()
    {
        NetworkGraph graph = Mode switch
        {
            PredictionMode.Sampling => NetworkGraph.FrozenSamples(NumberOfSamples, unchecked((uint)Seed)),
            PredictionMode.MomentPropagation => NetworkGraph.Moments,
            _ => NetworkGraph.PosteriorMean,
        };
        return graph with { Threshold = Threshold };
    }

    /// <summary>Whether a threshold is one: not NaN, and neither 0 nor 1, with which one of the labels would never be predicted.</summary>
    public static bool IsThreshold(float threshold) => threshold is > 0 and < 1;

    /// <summary>Predicts a block of rows in this mode.</summary>
    public void Predict(NetworkPredictor predictor, FeatureBlock features, int rows, Predictions destination)
    {
        switch (Mode)
        {
            case PredictionMode.Sampling:
                predictor.PredictSampled(features, rows, NumberOfSamples, unchecked((uint)Seed), destination);
                break;
            case PredictionMode.MomentPropagation:
                predictor.PredictMoments(features, rows, destination);
                break;
            default:
                predictor.PredictMean(features, rows, destination);
                break;
        }
    }
}
