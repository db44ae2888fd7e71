namespace Microsoft.ML.Trainers.VariationalDropout.Network;

/// <summary>The Bernoulli likelihood of a logit z: p(1 | z) = 1 / (1 + exp(−z)); the label is 0 or 1.</summary>
internal sealed class BernoulliLikelihood : OutputLikelihood
{
    /// <summary>1 / (1 + exp(−z)) without overflow.</summary>
    public static double Sigmoid(double logit)
    {
        double tail = Math.Exp(-Math.Abs(logit));
        return (logit >= 0 ? 1 : tail) / (1 + tail);
    }

    public override double LogLikelihood(Span<double> outputs, ReadOnlySpan<float> labels)
    {
        // log p(1) = −log(1 + e^−z), log p(0) = −log(1 + e^z).
        double margin = labels[0] > 0 ? outputs[0] : -outputs[0];
        return Math.Min(margin, 0) - double.LogP1(Math.Exp(-Math.Abs(margin)));
    }

    /// <summary>The gradient is scale (p − y).</summary>
    public override double Differentiate(Span<double> outputs, ReadOnlySpan<float> labels, double scale, Span<double> logNoiseVarianceGradient)
    {
        double logLikelihood = LogLikelihood(outputs, labels);

        // p − 1 as −(1 − p): no digits are lost where the label is right.
        outputs[0] = labels[0] > 0 ? -scale * Sigmoid(-outputs[0]) : scale * Sigmoid(outputs[0]);
        return logLikelihood;
    }
}
