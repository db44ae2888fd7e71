using System.Runtime.CompilerServices;
using Microsoft.ML.Trainers.VariationalDropout.Numerics;

namespace Microsoft.ML.Trainers.VariationalDropout.Network;

internal sealed unsafe partial class DenseLayer<TLanes, T>
{
    /// <summary>Blocks that belong to one group of panels of weights: values, moments and averages of means and log-variances.</summary>
    private const int AnnouncedRuns = 8 * TileProduct<TLanes, T>.PanelGroup;

    private readonly TransposedGradients<T> _transposed;

    /// <summary>G = dL/dZ, [rows × Outputs]: it takes the place of the slopes, once these have been used.</summary>
    public BlockedMatrix<T> OutputGradient => Slopes;

    /// <summary>dΔ, [rows × Outputs]: in the same way.</summary>
    private BlockedMatrix<T> VarianceGradient => _noiseSlope!;

    /// <summary>Whether few outputs are taken back with the inputs in the lanes.</summary>
    private bool IsNarrow => Outputs <= NarrowGradient<TLanes, T>.MaximumColumns && !IsSparse && Form != NoiseForm.SeparateWeights;

    /// <summary>Whether the gradient of the inputs is wanted, and computed from transposed gradients of the outputs.</summary>
    private bool NeedsTransposed => !IsSparse && !IsNarrow && Form != NoiseForm.SeparateWeights && (Index > 0 || NeedsInputGradient);

    /// <summary>Takes a tile of G and derives dΔ = G ζ / (2 sqrt(Δ + ε)); both are kept as they are and, where the inputs' gradient wants it, transposed.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void StoreOutputGradient(int panel, int row, T* tile)
    {
        T* gradient = OutputGradient.At(panel, row);
        if (Form != NoiseForm.Outputs)
        {
            for (int i = 0; i < BlockedMatrix.BlockSize; i += TLanes.Count)
                TLanes.Store(TLanes.Load(tile + i), gradient + i);
            if (NeedsTransposed)
                TLanes.Transpose(tile, TransposedTile(_transposed.Means, panel, row));
            return;
        }

        T* variance = VarianceGradient.At(panel, row);
        for (int i = 0; i < BlockedMatrix.BlockSize; i += TLanes.Count)
        {
            var g = TLanes.Load(tile + i);
            TLanes.Store(g, gradient + i);
            TLanes.Store(g * TLanes.Load(variance + i), variance + i);
        }

        if (!NeedsTransposed)
            return;
        TLanes.Transpose(tile, TransposedTile(_transposed.Means, panel, row));
        if (!RoundsVariances)
            TLanes.Transpose(variance, TransposedTile(_transposed.Variances, panel, row));
    }

    /// <summary>
    /// dL/dA for some panels of inputs and all rows, tile by tile to <paramref name="previous"/> (times its slope); with noise on the inputs also
    /// d log α_i = ½ sqrt(α_i) Σ_m D_mi A_mi ξ_mi with D = Gθᵀ.
    /// </summary>
    /// <param name="panel">First panel of 16 inputs.</param>
    /// <param name="panels">Number of panels.</param>
    /// <param name="rows">Rows of the minibatch, padded to 16.</param>
    /// <param name="scratch">[panels][padded Outputs × 16].</param>
    /// <param name="previous">The layer below, or null at the input.</param>
    /// <param name="nextPanel">Panel for which this thread calls next, as far as one can tell.</param>
    /// <param name="ahead">Asks memory for what comes next; or null.</param>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void BackwardInput(int panel, int panels, int rows, T* scratch, DenseLayer<TLanes, T>? previous, int nextPanel, PrefetchQueue* ahead)
    {
        const int Group = TileProduct<TLanes, T>.PanelGroup;
        T* means = stackalloc T[Group * BlockedMatrix.BlockSize];
        T* variances = stackalloc T[Group * BlockedMatrix.BlockSize];
        T* tile = stackalloc T[BlockedMatrix.BlockSize];
        T* varianceTile = stackalloc T[BlockedMatrix.BlockSize];
        nint transposedStride = (nint)OutputPanels * BlockedMatrix.BlockSize;
        for (int p = 0; p < panels; p++)
        {
            if (NeedsInputGradient)
                Array.Clear(_partialSums, (panel + p) * BlockedMatrix.Width, BlockedMatrix.Width);
            if (RoundsVariances)
                RoundVarianceRows(panel + p, (uint*)scratch + (p * (nint)OutputPanels * ShortProduct<T>.BlockPairs));
            if (Form != NoiseForm.Outputs || RoundsVariances)
                continue;
            for (int output = 0; output < OutputPanels; output++)
                FillVarianceBlock(panel + p, output, scratch + (p * transposedStride) + (output * BlockedMatrix.BlockSize));
        }

        if (IsNarrow)
        {
            for (int p = 0; p < panels; p++)
                BackwardNarrowInput(panel + p, rows, scratch + (p * transposedStride), means, variances, previous);
            return;
        }

        // The rows' gradients stay in the cache while the panels pass by them: the products are transposed, rows in the lanes.
        var matrix = ForwardWeights;
        int products = Form == NoiseForm.Outputs ? 2 : 1, groups = ((rows / BlockedMatrix.Width) + Group - 1) / Group;
        for (int step = 0; step < groups * panels; step++)
        {
            int row = step / panels * Group * BlockedMatrix.Width, p = step % panels;
            int tiles = Math.Min(Group, (rows - row) / BlockedMatrix.Width);
            if (ahead != null)
            {
                ahead->Clear();
                AnnounceTiles(panel, panels, step + 1, rows, previous, ref *ahead);
                AnnounceInputs(nextPanel, panels, step, groups * panels, ref *ahead);
                ahead->Spread(products * TileProduct<TLanes, T>.StepsOf(tiles, Outputs));
            }

            TileProduct<TLanes, T>.Multiply(
                matrix.At(0, (panel + p) * BlockedMatrix.Width), matrix.PanelStride, TransposedTile(_transposed.Means, 0, row), transposedStride, tiles, Outputs, means, BlockedMatrix.BlockSize, ahead);
            if (RoundsVariances)
            {
                nint pairs = (nint)OutputPanels * ShortProduct<T>.BlockPairs;
                _short!.Multiply((uint*)scratch + (p * pairs), ShortProduct<T>.BlockPairs, TransposedPairs(0, row), pairs, tiles, OutputPanels, variances, BlockedMatrix.BlockSize, ahead);
                for (int t = 0; t < tiles; t++)
                    Scale(variances + (t * BlockedMatrix.BlockSize), _rounded!.InverseScales.Pointer + ((panel + p) * BlockedMatrix.Width), _rounded.GradientRowRanges.Pointer + row + (t * BlockedMatrix.Width));
            }
            else if (Form == NoiseForm.Outputs)
            {
                TileProduct<TLanes, T>.Multiply(
                    scratch + (p * transposedStride), BlockedMatrix.BlockSize, TransposedTile(_transposed.Variances, 0, row), transposedStride, tiles, Outputs, variances, BlockedMatrix.BlockSize, ahead);
            }

            for (int t = 0; t < tiles; t++)
            {
                int tileRow = row + (t * BlockedMatrix.Width);
                TLanes.Transpose(means + (t * BlockedMatrix.BlockSize), tile);
                if (Form == NoiseForm.Outputs)
                    TLanes.Transpose(variances + (t * BlockedMatrix.BlockSize), varianceTile);
                FinishInputGradient(panel + p, tileRow, tile, varianceTile, previous);
            }
        }
    }

    /// <summary>The same for a layer of few outputs.</summary>
    /// <param name="panel">Panel of 16 inputs.</param>
    /// <param name="rows">Rows of the minibatch, padded to 16.</param>
    /// <param name="blockVariances">σ² of the panel's weights, [16][16]; read where the noise is on the outputs.</param>
    /// <param name="tile">Room for [16][16].</param>
    /// <param name="varianceTile">Room for [16][16].</param>
    /// <param name="previous">The layer below.</param>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void BackwardNarrowInput(int panel, int rows, T* blockVariances, T* tile, T* varianceTile, DenseLayer<TLanes, T>? previous)
    {
        const int Columns = NarrowGradient<TLanes, T>.MaximumColumns;
        T* weightColumns = stackalloc T[Columns * BlockedMatrix.Width];
        T* varianceColumns = stackalloc T[Columns * BlockedMatrix.Width];
        NarrowGradient<TLanes, T>.TakeColumns(ForwardWeights.At(0, panel * BlockedMatrix.Width), Outputs, weightColumns);
        if (Form == NoiseForm.Outputs)
            NarrowGradient<TLanes, T>.TakeColumns(blockVariances, Outputs, varianceColumns);
        for (int row = 0; row < rows; row += BlockedMatrix.Width)
        {
            NarrowGradient<TLanes, T>.Multiply(OutputGradient.At(0, row), weightColumns, Outputs, tile);
            if (Form == NoiseForm.Outputs)
                NarrowGradient<TLanes, T>.Multiply(VarianceGradient.At(0, row), varianceColumns, Outputs, varianceTile);
            FinishInputGradient(panel, row, tile, varianceTile, previous);
        }
    }

    /// <summary>From Gθᵀ and dΔ(σ²)ᵀ of a tile to dL/dA and on.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void FinishInputGradient(int panel, int row, T* tile, T* variances, DenseLayer<TLanes, T>? previous)
    {
        if (Form == NoiseForm.Inputs)
            ScaleByInputNoise(panel, row, tile);
        if (previous is null)
            return;

        T* slopes = previous.Slopes.At(panel, row);
        if (Form == NoiseForm.Outputs)
        {
            T* input = Input.At(panel, row);
            for (int i = 0; i < BlockedMatrix.BlockSize; i += TLanes.Count)
            {
                var a = TLanes.Load(input + i);
                TLanes.Store(TLanes.MultiplyAdd(a + a, TLanes.Load(variances + i), TLanes.Load(tile + i)) * TLanes.Load(slopes + i), tile + i);
            }
        }
        else
        {
            for (int i = 0; i < BlockedMatrix.BlockSize; i += TLanes.Count)
                TLanes.Store(TLanes.Load(tile + i) * TLanes.Load(slopes + i), tile + i);
        }

        previous.StoreOutputGradient(panel, row, tile);
    }

    /// <summary>D s, and what D gives to the sums for d log α.</summary>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void ScaleByInputNoise(int panel, int row, T* tile)
    {
        T* noise = _inputNoise!.At(panel, row);
        if (_logVarianceFactor is null)
        {
            for (int i = 0; i < BlockedMatrix.BlockSize; i += TLanes.Count)
                TLanes.Store(TLanes.Load(tile + i) * TLanes.Load(noise + i), tile + i);
            return;
        }

        T* factor = _logVarianceFactor.At(panel, row);
        T* sums = stackalloc T[BlockedMatrix.Width];
        for (int column = 0; column < BlockedMatrix.Width; column += TLanes.Count)
        {
            var sum = TLanes.Create(0.0);
            for (int i = column; i < BlockedMatrix.BlockSize; i += BlockedMatrix.Width)
            {
                var d = TLanes.Load(tile + i);
                sum = TLanes.MultiplyAdd(d, TLanes.Load(factor + i), sum);
                TLanes.Store(d * TLanes.Load(noise + i), tile + i);
            }

            TLanes.Store(sum, sums + column);
        }

        for (int i = 0; i < BlockedMatrix.Width; i++)
            _partialSums[(panel * BlockedMatrix.Width) + i] += Number<T>.ToDouble(sums[i]);
    }

    /// <summary>
    /// The gradient of some blocks of weights and of what belongs to their log-variances, handed to <paramref name="consumer"/> while it is hot.
    /// </summary>
    /// <param name="block">Block of 16 inputs.</param>
    /// <param name="panel">First panel of 16 outputs.</param>
    /// <param name="panels">Number of panels, up to <see cref="TileProduct{TLanes, T}.PanelGroup"/>.</param>
    /// <param name="rows">Rows of the minibatch, padded to 16.</param>
    /// <param name="klScale">Weight of the KL in the loss: β / N.</param>
    /// <param name="consumer">Where the gradient goes.</param>
    /// <param name="asksAhead">Whether to ask memory for the next block while this one is computed.</param>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void BackwardWeights(int block, int panel, int panels, int rows, double klScale, GradientConsumer<T> consumer, bool asksAhead)
    {
        const int Group = TileProduct<TLanes, T>.PanelGroup;
        T* gradients = stackalloc T[Group * BlockedMatrix.BlockSize];
        T* sums = stackalloc T[Group * BlockedMatrix.BlockSize];
        if (!IsSparse)
        {
            byte** runs = stackalloc byte*[AnnouncedRuns];
            var queue = new PrefetchQueue(runs, AnnouncedRuns);
            PrefetchQueue* ahead = null;
            if (asksAhead && block + 1 < InputPanels)
            {
                AnnounceWeights(block + 1, panel, panels, consumer, ref queue);
                queue.Spread((Form == NoiseForm.Outputs ? 2 : 1) * TileProduct<TLanes, T>.StepsOf(panels, rows));
                ahead = &queue;
            }

            MultiplyTransposed(Input, OutputGradient, block, panel, panels, rows, gradients, ahead);
            if (RoundsVariances)
                MultiplyRoundedTransposed(block, panel, panels, rows, sums, ahead);
            else if (Form == NoiseForm.Outputs)
                MultiplyTransposed(_inputSquared!, VarianceGradient, block, panel, panels, rows, sums, ahead);
        }

        for (int p = 0; p < panels; p++)
        {
            T* gradient = gradients + (p * BlockedMatrix.BlockSize), sum = sums + (p * BlockedMatrix.BlockSize);
            if (IsAtRest(block, panel + p))
                continue;
            if (IsSparse && Form != NoiseForm.SeparateWeights)
            {
                MultiplySparseTransposed(block, panel + p, gradient);
                if (Form == NoiseForm.Outputs)
                    MultiplySparseSquaresTransposed(block, panel + p, sum);
            }

            FinishWeightGradient(block, panel + p, klScale, gradient, sum, consumer);
        }
    }

    private void MultiplyTransposed(BlockedMatrix<T> left, BlockedMatrix<T> right, int block, int panel, int panels, int rows, T* tiles, PrefetchQueue* ahead)
    {
        if (IsNarrow)
            NarrowGradient<TLanes, T>.MultiplyTransposed(left.At(block, 0), right.At(0, 0), Outputs, rows, tiles);
        else
            TileProduct<TLanes, T>.MultiplyTransposed(left.At(block, 0), right.At(panel, 0), right.PanelStride, panels, rows, tiles, BlockedMatrix.BlockSize, ahead);
    }

    /// <summary>S from the integers of A² and dΔ.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void MultiplyRoundedTransposed(int block, int panel, int panels, int rows, T* tiles, PrefetchQueue* ahead)
    {
        _short!.MultiplyTransposed(
            _rounded!.InputPairs.Pointer + RoundedPlace(block, 0), _transposed.Pairs.Pointer + RoundedPlace(panel, 0), RoundedPlace(1, 0), panels, rows / BlockedMatrix.Width, tiles, BlockedMatrix.BlockSize, ahead);
        for (int p = 0; p < panels; p++)
            Scale(tiles + (p * BlockedMatrix.BlockSize), _rounded.InputScales.Pointer + (block * BlockedMatrix.Width), _rounded.GradientColumnRanges.Pointer + ((panel + p) * BlockedMatrix.Width));
    }

    /// <summary>From AᵀG and S = (A²)ᵀ dΔ of a block to the gradients of its weights and log-variances.</summary>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void FinishWeightGradient(int block, int panel, double klScale, T* gradient, T* sums, GradientConsumer<T> consumer)
    {
        T* logVarianceGradient = stackalloc T[BlockedMatrix.BlockSize];
        T* variances = stackalloc T[BlockedMatrix.BlockSize];
        if (Posterior == WeightPosterior.Gaussian)
            FillVarianceBlock(block, panel, variances);

        if (Form == NoiseForm.SeparateWeights)
            SumSparseSampledWeightGradients(block, panel, gradient, logVarianceGradient);
        else if (Form == NoiseForm.Outputs)
            AddVarianceGradient(block, panel, variances, sums, gradient, logVarianceGradient);
        else if (Form == NoiseForm.SharedWeights)
            SplitSampledWeightGradient(block, panel, gradient, logVarianceGradient);
        else if (Posterior == WeightPosterior.Gaussian)
            new Span<T>(logVarianceGradient, BlockedMatrix.BlockSize).Clear();
        AcceptWeightGradient(block, panel, klScale, variances, gradient, logVarianceGradient, consumer);
    }

    /// <summary>Hands on what the rows gave a block of weights and its log-variances, with the divergence added; <paramref name="variances"/> is σ² of the Gaussian posterior.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void AcceptWeightGradient(int block, int panel, double klScale, T* variances, T* gradient, T* logVarianceGradient, GradientConsumer<T> consumer)
    {
        bool isGaussian = Posterior == WeightPosterior.Gaussian;
        nint offset = BlockOffset(block, panel);
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

    private nint BlockOffset(int block, int panel) => (panel * WeightMatrix.PanelStride) + ((nint)block * BlockedMatrix.BlockSize);

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

    /// <summary>Local reparameterization: with S = (A²)ᵀ dΔ, dθ gains 2αθ S (nothing where σ² is free), and d log σ² or d log α is σ² S.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void AddVarianceGradient(int block, int panel, T* variances, T* sums, T* gradient, T* logVarianceGradient)
    {
        T* weights = WeightMatrix.At(panel, block * BlockedMatrix.Width);
        if (Posterior == WeightPosterior.Gaussian)
        {
            for (int i = 0; i < BlockedMatrix.BlockSize; i += TLanes.Count)
                TLanes.Store(TLanes.Load(variances + i) * TLanes.Load(sums + i), logVarianceGradient + i);
            return;
        }

        for (int i = 0; i < BlockedMatrix.BlockSize; i += TLanes.Count)
        {
            var weight = TLanes.Load(weights + i);
            var scaled = DropoutVarianceLanes(block, panel, i) * weight * TLanes.Load(sums + i);
            TLanes.Store(TLanes.Load(gradient + i) + scaled + scaled, gradient + i);
            TLanes.Store(scaled * weight, logVarianceGradient + i);
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

    /// <summary>Leaves the sum of a block over the weights that share one α; within a block it is taken in the layer's precision, in a fixed order.</summary>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void SumLogVarianceBlock(int block, int panel, T* values)
    {
        T* sums = stackalloc T[BlockedMatrix.Width];
        T* transposed = stackalloc T[BlockedMatrix.BlockSize];
        if (Sharing == DropoutVarianceSharing.InputUnit)
        {
            TLanes.Transpose(values, transposed);
            values = transposed;
        }

        for (int column = 0; column < BlockedMatrix.Width; column += TLanes.Count)
        {
            var sum = TLanes.Load(values + column);
            for (int i = column + BlockedMatrix.Width; i < BlockedMatrix.BlockSize; i += BlockedMatrix.Width)
                sum += TLanes.Load(values + i);
            TLanes.Store(sum, sums + column);
        }

        if (Sharing == DropoutVarianceSharing.Layer)
        {
            double total = 0;
            for (int i = 0; i < BlockedMatrix.Width; i++)
                total += Number<T>.ToDouble(sums[i]);
            _partialSums[(panel * InputPanels) + block] = total;
            return;
        }

        int first = (Sharing == DropoutVarianceSharing.InputUnit ? (panel * InputPanels) + block : (block * OutputPanels) + panel) * BlockedMatrix.Width;
        for (int i = 0; i < BlockedMatrix.Width; i++)
            _partialSums[first + i] = Number<T>.ToDouble(sums[i]);
    }

    /// <summary>Hands on the gradient of a block of log-variances; <paramref name="klScale"/> is 0 where the divergence is in it already.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
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
