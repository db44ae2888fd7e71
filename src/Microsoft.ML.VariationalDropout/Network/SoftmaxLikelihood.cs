namespace Microsoft.ML.Trainers.VariationalDropout.Network;

/// <summary>The categorical likelihood: p(y | z) = exp(z_y) / Σ_k exp(z_k).</summary>
internal static class SoftmaxLikelihood
{
    /// <summary>Turns logits into probabilities in place and returns log Σ exp(z_k).</summary>
    public static double Normalize(Span<double> logits)
    {
        double largest = double.NegativeInfinity;
        foreach (double logit in logits)
            largest = Math.Max(largest, logit);

        double sum = 0;
        for (int k = 0; k < logits.Length; k++)
        {
            logits[k] = Math.Exp(logits[k] - largest);
            sum += logits[k];
        }

        for (int k = 0; k < logits.Length; k++)
            logits[k] /= sum;
        return largest + Math.Log(sum);
    }

    /// <summary>
    /// Turns logits into the gradient of −log p(y | z) times <paramref name="scale"/>, in place: scale (p_k − [k = y]). Returns log p(y | z).
    /// </summary>
    public static double Differentiate(Span<double> logits, int label, double scale)
    {
        double logit = logits[label];
        double logLikelihood = logit - Normalize(logits);
        for (int k = 0; k < logits.Length; k++)
            logits[k] *= scale;
        logits[label] -= scale;
        return logLikelihood;
    }
}
