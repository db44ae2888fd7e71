using System.Runtime.CompilerServices;
using Microsoft.ML.Trainers.VariationalDropout.Numerics;

namespace Microsoft.ML.Trainers.VariationalDropout.Network;

internal sealed unsafe partial class DenseLayer<TLanes, T>
{
    private readonly AlignedBuffer<T> _outputGradientTransposed;
    private readonly BlockedMatrix<T>? _varianceGradient;
    private readonly AlignedBuffer<T>? _varianceGradientTransposed;

    /// <summary>G = dL/dZ, [rows × Outputs].</summary>
    public BlockedMatrix<T> OutputGradient { get; }

    /// <summary>Takes a tile of G and derives dΔ = G ζ / (2 sqrt(Δ + ε)); both are kept as they are and, for the products of a dense layer, transposed.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void StoreOutputGradient(int panel, int row, T* tile)
    {
        T* gradient = OutputGradient.At(panel, row);
        for (int i = 0; i < BlockedMatrix.BlockSize; i += TLanes.Count)
            TLanes.Store(TLanes.Load(tile + i), gradient + i);
        if (!IsSparse)
            TileProduct<TLanes, T>.Transpose(gradient, TransposedTile(_outputGradientTransposed, panel, row));
        if (Form != NoiseForm.Outputs)
            return;

        T* variance = _varianceGradient!.At(panel, row);
        T* slope = _noiseSlope!.At(panel, row);
        for (int i = 0; i < BlockedMatrix.BlockSize; i += TLanes.Count)
            TLanes.Store(TLanes.Load(gradient + i) * TLanes.Load(slope + i), variance + i);
        if (!IsSparse)
            TileProduct<TLanes, T>.Transpose(variance, TransposedTile(_varianceGradientTransposed!, panel, row));
    }

    /// <summary>
    /// dL/dA for one panel of inputs and all rows, tile by tile to <paramref name="previous"/> (times its slope); with noise on the inputs also
    /// d log α_i = ½ sqrt(α_i) Σ_m D_mi A_mi ξ_mi with D = Gθᵀ.
    /// </summary>
    /// <param name="panel">Panel of 16 inputs.</param>
    /// <param name="rows">Rows of the minibatch, padded to 16.</param>
    /// <param name="scratch">[padded Outputs × 16].</param>
    /// <param name="previous">The layer below, or null at the input.</param>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void BackwardInput(int panel, int rows, T* scratch, DenseLayer<TLanes, T>? previous)
    {
        T* transposed = stackalloc T[BlockedMatrix.BlockSize];
        T* tile = stackalloc T[BlockedMatrix.BlockSize];
        T* varianceTile = stackalloc T[BlockedMatrix.BlockSize];
        T* sums = stackalloc T[BlockedMatrix.Width];
        new Span<T>(sums, BlockedMatrix.Width).Clear();
        if (Form == NoiseForm.Outputs)
        {
            for (int p = 0; p < OutputPanels; p++)
                FillVarianceBlock(panel, p, scratch + (p * BlockedMatrix.BlockSize));
        }

        var matrix = ForwardWeights;
        for (int row = 0; row < rows; row += BlockedMatrix.Width)
        {
            if (Form == NoiseForm.SeparateWeights)
            {
                MultiplySampledWeightsTransposed(panel, row, tile);
            }
            else
            {
                TileProduct<TLanes, T>.Multiply(matrix.At(0, panel * BlockedMatrix.Width), matrix.PanelStride, TransposedTile(_outputGradientTransposed, 0, row), Outputs, transposed);
                TileProduct<TLanes, T>.Transpose(transposed, tile);
            }

            if (Form == NoiseForm.Inputs)
            {
                T* noise = _inputNoise!.At(panel, row);
                T* factor = _logVarianceFactor is null ? null : _logVarianceFactor.At(panel, row);
                for (int i = 0; i < BlockedMatrix.BlockSize; i += TLanes.Count)
                {
                    var d = TLanes.Load(tile + i);
                    TLanes.Store(d * TLanes.Load(noise + i), tile + i);
                    if (factor == null)
                        continue;
                    T* sum = sums + (i % BlockedMatrix.Width);
                    TLanes.Store(TLanes.MultiplyAdd(d, TLanes.Load(factor + i), TLanes.Load(sum)), sum);
                }
            }
            else if (Form == NoiseForm.Outputs)
            {
                TileProduct<TLanes, T>.Multiply(scratch, BlockedMatrix.BlockSize, TransposedTile(_varianceGradientTransposed!, 0, row), Outputs, transposed);
                TileProduct<TLanes, T>.Transpose(transposed, varianceTile);
                T* input = Input.At(panel, row);
                for (int i = 0; i < BlockedMatrix.BlockSize; i += TLanes.Count)
                {
                    var a = TLanes.Load(input + i);
                    TLanes.Store(TLanes.MultiplyAdd(a + a, TLanes.Load(varianceTile + i), TLanes.Load(tile + i)), tile + i);
                }
            }

            if (previous is null)
                continue;

            T* slopes = previous.Slopes.At(panel, row);
            for (int i = 0; i < BlockedMatrix.BlockSize; i += TLanes.Count)
                TLanes.Store(TLanes.Load(tile + i) * TLanes.Load(slopes + i), tile + i);
            previous.StoreOutputGradient(panel, row, tile);
        }

        if (NeedsInputGradient)
        {
            for (int i = 0; i < BlockedMatrix.Width; i++)
                _partialSums[(panel * BlockedMatrix.Width) + i] = Number<T>.ToDouble(sums[i]);
        }
    }

    /// <summary>
    /// The gradient of one block of weights and of what belongs to its log-variances, handed to <paramref name="consumer"/> while it is hot.
    /// </summary>
    /// <param name="block">Block of 16 inputs.</param>
    /// <param name="panel">Panel of 16 outputs.</param>
    /// <param name="rows">Rows of the minibatch, padded to 16.</param>
    /// <param name="klScale">Weight of the KL in the loss: β / N.</param>
    /// <param name="consumer">Where the gradient goes.</param>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void BackwardWeights(int block, int panel, int rows, double klScale, GradientConsumer<T> consumer)
    {
        if (IsAtRest(block, panel))
            return;

        T* gradient = stackalloc T[BlockedMatrix.BlockSize];
        T* logVarianceGradient = stackalloc T[BlockedMatrix.BlockSize];
        T* variances = stackalloc T[BlockedMatrix.BlockSize];
        bool isGaussian = Posterior == WeightPosterior.Gaussian;
        if (isGaussian)
            FillVarianceBlock(block, panel, variances);

        if (Form == NoiseForm.SeparateWeights)
        {
            SumSampledWeightGradients(block, panel, rows, gradient, logVarianceGradient);
        }
        else
        {
            MultiplyInputTransposed(block, panel, rows, gradient);
            if (Form == NoiseForm.Outputs)
                AddVarianceGradient(block, panel, rows, variances, gradient, logVarianceGradient);
            else if (Form == NoiseForm.SharedWeights)
                SplitSampledWeightGradient(block, panel, gradient, logVarianceGradient);
            else if (isGaussian)
                new Span<T>(logVarianceGradient, BlockedMatrix.BlockSize).Clear();
        }

        nint offset = (panel * WeightMatrix.PanelStride) + ((nint)block * BlockedMatrix.BlockSize);
        if (isGaussian)
            AddGaussianSlopes(block, panel, klScale, variances, gradient, logVarianceGradient);
        if (IsLearned && !Posterior.IsOnInputs())
        {
            if (Sharing == DropoutVarianceSharing.Weight)
                AcceptLogVarianceBlock(block, panel, offset, isGaussian ? 0 : klScale, logVarianceGradient, consumer);
            else
                SumLogVarianceBlock(block, panel, logVarianceGradient);
        }

        ClearPaddingRows(block, gradient);
        consumer.Accept(Weights, offset, gradient, BlockedMatrix.BlockSize);
    }

    /// <summary>The gradient of 16 biases: the sum of G over the rows.</summary>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void BackwardBiases(int panel, int rows, GradientConsumer<T> consumer)
    {
        T* gradient = stackalloc T[BlockedMatrix.Width];
        T* source = OutputGradient.At(panel, 0);
        for (int column = 0; column < BlockedMatrix.Width; column += TLanes.Count)
        {
            var sum = TLanes.Create(0.0);
            for (nint row = 0; row < rows; row++)
                sum += TLanes.Load(source + (row * BlockedMatrix.Width) + column);
            TLanes.Store(sum, gradient + column);
        }

        consumer.Accept(Biases, panel * BlockedMatrix.Width, gradient, BlockedMatrix.Width);
    }

    /// <summary>Adds up, in a fixed order, what the tiles left for d log α, adds the KL, and hands the gradient on.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void BackwardLogVariances(double klScale, GradientConsumer<T> consumer)
    {
        if (!IsLearned || Sharing == DropoutVarianceSharing.Weight)
            return;

        T* gradient = _logVarianceGradient.Pointer;
        for (int n = 0; n < LogVarianceCount; n++)
            gradient[n] = Number<T>.FromDouble(PartialSum(n));
        var scale = TLanes.Create(klScale * TermsPerLogVariance);
        for (int n = 0; n < _logVarianceGradient.Length; n += TLanes.Count)
        {
            var slope = _divergence.Slope<TLanes, T>(TLanes.Load(LogVariances.Values.Pointer + n));
            TLanes.Store(TLanes.MultiplyAdd(scale, slope, TLanes.Load(gradient + n)), gradient + n);
        }

        _logVarianceGradient.Span[LogVarianceCount..].Clear();
        consumer.Accept(LogVariances, 0, _logVarianceGradient.Pointer, _logVarianceGradient.Length);
    }

    /// <summary>AᵀG of a block, with A s for A where the noise is on the inputs.</summary>
    private void MultiplyInputTransposed(int block, int panel, int rows, T* gradient)
    {
        if (IsSparse)
            MultiplySparseTransposed(block, panel, gradient);
        else
            TileProduct<TLanes, T>.MultiplyTransposed(Input.At(block, 0), OutputGradient.At(panel, 0), rows, gradient);
    }

    /// <summary>Local reparameterization: with S = (A²)ᵀ dΔ, dθ gains 2αθ S (nothing where σ² is free), and d log σ² or d log α is σ² S.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void AddVarianceGradient(int block, int panel, int rows, T* variances, T* gradient, T* logVarianceGradient)
    {
        T* sums = stackalloc T[BlockedMatrix.BlockSize];
        if (IsSparse)
            MultiplySparseSquaresTransposed(block, panel, sums);
        else
            TileProduct<TLanes, T>.MultiplyTransposed(_inputSquared!.At(block, 0), _varianceGradient!.At(panel, 0), rows, sums);
        T* weights = WeightMatrix.At(panel, block * BlockedMatrix.Width);
        if (Posterior == WeightPosterior.Gaussian)
        {
            for (int i = 0; i < BlockedMatrix.BlockSize; i += TLanes.Count)
                TLanes.Store(TLanes.Load(variances + i) * TLanes.Load(sums + i), logVarianceGradient + i);
            return;
        }

        for (int i = 0; i < BlockedMatrix.BlockSize; i += TLanes.Count)
        {
            var scaled = DropoutVarianceLanes(block, panel, i) * TLanes.Load(weights + i) * TLanes.Load(sums + i);
            TLanes.Store(TLanes.Load(gradient + i) + scaled + scaled, gradient + i);
            TLanes.Store(scaled * TLanes.Load(weights + i), logVarianceGradient + i);
        }
    }

    private double PartialSum(int n)
    {
        if (Sharing == DropoutVarianceSharing.Layer)
            return Sum(_partialSums, 0, 1, _partialSums.Length);
        if (Posterior.IsOnInputs())
            return _partialSums[n];

        // [panel][input] for one α per input, [block][output] with the panel's 16 outputs side by side for one α per output.
        return Sharing == DropoutVarianceSharing.InputUnit
            ? Sum(_partialSums, n, InputPanels * BlockedMatrix.Width, OutputPanels)
            : Sum(_partialSums, n, OutputPanels * BlockedMatrix.Width, InputPanels);
    }

    private static double Sum(double[] values, int first, int stride, int count)
    {
        double sum = 0;
        for (int i = 0; i < count; i++)
            sum += values[first + (i * stride)];
        return sum;
    }

    private void SumLogVarianceBlock(int block, int panel, T* values)
    {
        Span<double> destination = Sharing switch
        {
            DropoutVarianceSharing.Layer => _partialSums.AsSpan((panel * InputPanels) + block, 1),
            DropoutVarianceSharing.InputUnit => _partialSums.AsSpan(((panel * InputPanels) + block) * BlockedMatrix.Width, BlockedMatrix.Width),
            _ => _partialSums.AsSpan(((block * OutputPanels) + panel) * BlockedMatrix.Width, BlockedMatrix.Width),
        };
        destination.Clear();
        for (int i = 0; i < BlockedMatrix.BlockSize; i++)
        {
            int n = Sharing switch { DropoutVarianceSharing.Layer => 0, DropoutVarianceSharing.InputUnit => i / BlockedMatrix.Width, _ => i % BlockedMatrix.Width };
            destination[n] += Number<T>.ToDouble(values[i]);
        }
    }

    /// <summary>Hands on the gradient of a block of log-variances; <paramref name="klScale"/> is 0 where the divergence is in it already.</summary>
    private void AcceptLogVarianceBlock(int block, int panel, nint offset, double klScale, T* gradient, GradientConsumer<T> consumer)
    {
        if (klScale != 0)
        {
            T* logVariances = LogVariances.Values.Pointer + offset;
            var scale = TLanes.Create(klScale);
            for (int i = 0; i < BlockedMatrix.BlockSize; i += TLanes.Count)
            {
                var slope = _divergence.Slope<TLanes, T>(TLanes.Load(logVariances + i));
                TLanes.Store(TLanes.MultiplyAdd(scale, slope, TLanes.Load(gradient + i)), gradient + i);
            }
        }

        ClearPaddingRows(block, gradient);
        ClearPaddingColumns(panel, gradient);
        consumer.Accept(LogVariances, offset, gradient, BlockedMatrix.BlockSize);
    }

    /// <summary>Padding rows of the weights must stay zero whatever the padding columns of the input hold.</summary>
    private void ClearPaddingRows(int block, T* tile)
    {
        int valid = Inputs - (block * BlockedMatrix.Width);
        if (valid < BlockedMatrix.Width)
            new Span<T>(tile + (valid * BlockedMatrix.Width), (BlockedMatrix.Width - valid) * BlockedMatrix.Width).Clear();
    }

    /// <summary>Transposed gradients lie as [row / 16][output][row % 16].</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private T* TransposedTile(AlignedBuffer<T> buffer, int panel, int row)
        => buffer.Pointer + ((nint)row * OutputPanels * BlockedMatrix.Width) + (panel * BlockedMatrix.BlockSize);
}
