using System.Numerics;
using System.Runtime.CompilerServices;

namespace Microsoft.ML.Trainers.VariationalDropout.Numerics;

/// <summary>As many numbers as <see cref="Vector{T}"/> holds on this machine: <see cref="KernelPath.Portable"/>, for every processor.</summary>
internal readonly unsafe struct PortableLanes(Vector<float> value) : IBitLanes<PortableLanes>
{
    private readonly Vector<float> _value = value;

    public static int Count
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Vector<float>.Count;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static PortableLanes Create(float value) => new(Vector.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static PortableLanes Create(double value) => new(Vector.Create((float)value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static PortableLanes Load(float* source) => new(Vector.Load(source));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(PortableLanes value, float* destination) => Vector.Store(value._value, destination);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static PortableLanes operator +(PortableLanes left, PortableLanes right) => new(left._value + right._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static PortableLanes operator -(PortableLanes left, PortableLanes right) => new(left._value - right._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static PortableLanes operator *(PortableLanes left, PortableLanes right) => new(left._value * right._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static PortableLanes operator /(PortableLanes left, PortableLanes right) => new(left._value / right._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static PortableLanes MultiplyAdd(PortableLanes a, PortableLanes b, PortableLanes c) => new(Vector.MultiplyAddEstimate(a._value, b._value, c._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static PortableLanes Sqrt(PortableLanes value) => new(Vector.SquareRoot(value._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static PortableLanes Abs(PortableLanes value) => new(Vector.Abs(value._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static PortableLanes Min(PortableLanes left, PortableLanes right) => new(Vector.Min(left._value, right._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static PortableLanes Max(PortableLanes left, PortableLanes right) => new(Vector.Max(left._value, right._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static PortableLanes SelectGreater(PortableLanes left, PortableLanes right, PortableLanes whenTrue, PortableLanes whenFalse)
        => new(Vector.ConditionalSelect(Vector.GreaterThan(left._value, right._value), whenTrue._value, whenFalse._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static PortableLanes Exp(PortableLanes value) => ElementaryFunctions<PortableLanes>.Exp(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static PortableLanes Log(PortableLanes value) => ElementaryFunctions<PortableLanes>.Log(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static PortableLanes Erf(PortableLanes value) => ElementaryFunctions<PortableLanes>.Erf(value);

    public static ShortProduct<float>? ShortProduct => ShortProductOfLanes<PortableLanes>.Instance;

    public static void Transpose(float* source, float* destination) => BlockTranspose.Plain(source, destination);

    public static void FillNormals(in NoiseCounters counter, float* destination) => GaussianNoise.Fill<PortableLanes>(counter, destination);

    public static void FillNormalsAt(in NoiseCounters counter, int* units, int count, float* destination) => GaussianNoise.FillAt<PortableLanes>(counter, units, count, destination);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static PortableLanes CreateBits(uint bits) => new(Vector.AsVectorSingle(Vector.Create(bits)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static PortableLanes LoadBits(uint* source) => new(Vector.AsVectorSingle(Vector.Load(source)));

    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static PortableLanes LoadFourTimes(uint* source)
    {
        uint* lanes = stackalloc uint[16];
        for (int i = 0; i < Count; i++)
            lanes[i] = source[i / 4];
        return LoadBits(lanes);
    }

    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreQuads(PortableLanes word0, PortableLanes word1, PortableLanes word2, PortableLanes word3, float* destination)
    {
        float* words = stackalloc float[4 * 16];
        Store(word0, words);
        Store(word1, words + Count);
        Store(word2, words + (2 * Count));
        Store(word3, words + (3 * Count));
        for (int i = 0; i < Count; i += 4)
        {
            for (int word = 0; word < 4; word++)
                new ReadOnlySpan<float>(words + (word * Count) + i, 4).CopyTo(new Span<float>(destination + (i * 4) + (word * 4), 4));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static PortableLanes operator ^(PortableLanes left, PortableLanes right) => new(Vector.AsVectorSingle(Vector.AsVectorUInt32(left._value) ^ Vector.AsVectorUInt32(right._value)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static PortableLanes operator &(PortableLanes left, PortableLanes right) => new(Vector.AsVectorSingle(Vector.AsVectorUInt32(left._value) & Vector.AsVectorUInt32(right._value)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static PortableLanes AddIntegers(PortableLanes left, PortableLanes right) => new(Vector.AsVectorSingle(Vector.AsVectorUInt32(left._value) + Vector.AsVectorUInt32(right._value)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static PortableLanes SubtractIntegers(PortableLanes left, PortableLanes right) => new(Vector.AsVectorSingle(Vector.AsVectorUInt32(left._value) - Vector.AsVectorUInt32(right._value)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static PortableLanes ShiftLeft(PortableLanes value, int count) => new(Vector.AsVectorSingle(Vector.AsVectorUInt32(value._value) << count));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static PortableLanes ShiftRight(PortableLanes value, int count) => new(Vector.AsVectorSingle(Vector.AsVectorUInt32(value._value) >> count));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static PortableLanes ShiftRightArithmetic(PortableLanes value, int count) => new(Vector.AsVectorSingle(Vector.AsVectorInt32(value._value) >> count));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void MultiplyWide(PortableLanes left, PortableLanes right, out PortableLanes high, out PortableLanes low)
    {
        Vector.Widen(Vector.AsVectorUInt32(left._value), out var leftLower, out var leftUpper);
        Vector.Widen(Vector.AsVectorUInt32(right._value), out var rightLower, out var rightUpper);
        var lower = leftLower * rightLower;
        var upper = leftUpper * rightUpper;
        high = new(Vector.AsVectorSingle(Vector.Narrow(lower >> 32, upper >> 32)));
        low = new(Vector.AsVectorSingle(Vector.Narrow(lower, upper)));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static PortableLanes MultiplyAddPairs(PortableLanes left, PortableLanes right)
    {
        // The lower 32 bits of a product are the same for signed and unsigned factors.
        MultiplyWide(ShiftRightArithmetic(ShiftLeft(left, 16), 16), ShiftRightArithmetic(ShiftLeft(right, 16), 16), out _, out var lower);
        MultiplyWide(ShiftRightArithmetic(left, 16), ShiftRightArithmetic(right, 16), out _, out var upper);
        return AddIntegers(lower, upper);
    }

    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreShorts(PortableLanes integers, short* destination)
    {
        int* values = stackalloc int[16];
        Store(integers, (float*)values);
        for (int i = 0; i < Count; i++)
            destination[i] = (short)values[i];
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Philox(ref PortableLanes w0, ref PortableLanes w1, ref PortableLanes w2, ref PortableLanes w3, uint key0, uint key1)
        => GaussianNoise.Philox(ref w0, ref w1, ref w2, ref w3, key0, key1);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static PortableLanes ToSingle(PortableLanes integers) => new(Vector.ConvertToSingle(Vector.AsVectorInt32(integers._value)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static PortableLanes ToInteger(PortableLanes value) => new(Vector.AsVectorSingle(Vector.ConvertToInt32(Vector.Round(value._value))));
}
