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
    public static Avx2Lanes ToSingle(Avx2Lanes integers) => new(Vector256.ConvertToSingle(integers._value.AsInt32()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx2Lanes ToInteger(Avx2Lanes value) => new(Avx.ConvertToVector256Int32(value._value).AsSingle());
}
