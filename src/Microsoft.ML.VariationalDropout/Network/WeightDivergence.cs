using System.Runtime.CompilerServices;
using Microsoft.ML.Trainers.VariationalDropout.Numerics;

namespace Microsoft.ML.Trainers.VariationalDropout.Network;

/// <summary>KL(q ‖ p) of one noise variable from its prior with its slopes, 0 or more, in nats. Zero altogether for <see cref="WeightPrior.None"/>.</summary>
/// <remarks>
/// Multiplicative noise knows α alone. For a Gaussian posterior N(θ, σ²), λ = θ² / (2σ²):
/// <code>
/// log-uniform   KL = 2∫₀^√λ F        dKL/dlog σ² = −√λ F(√λ)          dKL/dθ = (√2 / σ) F(θ / (√2 σ)) = (θ / σ²) √λ F(√λ) / λ
/// ARD           KL = ½ log(1 + θ²/σ²)  dKL/dlog σ² = −½ θ² / (θ² + σ²)  dKL/dθ = θ / (θ² + σ²)
/// N(0, τ²)      KL = ½[log τ² − log σ² + (σ² + θ²)/τ² − 1]   dKL/dlog σ² = ½(σ²/τ² − 1)   dKL/dθ = θ / τ²
/// </code>
/// all smooth at θ = 0: log σ² − log θ² is never formed (Molchanov et al. 2017; Kharitonov et al. 2018; Wu et al. 2019).
/// </remarks>
/// <param name="Prior">The prior.</param>
/// <param name="Form">How the divergence from the log-uniform prior is computed; the Gaussian posterior has the exact form alone.</param>
/// <param name="PriorVariance">τ² of the Gaussian prior; null for empirical Bayes.</param>
internal sealed record WeightDivergence(WeightPrior Prior, KullbackLeiblerForm Form = KullbackLeiblerForm.Exact, double? PriorVariance = null)
{
    /// <summary>Shape of the inverse gamma distribution that τ² has under empirical Bayes: it counts as much as 2a + 2 = 11 weights.</summary>
    private const double HyperPriorShape = 4.4798;

    /// <summary>Its mode, times the inputs of the layer: a little wider than He's initialisation.</summary>
    private const double HyperPriorMode = 5;

    /// <summary>Whether τ² follows the weights.</summary>
    public bool IsEmpirical => Prior == WeightPrior.Gaussian && PriorVariance is null;

    /// <summary>
    /// τ² = (Σ(θ² + σ²) + (2a + 2) s) / (n + 2a + 2), the optimum under an inverse gamma distribution of shape a and mode s (Wu et al. 2019).
    /// Without that, a layer could shrink its weights and τ² together to nothing, at no divergence.
    /// </summary>
    /// <param name="squareSum">Σ(θ² + σ²) over the layer.</param>
    /// <param name="weights">n.</param>
    /// <param name="inputs">Inputs of the layer.</param>
    public static double OptimalPriorVariance(double squareSum, double weights, int inputs)
    {
        const double Count = (2 * HyperPriorShape) + 2;
        return (squareSum + (Count * HyperPriorMode / inputs)) / (weights + Count);
    }

    /// <summary>The divergence of multiplicative noise.</summary>
    public double Value(double logDropoutVariance) => Prior switch
    {
        WeightPrior.LogUniform => LogUniformPrior.Value(Form, logDropoutVariance),
        WeightPrior.ArdEmpiricalBayes => 0.5 * SpecialFunctions.Softplus(-logDropoutVariance),
        WeightPrior.None => 0,
        _ => throw Undefined(),
    };

    /// <summary>dKL / dlog α of multiplicative noise, for many variables at once.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TLanes Slope<TLanes, T>(TLanes logDropoutVariance)
        where TLanes : unmanaged, ILanes<TLanes, T>
        where T : unmanaged
        => Prior switch
        {
            WeightPrior.LogUniform => LogUniformPrior.Slope<TLanes, T>(Form, logDropoutVariance),
            WeightPrior.ArdEmpiricalBayes => TLanes.Create(-0.5) / (TLanes.Create(1.0) + TLanes.Exp(logDropoutVariance)),
            WeightPrior.None => TLanes.Create(0.0),
            _ => throw Undefined(),
        };

    /// <summary>The divergence of a weight of a Gaussian posterior; <paramref name="priorVariance"/> is τ² of a Gaussian prior.</summary>
    public double GaussianValue(double mean, double logVariance, double priorVariance)
    {
        double variance = Math.Exp(logVariance);
        return Prior switch
        {
            WeightPrior.LogUniform => SpecialFunctions.DawsonIntegralTwice(Math.Abs(mean) * Math.Sqrt(0.5 / variance)),
            WeightPrior.ArdEmpiricalBayes => 0.5 * SpecialFunctions.LogOnePlus(mean * mean / variance),
            WeightPrior.Gaussian => 0.5 * (Math.Log(priorVariance) - logVariance + ((variance + (mean * mean)) / priorVariance) - 1),
            WeightPrior.None => 0,
            _ => throw Undefined(),
        };
    }

    /// <summary>
    /// Σ <see cref="GaussianValue"/> over many weights, for reports: the log-uniform prior's by rational functions (off by less than 1e-6 a weight), since its
    /// series take longer than a step of training does.
    /// </summary>
    public double SumGaussianValues(ReadOnlySpan<float> means, ReadOnlySpan<float> logVariances, double priorVariance)
    {
        double sum = 0;
        for (int n = 0; n < means.Length; n++)
        {
            sum += Prior == WeightPrior.LogUniform
                ? LogUniformPrior.FastValue(0.5 * means[n] * means[n] * Math.Exp(-logVariances[n]))
                : GaussianValue(means[n], logVariances[n], priorVariance);
        }

        return sum;
    }

    /// <summary>The slopes of <see cref="GaussianValue"/>, τ² held fixed.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void GaussianSlopes<TLanes, T>(TLanes mean, TLanes variance, TLanes priorPrecision, out TLanes byMean, out TLanes byLogVariance)
        where TLanes : unmanaged, ILanes<TLanes, T>
        where T : unmanaged
    {
        var half = TLanes.Create(0.5);
        switch (Prior)
        {
            case WeightPrior.LogUniform:
                LogUniformPrior.GaussianSlopes<TLanes, T>(mean, variance, out byMean, out byLogVariance);
                break;
            case WeightPrior.ArdEmpiricalBayes:
                byMean = mean / TLanes.MultiplyAdd(mean, mean, variance);
                byLogVariance = TLanes.Create(-0.5) * mean * byMean;
                break;
            case WeightPrior.Gaussian:
                byMean = mean * priorPrecision;
                byLogVariance = TLanes.MultiplyAdd(half * variance, priorPrecision, TLanes.Create(-0.5));
                break;
            default:
                byMean = TLanes.Create(0.0);
                byLogVariance = byMean;
                break;
        }
    }

    private InvalidOperationException Undefined() => new($"Multiplicative noise has no divergence from the prior {Prior}.");
}
