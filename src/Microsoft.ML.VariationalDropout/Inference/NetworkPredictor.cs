using Microsoft.ML.Trainers.VariationalDropout.Network;

namespace Microsoft.ML.Trainers.VariationalDropout.Inference;

/// <summary>
/// Scores rows with a trained classifier. Owns scratch memory: one instance serves one thread at a time; any number of instances share
/// one <see cref="TrainedNetwork"/>. A row's result depends on its features, the network, the number of samples and the seed alone.
/// </summary>
internal sealed class NetworkPredictor
{
    public NetworkPredictor(TrainedNetwork network) => throw new NotImplementedException();

    /// <summary>Class probabilities under the posterior mean.</summary>
    /// <param name="features">[rows × InputSize], row-major, as the user gave them (not standardised).</param>
    /// <param name="rows">Number of rows, 0 or more.</param>
    /// <param name="probabilities">[rows × OutputSize], row-major.</param>
    public void PredictMean(ReadOnlySpan<float> features, int rows, Span<float> probabilities) => throw new NotImplementedException();

    /// <summary>Class probabilities and their spread over <paramref name="samples"/> draws of the network.</summary>
    /// <param name="features">[rows × InputSize], row-major.</param>
    /// <param name="rows">Number of rows.</param>
    /// <param name="samples">Draws, 1 or more.</param>
    /// <param name="seed">Seed of the draws.</param>
    /// <param name="probabilities">[rows × OutputSize]: the mean over the draws.</param>
    /// <param name="standardDeviations">[rows × OutputSize]: standard deviation over the draws (divisor <paramref name="samples"/>).</param>
    /// <param name="predictiveEntropies">[rows]: entropy of the mean, in nats.</param>
    /// <param name="mutualInformations">[rows]: predictive entropy minus the mean entropy of the draws, in nats, ≥ 0.</param>
    public void PredictSampled(ReadOnlySpan<float> features, int rows, int samples, uint seed, Span<float> probabilities, Span<float> standardDeviations, Span<float> predictiveEntropies, Span<float> mutualInformations)
        => throw new NotImplementedException();
}
