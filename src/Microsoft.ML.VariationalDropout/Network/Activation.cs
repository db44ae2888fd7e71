namespace Microsoft.ML.Trainers.VariationalDropout;

/// <summary>The function f that a hidden unit applies to its pre-activation z.</summary>
public enum Activation
{
    /// <summary>Rectified linear unit: f(z) = max(z, 0).</summary>
    Relu = 0,

    /// <summary>Softplus: f(z) = log(1 + exp(z)), a smooth rectifier.</summary>
    Softplus = 1,

    /// <summary>Hyperbolic tangent: f(z) = tanh(z), bounded to (−1, 1).</summary>
    Tanh = 2,

    /// <summary>Gaussian error linear unit in its exact form: f(z) = z Φ(z), Φ the standard normal distribution function. The default.</summary>
    Gelu = 3,

    /// <summary>Sigmoid linear unit ("swish"): f(z) = z / (1 + exp(−z)).</summary>
    Silu = 4,

    /// <summary>Leaky rectified linear unit: f(z) = max(z, 0.01 z). A unit with negative z still learns.</summary>
    LeakyRelu = 5,

    /// <summary>Logistic sigmoid: f(z) = 1 / (1 + exp(−z)), bounded to (0, 1).</summary>
    Sigmoid = 6,
}
