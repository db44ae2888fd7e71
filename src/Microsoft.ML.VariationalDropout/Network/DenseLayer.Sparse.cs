using System.Runtime.CompilerServices;
using Microsoft.ML.Trainers.VariationalDropout.Numerics;

namespace Microsoft.ML.Trainers.VariationalDropout.Network;

/// <summary>
/// The lowest layer on sparse rows: the same sums in the same order as on dense ones, without their zeros, so that the bits are the same.
/// Time and memory of a step grow with the features that are not zero, but for what the prior and the optimiser do to every weight.
/// </summary>
internal sealed unsafe partial class DenseLayer<TLanes, T>
{
    private readonly SparseBatch<T>? _sparse;

    /// <summary>Blocks of weights that have had no gradient yet: the optimiser would change nothing there.</summary>
    private readonly bool[] _isUntouched;

    /// <summary>The minibatch's features; null where the inputs are dense.</summary>
    public SparseBatch<T>? Sparse => _sparse;

    /// <summary>Takes the values of a row's features, in the order of its entries, and draws their noise where it is on the inputs.</summary>
    [SkipLocalsInit]
    public void StoreSparseInput(int row, FeatureScaling? scaling, ReadOnlySpan<float> features)
    {
        int start = _sparse!.RowStarts[row];
        int* indices = _sparse.Indices.Pointer + start;
        T* values = _sparse.Values.Pointer + start;
        for (int n = 0; n < features.Length; n++)
            values[n] = FromDouble(FeatureScaling.Apply(scaling, indices[n], features[n]));
        if (Form != NoiseForm.Inputs)
            return;

        const int Run = 64;
        T* xi = stackalloc T[Run];
        T* deviation = stackalloc T[BlockedMatrix.Width];
        T* normal = stackalloc T[BlockedMatrix.Width];
        T* a = stackalloc T[BlockedMatrix.Width];
        T* factors = _sparse.Factors.Pointer + start;
        var counters = new NoiseCounters { Seed = _seed, Stream = NoiseStream.TrainingNoise, Step = _step, Layer = (uint)Index, Row = _sharesInputNoise ? uint.MaxValue : _rowIds[row] };
        for (int first = 0; first < features.Length; first += Run)
        {
            int length = Math.Min(Run, features.Length - first);
            TLanes.FillNormalsAt(counters, indices + first, length, xi);
            for (int n = 0; n < length; n += TLanes.Count)
            {
                int lanes = Math.Min(TLanes.Count, length - n);
                for (int i = 0; i < lanes; i++)
                {
                    deviation[i] = _dropoutVariances.Pointer[indices[first + n + i]];
                    normal[i] = xi[n + i];
                    a[i] = values[first + n + i];
                }

                // As StoreInput has it.
                var input = TLanes.Load(a);
                var noise = _inputDraw.Deviation(TLanes.Load(deviation), TLanes.Load(normal));
                TLanes.Store(input * (TLanes.Create(1.0) + noise), a);
                TLanes.Store(TLanes.Create(0.5) * noise * input, normal);
                new Span<T>(a, lanes).CopyTo(new Span<T>(values + first + n, lanes));
                new Span<T>(normal, lanes).CopyTo(new Span<T>(factors + first + n, lanes));
            }
        }
    }

    /// <summary>d log α_i = Σ_m D_mi ½ sqrt(α_i) ξ_mi A_mi of a block of inputs, D = Gθᵀ for the entries alone.</summary>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void BackwardSparseInput(int block)
    {
        T* lanes = stackalloc T[BlockedMatrix.Width];
        T* sums = stackalloc T[BlockedMatrix.BlockSize];
        new Span<T>(sums, BlockedMatrix.BlockSize).Clear();
        for (int e = _sparse!.BlockStarts[block]; e < _sparse.BlockStarts[block + 1]; e++)
        {
            int entry = _sparse.EntriesByBlock.Pointer[e];
            int input = _sparse.Indices.Pointer[entry], row = _sparse.Rows.Pointer[entry];
            var d = TLanes.Create(0.0);
            for (int j = 0; j < Outputs; j++)
            {
                int panel = j / BlockedMatrix.Width, column = j % BlockedMatrix.Width;
                d = TLanes.MultiplyAdd(TLanes.Create(WeightMatrix.At(panel, input)[column]), TLanes.Create(OutputGradient.At(panel, row)[column]), d);
            }

            T* sum = sums + (input % BlockedMatrix.Width * BlockedMatrix.Width);
            TLanes.Store(TLanes.MultiplyAdd(d, TLanes.Create(_sparse.Factors.Pointer[entry]), TLanes.Load(sum)), lanes);
            sum[0] = lanes[0];
        }

        for (int i = 0; i < BlockedMatrix.Width; i++)
            _partialSums[(block * BlockedMatrix.Width) + i] = ToDouble(sums[i * BlockedMatrix.Width]);
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
            double a = ToDouble(_sparse.Values.Pointer[entry]);

            // Rounded as in StoreInput: the square of two floats is exact in double.
            SparseProduct<TLanes, T>.AddScaled(FromDouble(a * a), _varianceGradient!.At(panel, _sparse.Rows.Pointer[entry]), gradient + (within * BlockedMatrix.Width));
        }
    }
}
