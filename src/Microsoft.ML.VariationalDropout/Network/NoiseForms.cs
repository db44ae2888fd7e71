namespace Microsoft.ML.Trainers.VariationalDropout.Network;

/// <summary>Where a training step puts its noise: what is left of a posterior and an estimator once both are known.</summary>
internal enum NoiseForm
{
    /// <summary>Z = Aθ + b.</summary>
    None,

    /// <summary>Z = (A s)θ + b with one factor s per row and input unit, or per input unit alone when a minibatch shares its draw.</summary>
    Inputs,

    /// <summary>Z = Aθ + b + sqrt(A²σ² + ε) ζ: local reparameterization.</summary>
    Outputs,

    /// <summary>Z = AW + b with one W = θ + σE for the minibatch.</summary>
    SharedWeights,

    /// <summary>Z_m = A_m W_m + b with a W for every row m.</summary>
    SeparateWeights,
}

internal static class NoiseForms
{
    public static NoiseForm Of(WeightPosterior posterior, GradientEstimator estimator)
    {
        if (!posterior.IsNoisy() || estimator == GradientEstimator.None)
            return NoiseForm.None;
        if (posterior.IsOnInputs())
            return NoiseForm.Inputs;
        return estimator switch
        {
            GradientEstimator.SharedWeightSample => NoiseForm.SharedWeights,
            GradientEstimator.SeparateWeightSamples => NoiseForm.SeparateWeights,
            _ => NoiseForm.Outputs,
        };
    }

    public static bool IsNoisy(this WeightPosterior posterior) => posterior != WeightPosterior.None;

    /// <summary>Whether the variances are learned, and a divergence belongs to them.</summary>
    public static bool IsLearned(this WeightPosterior posterior)
        => posterior is WeightPosterior.CorrelatedWeightNoise or WeightPosterior.IndependentWeightNoise or WeightPosterior.Gaussian;

    /// <summary>Whether the noise multiplies the inputs of a layer, so that all weights of an input share it.</summary>
    public static bool IsOnInputs(this WeightPosterior posterior)
        => posterior is WeightPosterior.CorrelatedWeightNoise or WeightPosterior.FixedGaussianDropout or WeightPosterior.BinaryDropout;

    /// <summary>How many log-variances a layer of <paramref name="inputs"/> × <paramref name="outputs"/> weights has.</summary>
    public static int CountOf(this DropoutVarianceSharing sharing, int inputs, int outputs) => sharing switch
    {
        DropoutVarianceSharing.Layer => 1,
        DropoutVarianceSharing.InputUnit => inputs,
        DropoutVarianceSharing.OutputUnit => outputs,
        DropoutVarianceSharing.Weight => checked(inputs * outputs),
        _ => throw new InvalidOperationException($"Unknown sharing {sharing}."),
    };

    /// <summary>Which of them belongs to weight (<paramref name="input"/>, <paramref name="output"/>).</summary>
    public static int IndexOf(this DropoutVarianceSharing sharing, int input, int output, int outputs) => sharing switch
    {
        DropoutVarianceSharing.Layer => 0,
        DropoutVarianceSharing.InputUnit => input,
        DropoutVarianceSharing.OutputUnit => output,
        _ => (input * outputs) + output,
    };
}
