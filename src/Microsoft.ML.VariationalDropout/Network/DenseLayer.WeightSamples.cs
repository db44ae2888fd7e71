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
    internal const int LayerBits = 7;

    private readonly BlockedMatrix<T>? _sampledWeights;

    /// <summary>sqrt(α), as α is laid out; nothing where each weight has its own.</summary>
    private readonly AlignedBuffer<T> _dropoutDeviations;

    /// <summary>0, 1, 2, …: part of the noise's counter for each input.</summary>
    private readonly AlignedBuffer<uint> _inputNumbers;

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
        T* noise = stackalloc T[BlockedMatrix.BlockSize];
        new Span<T>(tile, BlockedMatrix.BlockSize).Clear();
        if (IsSparse)
        {
            MultiplySparseSampledWeights(panel, row, noise, tile);
            return;
        }

        for (int block = 0; block < InputPanels; block++)
        {
            T* weights = WeightMatrix.At(panel, block * BlockedMatrix.Width);
            for (int r = 0; r < BlockedMatrix.Width; r++)
            {
                uint id = _rowIds[row + r];
                T* z = tile + (r * BlockedMatrix.Width), a = Input.At(block, row + r);
                if (id == uint.MaxValue || AreZero(a))
                    continue;
                FillWeightNoise(block, panel, id, noise, null);
                for (int column = 0; column < BlockedMatrix.Width; column += TLanes.Count)
                {
                    var sum = TLanes.Load(z + column);
                    for (int i = 0; i < BlockedMatrix.Width; i++)
                    {
                        int place = (i * BlockedMatrix.Width) + column;
                        sum = TLanes.MultiplyAdd(TLanes.Create(a[i]), TLanes.Load(weights + place) + TLanes.Load(noise + place), sum);
                    }

                    TLanes.Store(sum, z + column);
                }
            }
        }
    }

    /// <summary>
    /// All that a block of inputs needs of the rows' own draws on the way back, so that they are drawn once: dL/dA = G Wᵀ for all rows, to
    /// <paramref name="previous"/>, and the gradients of its weights.
    /// </summary>
    /// <param name="block">Block of 16 inputs.</param>
    /// <param name="rows">Rows of the minibatch, padded to 16.</param>
    /// <param name="klScale">Weight of the KL in the loss: β / N.</param>
    /// <param name="scratch">[2 × OutputPanels][16][16].</param>
    /// <param name="previous">The layer below, or null at the input.</param>
    /// <param name="consumer">Where the gradient goes.</param>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void BackwardSampled(int block, int rows, double klScale, T* scratch, DenseLayer<TLanes, T>? previous, GradientConsumer<T> consumer)
    {
        T* tiles = stackalloc T[BlockedMatrix.Width * BlockedMatrix.BlockSize];
        T* products = previous is null ? null : tiles;
        T* tile = stackalloc T[BlockedMatrix.BlockSize];
        T* gradients = scratch, logVarianceGradients = scratch + ((nint)OutputPanels * BlockedMatrix.BlockSize);
        new Span<T>(scratch, 2 * OutputPanels * BlockedMatrix.BlockSize).Clear();
        for (int row = 0; row < rows; row += BlockedMatrix.Width)
        {
            new Span<T>(tiles, BlockedMatrix.Width * BlockedMatrix.BlockSize).Clear();
            for (int p = 0; p < OutputPanels; p++)
                AddSampledBlock(block, p, row, gradients + (p * BlockedMatrix.BlockSize), logVarianceGradients + (p * BlockedMatrix.BlockSize), products);
            if (previous is null)
                continue;

            for (int i = 0; i < BlockedMatrix.BlockSize; i++)
            {
                double sum = 0;
                for (int j = 0; j < BlockedMatrix.Width; j++)
                    sum += Number<T>.ToDouble(products[(i * BlockedMatrix.Width) + j]);
                tile[i] = Number<T>.FromDouble(sum);
            }

            FinishInputGradient(block, row, tile, null, previous);
        }

        for (int p = 0; p < OutputPanels; p++)
        {
            if (Posterior == WeightPosterior.Gaussian)
                FillVarianceBlock(block, p, tile);
            AcceptWeightGradient(block, p, klScale, tile, gradients + (p * BlockedMatrix.BlockSize), logVarianceGradients + (p * BlockedMatrix.BlockSize), consumer);
        }
    }

    /// <summary>Whether 16 inputs of a row are zero, as those of an image's border are: what is drawn for their weights then changes nothing.</summary>
    private static bool AreZero(T* inputs) => !new ReadOnlySpan<byte>(inputs, BlockedMatrix.Width * sizeof(T)).ContainsAnyExcept((byte)0);

    /// <summary>What 16 rows with weights of their own add to the gradients of a block of weights, and to the products that sum up to the rows' dL/dA, [16 rows][16 inputs][16], unless they are null.</summary>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void AddSampledBlock(int block, int panel, int row, T* gradient, T* logVarianceGradient, T* products)
    {
        T* noise = stackalloc T[BlockedMatrix.BlockSize];
        T* slope = stackalloc T[BlockedMatrix.BlockSize];
        T* weights = WeightMatrix.At(panel, block * BlockedMatrix.Width);
        var half = TLanes.Create(0.5);
        for (int r = 0; r < BlockedMatrix.Width; r++)
        {
            uint id = _rowIds[row + r];
            T* a = Input.At(block, row + r), g = OutputGradient.At(panel, row + r);
            if (id == uint.MaxValue || (products == null && AreZero(a)))
                continue;
            FillWeightNoise(block, panel, id, noise, slope);
            T* product = products + (r * BlockedMatrix.BlockSize);
            for (int column = 0; column < BlockedMatrix.Width; column += TLanes.Count)
            {
                var output = TLanes.Load(g + column);
                for (int i = 0; i < BlockedMatrix.Width; i++)
                {
                    int place = (i * BlockedMatrix.Width) + column;
                    var n = TLanes.Load(noise + place);
                    var drawn = TLanes.Create(a[i]) * output;
                    if (products != null)
                        TLanes.Store(TLanes.MultiplyAdd(output, TLanes.Load(weights + place) + n, TLanes.Load(product + place)), product + place);
                    TLanes.Store(TLanes.MultiplyAdd(drawn, TLanes.Load(slope + place), TLanes.Load(gradient + place)), gradient + place);
                    TLanes.Store(TLanes.MultiplyAdd(half * drawn, n, TLanes.Load(logVarianceGradient + place)), logVarianceGradient + place);
                }
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

    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void SumSparseSampledWeightGradients(int block, int panel, T* gradient, T* logVarianceGradient)
    {
        T* noise = stackalloc T[BlockedMatrix.BlockSize];
        T* slope = stackalloc T[BlockedMatrix.BlockSize];
        new Span<T>(gradient, BlockedMatrix.BlockSize).Clear();
        new Span<T>(logVarianceGradient, BlockedMatrix.BlockSize).Clear();
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
        TLanes.FillNormals(
            new NoiseCounters
            {
                Seed = _seed,
                Stream = NoiseStream.WeightNoise,
                Step = row,
                Layer = (uint)Index | (_step << LayerBits),
                Panel = (uint)panel,
                Rows = _inputNumbers.Pointer + (block * BlockedMatrix.Width),
            },
            noise);

        bool isGaussian = Posterior == WeightPosterior.Gaussian;
        T* weights = WeightMatrix.At(panel, block * BlockedMatrix.Width);
        T* logVariances = isGaussian ? _logVarianceMatrix!.At(panel, block * BlockedMatrix.Width) : null;
        var one = TLanes.Create(1.0);
        for (int i = 0; i < BlockedMatrix.BlockSize; i += TLanes.Count)
        {
            var deviation = isGaussian
                ? TLanes.Exp(TLanes.Create(0.5) * TLanes.Load(logVariances + i))
                : DropoutDeviationLanes(block, panel, i);
            var n = deviation * TLanes.Load(noise + i);
            if (slope != null)
                TLanes.Store(isGaussian ? one : one + n, slope + i);
            TLanes.Store(isGaussian ? n : n * TLanes.Load(weights + i), noise + i);
        }

        // The padding of a Gaussian posterior has a variance too.
        ClearPaddingRows(block, noise);
        ClearPaddingColumns(panel, noise);
    }

    /// <summary>The roots of α, once a step: a root for each weight of each row would take as long as a quarter of its noise.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void FillDropoutDeviations()
    {
        for (int n = 0; n < _dropoutDeviations.Length; n += TLanes.Count)
            TLanes.Store(TLanes.Sqrt(TLanes.Load(_dropoutVariances.Pointer + n)), _dropoutDeviations.Pointer + n);
    }

    /// <summary>sqrt(α) for position <paramref name="i"/> of a weight block and the lanes after it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private TLanes DropoutDeviationLanes(int block, int panel, int i)
        => Sharing == DropoutVarianceSharing.Weight ? TLanes.Sqrt(DropoutVarianceLanes(block, panel, i)) : SharedLanes(_dropoutDeviations.Pointer, block, panel, i);
}
