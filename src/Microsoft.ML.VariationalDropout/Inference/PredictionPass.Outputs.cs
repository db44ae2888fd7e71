using System.Runtime.CompilerServices;
using Microsoft.ML.Trainers.VariationalDropout.Network;
using Microsoft.ML.Trainers.VariationalDropout.Numerics;

namespace Microsoft.ML.Trainers.VariationalDropout.Inference;

/// <summary>The outputs on their way out. What is done to them here has the same bits for one row and for many.</summary>
internal sealed unsafe partial class PredictionPass<TLanes>
{
    public override void GetOutputs(int index, Span<double> destination)
    {
        float* source = _outputs + (index / BlockedMatrix.Width * _outputsStride) + (index % BlockedMatrix.Width);
        for (int k = 0; k < destination.Length; k++)
            destination[k] = source[k * _outputStep];
        GC.KeepAlive(this);
    }

    [SkipLocalsInit]
    public override void CopyOutputs(int rows, Span<float> destination)
    {
        int size = _layers[^1].Outputs;
        if (_outputStep == 1)
        {
            new ReadOnlySpan<float>(_outputs, size).CopyTo(destination);
            GC.KeepAlive(this);
            return;
        }

        float* tile = stackalloc float[BlockedMatrix.BlockSize];
        for (int row = 0; row < rows; row += BlockedMatrix.Width)
        {
            float* source = _outputs + (row / BlockedMatrix.Width * _outputsStride);
            int count = Math.Min(BlockedMatrix.Width, rows - row);
            if (size == 1)
            {
                new ReadOnlySpan<float>(source, count).CopyTo(destination[row..]);
                continue;
            }

            for (int first = 0; first < size; first += BlockedMatrix.Width)
            {
                int width = Math.Min(BlockedMatrix.Width, size - first);
                TLanes.Transpose(source + (first * BlockedMatrix.Width), tile);
                for (int r = 0; r < count; r++)
                    new ReadOnlySpan<float>(tile + (r * BlockedMatrix.Width), width).CopyTo(destination.Slice(((row + r) * size) + first, width));
            }
        }

        GC.KeepAlive(this);
    }

    public override void Normalize(int rows)
    {
        int size = _layers[^1].Outputs;
        if (_outputStep == 1)
        {
            NormalizeRow(_outputs, size);
        }
        else
        {
            for (int row = 0; row < rows; row += TLanes.Count)
                NormalizeRows(_outputs + (row / BlockedMatrix.Width * _outputsStride) + (row % BlockedMatrix.Width), size);
        }

        GC.KeepAlive(this);
    }

    public override void Squash(int rows)
    {
        if (_outputStep == 1)
        {
            Activations<TLanes, float>.Apply(Activation.Sigmoid, _outputs, null, BlockedMatrix.Width);
        }
        else
        {
            for (int row = 0; row < rows; row += BlockedMatrix.Width)
                Activations<TLanes, float>.Apply(Activation.Sigmoid, _outputs + (row / BlockedMatrix.Width * _outputsStride), null, BlockedMatrix.Width);
        }

        GC.KeepAlive(this);
    }

    /// <summary>p_k = e^(z_k − max z) / Σ_j e^(z_j − max z), one row in each lane. A NaN makes all of them NaN.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void NormalizeRows(float* logits, int size)
    {
        float* end = logits + (size * BlockedMatrix.Width);
        var largest = TLanes.Load(logits);
        for (float* z = logits; z < end; z += BlockedMatrix.Width)
            largest = TLanes.Max(largest, TLanes.Load(z));
        var sum = TLanes.Create(0.0);
        for (float* z = logits; z < end; z += BlockedMatrix.Width)
        {
            var power = TLanes.Exp(TLanes.Load(z) - largest);
            sum += power;
            TLanes.Store(power, z);
        }

        for (float* z = logits; z < end; z += BlockedMatrix.Width)
            TLanes.Store(TLanes.Load(z) / sum, z);
    }

    /// <summary>The same for one row, its logits next to each other and padded to a whole panel: the sum runs in the same order.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void NormalizeRow(float* logits, int size)
    {
        float largest = logits[0];
        for (int k = 1; k < size; k++)
            largest = MathF.Max(largest, logits[k]);
        for (int k = 0; k < size; k += TLanes.Count)
            TLanes.Store(TLanes.Exp(TLanes.Load(logits + k) - TLanes.Create(largest)), logits + k);
        float sum = 0;
        for (int k = 0; k < size; k++)
            sum += logits[k];
        for (int k = 0; k < size; k += TLanes.Count)
            TLanes.Store(TLanes.Load(logits + k) / TLanes.Create(sum), logits + k);
    }
}
