using System.Runtime.CompilerServices;

namespace Microsoft.ML.Trainers.VariationalDropout.Numerics;

/// <inheritdoc/>
internal sealed unsafe class ShortProductOfLanes<TLanes> : ShortProduct<float>
    where TLanes : unmanaged, IBitLanes<TLanes>
{
    public static ShortProductOfLanes<TLanes> Instance { get; } = new();

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

    /// <summary>Pairs go through the loops of floats as their bits.</summary>
    private static void Multiply<TOrder>(uint* left, nint leftStride, uint* right, nint rightStride, int panels, int blocks, float* destination, nint destinationStride, PrefetchQueue* ahead)
        where TOrder : struct, ITileOrder
        => RegisterTile<TLanes, float, PairProduct>.Multiply<TOrder>(
            (float*)left, leftStride, (float*)right, rightStride, panels, blocks * PairsPerBlock, destination, destinationStride, ahead);

    private readonly struct PairProduct : ITileTerm<TLanes>
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TLanes Add(TLanes left, TLanes right, TLanes sum) => TLanes.AddIntegers(sum, TLanes.MultiplyAddPairs(left, right));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TLanes Finish(TLanes sum) => TLanes.ToSingle(sum);
    }

    /// <summary>Rows of eight pairs, one for each row of the product.</summary>
    private readonly struct Rows : ITileOrder
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

        public static int Block
        {
            [MethodImpl(MethodImplOptions.AggressiveInlining)]
            get => PairsPerBlock;
        }
    }

    /// <summary>Rows of sixteen pairs, one for each two summation indices.</summary>
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
            get => BlockedMatrix.Width;
        }

        public static int Block
        {
            [MethodImpl(MethodImplOptions.AggressiveInlining)]
            get => PairsPerBlock;
        }
    }
}
