using System.Runtime.CompilerServices;
using Microsoft.ML.Trainers.VariationalDropout.Network;
using Microsoft.ML.Trainers.VariationalDropout.Numerics;

namespace Microsoft.ML.Trainers.VariationalDropout.Inference;

/// <summary>
/// Adam (Kingma and Ba, 2015, algorithm 1, in the form at the end of its section 2):
/// <code>
/// m ← m + (1 − β₁)(g − m)      v ← v + (1 − β₂)(g² − v)
/// η_t = η sqrt(1 − β₂ᵗ) / (1 − β₁ᵗ)      θ ← θ − η_t m / (sqrt(v) + ε sqrt(1 − β₂ᵗ))
/// </code>
/// where weights decay from (1 − ηλ)θ instead of θ (Loshchilov and Hutter 2019, algorithm 2 with weight decay λ and the schedule in η);
/// then the projection into the parameter's bounds and, where it is kept, the temporal average of section 7.2, θ̄ ← θ̄ + (1 − β₂)(θ − θ̄).
/// Moments too small to matter are set to zero: denormal numbers are slow.
/// </summary>
internal sealed unsafe class AdamOptimizer<TLanes, T> : GradientConsumer<T>
    where TLanes : unmanaged, ILanes<TLanes, T>
    where T : unmanaged
{
    private const double Tiny = 1e-30;
    private readonly double _beta1;
    private readonly double _beta2;
    private readonly double _epsilon;
    private readonly double _weightDecay;
    private double _rate;
    private double _stepEpsilon;
    private double _kept = 1;
    private long _steps;

    /// <param name="beta1">β₁.</param>
    /// <param name="beta2">β₂.</param>
    /// <param name="epsilon">ε.</param>
    /// <param name="weightDecay">λ, of the parameters that decay; 0 leaves every bit as it is without.</param>
    public AdamOptimizer(double beta1, double beta2, double epsilon, double weightDecay = 0)
    {
        _beta1 = beta1;
        _beta2 = beta2;
        _epsilon = epsilon;
        _weightDecay = weightDecay;
    }

    /// <summary>Steps begun so far: t.</summary>
    public long Steps => _steps;

    /// <summary>What the temporal average is divided by: 1 − β₂ᵗ.</summary>
    public double AverageWeight => 1 - Math.Pow(_beta2, Steps);

    /// <summary>Begins a step; every parameter is then updated once, in any order and on any thread.</summary>
    public void BeginStep(double learningRate)
    {
        _steps++;
        double correction = Math.Sqrt(1 - Math.Pow(_beta2, Steps));
        _rate = learningRate * correction / (1 - Math.Pow(_beta1, Steps));
        _stepEpsilon = _epsilon * correction;
        _kept = 1 - (learningRate * _weightDecay);
    }

    /// <summary>Saves or restores the count of steps; the moments are the parameters' own.</summary>
    public void Transfer(StateTransfer state) => state.Number(ref _steps);

    public override void Announce(Parameter<T> parameter, nint offset, int count, ref PrefetchQueue queue)
    {
        long bytes = (long)count * sizeof(T);
        queue.Add(parameter.Values.Pointer + offset, bytes);
        queue.Add(parameter.FirstMoment.Pointer + offset, bytes);
        queue.Add(parameter.SecondMoment.Pointer + offset, bytes);
        if (parameter.Average is not null)
            queue.Add(parameter.Average.Pointer + offset, bytes);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Accept(Parameter<T> parameter, nint offset, T* gradient, int count)
    {
        T* values = parameter.Values.Pointer + offset;
        T* first = parameter.FirstMoment.Pointer + offset;
        T* second = parameter.SecondMoment.Pointer + offset;
        T* average = parameter.Average is null ? null : parameter.Average.Pointer + offset;
        TLanes rate1 = TLanes.Create(1 - _beta1), rate2 = TLanes.Create(1 - _beta2);
        TLanes rate = TLanes.Create(-_rate), epsilon = TLanes.Create(_stepEpsilon), tiny = TLanes.Create(Tiny), zero = TLanes.Create(0.0);
        TLanes kept = TLanes.Create(parameter.Decays ? _kept : 1);
        bool bounded = !double.IsInfinity(parameter.Lower) || !double.IsInfinity(parameter.Upper);
        TLanes lower = TLanes.Create(parameter.Lower), upper = TLanes.Create(parameter.Upper);

        for (int i = 0; i < count; i += TLanes.Count)
        {
            var g = TLanes.Load(gradient + i);
            var m = TLanes.Load(first + i);
            var v = TLanes.Load(second + i);
            m = TLanes.MultiplyAdd(g - m, rate1, m);
            v = TLanes.MultiplyAdd((g * g) - v, rate2, v);
            m = TLanes.SelectGreater(tiny, TLanes.Abs(m), zero, m);
            v = TLanes.SelectGreater(tiny, v, zero, v);
            TLanes.Store(m, first + i);
            TLanes.Store(v, second + i);
            var value = TLanes.MultiplyAdd(rate, m / (TLanes.Sqrt(v) + epsilon), TLanes.Load(values + i) * kept);
            if (bounded)
                value = TLanes.Min(TLanes.Max(value, lower), upper);
            TLanes.Store(value, values + i);
            if (average != null)
            {
                var a = TLanes.Load(average + i);
                TLanes.Store(TLanes.MultiplyAdd(value - a, rate2, a), average + i);
            }
        }
    }
}
