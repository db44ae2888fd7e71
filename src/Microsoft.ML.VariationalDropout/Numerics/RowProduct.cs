using System.Runtime.CompilerServices;

namespace Microsoft.ML.Trainers.VariationalDropout.Numerics;

/// <summary>
/// Products of one row with panels in the layout of <see cref="BlockedMatrix{T}"/>, units in the lanes. The order of every sum is that of
/// <see cref="TileProduct{TLanes, T}"/>: the results are the same bits.
/// </summary>
internal static unsafe class RowProduct<TLanes, T>
    where TLanes : unmanaged, ILanes<TLanes, T>
    where T : unmanaged
{
    /// <summary>Panels at a time: as many chains as hide the latency of a multiply-add, and as many streams of memory.</summary>
    public const int PanelGroup = 8;

    /// <summary>Number of panels, constant when a kernel is compiled: what a smaller one does not have then disappears from it.</summary>
    private interface ISize
    {
        static abstract int Value { get; }
    }

    /// <summary>destination[j] = Σ_k left[k] right[k][j] for one row, over <paramref name="panels"/> panels of the right-hand matrix.</summary>
    /// <param name="left">[count], contiguous.</param>
    /// <param name="right">The first panel.</param>
    /// <param name="rightStride">Numbers from one panel to the next.</param>
    /// <param name="panels">Number of panels.</param>
    /// <param name="count">Length of the sum.</param>
    /// <param name="destination">[panels][16].</param>
    public static void Multiply(T* left, T* right, nint rightStride, int panels, int count, T* destination)
    {
        for (; panels >= PanelGroup; panels -= PanelGroup, right += PanelGroup * rightStride, destination += PanelGroup * 16)
            MultiplyPanels<Eight>(left, right, rightStride, count, destination);
        switch (panels)
        {
            case 1:
                MultiplyPanels<One>(left, right, rightStride, count, destination);
                break;
            case 2:
                MultiplyPanels<Two>(left, right, rightStride, count, destination);
                break;
            case 3:
                MultiplyPanels<Three>(left, right, rightStride, count, destination);
                break;
            case 4:
                MultiplyPanels<Four>(left, right, rightStride, count, destination);
                break;
            case 5:
                MultiplyPanels<Five>(left, right, rightStride, count, destination);
                break;
            case 6:
                MultiplyPanels<Six>(left, right, rightStride, count, destination);
                break;
            case 7:
                MultiplyPanels<Seven>(left, right, rightStride, count, destination);
                break;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void MultiplyPanels<TPanels>(T* left, T* right, nint rightStride, int count, T* destination)
        where TPanels : struct, ISize
    {
        for (int column = 0; column < 16; column += TLanes.Count)
        {
            T* b = right + column;
            T* c = destination + column;
            TLanes c0 = TLanes.Create(0.0), c1 = c0, c2 = c0, c3 = c0, c4 = c0, c5 = c0, c6 = c0, c7 = c0;
            for (nint k = 0; k < count; k++, b += 16)
            {
                var a = TLanes.Create(left[k]);
                c0 = TLanes.MultiplyAdd(a, TLanes.Load(b), c0);
                if (TPanels.Value > 1)
                    c1 = TLanes.MultiplyAdd(a, TLanes.Load(b + rightStride), c1);
                if (TPanels.Value > 2)
                    c2 = TLanes.MultiplyAdd(a, TLanes.Load(b + (2 * rightStride)), c2);
                if (TPanels.Value > 3)
                    c3 = TLanes.MultiplyAdd(a, TLanes.Load(b + (3 * rightStride)), c3);
                if (TPanels.Value > 4)
                    c4 = TLanes.MultiplyAdd(a, TLanes.Load(b + (4 * rightStride)), c4);
                if (TPanels.Value > 5)
                    c5 = TLanes.MultiplyAdd(a, TLanes.Load(b + (5 * rightStride)), c5);
                if (TPanels.Value > 6)
                    c6 = TLanes.MultiplyAdd(a, TLanes.Load(b + (6 * rightStride)), c6);
                if (TPanels.Value > 7)
                    c7 = TLanes.MultiplyAdd(a, TLanes.Load(b + (7 * rightStride)), c7);
            }

            TLanes.Store(c0, c);
            if (TPanels.Value > 1)
                TLanes.Store(c1, c + 16);
            if (TPanels.Value > 2)
                TLanes.Store(c2, c + 32);
            if (TPanels.Value > 3)
                TLanes.Store(c3, c + 48);
            if (TPanels.Value > 4)
                TLanes.Store(c4, c + 64);
            if (TPanels.Value > 5)
                TLanes.Store(c5, c + 80);
            if (TPanels.Value > 6)
                TLanes.Store(c6, c + 96);
            if (TPanels.Value > 7)
                TLanes.Store(c7, c + 112);
        }
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

    private readonly struct Five : ISize
    {
        public static int Value => 5;
    }

    private readonly struct Six : ISize
    {
        public static int Value => 6;
    }

    private readonly struct Seven : ISize
    {
        public static int Value => 7;
    }

    private readonly struct Eight : ISize
    {
        public static int Value => 8;
    }
}
