using System.Runtime.CompilerServices;

namespace Microsoft.ML.Trainers.VariationalDropout.Numerics;

/// <summary>How the numbers of a left-hand operand lie: element (row i, summation index k) of a block is at i RowStep + k Step.</summary>
internal interface ITileOrder
{
    static abstract int RowStep { get; }

    static abstract int Step { get; }

    /// <summary>Summation indices of a block.</summary>
    static abstract int Block { get; }
}

/// <summary>What a register tile does with two numbers and a sum.</summary>
internal interface ITileTerm<TLanes>
    where TLanes : unmanaged
{
    static abstract TLanes Add(TLanes left, TLanes right, TLanes sum);

    /// <summary>The sum as it is stored.</summary>
    static abstract TLanes Finish(TLanes sum);
}

/// <summary>The loops of <see cref="TileProduct{TLanes, T}"/> and <see cref="ShortProduct{T}"/>: sums of terms of 16 rows by some panels of 16 columns, held in registers.</summary>
/// <remarks>
/// A register tile is R rows × C registers of columns. With two multiply-adds and two loads a cycle, R × C multiply-adds need R broadcasts and C loads:
/// 8 × 3 (of 32 registers) and 4 × 3 (of 16) leave loads to spare, which 16 × 1 does not. Ask for <see cref="Panels"/> panels at a time.
/// </remarks>
internal static unsafe class RegisterTile<TLanes, T, TTerm>
    where TLanes : unmanaged, ILanes<TLanes, T>
    where T : unmanaged
    where TTerm : struct, ITileTerm<TLanes>
{
    /// <summary>Panels that one register tile covers: more in one call are no faster.</summary>
    public const int Panels = 3;

    /// <summary>Steps that a product makes with its <see cref="PrefetchQueue"/>.</summary>
    public static int StepsOf(int panels, int blocks)
    {
        if (TLanes.Count == 16)
            return blocks * ((2 * (panels / Panels)) + (panels % Panels) switch { 2 => 2, 1 => 1, _ => 0 });
        return blocks * 4 * 16 / TLanes.Count * (panels / Panels) + (blocks * 4 * 8 / TLanes.Count * (panels % Panels));
    }

    /// <summary>destination[p][i][j] = Σ_k term(left[i][k], right[p][k][j]); parameters as in <see cref="TileProduct{TLanes, T}.Multiply(T*, nint, T*, nint, int, int, T*, nint, PrefetchQueue*)"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Multiply<TOrder>(T* left, nint leftStride, T* right, nint rightStride, int panels, int count, T* destination, nint destinationStride, PrefetchQueue* ahead)
        where TOrder : struct, ITileOrder
    {
        for (; panels >= Panels; panels -= Panels, right += Panels * rightStride, destination += Panels * destinationStride)
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
        where TOrder : struct, ITileOrder
    {
        TLanes c0a = TLanes.Create(0.0), c0b = c0a, c0c = c0a;
        TLanes c1a = c0a, c1b = c0a, c1c = c0a;
        TLanes c2a = c0a, c2b = c0a, c2c = c0a;
        TLanes c3a = c0a, c3b = c0a, c3c = c0a;
        TLanes c4a = c0a, c4b = c0a, c4c = c0a;
        TLanes c5a = c0a, c5b = c0a, c5c = c0a;
        TLanes c6a = c0a, c6b = c0a, c6c = c0a;
        TLanes c7a = c0a, c7b = c0a, c7c = c0a;
        for (nint k = 0; k < count; k += TOrder.Block, left += leftStride)
        {
            if (ahead != null)
                ahead->Advance();
            T* a = left;
            for (nint end = Math.Min(TOrder.Block, count - k), n = 0; n < end; n++, a += TOrder.Step, right0 += 16, right1 += 16, right2 += 16)
            {
                var b0 = TLanes.Load(right0);
                var b1 = TLanes.Load(right1);
                var b2 = TLanes.Load(right2);
                var a0 = TLanes.Create(a[0]);
                c0a = TTerm.Add(a0, b0, c0a);
                c0b = TTerm.Add(a0, b1, c0b);
                c0c = TTerm.Add(a0, b2, c0c);
                var a1 = TLanes.Create(a[TOrder.RowStep]);
                c1a = TTerm.Add(a1, b0, c1a);
                c1b = TTerm.Add(a1, b1, c1b);
                c1c = TTerm.Add(a1, b2, c1c);
                var a2 = TLanes.Create(a[2 * TOrder.RowStep]);
                c2a = TTerm.Add(a2, b0, c2a);
                c2b = TTerm.Add(a2, b1, c2b);
                c2c = TTerm.Add(a2, b2, c2c);
                var a3 = TLanes.Create(a[3 * TOrder.RowStep]);
                c3a = TTerm.Add(a3, b0, c3a);
                c3b = TTerm.Add(a3, b1, c3b);
                c3c = TTerm.Add(a3, b2, c3c);
                var a4 = TLanes.Create(a[4 * TOrder.RowStep]);
                c4a = TTerm.Add(a4, b0, c4a);
                c4b = TTerm.Add(a4, b1, c4b);
                c4c = TTerm.Add(a4, b2, c4c);
                var a5 = TLanes.Create(a[5 * TOrder.RowStep]);
                c5a = TTerm.Add(a5, b0, c5a);
                c5b = TTerm.Add(a5, b1, c5b);
                c5c = TTerm.Add(a5, b2, c5c);
                var a6 = TLanes.Create(a[6 * TOrder.RowStep]);
                c6a = TTerm.Add(a6, b0, c6a);
                c6b = TTerm.Add(a6, b1, c6b);
                c6c = TTerm.Add(a6, b2, c6c);
                var a7 = TLanes.Create(a[7 * TOrder.RowStep]);
                c7a = TTerm.Add(a7, b0, c7a);
                c7b = TTerm.Add(a7, b1, c7b);
                c7c = TTerm.Add(a7, b2, c7c);
            }
        }

        TLanes.Store(TTerm.Finish(c0a), destination0);
        TLanes.Store(TTerm.Finish(c0b), destination1);
        TLanes.Store(TTerm.Finish(c0c), destination2);
        TLanes.Store(TTerm.Finish(c1a), destination0 + 16);
        TLanes.Store(TTerm.Finish(c1b), destination1 + 16);
        TLanes.Store(TTerm.Finish(c1c), destination2 + 16);
        TLanes.Store(TTerm.Finish(c2a), destination0 + 32);
        TLanes.Store(TTerm.Finish(c2b), destination1 + 32);
        TLanes.Store(TTerm.Finish(c2c), destination2 + 32);
        TLanes.Store(TTerm.Finish(c3a), destination0 + 48);
        TLanes.Store(TTerm.Finish(c3b), destination1 + 48);
        TLanes.Store(TTerm.Finish(c3c), destination2 + 48);
        TLanes.Store(TTerm.Finish(c4a), destination0 + 64);
        TLanes.Store(TTerm.Finish(c4b), destination1 + 64);
        TLanes.Store(TTerm.Finish(c4c), destination2 + 64);
        TLanes.Store(TTerm.Finish(c5a), destination0 + 80);
        TLanes.Store(TTerm.Finish(c5b), destination1 + 80);
        TLanes.Store(TTerm.Finish(c5c), destination2 + 80);
        TLanes.Store(TTerm.Finish(c6a), destination0 + 96);
        TLanes.Store(TTerm.Finish(c6b), destination1 + 96);
        TLanes.Store(TTerm.Finish(c6c), destination2 + 96);
        TLanes.Store(TTerm.Finish(c7a), destination0 + 112);
        TLanes.Store(TTerm.Finish(c7b), destination1 + 112);
        TLanes.Store(TTerm.Finish(c7c), destination2 + 112);
    }

    /// <summary>8 rows × 2 registers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void EightByTwo<TOrder>(T* left, nint leftStride, T* right0, T* right1, int count, T* destination0, T* destination1, PrefetchQueue* ahead)
        where TOrder : struct, ITileOrder
    {
        TLanes c0a = TLanes.Create(0.0), c0b = c0a;
        TLanes c1a = c0a, c1b = c0a;
        TLanes c2a = c0a, c2b = c0a;
        TLanes c3a = c0a, c3b = c0a;
        TLanes c4a = c0a, c4b = c0a;
        TLanes c5a = c0a, c5b = c0a;
        TLanes c6a = c0a, c6b = c0a;
        TLanes c7a = c0a, c7b = c0a;
        for (nint k = 0; k < count; k += TOrder.Block, left += leftStride)
        {
            if (ahead != null)
                ahead->Advance();
            T* a = left;
            for (nint end = Math.Min(TOrder.Block, count - k), n = 0; n < end; n++, a += TOrder.Step, right0 += 16, right1 += 16)
            {
                var b0 = TLanes.Load(right0);
                var b1 = TLanes.Load(right1);
                var a0 = TLanes.Create(a[0]);
                c0a = TTerm.Add(a0, b0, c0a);
                c0b = TTerm.Add(a0, b1, c0b);
                var a1 = TLanes.Create(a[TOrder.RowStep]);
                c1a = TTerm.Add(a1, b0, c1a);
                c1b = TTerm.Add(a1, b1, c1b);
                var a2 = TLanes.Create(a[2 * TOrder.RowStep]);
                c2a = TTerm.Add(a2, b0, c2a);
                c2b = TTerm.Add(a2, b1, c2b);
                var a3 = TLanes.Create(a[3 * TOrder.RowStep]);
                c3a = TTerm.Add(a3, b0, c3a);
                c3b = TTerm.Add(a3, b1, c3b);
                var a4 = TLanes.Create(a[4 * TOrder.RowStep]);
                c4a = TTerm.Add(a4, b0, c4a);
                c4b = TTerm.Add(a4, b1, c4b);
                var a5 = TLanes.Create(a[5 * TOrder.RowStep]);
                c5a = TTerm.Add(a5, b0, c5a);
                c5b = TTerm.Add(a5, b1, c5b);
                var a6 = TLanes.Create(a[6 * TOrder.RowStep]);
                c6a = TTerm.Add(a6, b0, c6a);
                c6b = TTerm.Add(a6, b1, c6b);
                var a7 = TLanes.Create(a[7 * TOrder.RowStep]);
                c7a = TTerm.Add(a7, b0, c7a);
                c7b = TTerm.Add(a7, b1, c7b);
            }
        }

        TLanes.Store(TTerm.Finish(c0a), destination0);
        TLanes.Store(TTerm.Finish(c0b), destination1);
        TLanes.Store(TTerm.Finish(c1a), destination0 + 16);
        TLanes.Store(TTerm.Finish(c1b), destination1 + 16);
        TLanes.Store(TTerm.Finish(c2a), destination0 + 32);
        TLanes.Store(TTerm.Finish(c2b), destination1 + 32);
        TLanes.Store(TTerm.Finish(c3a), destination0 + 48);
        TLanes.Store(TTerm.Finish(c3b), destination1 + 48);
        TLanes.Store(TTerm.Finish(c4a), destination0 + 64);
        TLanes.Store(TTerm.Finish(c4b), destination1 + 64);
        TLanes.Store(TTerm.Finish(c5a), destination0 + 80);
        TLanes.Store(TTerm.Finish(c5b), destination1 + 80);
        TLanes.Store(TTerm.Finish(c6a), destination0 + 96);
        TLanes.Store(TTerm.Finish(c6b), destination1 + 96);
        TLanes.Store(TTerm.Finish(c7a), destination0 + 112);
        TLanes.Store(TTerm.Finish(c7b), destination1 + 112);
    }

    /// <summary>16 rows × 1 register.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void SixteenByOne<TOrder>(T* left, nint leftStride, T* right0, int count, T* destination0, PrefetchQueue* ahead)
        where TOrder : struct, ITileOrder
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
        for (nint k = 0; k < count; k += TOrder.Block, left += leftStride)
        {
            if (ahead != null)
                ahead->Advance();
            T* a = left;
            for (nint end = Math.Min(TOrder.Block, count - k), n = 0; n < end; n++, a += TOrder.Step, right0 += 16)
            {
                var b0 = TLanes.Load(right0);
                c0a = TTerm.Add(TLanes.Create(a[0]), b0, c0a);
                c1a = TTerm.Add(TLanes.Create(a[TOrder.RowStep]), b0, c1a);
                c2a = TTerm.Add(TLanes.Create(a[2 * TOrder.RowStep]), b0, c2a);
                c3a = TTerm.Add(TLanes.Create(a[3 * TOrder.RowStep]), b0, c3a);
                c4a = TTerm.Add(TLanes.Create(a[4 * TOrder.RowStep]), b0, c4a);
                c5a = TTerm.Add(TLanes.Create(a[5 * TOrder.RowStep]), b0, c5a);
                c6a = TTerm.Add(TLanes.Create(a[6 * TOrder.RowStep]), b0, c6a);
                c7a = TTerm.Add(TLanes.Create(a[7 * TOrder.RowStep]), b0, c7a);
                c8a = TTerm.Add(TLanes.Create(a[8 * TOrder.RowStep]), b0, c8a);
                c9a = TTerm.Add(TLanes.Create(a[9 * TOrder.RowStep]), b0, c9a);
                c10a = TTerm.Add(TLanes.Create(a[10 * TOrder.RowStep]), b0, c10a);
                c11a = TTerm.Add(TLanes.Create(a[11 * TOrder.RowStep]), b0, c11a);
                c12a = TTerm.Add(TLanes.Create(a[12 * TOrder.RowStep]), b0, c12a);
                c13a = TTerm.Add(TLanes.Create(a[13 * TOrder.RowStep]), b0, c13a);
                c14a = TTerm.Add(TLanes.Create(a[14 * TOrder.RowStep]), b0, c14a);
                c15a = TTerm.Add(TLanes.Create(a[15 * TOrder.RowStep]), b0, c15a);
            }
        }

        TLanes.Store(TTerm.Finish(c0a), destination0);
        TLanes.Store(TTerm.Finish(c1a), destination0 + 16);
        TLanes.Store(TTerm.Finish(c2a), destination0 + 32);
        TLanes.Store(TTerm.Finish(c3a), destination0 + 48);
        TLanes.Store(TTerm.Finish(c4a), destination0 + 64);
        TLanes.Store(TTerm.Finish(c5a), destination0 + 80);
        TLanes.Store(TTerm.Finish(c6a), destination0 + 96);
        TLanes.Store(TTerm.Finish(c7a), destination0 + 112);
        TLanes.Store(TTerm.Finish(c8a), destination0 + 128);
        TLanes.Store(TTerm.Finish(c9a), destination0 + 144);
        TLanes.Store(TTerm.Finish(c10a), destination0 + 160);
        TLanes.Store(TTerm.Finish(c11a), destination0 + 176);
        TLanes.Store(TTerm.Finish(c12a), destination0 + 192);
        TLanes.Store(TTerm.Finish(c13a), destination0 + 208);
        TLanes.Store(TTerm.Finish(c14a), destination0 + 224);
        TLanes.Store(TTerm.Finish(c15a), destination0 + 240);
    }

    /// <summary>4 rows × 3 registers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void FourByThree<TOrder>(T* left, nint leftStride, T* right0, T* right1, T* right2, int count, T* destination0, T* destination1, T* destination2, PrefetchQueue* ahead)
        where TOrder : struct, ITileOrder
    {
        TLanes c0a = TLanes.Create(0.0), c0b = c0a, c0c = c0a;
        TLanes c1a = c0a, c1b = c0a, c1c = c0a;
        TLanes c2a = c0a, c2b = c0a, c2c = c0a;
        TLanes c3a = c0a, c3b = c0a, c3c = c0a;
        for (nint k = 0; k < count; k += TOrder.Block, left += leftStride)
        {
            if (ahead != null)
                ahead->Advance();
            T* a = left;
            for (nint end = Math.Min(TOrder.Block, count - k), n = 0; n < end; n++, a += TOrder.Step, right0 += 16, right1 += 16, right2 += 16)
            {
                var b0 = TLanes.Load(right0);
                var b1 = TLanes.Load(right1);
                var b2 = TLanes.Load(right2);
                var a0 = TLanes.Create(a[0]);
                c0a = TTerm.Add(a0, b0, c0a);
                c0b = TTerm.Add(a0, b1, c0b);
                c0c = TTerm.Add(a0, b2, c0c);
                var a1 = TLanes.Create(a[TOrder.RowStep]);
                c1a = TTerm.Add(a1, b0, c1a);
                c1b = TTerm.Add(a1, b1, c1b);
                c1c = TTerm.Add(a1, b2, c1c);
                var a2 = TLanes.Create(a[2 * TOrder.RowStep]);
                c2a = TTerm.Add(a2, b0, c2a);
                c2b = TTerm.Add(a2, b1, c2b);
                c2c = TTerm.Add(a2, b2, c2c);
                var a3 = TLanes.Create(a[3 * TOrder.RowStep]);
                c3a = TTerm.Add(a3, b0, c3a);
                c3b = TTerm.Add(a3, b1, c3b);
                c3c = TTerm.Add(a3, b2, c3c);
            }
        }

        TLanes.Store(TTerm.Finish(c0a), destination0);
        TLanes.Store(TTerm.Finish(c0b), destination1);
        TLanes.Store(TTerm.Finish(c0c), destination2);
        TLanes.Store(TTerm.Finish(c1a), destination0 + 16);
        TLanes.Store(TTerm.Finish(c1b), destination1 + 16);
        TLanes.Store(TTerm.Finish(c1c), destination2 + 16);
        TLanes.Store(TTerm.Finish(c2a), destination0 + 32);
        TLanes.Store(TTerm.Finish(c2b), destination1 + 32);
        TLanes.Store(TTerm.Finish(c2c), destination2 + 32);
        TLanes.Store(TTerm.Finish(c3a), destination0 + 48);
        TLanes.Store(TTerm.Finish(c3b), destination1 + 48);
        TLanes.Store(TTerm.Finish(c3c), destination2 + 48);
    }

    /// <summary>4 rows × 2 registers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void FourByTwo<TOrder>(T* left, nint leftStride, T* right0, T* right1, int count, T* destination0, T* destination1, PrefetchQueue* ahead)
        where TOrder : struct, ITileOrder
    {
        TLanes c0a = TLanes.Create(0.0), c0b = c0a;
        TLanes c1a = c0a, c1b = c0a;
        TLanes c2a = c0a, c2b = c0a;
        TLanes c3a = c0a, c3b = c0a;
        for (nint k = 0; k < count; k += TOrder.Block, left += leftStride)
        {
            if (ahead != null)
                ahead->Advance();
            T* a = left;
            for (nint end = Math.Min(TOrder.Block, count - k), n = 0; n < end; n++, a += TOrder.Step, right0 += 16, right1 += 16)
            {
                var b0 = TLanes.Load(right0);
                var b1 = TLanes.Load(right1);
                var a0 = TLanes.Create(a[0]);
                c0a = TTerm.Add(a0, b0, c0a);
                c0b = TTerm.Add(a0, b1, c0b);
                var a1 = TLanes.Create(a[TOrder.RowStep]);
                c1a = TTerm.Add(a1, b0, c1a);
                c1b = TTerm.Add(a1, b1, c1b);
                var a2 = TLanes.Create(a[2 * TOrder.RowStep]);
                c2a = TTerm.Add(a2, b0, c2a);
                c2b = TTerm.Add(a2, b1, c2b);
                var a3 = TLanes.Create(a[3 * TOrder.RowStep]);
                c3a = TTerm.Add(a3, b0, c3a);
                c3b = TTerm.Add(a3, b1, c3b);
            }
        }

        TLanes.Store(TTerm.Finish(c0a), destination0);
        TLanes.Store(TTerm.Finish(c0b), destination1);
        TLanes.Store(TTerm.Finish(c1a), destination0 + 16);
        TLanes.Store(TTerm.Finish(c1b), destination1 + 16);
        TLanes.Store(TTerm.Finish(c2a), destination0 + 32);
        TLanes.Store(TTerm.Finish(c2b), destination1 + 32);
        TLanes.Store(TTerm.Finish(c3a), destination0 + 48);
        TLanes.Store(TTerm.Finish(c3b), destination1 + 48);
    }
}
