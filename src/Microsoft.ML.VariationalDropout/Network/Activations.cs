using System.Runtime.CompilerServices;
using Microsoft.ML.Trainers.VariationalDropout.Numerics;

namespace Microsoft.ML.Trainers.VariationalDropout.Network;

/// <summary>The hidden units' functions: values on the way forward, slopes for the way back.</summary>
internal static unsafe class Activations<TLanes, T>
    where TLanes : unmanaged, ILanes<TLanes, T>
    where T : unmanaged
{
    /// <summary>values[i] = f(values[i]) and, unless it is null, slopes[i] = f′(values[i] before), for a multiple of 16 numbers.</summary>
    public static void Apply(Activation activation, T* values, T* slopes, int count)
    {
        switch (activation)
        {
            case Activation.Relu:
                Apply<Relu>(values, slopes, count);
                break;
            case Activation.Softplus:
                Apply<Softplus>(values, slopes, count);
                break;
            case Activation.Tanh:
                Apply<Tanh>(values, slopes, count);
                break;
            case Activation.Gelu:
                Apply<Gelu>(values, slopes, count);
                break;
            case Activation.Silu:
                Apply<Silu>(values, slopes, count);
                break;
            case Activation.LeakyRelu:
                Apply<LeakyRelu>(values, slopes, count);
                break;
            case Activation.Sigmoid:
                Apply<Logistic>(values, slopes, count);
                break;
            default:
                throw new InvalidOperationException($"Unknown activation {activation}.");
        }
    }

    /// <summary>values[u][i] = f(values[u][i] + biases[u]) for some units of 16 numbers.</summary>
    public static void AddAndApply(Activation activation, T* values, T* biases, int units)
    {
        switch (activation)
        {
            case Activation.Relu:
                AddAndApply<Relu>(values, biases, units);
                break;
            case Activation.Softplus:
                AddAndApply<Softplus>(values, biases, units);
                break;
            case Activation.Tanh:
                AddAndApply<Tanh>(values, biases, units);
                break;
            case Activation.Gelu:
                AddAndApply<Gelu>(values, biases, units);
                break;
            case Activation.Silu:
                AddAndApply<Silu>(values, biases, units);
                break;
            case Activation.LeakyRelu:
                AddAndApply<LeakyRelu>(values, biases, units);
                break;
            case Activation.Sigmoid:
                AddAndApply<Logistic>(values, biases, units);
                break;
            default:
                throw new InvalidOperationException($"Unknown activation {activation}.");
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddAndApply<TFunction>(T* values, T* biases, int units)
        where TFunction : struct, IFunction
    {
        for (int unit = 0; unit < units; unit++, values += BlockedMatrix.Width)
        {
            var bias = TLanes.Create(biases[unit]);
            for (int i = 0; i < BlockedMatrix.Width; i += TLanes.Count)
            {
                TFunction.Evaluate(TLanes.Load(values + i) + bias, out var value, out _);
                TLanes.Store(value, values + i);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Apply<TFunction>(T* values, T* slopes, int count)
        where TFunction : struct, IFunction
    {
        if (slopes == null)
        {
            // Apart, so that no slope is computed where none is wanted.
            for (int i = 0; i < count; i += TLanes.Count)
            {
                TFunction.Evaluate(TLanes.Load(values + i), out var value, out _);
                TLanes.Store(value, values + i);
            }

            return;
        }

        for (int i = 0; i < count; i += TLanes.Count)
        {
            TFunction.Evaluate(TLanes.Load(values + i), out var value, out var slope);
            TLanes.Store(value, values + i);
            TLanes.Store(slope, slopes + i);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TLanes Sigmoid(TLanes z)
    {
        var one = TLanes.Create(1.0);
        return one / (one + TLanes.Exp(TLanes.Create(0.0) - z));
    }

    private interface IFunction
    {
        static abstract void Evaluate(TLanes z, out TLanes value, out TLanes slope);
    }

    private readonly struct Relu : IFunction
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static void Evaluate(TLanes z, out TLanes value, out TLanes slope)
        {
            var zero = TLanes.Create(0.0);

            // Not SelectGreater: a NaN must come through, so that a diverged training is noticed.
            value = TLanes.Max(z, zero);
            slope = TLanes.SelectGreater(z, zero, TLanes.Create(1.0), zero);
        }
    }

    private readonly struct Softplus : IFunction
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static void Evaluate(TLanes z, out TLanes value, out TLanes slope)
        {
            // log(1 + e^z) = max(z, 0) + log(1 + e^−|z|): no overflow.
            var tail = TLanes.Exp(TLanes.Create(0.0) - TLanes.Abs(z));
            value = TLanes.Max(z, TLanes.Create(0.0)) + TLanes.Log(TLanes.Create(1.0) + tail);
            slope = Sigmoid(z);
        }
    }

    private readonly struct Tanh : IFunction
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static void Evaluate(TLanes z, out TLanes value, out TLanes slope)
        {
            var one = TLanes.Create(1.0);
            value = TLanes.MultiplyAdd(TLanes.Create(2.0), Sigmoid(z + z), TLanes.Create(-1.0));
            slope = one - (value * value);
        }
    }

    private readonly struct Gelu : IFunction
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static void Evaluate(TLanes z, out TLanes value, out TLanes slope)
        {
            // Φ(z) = ½ (1 + erf(z / √2)), φ(z) = e^(−z²/2) / √(2π); f′ = Φ + z φ. The square is bounded so that it stays finite.
            var half = TLanes.Create(0.5);
            var distribution = TLanes.MultiplyAdd(half, TLanes.Erf(z * TLanes.Create(0.70710678118654752)), half);
            var bounded = TLanes.Min(TLanes.Max(z, TLanes.Create(-40.0)), TLanes.Create(40.0));
            var density = TLanes.Create(0.39894228040143268) * TLanes.Exp(bounded * bounded * TLanes.Create(-0.5));
            value = z * distribution;
            slope = TLanes.MultiplyAdd(bounded, density, distribution);
        }
    }

    private readonly struct Silu : IFunction
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static void Evaluate(TLanes z, out TLanes value, out TLanes slope)
        {
            var sigmoid = Sigmoid(z);
            value = z * sigmoid;
            slope = sigmoid * (TLanes.Create(1.0) + z - value);
        }
    }

    private readonly struct LeakyRelu : IFunction
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static void Evaluate(TLanes z, out TLanes value, out TLanes slope)
        {
            var leak = TLanes.Create(ActivationFunctions.LeakyReluSlope);
            value = TLanes.Max(z, z * leak);
            slope = TLanes.SelectGreater(z, TLanes.Create(0.0), TLanes.Create(1.0), leak);
        }
    }

    private readonly struct Logistic : IFunction
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static void Evaluate(TLanes z, out TLanes value, out TLanes slope)
        {
            value = Sigmoid(z);
            slope = value * (TLanes.Create(1.0) - value);
        }
    }
}
