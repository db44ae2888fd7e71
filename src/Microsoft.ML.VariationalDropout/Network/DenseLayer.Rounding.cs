using System.Runtime.CompilerServices;
using Microsoft.ML.Trainers.VariationalDropout.Numerics;

namespace Microsoft.ML.Trainers.VariationalDropout.Network;

/// <summary>
/// The products of local reparameterization's variances in 16-bit integers, in large layers. With a range for each row or column of a matrix, x ≈
/// range × integer, and the root mean square c_i of each input in the minibatch:
/// <code>
/// Δ_mj = Σ_i (A²_mi / c_i) (c_i σ²_ij)     A² / c has a range for each row m, c σ² one for each output j: both leave the sum
/// (dΔ (σ²)ᵀ)_mi                            the integers of c σ² again; their ranges go into dΔ, which then has a range for each row m
/// S_ij = Σ_m A²_mi dΔ_mj                   the integers of A² / c again; their ranges go into dΔ, which then has a range for each output j
/// </code>
/// c_i keeps apart what only seems large: the variance of a weight whose input is zero, or the square of an input whose weights are small for it.
/// A² and σ² are rounded to the nearest integer, of ten bits or more up to 2,048 inputs: that changes Δ by some parts in ten thousand. dΔ has both signs and a few large
/// values: it is rounded at random, without a bias.
/// </summary>
internal sealed unsafe partial class DenseLayer<TLanes, T>
{
    /// <summary>Below this a range counts as zero: its inverse would be infinite.</summary>
    private const double SmallestMaximum = 1e-30;

    private readonly ShortProduct<T>? _short;
    private readonly Rounded? _rounded;

    /// <summary>Whether a pass needs <see cref="ScaleInputs"/>, <see cref="RoundInputs"/> and <see cref="RoundGradients"/>.</summary>
    public bool RoundsVariances => _short is not null;

    /// <summary>Tasks of <see cref="RoundGradients"/>: one for each panel of outputs and, where there is a layer below, for each 16 rows.</summary>
    public int RoundGradientTasks(int rows) => OutputPanels + (Index > 0 ? rows / BlockedMatrix.Width : 0);

    /// <summary>c of 16 inputs, 0 where all rows are; after all of A is there.</summary>
    /// <param name="panel">Panel of 16 inputs.</param>
    /// <param name="rows">Rows of the minibatch, padded to 16.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void ScaleInputs(int panel, int rows)
    {
        T* inputs = Input.At(panel, 0), scales = _rounded!.InputScales.Pointer + (panel * BlockedMatrix.Width), inverses = _rounded.InverseScales.Pointer + (panel * BlockedMatrix.Width);
        TLanes zero = TLanes.Create(0.0), one = TLanes.Create(1.0), share = TLanes.Create(1.0 / rows), smallest = TLanes.Create(SmallestMaximum);
        for (int column = 0; column < BlockedMatrix.Width; column += TLanes.Count)
        {
            var sum = zero;
            for (nint row = 0; row < rows; row++)
            {
                var a = TLanes.Load(inputs + (row * BlockedMatrix.Width) + column);
                sum = TLanes.MultiplyAdd(a, a, sum);
            }

            var mean = sum * share;
            var scale = TLanes.Sqrt(mean);
            TLanes.Store(TLanes.SelectGreater(smallest, mean, zero, scale), scales + column);
            TLanes.Store(TLanes.SelectGreater(smallest, mean, zero, one / scale), inverses + column);
        }
    }

    /// <summary>Rounds A² of 16 rows; after all of <see cref="ScaleInputs"/>, before <see cref="Forward"/>.</summary>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void RoundInputs(int row)
    {
        T* largest = stackalloc T[BlockedMatrix.Width];
        T* factors = stackalloc T[BlockedMatrix.Width];
        T* squares = stackalloc T[BlockedMatrix.BlockSize];
        T* inverses = _rounded!.InverseScales.Pointer;
        for (int r = 0; r < BlockedMatrix.Width; r++)
        {
            var maximum = TLanes.Create(0.0);
            for (int panel = 0; panel < InputPanels; panel++)
            {
                T* a = Input.At(panel, row + r);
                for (int i = 0; i < BlockedMatrix.Width; i += TLanes.Count)
                    maximum = TLanes.Max(maximum, TLanes.Load(a + i) * TLanes.Load(a + i) * TLanes.Load(inverses + (panel * BlockedMatrix.Width) + i));
            }

            TLanes.Store(maximum, squares);
            largest[r] = Number<T>.FromDouble(LargestOf(squares));
        }

        SetRanges(largest, ShortProduct<T>.Largest(Inputs), factors, _rounded.InputRanges.Pointer + row);
        for (int panel = 0; panel < InputPanels; panel++)
        {
            T* a = Input.At(panel, row);
            for (int i = 0; i < BlockedMatrix.BlockSize; i += TLanes.Count)
                TLanes.Store(TLanes.Load(a + i) * TLanes.Load(a + i) * TLanes.Load(inverses + (panel * BlockedMatrix.Width) + (i % BlockedMatrix.Width)), squares + i);
            nint place = RoundedPlace(panel, row);
            _short!.Round(squares, factors, _rounded.Ones.Pointer, _rounded.InputRows.Pointer + place, _rounded.InputPairs.Pointer + place);
        }
    }

    /// <summary>Rounds dΔ, after all of it is there; tasks from 0 to <see cref="RoundGradientTasks"/> − 1.</summary>
    public void RoundGradients(int task, int rows)
    {
        if (task < OutputPanels)
            RoundGradientPanel(task, rows);
        else
            RoundGradientRows((task - OutputPanels) * BlockedMatrix.Width);
    }

    /// <summary>σ² of some panels as pairs, [panels][padded Inputs / 2][16], and their ranges.</summary>
    /// <param name="panel">First panel of 16 outputs.</param>
    /// <param name="panels">Number of panels.</param>
    /// <param name="scratch">Room for [padded Inputs][16].</param>
    /// <param name="destination">[panels][padded Inputs / 2][16].</param>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void RoundVariancePanels(int panel, int panels, T* scratch, uint* destination)
    {
        T* largest = stackalloc T[BlockedMatrix.Width];
        for (int p = panel; p < panel + panels; p++, destination += (nint)InputPanels * ShortProduct<T>.BlockPairs)
        {
            new Span<T>(largest, BlockedMatrix.Width).Clear();
            for (int block = 0; block < InputPanels; block++)
            {
                T* variances = scratch + (block * BlockedMatrix.BlockSize);
                FillScaledVarianceBlock(block, p, variances);
                MaximizeColumns(variances, largest);
            }

            // Every task of the same panel finds the same ranges.
            T* factors = _rounded!.VarianceFactors.Pointer + (p * BlockedMatrix.Width);
            SetRanges(largest, ShortProduct<T>.Largest(Inputs), factors, _rounded.VarianceRanges.Pointer + (p * BlockedMatrix.Width));
            for (int block = 0; block < InputPanels; block++)
                _short!.Round(scratch + (block * BlockedMatrix.BlockSize), _rounded.Ones.Pointer, factors, null, destination + ((nint)block * ShortProduct<T>.BlockPairs));
        }
    }

    /// <summary>σ² of 16 inputs as rows, [padded Outputs / 16][16][8].</summary>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void RoundVarianceRows(int block, uint* destination)
    {
        T* variances = stackalloc T[BlockedMatrix.BlockSize];
        for (int panel = 0; panel < OutputPanels; panel++)
        {
            FillScaledVarianceBlock(block, panel, variances);
            _short!.Round(variances, _rounded!.Ones.Pointer, _rounded.VarianceFactors.Pointer + (panel * BlockedMatrix.Width), destination + ((nint)panel * ShortProduct<T>.BlockPairs), null);
        }
    }

    /// <summary>c σ² of a block of weights: 0 in padding rows, whose inputs are zero.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void FillScaledVarianceBlock(int block, int panel, T* destination)
    {
        FillVarianceBlock(block, panel, destination);
        T* scales = _rounded!.InputScales.Pointer + (block * BlockedMatrix.Width);
        for (int i = 0; i < BlockedMatrix.BlockSize; i += TLanes.Count)
            TLanes.Store(TLanes.Load(destination + i) * TLanes.Create(scales[i / BlockedMatrix.Width]), destination + i);
    }

    /// <summary>dΔ times the ranges of A², as pairs with a range for each output.</summary>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void RoundGradientPanel(int panel, int rows)
    {
        T* largest = stackalloc T[BlockedMatrix.Width];
        T* factors = stackalloc T[BlockedMatrix.Width];
        T* ranges = _rounded!.InputRanges.Pointer;
        new Span<T>(largest, BlockedMatrix.Width).Clear();
        T* gradient = VarianceGradient.At(panel, 0);
        for (int column = 0; column < BlockedMatrix.Width; column += TLanes.Count)
        {
            var maximum = TLanes.Create(0.0);
            for (nint row = 0; row < rows; row++)
                maximum = TLanes.Max(maximum, TLanes.Abs(TLanes.Load(gradient + (row * BlockedMatrix.Width) + column) * TLanes.Create(ranges[row])));
            TLanes.Store(maximum, largest + column);
        }

        int most = ShortProduct<T>.Largest(rows, ShortProduct<T>.Largest(Inputs));
        SetRanges(largest, most, factors, _rounded.GradientColumnRanges.Pointer + (panel * BlockedMatrix.Width));
        for (int row = 0; row < rows; row += BlockedMatrix.Width)
            _short!.RoundAtRandom(VarianceGradient.At(panel, row), ranges + row, factors, RoundingSeed(panel, row), _transposed.Pairs.Pointer + RoundedPlace(panel, row));
    }

    /// <summary>dΔ times the ranges of σ², transposed, as pairs with a range for each row.</summary>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void RoundGradientRows(int row)
    {
        T* largest = stackalloc T[BlockedMatrix.Width];
        T* factors = stackalloc T[BlockedMatrix.Width];
        T* tile = stackalloc T[BlockedMatrix.BlockSize];
        T* ranges = _rounded!.VarianceRanges.Pointer;
        for (int r = 0; r < BlockedMatrix.Width; r++)
        {
            var maximum = TLanes.Create(0.0);
            for (int panel = 0; panel < OutputPanels; panel++)
            {
                T* gradient = VarianceGradient.At(panel, row + r);
                for (int j = 0; j < BlockedMatrix.Width; j += TLanes.Count)
                    maximum = TLanes.Max(maximum, TLanes.Abs(TLanes.Load(gradient + j) * TLanes.Load(ranges + (panel * BlockedMatrix.Width) + j)));
            }

            TLanes.Store(maximum, tile);
            largest[r] = Number<T>.FromDouble(LargestOf(tile));
        }

        int most = ShortProduct<T>.Largest(Outputs, ShortProduct<T>.Largest(Inputs));
        SetRanges(largest, most, factors, _rounded.GradientRowRanges.Pointer + row);
        for (int panel = 0; panel < OutputPanels; panel++)
        {
            TLanes.Transpose(VarianceGradient.At(panel, row), tile);
            _short!.RoundAtRandom(tile, ranges + (panel * BlockedMatrix.Width), factors, ~RoundingSeed(panel, row), TransposedPairs(panel, row));
        }
    }

    /// <summary>tile[i][j] × rowRanges[i] × columnRanges[j].</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Scale(T* tile, T* rowRanges, T* columnRanges)
    {
        for (int i = 0; i < BlockedMatrix.Width; i++)
        {
            var range = TLanes.Create(rowRanges[i]);
            for (int column = 0; column < BlockedMatrix.Width; column += TLanes.Count)
            {
                T* place = tile + (i * BlockedMatrix.Width) + column;
                TLanes.Store(TLanes.Load(place) * range * TLanes.Load(columnRanges + column), place);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void MaximizeColumns(T* tile, T* largest)
    {
        for (int column = 0; column < BlockedMatrix.Width; column += TLanes.Count)
        {
            var maximum = TLanes.Load(largest + column);
            for (int i = column; i < BlockedMatrix.BlockSize; i += BlockedMatrix.Width)
                maximum = TLanes.Max(maximum, TLanes.Load(tile + i));
            TLanes.Store(maximum, largest + column);
        }
    }

    /// <summary>The largest of one register.</summary>
    private static double LargestOf(T* lanes)
    {
        double largest = 0;
        for (int i = 0; i < TLanes.Count; i++)
            largest = Math.Max(largest, Number<T>.ToDouble(lanes[i]));
        return largest;
    }

    /// <summary>Factors to integers of at most <paramref name="most"/>, and ranges back; both 0 where there is nothing but zeros.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void SetRanges(T* largest, int most, T* factors, T* ranges)
    {
        for (int i = 0; i < BlockedMatrix.Width; i++)
        {
            double maximum = Number<T>.ToDouble(largest[i]);
            bool isZero = maximum < SmallestMaximum;
            factors[i] = Number<T>.FromDouble(isZero ? 0 : most / maximum);
            ranges[i] = Number<T>.FromDouble(isZero ? 0 : maximum / most);
        }
    }

    /// <summary>Where the block of a panel and 16 rows of the minibatch begins, as rows and as pairs.</summary>
    private nint RoundedPlace(int panel, int row) => ((panel * (nint)Input.PaddedRows) + row) * ShortProduct<T>.PairsPerBlock;

    /// <summary>Transposed pairs lie as [row / 16][output / 2][row % 16], where transposed gradients lie in full precision elsewhere.</summary>
    private uint* TransposedPairs(int panel, int row)
        => (uint*)_transposed.Variances.Pointer + ((((nint)row / BlockedMatrix.Width * OutputPanels) + panel) * ShortProduct<T>.BlockPairs);

    private uint RoundingSeed(int panel, int row)
        => CounterRandom.Philox(_step, (uint)Index, (uint)panel, (uint)row, _seed, (uint)NoiseStream.Rounding).W0;

    /// <summary>The integers that a step keeps, and their ranges.</summary>
    private sealed class Rounded
    {
        public Rounded(int inputPanels, int outputPanels, int paddedRows)
        {
            long length = (long)inputPanels * paddedRows * ShortProduct<T>.PairsPerBlock;
            InputRows = new(length);
            InputPairs = new(length);
            InputScales = new(inputPanels * BlockedMatrix.Width);
            InverseScales = new(InputScales.Length);
            InputRanges = new(paddedRows);
            GradientRowRanges = new(paddedRows);
            VarianceFactors = new(outputPanels * BlockedMatrix.Width);
            VarianceRanges = new(VarianceFactors.Length);
            GradientColumnRanges = new(VarianceFactors.Length);
            Ones.Span.Fill(Number<T>.FromDouble(1));
        }

        /// <summary>c, for each input.</summary>
        public AlignedBuffer<T> InputScales { get; }

        /// <summary>1 / c, or 0 where c is.</summary>
        public AlignedBuffer<T> InverseScales { get; }

        /// <summary>A² / c as [panel][row][8 pairs].</summary>
        public AlignedBuffer<uint> InputRows { get; }

        /// <summary>A² / c as [panel][row / 2][16 pairs].</summary>
        public AlignedBuffer<uint> InputPairs { get; }

        /// <summary>Of A² / c, for each row.</summary>
        public AlignedBuffer<T> InputRanges { get; }

        /// <summary>Of c σ², for each output: to integers.</summary>
        public AlignedBuffer<T> VarianceFactors { get; }

        /// <summary>Of c σ², for each output: back.</summary>
        public AlignedBuffer<T> VarianceRanges { get; }

        /// <summary>Of dΔ times the ranges of c σ², for each row.</summary>
        public AlignedBuffer<T> GradientRowRanges { get; }

        /// <summary>Of dΔ times the ranges of A² / c, for each output.</summary>
        public AlignedBuffer<T> GradientColumnRanges { get; }

        public AlignedBuffer<T> Ones { get; } = new(BlockedMatrix.Width);
    }
}
