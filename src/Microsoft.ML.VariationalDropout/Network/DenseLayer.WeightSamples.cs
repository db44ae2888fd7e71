using System.Runtime.CompilerServices;
using Microsoft.ML.Trainers.VariationalDropout.Numerics;

namespace Microsoft.ML.Trainers.VariationalDropout.Network;

/// <summary>
/// Drawn weights W = θ + n: n = θ sqrt(α) E for multiplicative noise, n = σE for the Gaussian posterior. Backward, with dW the gradient of
/// a draw: dθ = dW (1 + sqrt(α) E) or dW, and d log α or d log σ² = ½ dW n.
/// </summary>
/// <remarks>
/// The noise of weight (i, j) is a function of (seed, step, layer, i, j) and, for separate draws, of the row: it is drawn again where it is
/// needed, and never stored for a row.
/// </remarks>
internal sealed unsafe partial class DenseLayer<TLanes, T>
{
    /// <summary>Bits of the noise's counter that hold the layer; the step has the others.</summary>
    private const int LayerBits = 7;

    private readonly BlockedMatrix<T>? _sampledWeights;

    /// <summary>Draws one panel of the W that the minibatch shares; once a step, after <see cref="PrepareStep"/>.</summary>
    [SkipLocalsInit]
    public void SampleWeightPanel(int panel)
    {
        T* noise = stackalloc T[BlockedMatrix.BlockSize];
        for (int block = 0; block < InputPanels; block++)
        {
            FillWeightNoise(block, panel, uint.MaxValue, noise, null);
            AddToWeights(block, panel, noise, _sampledWeights!.At(panel, block * BlockedMatrix.Width));
        }
    }

    /// <summary>Z without the bias, for 16 rows with weights of their own.</summary>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void MultiplySampledWeights(int panel, int row, T* tile)
    {
        T* weights = stackalloc T[BlockedMatrix.BlockSize];
        new Span<T>(tile, BlockedMatrix.BlockSize).Clear();
        if (IsSparse)
        {
            MultiplySparseSampledWeights(panel, row, weights, tile);
            return;
        }

        for (int r = 0; r < BlockedMatrix.Width; r++)
        {
            uint id = _rowIds[row + r];
            if (id == uint.MaxValue)
                continue;
            T* z = tile + (r * BlockedMatrix.Width);
            for (int block = 0; block < InputPanels; block++)
            {
                FillWeightNoise(block, panel, id, weights, null);
                AddToWeights(block, panel, weights, weights);
                T* a = Input.At(block, row + r);
                for (int i = 0; i < BlockedMatrix.Width; i++)
                {
                    var factor = TLanes.Create(a[i]);
                    for (int column = 0; column < BlockedMatrix.Width; column += TLanes.Count)
                        TLanes.Store(TLanes.MultiplyAdd(factor, TLanes.Load(weights + (i * BlockedMatrix.Width) + column), TLanes.Load(z + column)), z + column);
                }
            }
        }
    }

    /// <summary>dL/dA = G Wᵀ for 16 rows with weights of their own and a panel of inputs.</summary>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void MultiplySampledWeightsTransposed(int panel, int row, T* tile)
    {
        T* weights = stackalloc T[BlockedMatrix.BlockSize];
        T* products = stackalloc T[BlockedMatrix.BlockSize];
        new Span<T>(tile, BlockedMatrix.BlockSize).Clear();
        for (int r = 0; r < BlockedMatrix.Width; r++)
        {
            uint id = _rowIds[row + r];
            if (id == uint.MaxValue)
                continue;
            new Span<T>(products, BlockedMatrix.BlockSize).Clear();
            for (int p = 0; p < OutputPanels; p++)
            {
                FillWeightNoise(panel, p, id, weights, null);
                AddToWeights(panel, p, weights, weights);
                T* g = OutputGradient.At(p, row + r);
                for (int i = 0; i < BlockedMatrix.BlockSize; i += TLanes.Count)
                    TLanes.Store(TLanes.MultiplyAdd(TLanes.Load(g + (i % BlockedMatrix.Width)), TLanes.Load(weights + i), TLanes.Load(products + i)), products + i);
            }

            for (int i = 0; i < BlockedMatrix.Width; i++)
            {
                double sum = 0;
                for (int j = 0; j < BlockedMatrix.Width; j++)
                    sum += Number<T>.ToDouble(products[(i * BlockedMatrix.Width) + j]);
                tile[(r * BlockedMatrix.Width) + i] = Number<T>.FromDouble(sum);
            }
        }
    }

    /// <summary>The gradients of a block, summed over the rows' own draws.</summary>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void SumSampledWeightGradients(int block, int panel, int rows, T* gradient, T* logVarianceGradient)
    {
        T* noise = stackalloc T[BlockedMatrix.BlockSize];
        T* slope = stackalloc T[BlockedMatrix.BlockSize];
        new Span<T>(gradient, BlockedMatrix.BlockSize).Clear();
        new Span<T>(logVarianceGradient, BlockedMatrix.BlockSize).Clear();
        if (IsSparse)
        {
            SumSparseSampledWeightGradients(block, panel, noise, slope, gradient, logVarianceGradient);
            return;
        }

        var half = TLanes.Create(0.5);
        for (int row = 0; row < rows; row++)
        {
            uint id = _rowIds[row];
            if (id == uint.MaxValue)
                continue;
            FillWeightNoise(block, panel, id, noise, slope);
            T* a = Input.At(block, row);
            T* g = OutputGradient.At(panel, row);
            for (int i = 0; i < BlockedMatrix.BlockSize; i += TLanes.Count)
            {
                var drawn = TLanes.Create(a[i / BlockedMatrix.Width]) * TLanes.Load(g + (i % BlockedMatrix.Width));
                TLanes.Store(TLanes.MultiplyAdd(drawn, TLanes.Load(slope + i), TLanes.Load(gradient + i)), gradient + i);
                TLanes.Store(TLanes.MultiplyAdd(half * drawn, TLanes.Load(noise + i), TLanes.Load(logVarianceGradient + i)), logVarianceGradient + i);
            }
        }
    }

    /// <summary>The same for sparse rows: a block of weights is drawn once for the entries of a row that lie in it.</summary>
    private void MultiplySparseSampledWeights(int panel, int row, T* weights, T* tile)
    {
        for (int r = 0; r < BlockedMatrix.Width; r++)
        {
            int drawn = -1;
            for (int n = _sparse!.RowStarts[row + r]; n < _sparse.RowStarts[row + r + 1]; n++)
            {
                int input = _sparse.Indices.Pointer[n], block = input / BlockedMatrix.Width;
                if (block != drawn)
                {
                    FillWeightNoise(block, panel, _rowIds[row + r], weights, null);
                    AddToWeights(block, panel, weights, weights);
                    drawn = block;
                }

                SparseProduct<TLanes, T>.AddScaled(_sparse.Values.Pointer[n], weights + (input % BlockedMatrix.Width * BlockedMatrix.Width), tile + (r * BlockedMatrix.Width));
            }
        }
    }

    private void SumSparseSampledWeightGradients(int block, int panel, T* noise, T* slope, T* gradient, T* logVarianceGradient)
    {
        int drawn = -1;
        var half = TLanes.Create(0.5);
        for (int e = _sparse!.BlockStarts[block]; e < _sparse.BlockStarts[block + 1]; e++)
        {
            int entry = _sparse.EntriesByBlock.Pointer[e];
            int row = _sparse.Rows.Pointer[entry], offset = _sparse.Indices.Pointer[entry] % BlockedMatrix.Width * BlockedMatrix.Width;
            if (row != drawn)
            {
                FillWeightNoise(block, panel, _rowIds[row], noise, slope);
                drawn = row;
            }

            T* g = OutputGradient.At(panel, row);
            for (int column = 0; column < BlockedMatrix.Width; column += TLanes.Count)
            {
                int i = offset + column;
                var dw = TLanes.Create(_sparse.Values.Pointer[entry]) * TLanes.Load(g + column);
                TLanes.Store(TLanes.MultiplyAdd(dw, TLanes.Load(slope + i), TLanes.Load(gradient + i)), gradient + i);
                TLanes.Store(TLanes.MultiplyAdd(half * dw, TLanes.Load(noise + i), TLanes.Load(logVarianceGradient + i)), logVarianceGradient + i);
            }
        }
    }

    /// <summary>Turns dW of the shared draw, in <paramref name="gradient"/>, into dθ and the gradient of the log-variances.</summary>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void SplitSampledWeightGradient(int block, int panel, T* gradient, T* logVarianceGradient)
    {
        T* noise = stackalloc T[BlockedMatrix.BlockSize];
        T* slope = stackalloc T[BlockedMatrix.BlockSize];
        FillWeightNoise(block, panel, uint.MaxValue, noise, slope);
        var half = TLanes.Create(0.5);
        for (int i = 0; i < BlockedMatrix.BlockSize; i += TLanes.Count)
        {
            var drawn = TLanes.Load(gradient + i);
            TLanes.Store(drawn * TLanes.Load(slope + i), gradient + i);
            TLanes.Store(half * drawn * TLanes.Load(noise + i), logVarianceGradient + i);
        }
    }

    private void AddToWeights(int block, int panel, T* noise, T* destination)
    {
        T* weights = WeightMatrix.At(panel, block * BlockedMatrix.Width);
        for (int i = 0; i < BlockedMatrix.BlockSize; i += TLanes.Count)
            TLanes.Store(TLanes.Load(weights + i) + TLanes.Load(noise + i), destination + i);
    }

    /// <summary>n of a block of weights for a row, or for all (<see cref="uint.MaxValue"/>), and dW/dθ unless <paramref name="slope"/> is null.</summary>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void FillWeightNoise(int block, int panel, uint row, T* noise, T* slope)
    {
        uint* inputs = stackalloc uint[BlockedMatrix.Width];
        for (int i = 0; i < BlockedMatrix.Width; i++)
            inputs[i] = (uint)((block * BlockedMatrix.Width) + i);
        TLanes.FillNormals(
            new NoiseCounters { Seed = _seed, Stream = NoiseStream.WeightNoise, Step = row, Layer = (uint)Index | (_step << LayerBits), Panel = (uint)panel, Rows = inputs },
            noise);

        bool isGaussian = Posterior == WeightPosterior.Gaussian;
        T* weights = WeightMatrix.At(panel, block * BlockedMatrix.Width);
        T* logVariances = isGaussian ? _logVarianceMatrix!.At(panel, block * BlockedMatrix.Width) : null;
        var one = TLanes.Create(1.0);
        for (int i = 0; i < BlockedMatrix.BlockSize; i += TLanes.Count)
        {
            var deviation = isGaussian
                ? TLanes.Exp(TLanes.Create(0.5) * TLanes.Load(logVariances + i))
                : TLanes.Sqrt(DropoutVarianceLanes(block, panel, i));
            var n = deviation * TLanes.Load(noise + i);
            if (slope != null)
                TLanes.Store(isGaussian ? one : one + n, slope + i);
            TLanes.Store(isGaussian ? n : n * TLanes.Load(weights + i), noise + i);
        }

        // The padding of a Gaussian posterior has a variance too.
        ClearPaddingRows(block, noise);
        ClearPaddingColumns(panel, noise);
    }
}
