using Microsoft.ML.Trainers.VariationalDropout.Numerics;

namespace Microsoft.ML.Trainers.VariationalDropout.Network;

/// <summary>
/// G and dΔ of a dense layer as [row / 16][output][row % 16], which the product for the layer's inputs reads. They are needed from the pass back
/// through the layer above until the pass back through this one.
/// </summary>
/// <param name="length">Padded rows × padded outputs.</param>
/// <param name="hasVariances">Whether there is a dΔ.</param>
/// <param name="hasPairs">Whether it is rounded.</param>
internal sealed class TransposedGradients<T>(long length, bool hasVariances, bool hasPairs)
    where T : unmanaged
{
    public AlignedBuffer<T> Means { get; } = new(length);

    public AlignedBuffer<T> Variances { get; } = new(hasVariances ? length : 0);

    /// <summary>dΔ rounded to pairs, [panel][row / 2][16], where a layer rounds its variances.</summary>
    public AlignedBuffer<uint> Pairs { get; } = new(hasPairs ? length / 2 : 0);
}
