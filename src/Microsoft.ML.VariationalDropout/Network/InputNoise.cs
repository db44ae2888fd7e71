using System.Runtime.CompilerServices;
using Microsoft.ML.Trainers.VariationalDropout.Numerics;

namespace Microsoft.ML.Trainers.VariationalDropout.Network;

/// <summary>
/// The factor s = 1 + n by which an input of a layer is multiplied, from a standard normal ξ: n = sqrt(α) ξ, or for binary dropout
/// n = −1 where ξ &lt; Φ⁻¹(p), which has probability p, and n = p / (1 − p) = α elsewhere. Either has mean 0 and variance α.
/// </summary>
internal readonly struct InputNoise<TLanes, T>
    where TLanes : unmanaged, ILanes<TLanes, T>
    where T : unmanaged
{
    private readonly bool _isBinary;
    private readonly double _threshold;
    private readonly double _kept;

    /// <param name="posterior">One with its noise on the inputs.</param>
    /// <param name="logDropoutVariance">log α of binary dropout, p = α / (1 + α).</param>
    public InputNoise(WeightPosterior posterior, double logDropoutVariance)
    {
        _isBinary = posterior == WeightPosterior.BinaryDropout;
        if (!_isBinary)
            return;
        GetBinary(logDropoutVariance, out _threshold, out _kept);
    }

    /// <summary>Of binary dropout: Φ⁻¹(p), and α.</summary>
    public static void GetBinary(double logDropoutVariance, out double threshold, out double kept)
    {
        kept = Math.Exp(logDropoutVariance);
        threshold = NormalDistribution.Quantile(kept / (1 + kept));
    }

    /// <summary>n.</summary>
    /// <param name="deviation">sqrt(α).</param>
    /// <param name="normal">ξ.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TLanes Deviation(TLanes deviation, TLanes normal)
        => _isBinary
            ? TLanes.SelectGreater(TLanes.Create(_threshold), normal, TLanes.Create(-1.0), TLanes.Create(_kept))
            : deviation * normal;
}
