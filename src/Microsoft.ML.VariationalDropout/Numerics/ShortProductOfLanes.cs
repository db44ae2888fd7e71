using System.Runtime.CompilerServices;

namespace Microsoft.ML.Trainers.VariationalDropout.Numerics;

/// <inheritdoc/>
internal sealed unsafe class ShortProductOfLanes<TLanes> : ShortProduct<float>
    where TLanes : unmanaged, IBitLanes<TLanes>
{
    private const int Group = 3;

    public static ShortProductOfLanes<TLanes> Instance { get; } = new();

    private interface IOrder
    {
        static abstract int RowStep { get; }

        static abstract int Step { get; }
    }

    public override void Multiply(uint* left, nint leftStride, uint* right, nint rightStride, int panels, int blocks, float* destination, nint destinationStride, PrefetchQueue* ahead)
        => Multiply<Rows>(left, leftStride, right, rightStride, panels, blocks, destination, destinationStride, ahead);

    public override void MultiplyTransposed(uint* left, uint* right, nint rightStride, int panels, int blocks, float* destination, nint destinationStride, PrefetchQueue* ahead)
        => Multiply<Columns>(left, BlockPairs, right, rightStride, panels, blocks, destination, destinationStride, ahead);

    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Round(float* tile, float* rowFactors, float* columnFactors, uint* rows, uint* pairs)
    {
        for (int column = 0; column < BlockedMatrix.Width; column += TLanes.Count)
        {
            var factor = TLanes.Load(columnFactors + column);
            for (int i = 0; i < BlockedMatrix.Width; i += 2)
            {
                float* upper = tile + (i * BlockedMatrix.Width) + column, lower = upper + BlockedMatrix.Width;
                var first = TLanes.ToInteger(TLanes.Load(upper) * TLanes.Create(rowFactors[i]) * factor);
                var second = TLanes.ToInteger(TLanes.Load(lower) * TLanes.Create(rowFactors[i + 1]) * factor);
                if (pairs != null)
                    TLanes.Store(Pair(first, second), (float*)(pairs + (i * PairsPerBlock) + column));
                if (rows == null)
                    continue;
                TLanes.StoreShorts(first, (short*)(rows + (i * PairsPerBlock)) + column);
                TLanes.StoreShorts(second, (short*)(rows + ((i + 1) * PairsPerBlock)) + column);
            }
        }
    }

    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void RoundAtRandom(float* tile, float* rowFactors, float* columnFactors, uint seed, uint* pairs)
    {
        uint* starts = stackalloc uint[BlockedMatrix.Width];
        for (int column = 0; column < BlockedMatrix.Width; column++)
            starts[column] = Scramble(seed + ((uint)column * GaussianNoise.PhiloxKeyStep0)) | 1;
        for (int column = 0; column < BlockedMatrix.Width; column += TLanes.Count)
        {
            var state = TLanes.LoadBits(starts + column);
            var factor = TLanes.Load(columnFactors + column);
            for (int i = 0; i < BlockedMatrix.Width; i += 2)
            {
                float* upper = tile + (i * BlockedMatrix.Width) + column, lower = upper + BlockedMatrix.Width;
                var first = AtRandom(TLanes.Load(upper) * TLanes.Create(rowFactors[i]) * factor, ref state);
                var second = AtRandom(TLanes.Load(lower) * TLanes.Create(rowFactors[i + 1]) * factor, ref state);
                TLanes.Store(Pair(first, second), (float*)(pairs + (i * PairsPerBlock) + column));
            }
        }
    }

    /// <summary>The nearest integer to x + u, u uniform in (−½, ½): its expectation is x. Marsaglia's xorshift is random enough for that.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TLanes AtRandom(TLanes value, ref TLanes state)
    {
        state ^= TLanes.ShiftLeft(state, 13);
        state ^= TLanes.ShiftRight(state, 17);
        state ^= TLanes.ShiftLeft(state, 5);
        return TLanes.ToInteger(TLanes.MultiplyAdd(TLanes.ToSingle(state), TLanes.Create(2.3283064e-10f), value));
    }

    /// <summary>Spreads neighbouring numbers over all of 32 bits (the last step of MurmurHash3).</summary>
    private static uint Scramble(uint x)
    {
        x = (x ^ (x >> 16)) * 0x85EBCA6B;
        x = (x ^ (x >> 13)) * 0xC2B2AE35;
        return x ^ (x >> 16);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TLanes Pair(TLanes first, TLanes second) => (first & TLanes.CreateBits(0xFFFF)) ^ TLanes.ShiftLeft(second, 16);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Multiply<TOrder>(uint* left, nint leftStride, uint* right, nint rightStride, int panels, int blocks, float* destination, nint destinationStride, PrefetchQueue* ahead)
        where TOrder : struct, IOrder
    {
        for (; panels >= Group; panels -= Group, right += Group * rightStride, destination += Group * destinationStride)
        {
            if (TLanes.Count == 16)
            {
                for (int row = 0; row < 16; row += 8)
                {
                    float* d = destination + (row * 16);
                    EightByThree<TOrder>(left + (row * TOrder.RowStep), leftStride, right, right + rightStride, right + (2 * rightStride), blocks, d, d + destinationStride, d + (2 * destinationStride), ahead);
                }

                continue;
            }

            for (int column = 0; column < 48; column += 3 * TLanes.Count)
            {
                int second = column + TLanes.Count, third = second + TLanes.Count;
                uint* right0 = right + (column / 16 * rightStride) + (column % 16), right1 = right + (second / 16 * rightStride) + (second % 16), right2 = right + (third / 16 * rightStride) + (third % 16);
                float* d0 = destination + (column / 16 * destinationStride) + (column % 16), d1 = destination + (second / 16 * destinationStride) + (second % 16), d2 = destination + (third / 16 * destinationStride) + (third % 16);
                for (int row = 0; row < 16; row += 4)
                    FourByThree<TOrder>(left + (row * TOrder.RowStep), leftStride, right0, right1, right2, blocks, d0 + (row * 16), d1 + (row * 16), d2 + (row * 16), ahead);
            }
        }

        for (; panels > 0; panels--, right += rightStride, destination += destinationStride)
        {
            for (int column = 0; column < 16; column += TLanes.Count)
            {
                for (int row = 0; row < 16; row += 4)
                    FourByOne<TOrder>(left + (row * TOrder.RowStep), leftStride, right + column, blocks, destination + (row * 16) + column, ahead);
            }
        }
    }

    /// <summary>8 rows × 3 registers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void EightByThree<TOrder>(uint* left, nint leftStride, uint* right0, uint* right1, uint* right2, int blocks, float* destination0, float* destination1, float* destination2, PrefetchQueue* ahead)
        where TOrder : struct, IOrder
    {
        TLanes c0a = TLanes.CreateBits(0), c0b = c0a, c0c = c0a;
        TLanes c1a = c0a, c1b = c0a, c1c = c0a;
        TLanes c2a = c0a, c2b = c0a, c2c = c0a;
        TLanes c3a = c0a, c3b = c0a, c3c = c0a;
        TLanes c4a = c0a, c4b = c0a, c4c = c0a;
        TLanes c5a = c0a, c5b = c0a, c5c = c0a;
        TLanes c6a = c0a, c6b = c0a, c6c = c0a;
        TLanes c7a = c0a, c7b = c0a, c7c = c0a;
        for (int block = 0; block < blocks; block++, left += leftStride)
        {
            if (ahead != null)
                ahead->Advance();
            uint* a = left;
            for (nint pair = 0; pair < PairsPerBlock; pair++, a += TOrder.Step, right0 += 16, right1 += 16, right2 += 16)
            {
                var b0 = TLanes.LoadBits(right0);
                var b1 = TLanes.LoadBits(right1);
                var b2 = TLanes.LoadBits(right2);
                var a0 = TLanes.CreateBits(*a);
                c0a = TLanes.AddIntegers(c0a, TLanes.MultiplyAddPairs(a0, b0));
                c0b = TLanes.AddIntegers(c0b, TLanes.MultiplyAddPairs(a0, b1));
                c0c = TLanes.AddIntegers(c0c, TLanes.MultiplyAddPairs(a0, b2));
                var a1 = TLanes.CreateBits(a[TOrder.RowStep]);
                c1a = TLanes.AddIntegers(c1a, TLanes.MultiplyAddPairs(a1, b0));
                c1b = TLanes.AddIntegers(c1b, TLanes.MultiplyAddPairs(a1, b1));
                c1c = TLanes.AddIntegers(c1c, TLanes.MultiplyAddPairs(a1, b2));
                var a2 = TLanes.CreateBits(a[2 * TOrder.RowStep]);
                c2a = TLanes.AddIntegers(c2a, TLanes.MultiplyAddPairs(a2, b0));
                c2b = TLanes.AddIntegers(c2b, TLanes.MultiplyAddPairs(a2, b1));
                c2c = TLanes.AddIntegers(c2c, TLanes.MultiplyAddPairs(a2, b2));
                var a3 = TLanes.CreateBits(a[3 * TOrder.RowStep]);
                c3a = TLanes.AddIntegers(c3a, TLanes.MultiplyAddPairs(a3, b0));
                c3b = TLanes.AddIntegers(c3b, TLanes.MultiplyAddPairs(a3, b1));
                c3c = TLanes.AddIntegers(c3c, TLanes.MultiplyAddPairs(a3, b2));
                var a4 = TLanes.CreateBits(a[4 * TOrder.RowStep]);
                c4a = TLanes.AddIntegers(c4a, TLanes.MultiplyAddPairs(a4, b0));
                c4b = TLanes.AddIntegers(c4b, TLanes.MultiplyAddPairs(a4, b1));
                c4c = TLanes.AddIntegers(c4c, TLanes.MultiplyAddPairs(a4, b2));
                var a5 = TLanes.CreateBits(a[5 * TOrder.RowStep]);
                c5a = TLanes.AddIntegers(c5a, TLanes.MultiplyAddPairs(a5, b0));
                c5b = TLanes.AddIntegers(c5b, TLanes.MultiplyAddPairs(a5, b1));
                c5c = TLanes.AddIntegers(c5c, TLanes.MultiplyAddPairs(a5, b2));
                var a6 = TLanes.CreateBits(a[6 * TOrder.RowStep]);
                c6a = TLanes.AddIntegers(c6a, TLanes.MultiplyAddPairs(a6, b0));
                c6b = TLanes.AddIntegers(c6b, TLanes.MultiplyAddPairs(a6, b1));
                c6c = TLanes.AddIntegers(c6c, TLanes.MultiplyAddPairs(a6, b2));
                var a7 = TLanes.CreateBits(a[7 * TOrder.RowStep]);
                c7a = TLanes.AddIntegers(c7a, TLanes.MultiplyAddPairs(a7, b0));
                c7b = TLanes.AddIntegers(c7b, TLanes.MultiplyAddPairs(a7, b1));
                c7c = TLanes.AddIntegers(c7c, TLanes.MultiplyAddPairs(a7, b2));
            }
        }

        TLanes.Store(TLanes.ToSingle(c0a), destination0);
        TLanes.Store(TLanes.ToSingle(c0b), destination1);
        TLanes.Store(TLanes.ToSingle(c0c), destination2);
        TLanes.Store(TLanes.ToSingle(c1a), destination0 + 16);
        TLanes.Store(TLanes.ToSingle(c1b), destination1 + 16);
        TLanes.Store(TLanes.ToSingle(c1c), destination2 + 16);
        TLanes.Store(TLanes.ToSingle(c2a), destination0 + 32);
        TLanes.Store(TLanes.ToSingle(c2b), destination1 + 32);
        TLanes.Store(TLanes.ToSingle(c2c), destination2 + 32);
        TLanes.Store(TLanes.ToSingle(c3a), destination0 + 48);
        TLanes.Store(TLanes.ToSingle(c3b), destination1 + 48);
        TLanes.Store(TLanes.ToSingle(c3c), destination2 + 48);
        TLanes.Store(TLanes.ToSingle(c4a), destination0 + 64);
        TLanes.Store(TLanes.ToSingle(c4b), destination1 + 64);
        TLanes.Store(TLanes.ToSingle(c4c), destination2 + 64);
        TLanes.Store(TLanes.ToSingle(c5a), destination0 + 80);
        TLanes.Store(TLanes.ToSingle(c5b), destination1 + 80);
        TLanes.Store(TLanes.ToSingle(c5c), destination2 + 80);
        TLanes.Store(TLanes.ToSingle(c6a), destination0 + 96);
        TLanes.Store(TLanes.ToSingle(c6b), destination1 + 96);
        TLanes.Store(TLanes.ToSingle(c6c), destination2 + 96);
        TLanes.Store(TLanes.ToSingle(c7a), destination0 + 112);
        TLanes.Store(TLanes.ToSingle(c7b), destination1 + 112);
        TLanes.Store(TLanes.ToSingle(c7c), destination2 + 112);
    }

    /// <summary>4 rows × 3 registers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void FourByThree<TOrder>(uint* left, nint leftStride, uint* right0, uint* right1, uint* right2, int blocks, float* destination0, float* destination1, float* destination2, PrefetchQueue* ahead)
        where TOrder : struct, IOrder
    {
        TLanes c0a = TLanes.CreateBits(0), c0b = c0a, c0c = c0a;
        TLanes c1a = c0a, c1b = c0a, c1c = c0a;
        TLanes c2a = c0a, c2b = c0a, c2c = c0a;
        TLanes c3a = c0a, c3b = c0a, c3c = c0a;
        for (int block = 0; block < blocks; block++, left += leftStride)
        {
            if (ahead != null)
                ahead->Advance();
            uint* a = left;
            for (nint pair = 0; pair < PairsPerBlock; pair++, a += TOrder.Step, right0 += 16, right1 += 16, right2 += 16)
            {
                var b0 = TLanes.LoadBits(right0);
                var b1 = TLanes.LoadBits(right1);
                var b2 = TLanes.LoadBits(right2);
                var a0 = TLanes.CreateBits(*a);
                c0a = TLanes.AddIntegers(c0a, TLanes.MultiplyAddPairs(a0, b0));
                c0b = TLanes.AddIntegers(c0b, TLanes.MultiplyAddPairs(a0, b1));
                c0c = TLanes.AddIntegers(c0c, TLanes.MultiplyAddPairs(a0, b2));
                var a1 = TLanes.CreateBits(a[TOrder.RowStep]);
                c1a = TLanes.AddIntegers(c1a, TLanes.MultiplyAddPairs(a1, b0));
                c1b = TLanes.AddIntegers(c1b, TLanes.MultiplyAddPairs(a1, b1));
                c1c = TLanes.AddIntegers(c1c, TLanes.MultiplyAddPairs(a1, b2));
                var a2 = TLanes.CreateBits(a[2 * TOrder.RowStep]);
                c2a = TLanes.AddIntegers(c2a, TLanes.MultiplyAddPairs(a2, b0));
                c2b = TLanes.AddIntegers(c2b, TLanes.MultiplyAddPairs(a2, b1));
                c2c = TLanes.AddIntegers(c2c, TLanes.MultiplyAddPairs(a2, b2));
                var a3 = TLanes.CreateBits(a[3 * TOrder.RowStep]);
                c3a = TLanes.AddIntegers(c3a, TLanes.MultiplyAddPairs(a3, b0));
                c3b = TLanes.AddIntegers(c3b, TLanes.MultiplyAddPairs(a3, b1));
                c3c = TLanes.AddIntegers(c3c, TLanes.MultiplyAddPairs(a3, b2));
            }
        }

        TLanes.Store(TLanes.ToSingle(c0a), destination0);
        TLanes.Store(TLanes.ToSingle(c0b), destination1);
        TLanes.Store(TLanes.ToSingle(c0c), destination2);
        TLanes.Store(TLanes.ToSingle(c1a), destination0 + 16);
        TLanes.Store(TLanes.ToSingle(c1b), destination1 + 16);
        TLanes.Store(TLanes.ToSingle(c1c), destination2 + 16);
        TLanes.Store(TLanes.ToSingle(c2a), destination0 + 32);
        TLanes.Store(TLanes.ToSingle(c2b), destination1 + 32);
        TLanes.Store(TLanes.ToSingle(c2c), destination2 + 32);
        TLanes.Store(TLanes.ToSingle(c3a), destination0 + 48);
        TLanes.Store(TLanes.ToSingle(c3b), destination1 + 48);
        TLanes.Store(TLanes.ToSingle(c3c), destination2 + 48);
    }

    /// <summary>4 rows × 1 register.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void FourByOne<TOrder>(uint* left, nint leftStride, uint* right0, int blocks, float* destination0, PrefetchQueue* ahead)
        where TOrder : struct, IOrder
    {
        TLanes c0a = TLanes.CreateBits(0);
        TLanes c1a = c0a;
        TLanes c2a = c0a;
        TLanes c3a = c0a;
        for (int block = 0; block < blocks; block++, left += leftStride)
        {
            if (ahead != null)
                ahead->Advance();
            uint* a = left;
            for (nint pair = 0; pair < PairsPerBlock; pair++, a += TOrder.Step, right0 += 16)
            {
                var b0 = TLanes.LoadBits(right0);
                var a0 = TLanes.CreateBits(*a);
                c0a = TLanes.AddIntegers(c0a, TLanes.MultiplyAddPairs(a0, b0));
                var a1 = TLanes.CreateBits(a[TOrder.RowStep]);
                c1a = TLanes.AddIntegers(c1a, TLanes.MultiplyAddPairs(a1, b0));
                var a2 = TLanes.CreateBits(a[2 * TOrder.RowStep]);
                c2a = TLanes.AddIntegers(c2a, TLanes.MultiplyAddPairs(a2, b0));
                var a3 = TLanes.CreateBits(a[3 * TOrder.RowStep]);
                c3a = TLanes.AddIntegers(c3a, TLanes.MultiplyAddPairs(a3, b0));
            }
        }

        TLanes.Store(TLanes.ToSingle(c0a), destination0);
        TLanes.Store(TLanes.ToSingle(c1a), destination0 + 16);
        TLanes.Store(TLanes.ToSingle(c2a), destination0 + 32);
        TLanes.Store(TLanes.ToSingle(c3a), destination0 + 48);
    }

    /// <summary>Rows of eight pairs, one for each row of the product.</summary>
    private readonly struct Rows : IOrder
    {
        public static int RowStep
        {
            [MethodImpl(MethodImplOptions.AggressiveInlining)]
            get => PairsPerBlock;
        }

        public static int Step
        {
            [MethodImpl(MethodImplOptions.AggressiveInlining)]
            get => 1;
        }
    }

    /// <summary>Rows of sixteen pairs, one for each two summation indices.</summary>
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
            get => BlockedMatrix.Width;
        }
    }
}
