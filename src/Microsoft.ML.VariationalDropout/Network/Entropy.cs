using Microsoft.ML.Trainers.VariationalDropout.Numerics;

namespace Microsoft.ML.Trainers.VariationalDropout.Network;

/// <summary>Entropies in nats.</summary>
internal static class Entropy
{
    /// <summary>−p log p − (1 − p) log(1 − p), accurate next to 0 and 1; 0 at both ends, NaN outside.</summary>
    public static double Binary(double probability)
        => Term(probability) - (probability == 1 ? 0 : (1 - probability) * SpecialFunctions.LogOnePlus(-probability));

    /// <summary>
    /// The entropy of a Bernoulli variable with the logit z = <paramref name="logit"/>: log(1 + e^−|z|) + |z| σ(−|z|), accurate where
    /// the probability rounds to 1.
    /// </summary>
    public static double OfLogit(double logit)
    {
        double a = Math.Abs(logit);

        // The bound is where both terms have become 0; it keeps ∞ · 0 away.
        a = Math.Min(a, 800);
        return SpecialFunctions.LogOnePlus(Math.Exp(-a)) + (a * SpecialFunctions.Sigmoid(-a));
    }

    /// <summary>−Σ p_k log p_k.</summary>
    public static double Categorical(ReadOnlySpan<double> probabilities)
    {
        double sum = 0;
        foreach (double probability in probabilities)
            sum += Term(probability);
        return sum;
    }

    /// <summary>
    /// What the parameters' uncertainty contributes (epistemic): the entropy of the mean prediction less the mean entropy. Never negative (Jensen); rounding
    /// and quadrature are cut off at 0.
    /// </summary>
    public static double MutualInformation(double predictiveEntropy, double expectedEntropy) => Math.Max(predictiveEntropy - expectedEntropy, 0);

    private static double Term(double probability) => probability == 0 ? 0 : -probability * Math.Log(probability);
}
