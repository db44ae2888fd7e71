using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Microsoft.ML.Trainers.VariationalDropout.Numerics;

/// <summary>Sixteen numbers in a 512-bit register: <see cref="KernelPath.Avx512"/>.</summary>
internal readonly unsafe struct Avx512Lanes(Vector512<float> value) : IBitLanes<Avx512Lanes>
{
    private readonly Vector512<float> _value = value;

    public static int Count
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => 16;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx512Lanes Create(float value) => new(Vector512.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx512Lanes Create(double value) => new(Vector512.Create((float)value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx512Lanes Load(float* source) => new(Vector512.Load(source));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Avx512Lanes value, float* destination) => Vector512.Store(value._value, destination);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx512Lanes operator +(Avx512Lanes left, Avx512Lanes right) => new(left._value + right._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx512Lanes operator -(Avx512Lanes left, Avx512Lanes right) => new(left._value - right._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx512Lanes operator *(Avx512Lanes left, Avx512Lanes right) => new(left._value * right._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx512Lanes operator /(Avx512Lanes left, Avx512Lanes right) => new(left._value / right._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx512Lanes MultiplyAdd(Avx512Lanes a, Avx512Lanes b, Avx512Lanes c) => new(Vector512.FusedMultiplyAdd(a._value, b._value, c._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx512Lanes Sqrt(Avx512Lanes value) => new(Vector512.Sqrt(value._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx512Lanes Abs(Avx512Lanes value) => new(Vector512.Abs(value._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx512Lanes Min(Avx512Lanes left, Avx512Lanes right) => new(Vector512.Min(left._value, right._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx512Lanes Max(Avx512Lanes left, Avx512Lanes right) => new(Vector512.Max(left._value, right._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx512Lanes SelectGreater(Avx512Lanes left, Avx512Lanes right, Avx512Lanes whenTrue, Avx512Lanes whenFalse)
        => new(Vector512.ConditionalSelect(Vector512.GreaterThan(left._value, right._value), whenTrue._value, whenFalse._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx512Lanes Exp(Avx512Lanes value) => ElementaryFunctions<Avx512Lanes>.Exp(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx512Lanes Log(Avx512Lanes value) => ElementaryFunctions<Avx512Lanes>.Log(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx512Lanes Erf(Avx512Lanes value) => ElementaryFunctions<Avx512Lanes>.Erf(value);

    public static ShortProduct<float>? ShortProduct => ShortProductOfLanes<Avx512Lanes>.Instance;

    public static void Transpose(float* source, float* destination) => BlockTranspose.InSixteens(source, destination);

    public static void FillNormals(in NoiseCounters counter, float* destination) => GaussianNoise.Fill<Avx512Lanes>(counter, destination);

    public static void FillNormalsAt(in NoiseCounters counter, int* units, int count, float* destination) => GaussianNoise.FillAt<Avx512Lanes>(counter, units, count, destination);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx512Lanes CreateBits(uint bits) => new(Vector512.Create(bits).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx512Lanes LoadBits(uint* source) => new(Vector512.Load(source).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx512Lanes LoadFourTimes(uint* source)
        => new(Avx512F.PermuteVar16x32(Vector128.Load(source).ToVector256Unsafe().ToVector512Unsafe(), Vector512.Create(0u, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3)).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreQuads(Avx512Lanes word0, Avx512Lanes word1, Avx512Lanes word2, Avx512Lanes word3, float* destination)
    {
        // A transposition of 4 × 4 quarters.
        var even01 = Avx512F.Shuffle4x128(word0._value, word1._value, 0x88);
        var odd01 = Avx512F.Shuffle4x128(word0._value, word1._value, 0xDD);
        var even23 = Avx512F.Shuffle4x128(word2._value, word3._value, 0x88);
        var odd23 = Avx512F.Shuffle4x128(word2._value, word3._value, 0xDD);
        Vector512.Store(Avx512F.Shuffle4x128(even01, even23, 0x88), destination);
        Vector512.Store(Avx512F.Shuffle4x128(odd01, odd23, 0x88), destination + 16);
        Vector512.Store(Avx512F.Shuffle4x128(even01, even23, 0xDD), destination + 32);
        Vector512.Store(Avx512F.Shuffle4x128(odd01, odd23, 0xDD), destination + 48);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx512Lanes operator ^(Avx512Lanes left, Avx512Lanes right) => new((left._value.AsUInt32() ^ right._value.AsUInt32()).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx512Lanes operator &(Avx512Lanes left, Avx512Lanes right) => new((left._value.AsUInt32() & right._value.AsUInt32()).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx512Lanes AddIntegers(Avx512Lanes left, Avx512Lanes right) => new((left._value.AsUInt32() + right._value.AsUInt32()).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx512Lanes SubtractIntegers(Avx512Lanes left, Avx512Lanes right) => new((left._value.AsUInt32() - right._value.AsUInt32()).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx512Lanes ShiftLeft(Avx512Lanes value, int count) => new((value._value.AsUInt32() << count).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx512Lanes ShiftRight(Avx512Lanes value, int count) => new((value._value.AsUInt32() >> count).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx512Lanes ShiftRightArithmetic(Avx512Lanes value, int count) => new((value._value.AsInt32() >> count).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void MultiplyWide(Avx512Lanes left, Avx512Lanes right, out Avx512Lanes high, out Avx512Lanes low)
    {
        // Even and odd lanes are multiplied apart, 32 × 32 → 64 bits, and put together again.
        var even = Avx512F.Multiply(left._value.AsUInt32(), right._value.AsUInt32());
        var odd = Avx512F.Multiply((left._value.AsUInt64() >> 32).AsUInt32(), (right._value.AsUInt64() >> 32).AsUInt32());
        var oddLanes = Vector512.Create(0xFFFFFFFF00000000ul);
        high = new(Vector512.ConditionalSelect(oddLanes, odd, even >> 32).AsSingle());
        low = new(Vector512.ConditionalSelect(oddLanes, odd << 32, even).AsSingle());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx512Lanes MultiplyAddPairs(Avx512Lanes left, Avx512Lanes right)
        => new(Avx512BW.MultiplyAddAdjacent(left._value.AsInt16(), right._value.AsInt16()).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreShorts(Avx512Lanes integers, short* destination)
        => Vector256.Store(Avx512F.ConvertToVector256Int16(integers._value.AsInt32()), destination);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Philox(ref Avx512Lanes w0, ref Avx512Lanes w1, ref Avx512Lanes w2, ref Avx512Lanes w3, uint key0, uint key1)
    {
        // Even and odd lanes apart, each word in the lower half of 64 bits, until the rounds are over: the products come out as they are needed.
        Vector512<ulong> even0 = w0._value.AsUInt64(), even1 = w1._value.AsUInt64(), even2 = w2._value.AsUInt64(), even3 = w3._value.AsUInt64();
        Vector512<ulong> odd0 = even0 >> 32, odd1 = even1 >> 32, odd2 = even2 >> 32, odd3 = even3 >> 32;
        Vector512<ulong> step0 = Vector512.Create((ulong)GaussianNoise.PhiloxKeyStep0), step1 = Vector512.Create((ulong)GaussianNoise.PhiloxKeyStep1);
        Vector512<ulong> roundKey0 = Vector512.Create((ulong)key0), roundKey1 = Vector512.Create((ulong)key1);
        for (int round = 0; round < GaussianNoise.PhiloxRounds; round++)
        {
            PhiloxRound(ref even0, ref even1, ref even2, ref even3, roundKey0, roundKey1);
            PhiloxRound(ref odd0, ref odd1, ref odd2, ref odd3, roundKey0, roundKey1);
            roundKey0 += step0;
            roundKey1 += step1;
        }

        w0 = Interleave(even0, odd0);
        w1 = Interleave(even1, odd1);
        w2 = Interleave(even2, odd2);
        w3 = Interleave(even3, odd3);
    }

    /// <summary>The upper halves hold what is of no use: a product does not read them.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void PhiloxRound(ref Vector512<ulong> w0, ref Vector512<ulong> w1, ref Vector512<ulong> w2, ref Vector512<ulong> w3, Vector512<ulong> key0, Vector512<ulong> key1)
    {
        var product0 = Avx512F.Multiply(w0.AsUInt32(), Vector512.Create(GaussianNoise.PhiloxMultiplier0));
        var product1 = Avx512F.Multiply(w2.AsUInt32(), Vector512.Create(GaussianNoise.PhiloxMultiplier1));
        w0 = (product1 >> 32) ^ w1 ^ key0;
        w2 = (product0 >> 32) ^ w3 ^ key1;
        w1 = product1;
        w3 = product0;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Avx512Lanes Interleave(Vector512<ulong> even, Vector512<ulong> odd)
        => new(Vector512.ConditionalSelect(Vector512.Create(0xFFFFFFFF00000000ul), odd << 32, even).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx512Lanes ToSingle(Avx512Lanes integers) => new(Vector512.ConvertToSingle(integers._value.AsInt32()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx512Lanes ToInteger(Avx512Lanes value) => new(Avx512F.ConvertToVector512Int32(value._value).AsSingle());
}
