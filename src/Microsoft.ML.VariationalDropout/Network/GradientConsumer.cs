using Microsoft.ML.Trainers.VariationalDropout.Numerics;

namespace Microsoft.ML.Trainers.VariationalDropout.Network;

/// <summary>Receives gradients tile by tile, as soon as they are known, so that no gradient is ever kept in memory.</summary>
internal abstract unsafe class GradientConsumer<T>
    where T : unmanaged
{
    /// <summary>Says that the gradient of these values comes soon, so that what belongs to them can be on its way from memory.</summary>
    public virtual void Announce(Parameter<T> parameter, nint offset, int count, ref PrefetchQueue queue)
    {
    }

    /// <summary>Takes the gradient of the loss for <paramref name="count"/> values from <paramref name="offset"/> on; both are multiples of 16.</summary>
    public abstract void Accept(Parameter<T> parameter, nint offset, T* gradient, int count);
}
