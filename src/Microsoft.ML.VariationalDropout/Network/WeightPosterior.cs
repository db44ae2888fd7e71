namespace Microsoft.ML.Trainers.VariationalDropout;

/// <summary>
/// The form of the approximate posterior over the weights of a layer, with means θ (inputs × outputs) and dropout variances α.
/// </summary>
/// <remarks>Source: Kingma, Salimans and Welling, "Variational Dropout and the Local Reparameterization Trick", NIPS 2015, section 3.</remarks>
public enum WeightPosterior
{
    /// <summary>
    /// One noise variable per input unit, shared by all weights that leave the unit: w_i· = s_i θ_i· with s_i ~ N(1, α_i)
    /// (section 3.2 of the paper, "pre-linear" noise, variational dropout A). The default: half the work of independent noise, and the
    /// more accurate one on image data.
    /// </summary>
    CorrelatedWeightNoise = 0,

    /// <summary>
    /// Every weight has its own noise: w_ij ~ N(θ_ij, α_ij θ_ij²) (section 3.1 of the paper, "post-linear" noise, variational
    /// dropout B).
    /// </summary>
    IndependentWeightNoise = 1,
}
