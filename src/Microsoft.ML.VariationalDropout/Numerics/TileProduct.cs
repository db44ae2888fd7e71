using System.Runtime.CompilerServices;

namespace Microsoft.ML.Trainers.VariationalDropout.Numerics;

/// <summary>
/// Products of blocks in the layout of <see cref="BlockedMatrix{T}"/>. Every number of a result is one chain of fused multiply-adds in the
/// order of the summation index, whatever the path, the tile and the number of rows: a row's result does not depend on its neighbours.
/// </summary>
/// <remarks>
/// A register tile is R rows × C registers of columns. With two multiply-adds and two loads a cycle, R × C multiply-adds need R broadcasts and C loads:
/// 8 × 3 (of 32 registers) and 4 × 3 (of 16) leave loads to spare, which 16 × 1 does not. Ask for <see cref="PanelGroup"/> panels at a time.
/// </remarks>
internal static unsafe class TileProduct<TLanes, T>
    where TLanes : unmanaged, ILanes<TLanes, T>
    where T : unmanaged
{
    /// <summary>Panels that one register tile covers: more in one call are no faster.</summary>
    public const int PanelGroup = 3;

    /// <summary>How the numbers of the left-hand operand lie: element (row i, summation index k) of a block is at i RowStep + k Step.</summary>
    private interface IOrder
    {
        static abstract int RowStep { get; }

        static abstract int Step { get; }
    }

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
        => Multiply<Rows>(left, leftStride, right, rightStride, panels, count, destination, destinationStride, ahead);

    /// <summary>The same for one panel.</summary>
    public static void Multiply(T* left, nint leftStride, T* right, int count, T* destination)
        => Multiply<Rows>(left, leftStride, right, 0, 1, count, destination, 0, null);

    /// <summary>destination[p][i][j] = Σ_m left[m][i] right[p][m][j]: both operands are rows of 16, one for each m.</summary>
    public static void MultiplyTransposed(T* left, T* right, nint rightStride, int panels, int count, T* destination, nint destinationStride, PrefetchQueue* ahead = null)
        => Multiply<Columns>(left, BlockedMatrix.BlockSize, right, rightStride, panels, count, destination, destinationStride, ahead);

    /// <summary>The same for one panel.</summary>
    public static void MultiplyTransposed(T* left, T* right, int count, T* destination)
        => Multiply<Columns>(left, BlockedMatrix.BlockSize, right, 0, 1, count, destination, 0, null);

    /// <summary>Steps that a product makes with its <see cref="PrefetchQueue"/>.</summary>
    public static int StepsOf(int panels, int count)
    {
        int blocks = BlockedMatrix.PanelCount(count);
        if (TLanes.Count == 16)
            return blocks * ((2 * (panels / PanelGroup)) + (panels % PanelGroup) switch { 2 => 2, 1 => 1, _ => 0 });
        return blocks * 4 * 16 / TLanes.Count * (panels / PanelGroup) + (blocks * 4 * 8 / TLanes.Count * (panels % PanelGroup));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Multiply<TOrder>(T* left, nint leftStride, T* right, nint rightStride, int panels, int count, T* destination, nint destinationStride, PrefetchQueue* ahead)
        where TOrder : struct, IOrder
    {
        for (; panels >= PanelGroup; panels -= PanelGroup, right += PanelGroup * rightStride, destination += PanelGroup * destinationStride)
        {
            if (TLanes.Count == 16)
            {
                for (int row = 0; row < 16; row += 8)
                {
                    T* d = destination + (row * 16);
                    EightByThree<TOrder>(left + (row * TOrder.RowStep), leftStride, right, right + rightStride, right + (2 * rightStride), count, d, d + destinationStride, d + (2 * destinationStride), ahead);
                }

                continue;
            }

            for (int column = 0; column < 48; column += 3 * TLanes.Count)
            {
                T* right0 = Column(right, rightStride, column), right1 = Column(right, rightStride, column + TLanes.Count), right2 = Column(right, rightStride, column + (2 * TLanes.Count));
                T* d0 = Column(destination, destinationStride, column), d1 = Column(destination, destinationStride, column + TLanes.Count), d2 = Column(destination, destinationStride, column + (2 * TLanes.Count));
                for (int row = 0; row < 16; row += 4)
                    FourByThree<TOrder>(left + (row * TOrder.RowStep), leftStride, right0, right1, right2, count, d0 + (row * 16), d1 + (row * 16), d2 + (row * 16), ahead);
            }
        }

        if (TLanes.Count == 16)
        {
            if (panels == 2)
            {
                for (int row = 0; row < 16; row += 8)
                    EightByTwo<TOrder>(left + (row * TOrder.RowStep), leftStride, right, right + rightStride, count, destination + (row * 16), destination + destinationStride + (row * 16), ahead);
            }
            else if (panels == 1)
            {
                SixteenByOne<TOrder>(left, leftStride, right, count, destination, ahead);
            }

            return;
        }

        for (; panels > 0; panels--, right += rightStride, destination += destinationStride)
        {
            for (int column = 0; column < 16; column += 2 * TLanes.Count)
            {
                for (int row = 0; row < 16; row += 4)
                {
                    T* d = destination + (row * 16) + column;
                    FourByTwo<TOrder>(left + (row * TOrder.RowStep), leftStride, right + column, right + column + TLanes.Count, count, d, d + TLanes.Count, ahead);
                }
            }
        }
    }

    /// <summary>The place of a column, counted over panels.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static T* Column(T* panels, nint stride, int column) => panels + (column / 16 * stride) + (column % 16);

    /// <summary>8 rows × 3 registers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void EightByThree<TOrder>(T* left, nint leftStride, T* right0, T* right1, T* right2, int count, T* destination0, T* destination1, T* destination2, PrefetchQueue* ahead)
        where TOrder : struct, IOrder
    {
        TLanes c0a = TLanes.Create(0.0), c0b = c0a, c0c = c0a;
        TLanes c1a = c0a, c1b = c0a, c1c = c0a;
        TLanes c2a = c0a, c2b = c0a, c2c = c0a;
        TLanes c3a = c0a, c3b = c0a, c3c = c0a;
        TLanes c4a = c0a, c4b = c0a, c4c = c0a;
        TLanes c5a = c0a, c5b = c0a, c5c = c0a;
        TLanes c6a = c0a, c6b = c0a, c6c = c0a;
        TLanes c7a = c0a, c7b = c0a, c7c = c0a;
        for (nint k = 0; k < count; k += 16, left += leftStride)
        {
            if (ahead != null)
                ahead->Advance();
            T* a = left;
            for (nint end = Math.Min(16, count - k), n = 0; n < end; n++, a += TOrder.Step, right0 += 16, right1 += 16, right2 += 16)
            {
                var b0 = TLanes.Load(right0);
                var b1 = TLanes.Load(right1);
                var b2 = TLanes.Load(right2);
                var a0 = TLanes.Create(a[0]);
                c0a = TLanes.MultiplyAdd(a0, b0, c0a);
                c0b = TLanes.MultiplyAdd(a0, b1, c0b);
                c0c = TLanes.MultiplyAdd(a0, b2, c0c);
                var a1 = TLanes.Create(a[TOrder.RowStep]);
                c1a = TLanes.MultiplyAdd(a1, b0, c1a);
                c1b = TLanes.MultiplyAdd(a1, b1, c1b);
                c1c = TLanes.MultiplyAdd(a1, b2, c1c);
                var a2 = TLanes.Create(a[2 * TOrder.RowStep]);
                c2a = TLanes.MultiplyAdd(a2, b0, c2a);
                c2b = TLanes.MultiplyAdd(a2, b1, c2b);
                c2c = TLanes.MultiplyAdd(a2, b2, c2c);
                var a3 = TLanes.Create(a[3 * TOrder.RowStep]);
                c3a = TLanes.MultiplyAdd(a3, b0, c3a);
                c3b = TLanes.MultiplyAdd(a3, b1, c3b);
                c3c = TLanes.MultiplyAdd(a3, b2, c3c);
                var a4 = TLanes.Create(a[4 * TOrder.RowStep]);
                c4a = TLanes.MultiplyAdd(a4, b0, c4a);
                c4b = TLanes.MultiplyAdd(a4, b1, c4b);
                c4c = TLanes.MultiplyAdd(a4, b2, c4c);
                var a5 = TLanes.Create(a[5 * TOrder.RowStep]);
                c5a = TLanes.MultiplyAdd(a5, b0, c5a);
                c5b = TLanes.MultiplyAdd(a5, b1, c5b);
                c5c = TLanes.MultiplyAdd(a5, b2, c5c);
                var a6 = TLanes.Create(a[6 * TOrder.RowStep]);
                c6a = TLanes.MultiplyAdd(a6, b0, c6a);
                c6b = TLanes.MultiplyAdd(a6, b1, c6b);
                c6c = TLanes.MultiplyAdd(a6, b2, c6c);
                var a7 = TLanes.Create(a[7 * TOrder.RowStep]);
                c7a = TLanes.MultiplyAdd(a7, b0, c7a);
                c7b = TLanes.MultiplyAdd(a7, b1, c7b);
                c7c = TLanes.MultiplyAdd(a7, b2, c7c);
            }
        }

        TLanes.Store(c0a, destination0);
        TLanes.Store(c0b, destination1);
        TLanes.Store(c0c, destination2);
        TLanes.Store(c1a, destination0 + 16);
        TLanes.Store(c1b, destination1 + 16);
        TLanes.Store(c1c, destination2 + 16);
        TLanes.Store(c2a, destination0 + 32);
        TLanes.Store(c2b, destination1 + 32);
        TLanes.Store(c2c, destination2 + 32);
        TLanes.Store(c3a, destination0 + 48);
        TLanes.Store(c3b, destination1 + 48);
        TLanes.Store(c3c, destination2 + 48);
        TLanes.Store(c4a, destination0 + 64);
        TLanes.Store(c4b, destination1 + 64);
        TLanes.Store(c4c, destination2 + 64);
        TLanes.Store(c5a, destination0 + 80);
        TLanes.Store(c5b, destination1 + 80);
        TLanes.Store(c5c, destination2 + 80);
        TLanes.Store(c6a, destination0 + 96);
        TLanes.Store(c6b, destination1 + 96);
        TLanes.Store(c6c, destination2 + 96);
        TLanes.Store(c7a, destination0 + 112);
        TLanes.Store(c7b, destination1 + 112);
        TLanes.Store(c7c, destination2 + 112);
    }

    /// <summary>8 rows × 2 registers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void EightByTwo<TOrder>(T* left, nint leftStride, T* right0, T* right1, int count, T* destination0, T* destination1, PrefetchQueue* ahead)
        where TOrder : struct, IOrder
    {
        TLanes c0a = TLanes.Create(0.0), c0b = c0a;
        TLanes c1a = c0a, c1b = c0a;
        TLanes c2a = c0a, c2b = c0a;
        TLanes c3a = c0a, c3b = c0a;
        TLanes c4a = c0a, c4b = c0a;
        TLanes c5a = c0a, c5b = c0a;
        TLanes c6a = c0a, c6b = c0a;
        TLanes c7a = c0a, c7b = c0a;
        for (nint k = 0; k < count; k += 16, left += leftStride)
        {
            if (ahead != null)
                ahead->Advance();
            T* a = left;
            for (nint end = Math.Min(16, count - k), n = 0; n < end; n++, a += TOrder.Step, right0 += 16, right1 += 16)
            {
                var b0 = TLanes.Load(right0);
                var b1 = TLanes.Load(right1);
                var a0 = TLanes.Create(a[0]);
                c0a = TLanes.MultiplyAdd(a0, b0, c0a);
                c0b = TLanes.MultiplyAdd(a0, b1, c0b);
                var a1 = TLanes.Create(a[TOrder.RowStep]);
                c1a = TLanes.MultiplyAdd(a1, b0, c1a);
                c1b = TLanes.MultiplyAdd(a1, b1, c1b);
                var a2 = TLanes.Create(a[2 * TOrder.RowStep]);
                c2a = TLanes.MultiplyAdd(a2, b0, c2a);
                c2b = TLanes.MultiplyAdd(a2, b1, c2b);
                var a3 = TLanes.Create(a[3 * TOrder.RowStep]);
                c3a = TLanes.MultiplyAdd(a3, b0, c3a);
                c3b = TLanes.MultiplyAdd(a3, b1, c3b);
                var a4 = TLanes.Create(a[4 * TOrder.RowStep]);
                c4a = TLanes.MultiplyAdd(a4, b0, c4a);
                c4b = TLanes.MultiplyAdd(a4, b1, c4b);
                var a5 = TLanes.Create(a[5 * TOrder.RowStep]);
                c5a = TLanes.MultiplyAdd(a5, b0, c5a);
                c5b = TLanes.MultiplyAdd(a5, b1, c5b);
                var a6 = TLanes.Create(a[6 * TOrder.RowStep]);
                c6a = TLanes.MultiplyAdd(a6, b0, c6a);
                c6b = TLanes.MultiplyAdd(a6, b1, c6b);
                var a7 = TLanes.Create(a[7 * TOrder.RowStep]);
                c7a = TLanes.MultiplyAdd(a7, b0, c7a);
                c7b = TLanes.MultiplyAdd(a7, b1, c7b);
            }
        }

        TLanes.Store(c0a, destination0);
        TLanes.Store(c0b, destination1);
        TLanes.Store(c1a, destination0 + 16);
        TLanes.Store(c1b, destination1 + 16);
        TLanes.Store(c2a, destination0 + 32);
        TLanes.Store(c2b, destination1 + 32);
        TLanes.Store(c3a, destination0 + 48);
        TLanes.Store(c3b, destination1 + 48);
        TLanes.Store(c4a, destination0 + 64);
        TLanes.Store(c4b, destination1 + 64);
        TLanes.Store(c5a, destination0 + 80);
        TLanes.Store(c5b, destination1 + 80);
        TLanes.Store(c6a, destination0 + 96);
        TLanes.Store(c6b, destination1 + 96);
        TLanes.Store(c7a, destination0 + 112);
        TLanes.Store(c7b, destination1 + 112);
    }

    /// <summary>16 rows × 1 register.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void SixteenByOne<TOrder>(T* left, nint leftStride, T* right0, int count, T* destination0, PrefetchQueue* ahead)
        where TOrder : struct, IOrder
    {
        TLanes c0a = TLanes.Create(0.0);
        TLanes c1a = c0a;
        TLanes c2a = c0a;
        TLanes c3a = c0a;
        TLanes c4a = c0a;
        TLanes c5a = c0a;
        TLanes c6a = c0a;
        TLanes c7a = c0a;
        TLanes c8a = c0a;
        TLanes c9a = c0a;
        TLanes c10a = c0a;
        TLanes c11a = c0a;
        TLanes c12a = c0a;
        TLanes c13a = c0a;
        TLanes c14a = c0a;
        TLanes c15a = c0a;
        for (nint k = 0; k < count; k += 16, left += leftStride)
        {
            if (ahead != null)
                ahead->Advance();
            T* a = left;
            for (nint end = Math.Min(16, count - k), n = 0; n < end; n++, a += TOrder.Step, right0 += 16)
            {
                var b0 = TLanes.Load(right0);
                c0a = TLanes.MultiplyAdd(TLanes.Create(a[0]), b0, c0a);
                c1a = TLanes.MultiplyAdd(TLanes.Create(a[TOrder.RowStep]), b0, c1a);
                c2a = TLanes.MultiplyAdd(TLanes.Create(a[2 * TOrder.RowStep]), b0, c2a);
                c3a = TLanes.MultiplyAdd(TLanes.Create(a[3 * TOrder.RowStep]), b0, c3a);
                c4a = TLanes.MultiplyAdd(TLanes.Create(a[4 * TOrder.RowStep]), b0, c4a);
                c5a = TLanes.MultiplyAdd(TLanes.Create(a[5 * TOrder.RowStep]), b0, c5a);
                c6a = TLanes.MultiplyAdd(TLanes.Create(a[6 * TOrder.RowStep]), b0, c6a);
                c7a = TLanes.MultiplyAdd(TLanes.Create(a[7 * TOrder.RowStep]), b0, c7a);
                c8a = TLanes.MultiplyAdd(TLanes.Create(a[8 * TOrder.RowStep]), b0, c8a);
                c9a = TLanes.MultiplyAdd(TLanes.Create(a[9 * TOrder.RowStep]), b0, c9a);
                c10a = TLanes.MultiplyAdd(TLanes.Create(a[10 * TOrder.RowStep]), b0, c10a);
                c11a = TLanes.MultiplyAdd(TLanes.Create(a[11 * TOrder.RowStep]), b0, c11a);
                c12a = TLanes.MultiplyAdd(TLanes.Create(a[12 * TOrder.RowStep]), b0, c12a);
                c13a = TLanes.MultiplyAdd(TLanes.Create(a[13 * TOrder.RowStep]), b0, c13a);
                c14a = TLanes.MultiplyAdd(TLanes.Create(a[14 * TOrder.RowStep]), b0, c14a);
                c15a = TLanes.MultiplyAdd(TLanes.Create(a[15 * TOrder.RowStep]), b0, c15a);
            }
        }

        TLanes.Store(c0a, destination0);
        TLanes.Store(c1a, destination0 + 16);
        TLanes.Store(c2a, destination0 + 32);
        TLanes.Store(c3a, destination0 + 48);
        TLanes.Store(c4a, destination0 + 64);
        TLanes.Store(c5a, destination0 + 80);
        TLanes.Store(c6a, destination0 + 96);
        TLanes.Store(c7a, destination0 + 112);
        TLanes.Store(c8a, destination0 + 128);
        TLanes.Store(c9a, destination0 + 144);
        TLanes.Store(c10a, destination0 + 160);
        TLanes.Store(c11a, destination0 + 176);
        TLanes.Store(c12a, destination0 + 192);
        TLanes.Store(c13a, destination0 + 208);
        TLanes.Store(c14a, destination0 + 224);
        TLanes.Store(c15a, destination0 + 240);
    }

    /// <summary>4 rows × 3 registers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void FourByThree<TOrder>(T* left, nint leftStride, T* right0, T* right1, T* right2, int count, T* destination0, T* destination1, T* destination2, PrefetchQueue* ahead)
        where TOrder : struct, IOrder
    {
        TLanes c0a = TLanes.Create(0.0), c0b = c0a, c0c = c0a;
        TLanes c1a = c0a, c1b = c0a, c1c = c0a;
        TLanes c2a = c0a, c2b = c0a, c2c = c0a;
        TLanes c3a = c0a, c3b = c0a, c3c = c0a;
        for (nint k = 0; k < count; k += 16, left += leftStride)
        {
            if (ahead != null)
                ahead->Advance();
            T* a = left;
            for (nint end = Math.Min(16, count - k), n = 0; n < end; n++, a += TOrder.Step, right0 += 16, right1 += 16, right2 += 16)
            {
                var b0 = TLanes.Load(right0);
                var b1 = TLanes.Load(right1);
                var b2 = TLanes.Load(right2);
                var a0 = TLanes.Create(a[0]);
                c0a = TLanes.MultiplyAdd(a0, b0, c0a);
                c0b = TLanes.MultiplyAdd(a0, b1, c0b);
                c0c = TLanes.MultiplyAdd(a0, b2, c0c);
                var a1 = TLanes.Create(a[TOrder.RowStep]);
                c1a = TLanes.MultiplyAdd(a1, b0, c1a);
                c1b = TLanes.MultiplyAdd(a1, b1, c1b);
                c1c = TLanes.MultiplyAdd(a1, b2, c1c);
                var a2 = TLanes.Create(a[2 * TOrder.RowStep]);
                c2a = TLanes.MultiplyAdd(a2, b0, c2a);
                c2b = TLanes.MultiplyAdd(a2, b1, c2b);
                c2c = TLanes.MultiplyAdd(a2, b2, c2c);
                var a3 = TLanes.Create(a[3 * TOrder.RowStep]);
                c3a = TLanes.MultiplyAdd(a3, b0, c3a);
                c3b = TLanes.MultiplyAdd(a3, b1, c3b);
                c3c = TLanes.MultiplyAdd(a3, b2, c3c);
            }
        }

        TLanes.Store(c0a, destination0);
        TLanes.Store(c0b, destination1);
        TLanes.Store(c0c, destination2);
        TLanes.Store(c1a, destination0 + 16);
        TLanes.Store(c1b, destination1 + 16);
        TLanes.Store(c1c, destination2 + 16);
        TLanes.Store(c2a, destination0 + 32);
        TLanes.Store(c2b, destination1 + 32);
        TLanes.Store(c2c, destination2 + 32);
        TLanes.Store(c3a, destination0 + 48);
        TLanes.Store(c3b, destination1 + 48);
        TLanes.Store(c3c, destination2 + 48);
    }

    /// <summary>4 rows × 2 registers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void FourByTwo<TOrder>(T* left, nint leftStride, T* right0, T* right1, int count, T* destination0, T* destination1, PrefetchQueue* ahead)
        where TOrder : struct, IOrder
    {
        TLanes c0a = TLanes.Create(0.0), c0b = c0a;
        TLanes c1a = c0a, c1b = c0a;
        TLanes c2a = c0a, c2b = c0a;
        TLanes c3a = c0a, c3b = c0a;
        for (nint k = 0; k < count; k += 16, left += leftStride)
        {
            if (ahead != null)
                ahead->Advance();
            T* a = left;
            for (nint end = Math.Min(16, count - k), n = 0; n < end; n++, a += TOrder.Step, right0 += 16, right1 += 16)
            {
                var b0 = TLanes.Load(right0);
                var b1 = TLanes.Load(right1);
                var a0 = TLanes.Create(a[0]);
                c0a = TLanes.MultiplyAdd(a0, b0, c0a);
                c0b = TLanes.MultiplyAdd(a0, b1, c0b);
                var a1 = TLanes.Create(a[TOrder.RowStep]);
                c1a = TLanes.MultiplyAdd(a1, b0, c1a);
                c1b = TLanes.MultiplyAdd(a1, b1, c1b);
                var a2 = TLanes.Create(a[2 * TOrder.RowStep]);
                c2a = TLanes.MultiplyAdd(a2, b0, c2a);
                c2b = TLanes.MultiplyAdd(a2, b1, c2b);
                var a3 = TLanes.Create(a[3 * TOrder.RowStep]);
                c3a = TLanes.MultiplyAdd(a3, b0, c3a);
                c3b = TLanes.MultiplyAdd(a3, b1, c3b);
            }
        }

        TLanes.Store(c0a, destination0);
        TLanes.Store(c0b, destination1);
        TLanes.Store(c1a, destination0 + 16);
        TLanes.Store(c1b, destination1 + 16);
        TLanes.Store(c2a, destination0 + 32);
        TLanes.Store(c2b, destination1 + 32);
        TLanes.Store(c3a, destination0 + 48);
        TLanes.Store(c3b, destination1 + 48);
    }

    /// <summary>Rows of 16, one for each row of the product.</summary>
    private readonly struct Rows : IOrder
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
    }

    /// <summary>Rows of 16, one for each summation index.</summary>
    private readonly struct Columns : IOrder
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
    }
}
