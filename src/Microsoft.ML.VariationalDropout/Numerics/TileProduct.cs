using System.Runtime.CompilerServices;

namespace Microsoft.ML.Trainers.VariationalDropout.Numerics;

/// <summary>
/// Products of blocks in the layout of <see cref="BlockedMatrix{T}"/>. Every number of a result is one chain of fused multiply-adds in the
/// order of the summation index, whatever the path, the tile and the number of rows: a row's result does not depend on its neighbours.
/// </summary>
internal static unsafe class TileProduct<TLanes, T>
    where TLanes : unmanaged, ILanes<TLanes, T>
    where T : unmanaged
{
    /// <summary>Panels that one register tile covers: more in one call are no faster.</summary>
    public const int PanelGroup = RegisterTile<TLanes, T, Product>.Panels;

    /// <summary>destination[p][i][j] = Σ_k left[i][k] right[p][k][j] for 16 rows and some panels of 16 columns.</summary>
    /// <param name="left">16 rows in the first of consecutive panels.</param>
    /// <param name="leftStride">Numbers from one panel of <paramref name="left"/> to the next.</param>
    /// <param name="right">Of the first panel: rows of 16, one for each k.</param>
    /// <param name="rightStride">Numbers from one panel of <paramref name="right"/> to the next.</param>
    /// <param name="panels">Number of panels, 1 or more.</param>
    /// <param name="count">Length of the sum over k.</param>
    /// <param name="destination">Of the first panel: [16][16], overwritten.</param>
    /// <param name="destinationStride">Numbers from one tile of <paramref name="destination"/> to the next.</param>
    /// <param name="ahead">What to ask memory for meanwhile, a step for every 16 of <paramref name="count"/> and register tile; or null.</param>
    public static void Multiply(T* left, nint leftStride, T* right, nint rightStride, int panels, int count, T* destination, nint destinationStride, PrefetchQueue* ahead = null)
        => RegisterTile<TLanes, T, Product>.Multiply<Rows>(left, leftStride, right, rightStride, panels, count, destination, destinationStride, ahead);

    /// <summary>The same for one panel.</summary>
    public static void Multiply(T* left, nint leftStride, T* right, int count, T* destination)
        => RegisterTile<TLanes, T, Product>.Multiply<Rows>(left, leftStride, right, 0, 1, count, destination, 0, null);

    /// <summary>destination[p][i][j] = Σ_m left[m][i] right[p][m][j]: both operands are rows of 16, one for each m.</summary>
    public static void MultiplyTransposed(T* left, T* right, nint rightStride, int panels, int count, T* destination, nint destinationStride, PrefetchQueue* ahead = null)
        => RegisterTile<TLanes, T, Product>.Multiply<Columns>(left, BlockedMatrix.BlockSize, right, rightStride, panels, count, destination, destinationStride, ahead);

    /// <summary>The same for one panel.</summary>
    public static void MultiplyTransposed(T* left, T* right, int count, T* destination)
        => RegisterTile<TLanes, T, Product>.Multiply<Columns>(left, BlockedMatrix.BlockSize, right, 0, 1, count, destination, 0, null);

    /// <summary>Steps that a product makes with its <see cref="PrefetchQueue"/>.</summary>
    public static int StepsOf(int panels, int count) => RegisterTile<TLanes, T, Product>.StepsOf(panels, BlockedMatrix.PanelCount(count));

    private readonly struct Product : ITileTerm<TLanes>
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TLanes Add(TLanes left, TLanes right, TLanes sum) => TLanes.MultiplyAdd(left, right, sum);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TLanes Finish(TLanes sum) => sum;
    }

    /// <summary>Rows of 16, one for each row of the product.</summary>
    private readonly struct Rows : ITileOrder
    {
        public static int RowStep
        {
            [MethodImpl(MethodImplOptions.AggressiveInlining)]
            get => 16;
        }

        public static int Step
        {
            [MethodImpl(MethodImplOptions.AggressiveInlining)]
            get => 1;
        }

        public static int Block
        {
            [MethodImpl(MethodImplOptions.AggressiveInlining)]
            get => 16;
        }
    }

    /// <summary>Rows of 16, one for each summation index.</summary>
    private readonly struct Columns : ITileOrder
    {
        public static int RowStep
        {
            [MethodImpl(MethodImplOptions.AggressiveInlining)]
            get => 1;
        }

        public static int Step
        {
            [MethodImpl(MethodImplOptions.AggressiveInlining)]
            get => 16;
        }

        public static int Block
        {
            [MethodImpl(MethodImplOptions.AggressiveInlining)]
            get => 16;
        }
    }
}
