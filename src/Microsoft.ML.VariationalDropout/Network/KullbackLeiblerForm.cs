namespace Microsoft.ML.Trainers.VariationalDropout;

/// <summary>How the divergence between the noise posterior and the log-uniform prior, as a function of α, is computed.</summary>
public enum KullbackLeiblerForm
{
    /// <summary>The exact integral, with Dawson's function as its derivative. The default, valid for every α.</summary>
    Exact = 0,

    /// <summary>
    /// The third-degree polynomial of Kingma, Salimans and Welling (2015), equation 14: off by up to 0.040 nats per term, and only
    /// for α ≤ 1.
    /// </summary>
    Polynomial = 1,

    /// <summary>The sigmoid fit of Molchanov, Ashukha and Vetrov (2017), equation 14: off by up to 0.0094 nats per term.</summary>
    Sigmoid = 2,
}
