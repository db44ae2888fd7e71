using System.Runtime.CompilerServices;
using Microsoft.ML.Trainers.VariationalDropout.Numerics;

namespace Microsoft.ML.Trainers.VariationalDropout.Network;

/// <summary>What the passes will read and write soon, for the <see cref="PrefetchQueue"/> of the product before.</summary>
internal sealed unsafe partial class DenseLayer<TLanes, T>
{
    /// <summary>Adds one of <paramref name="parts"/> parts of what the forward pass reads of some panels of weights.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void AnnouncePanels(int panel, int panels, int part, int parts, ref PrefetchQueue queue)
    {
        int first = (int)((long)InputPanels * part / parts), count = (int)((long)InputPanels * (part + 1) / parts) - first;
        for (int p = panel; p < Math.Min(OutputPanels, panel + panels); p++)
        {
            queue.Add(ForwardWeights.At(p, first * BlockedMatrix.Width), (long)count * BlockedMatrix.BlockSize * sizeof(T));
            if (_logVarianceMatrix is not null && Form == NoiseForm.Outputs)
                queue.Add(_logVarianceMatrix.At(p, first * BlockedMatrix.Width), (long)count * BlockedMatrix.BlockSize * sizeof(T));
        }
    }

    /// <summary>Adds what the forward pass reads of 16 rows of inputs: worth it where no more than one group of panels reads them.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void AnnounceRows(int row, ref PrefetchQueue queue)
    {
        for (int p = 0; p < InputPanels; p++)
        {
            AnnounceInput(p, row, ref queue);
            if (_inputSquared is not null)
                queue.Add(_inputSquared.At(p, row), BlockedMatrix.BlockSize * sizeof(T));
        }
    }

    /// <summary>Adds what the forward pass writes of a tile of outputs.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void AnnounceOutputs(int panel, int row, DenseLayer<TLanes, T>? next, ref PrefetchQueue queue)
    {
        int bytes = BlockedMatrix.BlockSize * sizeof(T);
        queue.Add(Slopes.At(panel, row), bytes);
        if (_noiseSlope is not null)
            queue.Add(_noiseSlope.At(panel, row), bytes);
        if (next is null)
            return;
        next.AnnounceInput(panel, row, ref queue);
        if (next._inputSquared is not null)
            queue.Add(next._inputSquared.At(panel, row), bytes);
        if (next._inputNoise is not null)
            queue.Add(next._inputNoise.At(panel, row), bytes);
        if (next._logVarianceFactor is not null)
            queue.Add(next._logVarianceFactor.At(panel, row), bytes);
    }

    /// <summary>Adds what the pass back changes where it reaches the outputs of this layer.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void AnnounceOutputGradients(int panel, int row, ref PrefetchQueue queue)
    {
        int bytes = BlockedMatrix.BlockSize * sizeof(T);
        queue.Add(OutputGradient.At(panel, row), bytes);
        if (Form == NoiseForm.Outputs)
            queue.Add(VarianceGradient.At(panel, row), bytes);
        if (!NeedsTransposed)
            return;
        queue.Add(TransposedTile(_transposed.Means, panel, row), bytes);
        if (Form == NoiseForm.Outputs && !RoundsVariances)
            queue.Add(TransposedTile(_transposed.Variances, panel, row), bytes);
    }

    /// <summary>Adds a tile of the inputs.</summary>
    public void AnnounceInput(int panel, int row, ref PrefetchQueue queue) => queue.Add(Input.At(panel, row), BlockedMatrix.BlockSize * sizeof(T));

    /// <summary>Adds one of <paramref name="parts"/> parts of what the pass back reads for some panels of inputs.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void AnnounceInputs(int panel, int panels, int part, int parts, ref PrefetchQueue queue)
    {
        int first = (int)((long)OutputPanels * part / parts), end = (int)((long)OutputPanels * (part + 1) / parts);
        for (int p = panel; p < Math.Min(InputPanels, panel + panels); p++)
        {
            for (int output = first; output < end; output++)
            {
                queue.Add(ForwardWeights.At(output, p * BlockedMatrix.Width), BlockedMatrix.BlockSize * sizeof(T));
                if (_logVarianceMatrix is not null && Form == NoiseForm.Outputs)
                    queue.Add(_logVarianceMatrix.At(output, p * BlockedMatrix.Width), BlockedMatrix.BlockSize * sizeof(T));
            }
        }
    }

    /// <summary>Adds the tiles that a step of <see cref="BackwardInput"/> changes and reads, as far as there is such a step.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void AnnounceTiles(int panel, int panels, int step, int rows, DenseLayer<TLanes, T>? previous, ref PrefetchQueue queue)
    {
        const int Group = TileProduct<TLanes, T>.PanelGroup;
        int p = panel + (step % panels), first = step / panels * Group * BlockedMatrix.Width;
        for (int row = first; row < Math.Min(rows, first + (Group * BlockedMatrix.Width)); row += BlockedMatrix.Width)
        {
            previous?.AnnounceOutputGradients(p, row, ref queue);
            if (Form == NoiseForm.Outputs)
                AnnounceInput(p, row, ref queue);
            if (Form != NoiseForm.Inputs)
                continue;
            queue.Add(_inputNoise!.At(p, row), BlockedMatrix.BlockSize * sizeof(T));
            if (_logVarianceFactor is not null)
                queue.Add(_logVarianceFactor.At(p, row), BlockedMatrix.BlockSize * sizeof(T));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void AnnounceWeights(int block, int panel, int panels, GradientConsumer<T> consumer, ref PrefetchQueue queue)
    {
        for (int p = panel; p < panel + panels; p++)
        {
            consumer.Announce(Weights, BlockOffset(block, p), BlockedMatrix.BlockSize, ref queue);
            if (_logVarianceMatrix is not null && IsLearned)
                consumer.Announce(LogVariances, BlockOffset(block, p), BlockedMatrix.BlockSize, ref queue);
        }
    }
}
