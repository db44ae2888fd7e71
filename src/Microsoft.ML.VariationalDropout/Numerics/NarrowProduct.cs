using System.Runtime.CompilerServices;

namespace Microsoft.ML.Trainers.VariationalDropout.Numerics;

/// <summary>
/// Products for the units that do not fill a panel, with the batch in the lanes: no lane is wasted on a unit that a layer does not have.
/// Operands, result and the order of every sum are those of the transposed product of <see cref="TileProduct{TLanes, T}"/>, for some of its sixteen units.
/// </summary>
/// <remarks>The register tile is up to 4 units × 3 registers of rows.</remarks>
internal static unsafe class NarrowProduct<TLanes, T>
    where TLanes : unmanaged, ILanes<TLanes, T>
    where T : unmanaged
{
    /// <summary>Number of something, constant when a kernel is compiled: what a smaller tile does not have then disappears from it.</summary>
    private interface ISize
    {
        static abstract int Value { get; }
    }

    /// <summary>destination[p][i][r] = Σ_k left[k][i] right[p][k][r] for the first units and some panels of 16 rows.</summary>
    /// <param name="left">[count][16].</param>
    /// <param name="units">Units, 1 to 16.</param>
    /// <param name="right">Of the first panel: [count][16].</param>
    /// <param name="rightStride">Numbers from one panel of <paramref name="right"/> to the next.</param>
    /// <param name="panels">Number of panels, 1 or more.</param>
    /// <param name="count">Length of the sum over k.</param>
    /// <param name="destination">Of the first panel: [units][16], overwritten.</param>
    /// <param name="destinationStride">Numbers from one panel of <paramref name="destination"/> to the next.</param>
    public static void Multiply(T* left, int units, T* right, nint rightStride, int panels, int count, T* destination, nint destinationStride)
    {
        int rows = panels * BlockedMatrix.Width;
        for (int row = 0; row < rows; row += 3 * TLanes.Count)
        {
            int row1 = Math.Min(row + TLanes.Count, rows - TLanes.Count), row2 = Math.Min(row + (2 * TLanes.Count), rows - TLanes.Count);
            T* right0 = At(right, rightStride, row), right1 = At(right, rightStride, row1), right2 = At(right, rightStride, row2);
            T* d0 = At(destination, destinationStride, row), d1 = At(destination, destinationStride, row1), d2 = At(destination, destinationStride, row2);
            switch ((rows - row) / TLanes.Count)
            {
                case 1:
                    MultiplyUnits<One>(left, units, right0, right1, right2, count, d0, d1, d2);
                    break;
                case 2:
                    MultiplyUnits<Two>(left, units, right0, right1, right2, count, d0, d1, d2);
                    break;
                default:
                    MultiplyUnits<Three>(left, units, right0, right1, right2, count, d0, d1, d2);
                    break;
            }
        }
    }

    /// <summary>The place of a row, counted over panels.</summary>
    private static T* At(T* panels, nint stride, int row) => panels + (row / BlockedMatrix.Width * stride) + (row % BlockedMatrix.Width);

    private static void MultiplyUnits<TRegisters>(T* left, int units, T* right0, T* right1, T* right2, int count, T* d0, T* d1, T* d2)
        where TRegisters : struct, ISize
    {
        int unit = 0;
        for (; unit + 4 <= units; unit += 4, d0 += 64, d1 += 64, d2 += 64)
            MultiplyTile<TRegisters, Four>(left + unit, right0, right1, right2, count, d0, d1, d2);
        switch (units - unit)
        {
            case 1:
                MultiplyTile<TRegisters, One>(left + unit, right0, right1, right2, count, d0, d1, d2);
                break;
            case 2:
                MultiplyTile<TRegisters, Two>(left + unit, right0, right1, right2, count, d0, d1, d2);
                break;
            case 3:
                MultiplyTile<TRegisters, Three>(left + unit, right0, right1, right2, count, d0, d1, d2);
                break;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void MultiplyTile<TRegisters, TUnits>(T* left, T* right0, T* right1, T* right2, int count, T* d0, T* d1, T* d2)
        where TRegisters : struct, ISize
        where TUnits : struct, ISize
    {
        TLanes c00 = TLanes.Create(0.0), c01 = c00, c02 = c00, c10 = c00, c11 = c00, c12 = c00, c20 = c00, c21 = c00, c22 = c00, c30 = c00, c31 = c00, c32 = c00;
        for (T* end = left + ((nint)count * 16); left < end; left += 16, right0 += 16, right1 += 16, right2 += 16)
        {
            var b0 = TLanes.Load(right0);
            var b1 = TRegisters.Value > 1 ? TLanes.Load(right1) : b0;
            var b2 = TRegisters.Value > 2 ? TLanes.Load(right2) : b0;
            MultiplyAdd<TRegisters>(left[0], b0, b1, b2, ref c00, ref c01, ref c02);
            if (TUnits.Value > 1)
                MultiplyAdd<TRegisters>(left[1], b0, b1, b2, ref c10, ref c11, ref c12);
            if (TUnits.Value > 2)
                MultiplyAdd<TRegisters>(left[2], b0, b1, b2, ref c20, ref c21, ref c22);
            if (TUnits.Value > 3)
                MultiplyAdd<TRegisters>(left[3], b0, b1, b2, ref c30, ref c31, ref c32);
        }

        Store<TRegisters>(c00, c01, c02, 0, d0, d1, d2);
        if (TUnits.Value > 1)
            Store<TRegisters>(c10, c11, c12, 16, d0, d1, d2);
        if (TUnits.Value > 2)
            Store<TRegisters>(c20, c21, c22, 32, d0, d1, d2);
        if (TUnits.Value > 3)
            Store<TRegisters>(c30, c31, c32, 48, d0, d1, d2);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void MultiplyAdd<TRegisters>(T factor, TLanes b0, TLanes b1, TLanes b2, ref TLanes c0, ref TLanes c1, ref TLanes c2)
        where TRegisters : struct, ISize
    {
        var a = TLanes.Create(factor);
        c0 = TLanes.MultiplyAdd(a, b0, c0);
        if (TRegisters.Value > 1)
            c1 = TLanes.MultiplyAdd(a, b1, c1);
        if (TRegisters.Value > 2)
            c2 = TLanes.MultiplyAdd(a, b2, c2);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store<TRegisters>(TLanes c0, TLanes c1, TLanes c2, int offset, T* d0, T* d1, T* d2)
        where TRegisters : struct, ISize
    {
        TLanes.Store(c0, d0 + offset);
        if (TRegisters.Value > 1)
            TLanes.Store(c1, d1 + offset);
        if (TRegisters.Value > 2)
            TLanes.Store(c2, d2 + offset);
    }

    private readonly struct One : ISize
    {
        public static int Value => 1;
    }

    private readonly struct Two : ISize
    {
        public static int Value => 2;
    }

    private readonly struct Three : ISize
    {
        public static int Value => 3;
    }

    private readonly struct Four : ISize
    {
        public static int Value => 4;
    }
}
