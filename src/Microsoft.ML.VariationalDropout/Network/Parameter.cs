using Microsoft.ML.Trainers.VariationalDropout.Numerics;

namespace Microsoft.ML.Trainers.VariationalDropout.Network;

/// <summary>Learned numbers and the state that an optimiser keeps for them, all of the same layout.</summary>
internal sealed class Parameter<T>
    where T : unmanaged
{
    public Parameter(AlignedBuffer<T> values, bool isAveraged = false)
    {
        Values = values;
        FirstMoment = new AlignedBuffer<T>(values.Length);
        SecondMoment = new AlignedBuffer<T>(values.Length);
        Average = isAveraged ? new AlignedBuffer<T>(values.Length) : null;
    }

    public AlignedBuffer<T> Values { get; }

    public AlignedBuffer<T> FirstMoment { get; }

    public AlignedBuffer<T> SecondMoment { get; }

    /// <summary>The exponential average of the values, before its bias correction; null when it is not kept.</summary>
    public AlignedBuffer<T>? Average { get; }

    /// <summary>Values are projected into [Lower, Upper] after each update: a clamp in the forward pass would have no gradient to leave it by.</summary>
    public double Lower { get; init; } = double.NegativeInfinity;

    public double Upper { get; init; } = double.PositiveInfinity;

    /// <summary>Whether weight decay applies: to the weights' means, not to biases and variances.</summary>
    public bool Decays { get; init; }

    /// <summary>Saves or restores the values and what the optimiser keeps for them.</summary>
    public void Transfer(StateTransfer state)
    {
        state.Numbers(Values.Span);
        state.Numbers(FirstMoment.Span);
        state.Numbers(SecondMoment.Span);
        if (Average is not null)
            state.Numbers(Average.Span);
    }
}
