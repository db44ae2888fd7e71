namespace Microsoft.ML.Trainers.VariationalDropout;

/// <summary>
/// The form of the approximate posterior over the weights of a layer, with means θ (inputs × outputs) and dropout variances α or
/// weight variances σ².
/// </summary>
/// <remarks>
/// Source: Kingma, Salimans and Welling, "Variational Dropout and the Local Reparameterization Trick", NIPS 2015, section 3; the forms
/// that are not learned are the baselines of its figure 1. Biases carry no noise.
/// </remarks>
public enum WeightPosterior
{
    /// <summary>
    /// One noise variable per input unit, shared by all weights that leave the unit: w_i· = s_i θ_i· with s_i ~ N(1, α_i)
    /// (section 3.2 of the paper, "pre-linear" noise, variational dropout A): half the work of independent noise, and the
    /// more accurate one on image data.
    /// </summary>
    CorrelatedWeightNoise = 0,

    /// <summary>
    /// Every weight has its own noise: w_ij ~ N(θ_ij, α_ij θ_ij²) (section 3.1 of the paper, "post-linear" noise, variational
    /// dropout B).
    /// </summary>
    IndependentWeightNoise = 1,

    /// <summary>
    /// Mean-field Gaussian: w_ij ~ N(θ_ij, σ_ij²) with a free variance per weight, independent of the mean. The default. With the log-uniform prior it
    /// is sparse variational dropout (Molchanov, Ashukha and Vetrov, ICML 2017), whose superfluous weights can be pruned; with a Gaussian
    /// prior it is the usual Bayesian network, the safe choice for small tables of numbers to predict. Three times the parameters in memory.
    /// </summary>
    Gaussian = 2,

    /// <summary>
    /// Gaussian dropout with a given rate that is not learned: inputs of a layer are multiplied by s_i ~ N(1, α), α = p / (1 − p)
    /// (Srivastava et al., JMLR 2014). No divergence: θ is estimated by maximum likelihood.
    /// </summary>
    FixedGaussianDropout = 3,

    /// <summary>
    /// Gaussian dropout with a given rate, not learned, with noise of its own on every weight: w_ij ~ N(θ_ij, α θ_ij²)
    /// (Wang and Manning, "Fast dropout training", ICML 2013). No divergence.
    /// </summary>
    FixedIndependentGaussianDropout = 4,

    /// <summary>
    /// Binary dropout with a given rate p that is not learned: inputs of a layer are 0 with probability p, else divided by 1 − p
    /// (Hinton et al. 2012). No divergence. Prediction by sampling is "Monte Carlo dropout" (Gal and Ghahramani, ICML 2016).
    /// </summary>
    BinaryDropout = 5,

    /// <summary>No noise and no divergence: an ordinary network, trained by maximum likelihood.</summary>
    None = 6,
}
