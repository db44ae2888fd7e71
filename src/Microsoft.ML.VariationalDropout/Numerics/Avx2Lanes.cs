using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Microsoft.ML.Trainers.VariationalDropout.Numerics;

/// <summary>Eight numbers in a 256-bit register, with fused multiply-add: <see cref="KernelPath.Avx2"/>.</summary>
internal readonly unsafe struct Avx2Lanes(Vector256<float> value) : IBitLanes<Avx2Lanes>
{
    private readonly Vector256<float> _value = value;

    public static int Count
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => 8;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx2Lanes Create(float value) => new(Vector256.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx2Lanes Create(double value) => new(Vector256.Create((float)value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx2Lanes Load(float* source) => new(Vector256.Load(source));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Avx2Lanes value, float* destination) => Vector256.Store(value._value, destination);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx2Lanes operator +(Avx2Lanes left, Avx2Lanes right) => new(left._value + right._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx2Lanes operator -(Avx2Lanes left, Avx2Lanes right) => new(left._value - right._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx2Lanes operator *(Avx2Lanes left, Avx2Lanes right) => new(left._value * right._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx2Lanes operator /(Avx2Lanes left, Avx2Lanes right) => new(left._value / right._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx2Lanes MultiplyAdd(Avx2Lanes a, Avx2Lanes b, Avx2Lanes c) => new(Fma.MultiplyAdd(a._value, b._value, c._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx2Lanes Sqrt(Avx2Lanes value) => new(Vector256.Sqrt(value._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx2Lanes Abs(Avx2Lanes value) => new(Vector256.Abs(value._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx2Lanes Min(Avx2Lanes left, Avx2Lanes right) => new(Vector256.Min(left._value, right._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx2Lanes Max(Avx2Lanes left, Avx2Lanes right) => new(Vector256.Max(left._value, right._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx2Lanes SelectGreater(Avx2Lanes left, Avx2Lanes right, Avx2Lanes whenTrue, Avx2Lanes whenFalse)
        => new(Vector256.ConditionalSelect(Vector256.GreaterThan(left._value, right._value), whenTrue._value, whenFalse._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx2Lanes Exp(Avx2Lanes value) => ElementaryFunctions<Avx2Lanes>.Exp(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx2Lanes Log(Avx2Lanes value) => ElementaryFunctions<Avx2Lanes>.Log(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx2Lanes Erf(Avx2Lanes value) => ElementaryFunctions<Avx2Lanes>.Erf(value);

    public static ShortProduct<float>? ShortProduct => ShortProductOfLanes<Avx2Lanes>.Instance;

    public static void Transpose(float* source, float* destination) => BlockTranspose.InEights(source, destination);

    public static void FillNormals(in NoiseCounters counter, float* destination) => GaussianNoise.Fill<Avx2Lanes>(counter, destination);

    public static void FillNormalsAt(in NoiseCounters counter, int* units, int count, float* destination) => GaussianNoise.FillAt<Avx2Lanes>(counter, units, count, destination);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx2Lanes CreateBits(uint bits) => new(Vector256.Create(bits).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx2Lanes LoadBits(uint* source) => new(Vector256.Load(source).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx2Lanes LoadFourTimes(uint* source) => new(Vector256.Create(Vector128.Create(source[0]), Vector128.Create(source[1])).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreQuads(Avx2Lanes word0, Avx2Lanes word1, Avx2Lanes word2, Avx2Lanes word3, float* destination)
    {
        Vector256.Store(Avx.Permute2x128(word0._value, word1._value, 0x20), destination);
        Vector256.Store(Avx.Permute2x128(word2._value, word3._value, 0x20), destination + 8);
        Vector256.Store(Avx.Permute2x128(word0._value, word1._value, 0x31), destination + 16);
        Vector256.Store(Avx.Permute2x128(word2._value, word3._value, 0x31), destination + 24);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx2Lanes operator ^(Avx2Lanes left, Avx2Lanes right) => new((left._value.AsUInt32() ^ right._value.AsUInt32()).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx2Lanes operator &(Avx2Lanes left, Avx2Lanes right) => new((left._value.AsUInt32() & right._value.AsUInt32()).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx2Lanes AddIntegers(Avx2Lanes left, Avx2Lanes right) => new((left._value.AsUInt32() + right._value.AsUInt32()).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx2Lanes SubtractIntegers(Avx2Lanes left, Avx2Lanes right) => new((left._value.AsUInt32() - right._value.AsUInt32()).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx2Lanes ShiftLeft(Avx2Lanes value, int count) => new((value._value.AsUInt32() << count).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx2Lanes ShiftRight(Avx2Lanes value, int count) => new((value._value.AsUInt32() >> count).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx2Lanes ShiftRightArithmetic(Avx2Lanes value, int count) => new((value._value.AsInt32() >> count).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void MultiplyWide(Avx2Lanes left, Avx2Lanes right, out Avx2Lanes high, out Avx2Lanes low)
    {
        // Even and odd lanes are multiplied apart, 32 × 32 → 64 bits, and put together again.
        var even = Avx2.Multiply(left._value.AsUInt32(), right._value.AsUInt32());
        var odd = Avx2.Multiply((left._value.AsUInt64() >> 32).AsUInt32(), (right._value.AsUInt64() >> 32).AsUInt32());
        var oddLanes = Vector256.Create(0xFFFFFFFF00000000ul);
        high = new(Vector256.ConditionalSelect(oddLanes, odd, even >> 32).AsSingle());
        low = new(Vector256.ConditionalSelect(oddLanes, odd << 32, even).AsSingle());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx2Lanes MultiplyAddPairs(Avx2Lanes left, Avx2Lanes right)
        => new(Avx2.MultiplyAddAdjacent(left._value.AsInt16(), right._value.AsInt16()).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreShorts(Avx2Lanes integers, short* destination)
    {
        var values = integers._value.AsInt32();
        Vector128.Store(Vector128.Narrow(values.GetLower(), values.GetUpper()), destination);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Philox(ref Avx2Lanes w0, ref Avx2Lanes w1, ref Avx2Lanes w2, ref Avx2Lanes w3, uint key0, uint key1)
    {
        // Even and odd lanes apart, each word in the lower half of 64 bits, until the rounds are over: the products come out as they are needed.
        Vector256<ulong> even0 = w0._value.AsUInt64(), even1 = w1._value.AsUInt64(), even2 = w2._value.AsUInt64(), even3 = w3._value.AsUInt64();
        Vector256<ulong> odd0 = even0 >> 32, odd1 = even1 >> 32, odd2 = even2 >> 32, odd3 = even3 >> 32;
        Vector256<ulong> step0 = Vector256.Create((ulong)GaussianNoise.PhiloxKeyStep0), step1 = Vector256.Create((ulong)GaussianNoise.PhiloxKeyStep1);
        Vector256<ulong> roundKey0 = Vector256.Create((ulong)key0), roundKey1 = Vector256.Create((ulong)key1);
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
    private static void PhiloxRound(ref Vector256<ulong> w0, ref Vector256<ulong> w1, ref Vector256<ulong> w2, ref Vector256<ulong> w3, Vector256<ulong> key0, Vector256<ulong> key1)
    {
        var product0 = Avx2.Multiply(w0.AsUInt32(), Vector256.Create(GaussianNoise.PhiloxMultiplier0));
        var product1 = Avx2.Multiply(w2.AsUInt32(), Vector256.Create(GaussianNoise.PhiloxMultiplier1));
        w0 = (product1 >> 32) ^ w1 ^ key0;
        w2 = (product0 >> 32) ^ w3 ^ key1;
        w1 = product1;
        w3 = product0;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Avx2Lanes Interleave(Vector256<ulong> even, Vector256<ulong> odd)
        => new(Vector256.ConditionalSelect(Vector256.Create(0xFFFFFFFF00000000ul), odd << 32, even).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx2Lanes ToSingle(Avx2Lanes integers) => new(Vector256.ConvertToSingle(integers._value.AsInt32()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx2Lanes ToInteger(Avx2Lanes value) => new(Avx.ConvertToVector256Int32(value._value).AsSingle());
}
