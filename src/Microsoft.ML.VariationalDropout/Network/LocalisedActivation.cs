using Microsoft.ML.Trainers.VariationalDropout.Numerics;

namespace Microsoft.ML.Trainers.VariationalDropout.Network;

/// <summary>
/// What is left of f, f′ and f² when their likes in Φ(x/τ) are taken off, and dies out away from 0. The likes are Φ(x/τ) for a sigmoid and its square, and
/// xΦ(x/τ), Φ(x/τ), x²Φ(x/τ) for a rectifier, its slope and its square. With τ = 1.702 the normal distribution is nearest to the logistic one; with τ = 1
/// nothing is left of GELU itself.
/// </summary>
/// <param name="activation">Softplus, SiLU, GELU or the sigmoid.</param>
internal sealed class LocalisedActivation(Activation activation)
{
    private readonly bool _isRectifier = activation != Activation.Sigmoid;

    /// <summary>τ.</summary>
    public double Scale { get; } = activation == Activation.Gelu ? 1 : 1.702;

    public double Value(double x) => ActivationFunctions.Value(activation, x) - (Step(x) * (_isRectifier ? x : 1));

    public double Slope(double x) => ActivationFunctions.Slope(activation, x, out _) - (_isRectifier ? Step(x) : 0);

    public double Square(double x) => Math.Pow(ActivationFunctions.Value(activation, x), 2) - (Step(x) * (_isRectifier ? x * x : 1));

    private double Step(double x) => NormalDistribution.Distribution(x / Scale);
}
