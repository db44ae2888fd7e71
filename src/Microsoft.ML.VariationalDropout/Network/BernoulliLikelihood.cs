using Microsoft.ML.Trainers.VariationalDropout.Numerics;

namespace Microsoft.ML.Trainers.VariationalDropout.Network;

/// <summary>The Bernoulli likelihood of a logit z: p(1 | z) = 1 / (1 + exp(−z)); the label is 0 or 1.</summary>
internal sealed class BernoulliLikelihood : OutputLikelihood
{
    public override double LogLikelihood(Span<double> outputs, ReadOnlySpan<float> labels)
    {
        // log p(1) = −log(1 + e^−z), log p(0) = −log(1 + e^z).
        return -SpecialFunctions.Softplus(labels[0] > 0 ? -outputs[0] : outputs[0]);
    }

    /// <summary>The gradient is scale (p − y).</summary>
    public override double Differentiate(Span<double> outputs, ReadOnlySpan<float> labels, double scale, Span<double> logNoiseVarianceGradient)
    {
        double logLikelihood = LogLikelihood(outputs, labels);

        // p − 1 as −(1 − p): no digits are lost where the label is right.
        outputs[0] = labels[0] > 0 ? -scale * SpecialFunctions.Sigmoid(-outputs[0]) : scale * SpecialFunctions.Sigmoid(outputs[0]);
        return logLikelihood;
    }
}
