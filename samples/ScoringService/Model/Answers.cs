namespace ScoringService.Model;

/// <summary>What a model says about a row.</summary>
/// <param name="Probability">That it is true.</param>
/// <param name="Entropy">All the doubt there is, in nats, in [0, ln 2].</param>
/// <param name="Epistemic">The part of it that is the model's ignorance, in nats; null where the graph does not tell.</param>
/// <param name="StandardDeviation">How much the probability varies over the posterior; null where the graph does not tell.</param>
internal readonly record struct Answer(float Probability, float Entropy, float? Epistemic, float? StandardDeviation);

/// <summary>The answers of a batch.</summary>
internal readonly ref struct Answers(ReadOnlySpan<float> probabilities, ReadOnlySpan<float> entropies, ReadOnlySpan<float> information, ReadOnlySpan<float> deviations)
{
    private readonly ReadOnlySpan<float> _probabilities = probabilities, _entropies = entropies, _information = information, _deviations = deviations;

    public int Count => _probabilities.Length;

    public Answer this[int row] => new(
        _probabilities[row],
        _entropies.IsEmpty ? EntropyOf(_probabilities[row]) : _entropies[row],
        _information.IsEmpty ? null : _information[row],
        _deviations.IsEmpty ? null : _deviations[row]);

    /// <summary>0 of what is certain; NaN of NaN.</summary>
    private static float EntropyOf(float probability)
        => probability is <= 0 or >= 1 ? 0 : -((probability * MathF.Log(probability)) + ((1 - probability) * MathF.Log(1 - probability)));
}
