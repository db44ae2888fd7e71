using System.Runtime.CompilerServices;

namespace Microsoft.ML.Trainers.VariationalDropout.Numerics;

/// <summary>
/// What <see cref="TileProduct{TLanes, T}"/> does on the way back, for layers of few outputs: with the inputs in the lanes no time goes to the
/// padding of the outputs. The sums run in the same order: the results are the same bits.
/// </summary>
internal static unsafe class NarrowGradient<TLanes, T>
    where TLanes : unmanaged, ILanes<TLanes, T>
    where T : unmanaged
{
    /// <summary>Outputs up to which this is the faster way.</summary>
    public const int MaximumColumns = 4;

    /// <summary>destination[i][j] = Σ_m left[m][i] right[m][j] for j below <paramref name="columns"/>, 0 elsewhere.</summary>
    /// <param name="left">[count][16].</param>
    /// <param name="right">[count][16].</param>
    /// <param name="columns">1 to <see cref="MaximumColumns"/>.</param>
    /// <param name="count">Length of the sum.</param>
    /// <param name="destination">[16][16].</param>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void MultiplyTransposed(T* left, T* right, int columns, int count, T* destination)
    {
        T* column = stackalloc T[BlockedMatrix.Width];
        var zero = TLanes.Create(0.0);
        for (int i = 0; i < BlockedMatrix.BlockSize; i += TLanes.Count)
            TLanes.Store(zero, destination + i);
        for (int j = 0; j < columns; j++)
        {
            for (int lane = 0; lane < BlockedMatrix.Width; lane += TLanes.Count)
            {
                TLanes sum = zero;
                T* a = left + lane, b = right + j;
                for (nint m = 0; m < count; m++, a += BlockedMatrix.Width, b += BlockedMatrix.Width)
                    sum = TLanes.MultiplyAdd(TLanes.Load(a), TLanes.Create(*b), sum);
                TLanes.Store(sum, column + lane);
            }

            for (int i = 0; i < BlockedMatrix.Width; i++)
                destination[(i * BlockedMatrix.Width) + j] = column[i];
        }
    }

    /// <summary>destination[m][i] = Σ_j left[m][j] right[j][i] for 16 rows and inputs.</summary>
    /// <param name="left">[16][16], of which <paramref name="columns"/> columns are read.</param>
    /// <param name="right">[columns][16].</param>
    /// <param name="columns">1 to <see cref="MaximumColumns"/>.</param>
    /// <param name="destination">[16][16].</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Multiply(T* left, T* right, int columns, T* destination)
    {
        for (int lane = 0; lane < BlockedMatrix.Width; lane += TLanes.Count)
        {
            for (int m = 0; m < BlockedMatrix.BlockSize; m += BlockedMatrix.Width)
            {
                var sum = TLanes.Create(0.0);
                for (int j = 0; j < columns; j++)
                    sum = TLanes.MultiplyAdd(TLanes.Create(left[m + j]), TLanes.Load(right + (j * BlockedMatrix.Width) + lane), sum);
                TLanes.Store(sum, destination + m + lane);
            }
        }
    }

    /// <summary>destination[j][i] = block[i][j] for j below <paramref name="columns"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void TakeColumns(T* block, int columns, T* destination)
    {
        for (int j = 0; j < columns; j++)
        {
            for (int i = 0; i < BlockedMatrix.Width; i++)
                destination[(j * BlockedMatrix.Width) + i] = block[(i * BlockedMatrix.Width) + j];
        }
    }
}
