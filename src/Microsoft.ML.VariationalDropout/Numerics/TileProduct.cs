using System.Runtime.CompilerServices;

namespace Microsoft.ML.Trainers.VariationalDropout.Numerics;

/// <summary>
/// Products of blocks in the layout of <see cref="BlockedMatrix{T}"/>. Every number of a result is one chain of fused multiply-adds in the
/// order of the summation index, whatever the path and the number of rows: a row's result does not depend on its neighbours.
/// </summary>
/// <remarks>The register tile is 16 rows × 1 register for 16 lanes and 4 rows × (16 / lanes) registers for fewer.</remarks>
internal static unsafe class TileProduct<TLanes, T>
    where TLanes : unmanaged, ILanes<TLanes, T>
    where T : unmanaged
{
    /// <summary>destination[i][j] = Σ_k left[i][k] right[k][j] for 16 × 16 results.</summary>
    /// <param name="left">16 rows in the first of consecutive panels.</param>
    /// <param name="leftStride">Numbers from one panel of <paramref name="left"/> to the next.</param>
    /// <param name="right">Rows of 16, one for each k.</param>
    /// <param name="count">Length of the sum over k.</param>
    /// <param name="destination">[16][16], overwritten.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Multiply(T* left, nint leftStride, T* right, int count, T* destination)
    {
        if (TLanes.Count == 16)
        {
            MultiplySixteenRows(left, leftStride, right, count, destination);
            return;
        }

        for (int row = 0; row < 16; row += 4)
        {
            for (int column = 0; column < 16; column += 2 * TLanes.Count)
                MultiplyFourRows(left + (row * 16), leftStride, right + column, count, destination + (row * 16) + column);
        }
    }

    /// <summary>destination[i][j] = Σ_m left[m][i] right[m][j]: both operands are rows of 16, one for each m.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void MultiplyTransposed(T* left, T* right, int count, T* destination)
    {
        if (TLanes.Count == 16)
        {
            MultiplyTransposedSixteenRows(left, right, count, destination);
            return;
        }

        for (int row = 0; row < 16; row += 4)
        {
            for (int column = 0; column < 16; column += 2 * TLanes.Count)
                MultiplyTransposedFourRows(left + row, right + column, count, destination + (row * 16) + column);
        }
    }

    /// <summary>destination[j][i] = source[i][j] for a block of 16 × 16.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Transpose(T* source, T* destination)
    {
        for (int i = 0; i < 16; i++)
        {
            for (int j = 0; j < 16; j++)
                destination[(j * 16) + i] = source[(i * 16) + j];
        }
    }

    /// <summary>destination[j] = Σ_k left[k] right[k][j] for one row, over <paramref name="panels"/> panels of the right-hand matrix.</summary>
    /// <param name="left">[count], contiguous.</param>
    /// <param name="right">The first panel.</param>
    /// <param name="rightStride">Numbers from one panel to the next.</param>
    /// <param name="panels">Number of panels.</param>
    /// <param name="count">Length of the sum.</param>
    /// <param name="destination">[panels][16].</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void MultiplyRow(T* left, T* right, nint rightStride, int panels, int count, T* destination)
    {
        int panel = 0;
        for (; panel + 4 <= panels; panel += 4)
        {
            // Four panels at a time: four independent chains hide the latency of the multiply-add.
            for (int column = 0; column < 16; column += TLanes.Count)
            {
                T* b0 = right + (panel * rightStride) + column, b1 = b0 + rightStride, b2 = b1 + rightStride, b3 = b2 + rightStride;
                TLanes c0 = TLanes.Create(0.0), c1 = c0, c2 = c0, c3 = c0;
                for (nint k = 0; k < count; k++)
                {
                    var a = TLanes.Create(left[k]);
                    c0 = TLanes.MultiplyAdd(a, TLanes.Load(b0 + (k * 16)), c0);
                    c1 = TLanes.MultiplyAdd(a, TLanes.Load(b1 + (k * 16)), c1);
                    c2 = TLanes.MultiplyAdd(a, TLanes.Load(b2 + (k * 16)), c2);
                    c3 = TLanes.MultiplyAdd(a, TLanes.Load(b3 + (k * 16)), c3);
                }

                T* c = destination + (panel * 16) + column;
                TLanes.Store(c0, c);
                TLanes.Store(c1, c + 16);
                TLanes.Store(c2, c + 32);
                TLanes.Store(c3, c + 48);
            }
        }

        for (; panel < panels; panel++)
        {
            for (int column = 0; column < 16; column += TLanes.Count)
            {
                T* b = right + (panel * rightStride) + column;
                var sum = TLanes.Create(0.0);
                for (nint k = 0; k < count; k++)
                    sum = TLanes.MultiplyAdd(TLanes.Create(left[k]), TLanes.Load(b + (k * 16)), sum);
                TLanes.Store(sum, destination + (panel * 16) + column);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void MultiplySixteenRows(T* left, nint leftStride, T* right, int count, T* destination)
    {
        TLanes c0 = TLanes.Create(0.0), c1 = c0, c2 = c0, c3 = c0, c4 = c0, c5 = c0, c6 = c0, c7 = c0, c8 = c0, c9 = c0, c10 = c0, c11 = c0, c12 = c0, c13 = c0, c14 = c0, c15 = c0;
        for (nint k = 0; k < count; k += 16, left += leftStride)
        {
            T* a = left;
            T* end = a + Math.Min(16, count - k);
            for (; a < end; a++, right += 16)
            {
                var b = TLanes.Load(right);
                c0 = TLanes.MultiplyAdd(TLanes.Create(a[0]), b, c0);
                c1 = TLanes.MultiplyAdd(TLanes.Create(a[16]), b, c1);
                c2 = TLanes.MultiplyAdd(TLanes.Create(a[32]), b, c2);
                c3 = TLanes.MultiplyAdd(TLanes.Create(a[48]), b, c3);
                c4 = TLanes.MultiplyAdd(TLanes.Create(a[64]), b, c4);
                c5 = TLanes.MultiplyAdd(TLanes.Create(a[80]), b, c5);
                c6 = TLanes.MultiplyAdd(TLanes.Create(a[96]), b, c6);
                c7 = TLanes.MultiplyAdd(TLanes.Create(a[112]), b, c7);
                c8 = TLanes.MultiplyAdd(TLanes.Create(a[128]), b, c8);
                c9 = TLanes.MultiplyAdd(TLanes.Create(a[144]), b, c9);
                c10 = TLanes.MultiplyAdd(TLanes.Create(a[160]), b, c10);
                c11 = TLanes.MultiplyAdd(TLanes.Create(a[176]), b, c11);
                c12 = TLanes.MultiplyAdd(TLanes.Create(a[192]), b, c12);
                c13 = TLanes.MultiplyAdd(TLanes.Create(a[208]), b, c13);
                c14 = TLanes.MultiplyAdd(TLanes.Create(a[224]), b, c14);
                c15 = TLanes.MultiplyAdd(TLanes.Create(a[240]), b, c15);
            }
        }

        TLanes.Store(c0, destination);
        TLanes.Store(c1, destination + 16);
        TLanes.Store(c2, destination + 32);
        TLanes.Store(c3, destination + 48);
        TLanes.Store(c4, destination + 64);
        TLanes.Store(c5, destination + 80);
        TLanes.Store(c6, destination + 96);
        TLanes.Store(c7, destination + 112);
        TLanes.Store(c8, destination + 128);
        TLanes.Store(c9, destination + 144);
        TLanes.Store(c10, destination + 160);
        TLanes.Store(c11, destination + 176);
        TLanes.Store(c12, destination + 192);
        TLanes.Store(c13, destination + 208);
        TLanes.Store(c14, destination + 224);
        TLanes.Store(c15, destination + 240);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void MultiplyFourRows(T* left, nint leftStride, T* right, int count, T* destination)
    {
        TLanes c00 = TLanes.Create(0.0), c01 = c00, c10 = c00, c11 = c00, c20 = c00, c21 = c00, c30 = c00, c31 = c00;
        for (nint k = 0; k < count; k += 16, left += leftStride)
        {
            T* a = left;
            T* end = a + Math.Min(16, count - k);
            for (; a < end; a++, right += 16)
            {
                var b0 = TLanes.Load(right);
                var b1 = TLanes.Load(right + TLanes.Count);
                var a0 = TLanes.Create(a[0]);
                c00 = TLanes.MultiplyAdd(a0, b0, c00);
                c01 = TLanes.MultiplyAdd(a0, b1, c01);
                var a1 = TLanes.Create(a[16]);
                c10 = TLanes.MultiplyAdd(a1, b0, c10);
                c11 = TLanes.MultiplyAdd(a1, b1, c11);
                var a2 = TLanes.Create(a[32]);
                c20 = TLanes.MultiplyAdd(a2, b0, c20);
                c21 = TLanes.MultiplyAdd(a2, b1, c21);
                var a3 = TLanes.Create(a[48]);
                c30 = TLanes.MultiplyAdd(a3, b0, c30);
                c31 = TLanes.MultiplyAdd(a3, b1, c31);
            }
        }

        TLanes.Store(c00, destination);
        TLanes.Store(c01, destination + TLanes.Count);
        TLanes.Store(c10, destination + 16);
        TLanes.Store(c11, destination + 16 + TLanes.Count);
        TLanes.Store(c20, destination + 32);
        TLanes.Store(c21, destination + 32 + TLanes.Count);
        TLanes.Store(c30, destination + 48);
        TLanes.Store(c31, destination + 48 + TLanes.Count);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void MultiplyTransposedSixteenRows(T* left, T* right, int count, T* destination)
    {
        TLanes c0 = TLanes.Create(0.0), c1 = c0, c2 = c0, c3 = c0, c4 = c0, c5 = c0, c6 = c0, c7 = c0, c8 = c0, c9 = c0, c10 = c0, c11 = c0, c12 = c0, c13 = c0, c14 = c0, c15 = c0;
        for (nint m = 0; m < count; m++, left += 16, right += 16)
        {
            var b = TLanes.Load(right);
            c0 = TLanes.MultiplyAdd(TLanes.Create(left[0]), b, c0);
            c1 = TLanes.MultiplyAdd(TLanes.Create(left[1]), b, c1);
            c2 = TLanes.MultiplyAdd(TLanes.Create(left[2]), b, c2);
            c3 = TLanes.MultiplyAdd(TLanes.Create(left[3]), b, c3);
            c4 = TLanes.MultiplyAdd(TLanes.Create(left[4]), b, c4);
            c5 = TLanes.MultiplyAdd(TLanes.Create(left[5]), b, c5);
            c6 = TLanes.MultiplyAdd(TLanes.Create(left[6]), b, c6);
            c7 = TLanes.MultiplyAdd(TLanes.Create(left[7]), b, c7);
            c8 = TLanes.MultiplyAdd(TLanes.Create(left[8]), b, c8);
            c9 = TLanes.MultiplyAdd(TLanes.Create(left[9]), b, c9);
            c10 = TLanes.MultiplyAdd(TLanes.Create(left[10]), b, c10);
            c11 = TLanes.MultiplyAdd(TLanes.Create(left[11]), b, c11);
            c12 = TLanes.MultiplyAdd(TLanes.Create(left[12]), b, c12);
            c13 = TLanes.MultiplyAdd(TLanes.Create(left[13]), b, c13);
            c14 = TLanes.MultiplyAdd(TLanes.Create(left[14]), b, c14);
            c15 = TLanes.MultiplyAdd(TLanes.Create(left[15]), b, c15);
        }

        TLanes.Store(c0, destination);
        TLanes.Store(c1, destination + 16);
        TLanes.Store(c2, destination + 32);
        TLanes.Store(c3, destination + 48);
        TLanes.Store(c4, destination + 64);
        TLanes.Store(c5, destination + 80);
        TLanes.Store(c6, destination + 96);
        TLanes.Store(c7, destination + 112);
        TLanes.Store(c8, destination + 128);
        TLanes.Store(c9, destination + 144);
        TLanes.Store(c10, destination + 160);
        TLanes.Store(c11, destination + 176);
        TLanes.Store(c12, destination + 192);
        TLanes.Store(c13, destination + 208);
        TLanes.Store(c14, destination + 224);
        TLanes.Store(c15, destination + 240);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void MultiplyTransposedFourRows(T* left, T* right, int count, T* destination)
    {
        TLanes c00 = TLanes.Create(0.0), c01 = c00, c10 = c00, c11 = c00, c20 = c00, c21 = c00, c30 = c00, c31 = c00;
        for (nint m = 0; m < count; m++, left += 16, right += 16)
        {
            var b0 = TLanes.Load(right);
            var b1 = TLanes.Load(right + TLanes.Count);
            var a0 = TLanes.Create(left[0]);
            c00 = TLanes.MultiplyAdd(a0, b0, c00);
            c01 = TLanes.MultiplyAdd(a0, b1, c01);
            var a1 = TLanes.Create(left[1]);
            c10 = TLanes.MultiplyAdd(a1, b0, c10);
            c11 = TLanes.MultiplyAdd(a1, b1, c11);
            var a2 = TLanes.Create(left[2]);
            c20 = TLanes.MultiplyAdd(a2, b0, c20);
            c21 = TLanes.MultiplyAdd(a2, b1, c21);
            var a3 = TLanes.Create(left[3]);
            c30 = TLanes.MultiplyAdd(a3, b0, c30);
            c31 = TLanes.MultiplyAdd(a3, b1, c31);
        }

        TLanes.Store(c00, destination);
        TLanes.Store(c01, destination + TLanes.Count);
        TLanes.Store(c10, destination + 16);
        TLanes.Store(c11, destination + 16 + TLanes.Count);
        TLanes.Store(c20, destination + 32);
        TLanes.Store(c21, destination + 32 + TLanes.Count);
        TLanes.Store(c30, destination + 48);
        TLanes.Store(c31, destination + 48 + TLanes.Count);
    }
}
