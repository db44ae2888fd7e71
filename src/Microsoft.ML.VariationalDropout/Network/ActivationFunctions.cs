using Microsoft.ML.Trainers.VariationalDropout.Numerics;

namespace Microsoft.ML.Trainers.VariationalDropout.Network;

/// <summary>The hidden units' functions one number at a time in double precision; <see cref="Activations{TLanes, T}"/> has them by registers.</summary>
internal static class ActivationFunctions
{
    /// <summary>The slope a of f(z) = max(z, a z) on its negative side (Maas et al. 2013).</summary>
    public const double LeakyReluSlope = 0.01;

    /// <summary>f(x).</summary>
    public static double Value(Activation activation, double x) => activation switch
    {
        Activation.Relu => Math.Max(x, 0),
        Activation.Softplus => SpecialFunctions.Softplus(x),
        Activation.Tanh => Math.Tanh(x),
        Activation.Gelu => x * NormalDistribution.Distribution(x),
        Activation.Silu => x * SpecialFunctions.Sigmoid(x),
        Activation.LeakyRelu => Math.Max(x, LeakyReluSlope * x),
        Activation.Sigmoid => SpecialFunctions.Sigmoid(x),
        _ => throw new InvalidOperationException($"Unknown activation {activation}."),
    };

    /// <summary>f′(x) and f″(x); at the kink of a rectifier the slope of its negative side, and no curvature.</summary>
    public static double Slope(Activation activation, double x, out double curvature)
    {
        double sigmoid, product;
        switch (activation)
        {
            case Activation.Relu:
                curvature = 0;
                return x > 0 ? 1 : 0;
            case Activation.LeakyRelu:
                curvature = 0;
                return x > 0 ? 1 : LeakyReluSlope;
            case Activation.Softplus:
                sigmoid = SpecialFunctions.Sigmoid(x);
                curvature = sigmoid * SpecialFunctions.Sigmoid(-x);
                return sigmoid;
            case Activation.Sigmoid:
                sigmoid = SpecialFunctions.Sigmoid(x);
                product = sigmoid * SpecialFunctions.Sigmoid(-x);
                curvature = product * (1 - (2 * sigmoid));
                return product;
            case Activation.Tanh:
                // 1 − tanh² = 4 σ(2x) σ(−2x): no cancellation where tanh is saturated.
                product = 4 * SpecialFunctions.Sigmoid(2 * x) * SpecialFunctions.Sigmoid(-2 * x);
                curvature = -2 * Math.Tanh(x) * product;
                return product;
            case Activation.Silu:
                sigmoid = SpecialFunctions.Sigmoid(x);
                product = sigmoid * SpecialFunctions.Sigmoid(-x);
                curvature = product * (2 + (x * (1 - (2 * sigmoid))));
                return sigmoid + (x * product);
            case Activation.Gelu:
                double density = NormalDistribution.Density(x);
                curvature = density == 0 ? 0 : (2 - (x * x)) * density;
                return NormalDistribution.Distribution(x) + (x * density);
            default:
                throw new InvalidOperationException($"Unknown activation {activation}.");
        }
    }
}
