using System.Runtime.CompilerServices;
using Microsoft.ML.Trainers.VariationalDropout.Numerics;

namespace Microsoft.ML.Trainers.VariationalDropout.Network;

/// <summary>
/// The lowest layer on sparse rows: the same sums in the same order as on dense ones, without their zeros, so that the bits are the same.
/// Time and memory of a step grow with the features that are not zero, but for one exponential and one slope of the prior for every α, what the
/// prior and the optimiser do to every weight, and the drawing of all weights where a minibatch shares them.
/// </summary>
internal sealed unsafe partial class DenseLayer<TLanes, T>
{
    private const int RowsAtOnce = 4;

    private readonly SparseBatch<T>? _sparse;

    /// <summary>Blocks of weights that have had no gradient yet: the optimiser would change nothing there.</summary>
    private readonly bool[] _isUntouched;

    /// <summary>The minibatch's features; null where the inputs are dense.</summary>
    public SparseBatch<T>? Sparse => _sparse;

    /// <summary>Takes the values of a row's features, in the order of its entries, and draws their noise where it is on the inputs.</summary>
    public void StoreSparseInput(int row, FeatureScaling? scaling, ReadOnlySpan<float> features)
    {
        int start = _sparse!.RowStarts[row];
        int* indices = _sparse.Indices.Pointer + start;
        T* values = _sparse.Values.Pointer + start;
        for (int n = 0; n < features.Length; n++)
            values[n] = FeatureScaling.Apply<TLanes, T>(scaling, indices[n], features[n]);
        if (Form != NoiseForm.Inputs)
            return;

        var counters = new NoiseCounters { Seed = _seed, Stream = NoiseStream.TrainingNoise, Step = _step, Layer = (uint)Index, Row = _sharesInputNoise ? uint.MaxValue : _rowIds[row] };
        _inputDraw.ScaleSparse(counters, indices, features.Length, _inputStandardDeviations.Pointer, values, _sparse.Factors.Pointer + start);
    }

    /// <summary>d log α_i = Σ_m D_mi ½ sqrt(α_i) ξ_mi A_mi of a block of inputs, D = Gθᵀ for the rows that have an entry in it.</summary>
    /// <param name="block">Block of 16 inputs.</param>
    /// <param name="scratch">[padded Outputs × 16].</param>
    [SkipLocalsInit]
    public void BackwardSparseInput(int block, T* scratch)
    {
        int* rows = stackalloc int[RowsAtOnce];
        T* factors = stackalloc T[RowsAtOnce * BlockedMatrix.Width];
        T* sums = stackalloc T[BlockedMatrix.Width];
        new Span<T>(sums, BlockedMatrix.Width).Clear();
        int entry = _sparse!.BlockStarts[block], end = _sparse.BlockStarts[block + 1];
        for (int panel = 0; panel < OutputPanels && entry < end; panel++)
            TLanes.Transpose(WeightMatrix.At(panel, block * BlockedMatrix.Width), scratch + (panel * BlockedMatrix.BlockSize));

        while (entry < end)
        {
            entry = GatherRows(entry, end, rows, factors);
            AddLogVarianceGradients(rows, factors, scratch, sums);
        }

        for (int i = 0; i < BlockedMatrix.Width; i++)
            _partialSums[(block * BlockedMatrix.Width) + i] = Number<T>.ToDouble(sums[i]);
    }

    /// <summary>The next rows that have entries in a block, with ½ sqrt(α) ξ A for its 16 inputs, 0 where there is no entry; returns the entry after them.</summary>
    private int GatherRows(int entry, int end, int* rows, T* factors)
    {
        new Span<T>(factors, RowsAtOnce * BlockedMatrix.Width).Clear();
        int count = 0;
        for (; entry < end; entry++)
        {
            int n = _sparse!.EntriesByBlock.Pointer[entry], row = _sparse.Rows.Pointer[n];
            if (count == 0 || rows[count - 1] != row)
            {
                if (count == RowsAtOnce)
                    break;
                rows[count++] = row;
            }

            factors[((count - 1) * BlockedMatrix.Width) + (_sparse.Indices.Pointer[n] % BlockedMatrix.Width)] = _sparse.Factors.Pointer[n];
        }

        // The others repeat the first, with factors of 0.
        for (; count < RowsAtOnce; count++)
            rows[count] = rows[0];
        return entry;
    }

    /// <summary>sums[i] += Σ over the rows of D_mi factor_mi: the lanes are the block's inputs, four rows at a time hide the latency of the multiply-add.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void AddLogVarianceGradients(int* rows, T* factors, T* transposedWeights, T* sums)
    {
        for (int column = 0; column < BlockedMatrix.Width; column += TLanes.Count)
        {
            TLanes d0 = TLanes.Create(0.0), d1 = d0, d2 = d0, d3 = d0;
            for (int panel = 0, left = Outputs; left > 0; panel++, left -= BlockedMatrix.Width)
            {
                T* theta = transposedWeights + (panel * BlockedMatrix.BlockSize) + column;
                T* g0 = OutputGradient.At(panel, rows[0]), g1 = OutputGradient.At(panel, rows[1]), g2 = OutputGradient.At(panel, rows[2]), g3 = OutputGradient.At(panel, rows[3]);
                for (int j = 0; j < Math.Min(BlockedMatrix.Width, left); j++, theta += BlockedMatrix.Width)
                {
                    var weight = TLanes.Load(theta);
                    d0 = TLanes.MultiplyAdd(TLanes.Create(g0[j]), weight, d0);
                    d1 = TLanes.MultiplyAdd(TLanes.Create(g1[j]), weight, d1);
                    d2 = TLanes.MultiplyAdd(TLanes.Create(g2[j]), weight, d2);
                    d3 = TLanes.MultiplyAdd(TLanes.Create(g3[j]), weight, d3);
                }
            }

            T* factor = factors + column;
            var sum = TLanes.MultiplyAdd(d0, TLanes.Load(factor), TLanes.Load(sums + column));
            sum = TLanes.MultiplyAdd(d1, TLanes.Load(factor + BlockedMatrix.Width), sum);
            sum = TLanes.MultiplyAdd(d2, TLanes.Load(factor + (2 * BlockedMatrix.Width)), sum);
            sum = TLanes.MultiplyAdd(d3, TLanes.Load(factor + (3 * BlockedMatrix.Width)), sum);
            TLanes.Store(sum, sums + column);
        }
    }

    /// <summary>Whether a step would leave a block of weights as it is: no entry has ever reached it, and no divergence pulls at it.</summary>
    private bool IsAtRest(int block, int panel)
    {
        if (!IsSparse || _isUntouched.Length == 0)
            return false;
        ref bool untouched = ref _isUntouched[(panel * InputPanels) + block];
        untouched &= _sparse!.BlockStarts[block] == _sparse.BlockStarts[block + 1];
        return untouched;
    }

    private void MultiplySparse(int panel, int row, BlockedMatrix<T> matrix, T* tile)
    {
        for (int r = 0; r < BlockedMatrix.Width; r++)
        {
            int start = _sparse!.RowStarts[row + r];
            SparseProduct<TLanes, T>.MultiplyRow(
                _sparse.Indices.Pointer + start, _sparse.Values.Pointer + start, _sparse.RowStarts[row + r + 1] - start, matrix.At(panel, 0), tile + (r * BlockedMatrix.Width));
        }
    }

    /// <summary>Δ = A²σ² for 16 rows; σ² is computed for the entries alone.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void MultiplySparseVariances(int panel, int row, T* tile)
    {
        for (int r = 0; r < BlockedMatrix.Width; r++)
        {
            for (int column = 0; column < BlockedMatrix.Width; column += TLanes.Count)
            {
                var sum = TLanes.Create(0.0);
                for (int n = _sparse!.RowStarts[row + r]; n < _sparse.RowStarts[row + r + 1]; n++)
                {
                    var a = TLanes.Create(_sparse.Values.Pointer[n]);
                    sum = TLanes.MultiplyAdd(a * a, VarianceLanes(_sparse.Indices.Pointer[n], panel, column), sum);
                }

                TLanes.Store(sum, tile + (r * BlockedMatrix.Width) + column);
            }
        }
    }

    /// <summary>σ² of the weights of an input, from <paramref name="column"/> of a panel on.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private TLanes VarianceLanes(int input, int panel, int column)
    {
        if (Posterior == WeightPosterior.Gaussian)
            return TLanes.Exp(TLanes.Load(_logVarianceMatrix!.At(panel, input) + column));
        var weight = TLanes.Load(WeightMatrix.At(panel, input) + column);
        int position = (input % BlockedMatrix.Width * BlockedMatrix.Width) + column;
        return DropoutVarianceLanes(input / BlockedMatrix.Width, panel, position) * weight * weight;
    }

    /// <summary>AᵀG of a block.</summary>
    private void MultiplySparseTransposed(int block, int panel, T* gradient)
    {
        new Span<T>(gradient, BlockedMatrix.BlockSize).Clear();
        for (int e = _sparse!.BlockStarts[block]; e < _sparse.BlockStarts[block + 1]; e++)
        {
            int entry = _sparse.EntriesByBlock.Pointer[e];
            int within = _sparse.Indices.Pointer[entry] % BlockedMatrix.Width;
            SparseProduct<TLanes, T>.AddScaled(_sparse.Values.Pointer[entry], OutputGradient.At(panel, _sparse.Rows.Pointer[entry]), gradient + (within * BlockedMatrix.Width));
        }
    }

    /// <summary>(A²)ᵀ dΔ of a block.</summary>
    private void MultiplySparseSquaresTransposed(int block, int panel, T* gradient)
    {
        new Span<T>(gradient, BlockedMatrix.BlockSize).Clear();
        for (int e = _sparse!.BlockStarts[block]; e < _sparse.BlockStarts[block + 1]; e++)
        {
            int entry = _sparse.EntriesByBlock.Pointer[e];
            int within = _sparse.Indices.Pointer[entry] % BlockedMatrix.Width;
            double a = Number<T>.ToDouble(_sparse.Values.Pointer[entry]);

            // Rounded as in StoreInput: the square of two floats is exact in double.
            SparseProduct<TLanes, T>.AddScaled(Number<T>.FromDouble(a * a), VarianceGradient.At(panel, _sparse.Rows.Pointer[entry]), gradient + (within * BlockedMatrix.Width));
        }
    }
}
