namespace Microsoft.ML.Trainers.VariationalDropout.Network;

/// <summary>The categorical likelihood: p(y | z) = exp(z_y) / Σ_k exp(z_k), y a class index from 0.</summary>
internal sealed class CategoricalLikelihood : OutputLikelihood
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

    public override double LogLikelihood(Span<double> outputs, ReadOnlySpan<float> labels)
    {
        double logit = outputs[(int)labels[0]];
        return logit - Normalize(outputs);
    }

    /// <summary>The gradient is scale (p_k − [k = y]).</summary>
    public override double Differentiate(Span<double> outputs, ReadOnlySpan<float> labels, double scale, Span<double> logNoiseVarianceGradient)
    {
        double logLikelihood = LogLikelihood(outputs, labels);
        for (int k = 0; k < outputs.Length; k++)
            outputs[k] *= scale;
        outputs[(int)labels[0]] -= scale;
        return logLikelihood;
    }
}
