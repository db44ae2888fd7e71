namespace Microsoft.ML.Trainers.VariationalDropout;

/// <summary>The prior over the weights, from which the Kullback-Leibler divergence of the posterior is taken.</summary>
/// <remarks>
/// Every divergence is normalised so that it is 0 or more. The constant of the log-uniform prior is arbitrary: evidence lower bounds
/// compare models of one prior, never models of different priors.
/// </remarks>
public enum WeightPrior
{
    /// <summary>
    /// Uniform on a logarithmic scale, p(|w|) ∝ 1 / |w| (Kingma, Salimans and Welling 2015, section 3.3): wants as much noise as the data
    /// allow, whatever the scale of the weights. Improper (Hron, Matthews and Ghahramani, ICML 2018): with few rows the network can shrink
    /// to a constant; choose <see cref="ArdEmpiricalBayes"/> or <see cref="Gaussian"/> then.
    /// </summary>
    LogUniform = 0,

    /// <summary>
    /// A Gaussian of mean 0 with a variance of its own for every noise variable, each at its optimum, which is known in closed form:
    /// KL = ½ log(1 + 1 / α) (automatic relevance determination; Kharitonov, Molchanov and Vetrov 2018). Proper, and as sparse as the
    /// log-uniform prior.
    /// </summary>
    ArdEmpiricalBayes = 1,

    /// <summary>
    /// N(0, τ²) with one variance per layer, given or chosen by empirical Bayes: the optimum under an inverse gamma distribution of τ² whose
    /// mode is 5 / inputs and which counts as much as 11 weights, refreshed in every step (Wu et al., ICLR 2019). Proper; only for
    /// <see cref="WeightPosterior.Gaussian"/>.
    /// </summary>
    Gaussian = 2,

    /// <summary>No prior and no divergence: what dropout with a given rate, and no noise at all, go with.</summary>
    None = 3,
}
