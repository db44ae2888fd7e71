using System.Runtime.CompilerServices;
using Microsoft.ML.Trainers.VariationalDropout.Numerics;

namespace Microsoft.ML.Trainers.VariationalDropout.Network;

/// <summary>
/// The categorical likelihood of 16 rows at a time, rows in the lanes: what <see cref="CategoricalLikelihood.Differentiate"/> does for one. With
/// e_k = exp(z_k − max z), the gradient of −log p(y | z) is e_k / Σe for k ≠ y and −Σ_{k≠y} e_k / Σe for y: 1 − p_y is never formed, so that a
/// gradient stays exact when p_y is close to 1.
/// </summary>
internal static unsafe class CategoricalTile<TLanes, T>
    where TLanes : unmanaged, ILanes<TLanes, T>
    where T : unmanaged
{
    /// <summary>Turns logits into gradients in place.</summary>
    /// <param name="outputs">The 16 rows in the first of consecutive panels; padding columns become zero.</param>
    /// <param name="panelStride">Numbers from one panel to the next.</param>
    /// <param name="classes">K, 2 or more.</param>
    /// <param name="labels">y of each row, [16].</param>
    /// <param name="scales">Factor of each row's gradient, [16]; 0 where there is no row.</param>
    /// <param name="smallest">Gradients below this share of their scale become zero.</param>
    /// <param name="scratch">[padded K][16].</param>
    /// <param name="logLikelihoods">log p(y | z) of each row, [16].</param>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Differentiate(T* outputs, nint panelStride, int classes, T* labels, T* scales, double smallest, T* scratch, T* logLikelihoods)
    {
        int panels = BlockedMatrix.PanelCount(classes);
        for (int panel = 0; panel < panels; panel++)
            TLanes.Transpose(outputs + (panel * panelStride), scratch + (panel * BlockedMatrix.BlockSize));

        for (int lane = 0; lane < BlockedMatrix.Width; lane += TLanes.Count)
        {
            T* z = scratch + lane;
            var largest = TLanes.Load(z);
            for (nint k = 1; k < classes; k++)
                largest = TLanes.Max(largest, TLanes.Load(z + (k * BlockedMatrix.Width)));

            TLanes label = TLanes.Load(labels + lane), zero = TLanes.Create(0.0), half = TLanes.Create(0.5);
            TLanes others = zero, own = zero, ownLogit = zero;
            for (nint k = 0; k < classes; k++)
            {
                // A NaN or infinity in the row must reach the likelihood, so that a diverged training is noticed: neither Exp nor Log lets it through.
                var logit = TLanes.Load(z + (k * BlockedMatrix.Width)) - largest;
                var e = TLanes.Exp(logit) + (zero * logit);
                var distance = TLanes.Abs(label - TLanes.Create((double)k));
                others += TLanes.SelectGreater(distance, half, e, zero);
                own += TLanes.SelectGreater(distance, half, zero, e);
                ownLogit += TLanes.SelectGreater(distance, half, zero, logit);
                TLanes.Store(e, z + (k * BlockedMatrix.Width));
            }

            var sum = own + others;
            TLanes.Store(ownLogit - TLanes.Log(sum) + (zero * sum), logLikelihoods + lane);
            var scale = TLanes.Load(scales + lane);
            var factor = scale / sum;
            var threshold = TLanes.Create(smallest) * scale;
            for (nint k = 0; k < classes; k++)
            {
                var distance = TLanes.Abs(label - TLanes.Create((double)k));
                var gradient = factor * TLanes.SelectGreater(distance, half, TLanes.Load(z + (k * BlockedMatrix.Width)), zero - others);
                TLanes.Store(TLanes.SelectGreater(threshold, TLanes.Abs(gradient), zero, gradient), z + (k * BlockedMatrix.Width));
            }

            for (nint k = classes; k < panels * BlockedMatrix.Width; k++)
                TLanes.Store(zero, z + (k * BlockedMatrix.Width));
        }

        for (int panel = 0; panel < panels; panel++)
            TLanes.Transpose(scratch + (panel * BlockedMatrix.BlockSize), outputs + (panel * panelStride));
    }
}
