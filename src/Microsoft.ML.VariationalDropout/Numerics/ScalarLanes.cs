using System.Runtime.CompilerServices;

namespace Microsoft.ML.Trainers.VariationalDropout.Numerics;

/// <summary>One single-precision number: the readable reference path, <see cref="KernelPath.Scalar"/>.</summary>
internal readonly unsafe struct SingleLane(float value) : IBitLanes<SingleLane>
{
    private readonly float _value = value;

    private uint Bits => BitConverter.SingleToUInt32Bits(_value);

    public static int Count => 1;

    public static SingleLane Create(float value) => new(value);

    public static SingleLane Create(double value) => new((float)value);

    public static SingleLane Load(float* source) => new(*source);

    public static void Store(SingleLane value, float* destination) => *destination = value._value;

    public static SingleLane operator +(SingleLane left, SingleLane right) => new(left._value + right._value);

    public static SingleLane operator -(SingleLane left, SingleLane right) => new(left._value - right._value);

    public static SingleLane operator *(SingleLane left, SingleLane right) => new(left._value * right._value);

    public static SingleLane operator /(SingleLane left, SingleLane right) => new(left._value / right._value);

    public static SingleLane MultiplyAdd(SingleLane a, SingleLane b, SingleLane c) => new(MathF.FusedMultiplyAdd(a._value, b._value, c._value));

    public static SingleLane Sqrt(SingleLane value) => new(MathF.Sqrt(value._value));

    public static SingleLane Abs(SingleLane value) => new(MathF.Abs(value._value));

    public static SingleLane Min(SingleLane left, SingleLane right) => new(MathF.Min(left._value, right._value));

    public static SingleLane Max(SingleLane left, SingleLane right) => new(MathF.Max(left._value, right._value));

    public static SingleLane SelectGreater(SingleLane left, SingleLane right, SingleLane whenTrue, SingleLane whenFalse)
        => left._value > right._value ? whenTrue : whenFalse;

    public static SingleLane Exp(SingleLane value) => ElementaryFunctions<SingleLane>.Exp(value);

    public static SingleLane Log(SingleLane value) => ElementaryFunctions<SingleLane>.Log(value);

    public static SingleLane Erf(SingleLane value) => ElementaryFunctions<SingleLane>.Erf(value);

    public static ShortProduct<float>? ShortProduct => ShortProductOfLanes<SingleLane>.Instance;

    public static void Transpose(float* source, float* destination) => BlockTranspose.Plain(source, destination);

    public static void FillNormals(in NoiseCounters counter, float* destination) => GaussianNoise.Fill<SingleLane>(counter, destination);

    public static void FillNormalsAt(in NoiseCounters counter, int* units, int count, float* destination) => GaussianNoise.FillAt<SingleLane>(counter, units, count, destination);

    public static SingleLane CreateBits(uint bits) => new(BitConverter.UInt32BitsToSingle(bits));

    public static SingleLane LoadBits(uint* source) => CreateBits(*source);

    public static SingleLane LoadFourTimes(uint* source) => LoadBits(source);

    public static void StoreQuads(SingleLane word0, SingleLane word1, SingleLane word2, SingleLane word3, float* destination)
    {
        destination[0] = word0._value;
        destination[4] = word1._value;
        destination[8] = word2._value;
        destination[12] = word3._value;
    }

    public static SingleLane operator ^(SingleLane left, SingleLane right) => CreateBits(left.Bits ^ right.Bits);

    public static SingleLane operator &(SingleLane left, SingleLane right) => CreateBits(left.Bits & right.Bits);

    public static SingleLane AddIntegers(SingleLane left, SingleLane right) => CreateBits(left.Bits + right.Bits);

    public static SingleLane SubtractIntegers(SingleLane left, SingleLane right) => CreateBits(left.Bits - right.Bits);

    public static SingleLane ShiftLeft(SingleLane value, int count) => CreateBits(value.Bits << count);

    public static SingleLane ShiftRight(SingleLane value, int count) => CreateBits(value.Bits >> count);

    public static SingleLane ShiftRightArithmetic(SingleLane value, int count) => CreateBits((uint)((int)value.Bits >> count));

    public static void MultiplyWide(SingleLane left, SingleLane right, out SingleLane high, out SingleLane low)
    {
        ulong product = (ulong)left.Bits * right.Bits;
        high = CreateBits((uint)(product >> 32));
        low = CreateBits((uint)product);
    }

    public static SingleLane MultiplyAddPairs(SingleLane left, SingleLane right)
    {
        // The lower 32 bits of a product are the same for signed and unsigned factors.
        MultiplyWide(ShiftRightArithmetic(ShiftLeft(left, 16), 16), ShiftRightArithmetic(ShiftLeft(right, 16), 16), out _, out var lower);
        MultiplyWide(ShiftRightArithmetic(left, 16), ShiftRightArithmetic(right, 16), out _, out var upper);
        return AddIntegers(lower, upper);
    }

    public static void StoreShorts(SingleLane integers, short* destination) => *destination = (short)integers.Bits;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Philox(ref SingleLane w0, ref SingleLane w1, ref SingleLane w2, ref SingleLane w3, uint key0, uint key1)
        => GaussianNoise.Philox(ref w0, ref w1, ref w2, ref w3, key0, key1);

    public static SingleLane ToSingle(SingleLane integers) => new((int)integers.Bits);

    public static SingleLane ToInteger(SingleLane value) => CreateBits((uint)(int)MathF.Round(value._value));
}

/// <summary>
/// One double-precision number, with the elementary functions of <see cref="Math"/>: what central differences are taken with.
/// The noise is the single-precision noise, widened.
/// </summary>
internal readonly unsafe struct DoubleLane(double value) : ILanes<DoubleLane, double>
{
    private readonly double _value = value;

    public static int Count => 1;

    public static DoubleLane Create(double value) => new(value);

    public static DoubleLane Load(double* source) => new(*source);

    public static void Store(DoubleLane value, double* destination) => *destination = value._value;

    public static DoubleLane operator +(DoubleLane left, DoubleLane right) => new(left._value + right._value);

    public static DoubleLane operator -(DoubleLane left, DoubleLane right) => new(left._value - right._value);

    public static DoubleLane operator *(DoubleLane left, DoubleLane right) => new(left._value * right._value);

    public static DoubleLane operator /(DoubleLane left, DoubleLane right) => new(left._value / right._value);

    public static DoubleLane MultiplyAdd(DoubleLane a, DoubleLane b, DoubleLane c) => new(Math.FusedMultiplyAdd(a._value, b._value, c._value));

    public static DoubleLane Sqrt(DoubleLane value) => new(Math.Sqrt(value._value));

    public static DoubleLane Abs(DoubleLane value) => new(Math.Abs(value._value));

    public static DoubleLane Min(DoubleLane left, DoubleLane right) => new(Math.Min(left._value, right._value));

    public static DoubleLane Max(DoubleLane left, DoubleLane right) => new(Math.Max(left._value, right._value));

    public static DoubleLane SelectGreater(DoubleLane left, DoubleLane right, DoubleLane whenTrue, DoubleLane whenFalse)
        => left._value > right._value ? whenTrue : whenFalse;

    public static DoubleLane Exp(DoubleLane value) => new(Math.Exp(value._value));

    public static DoubleLane Log(DoubleLane value) => new(Math.Log(value._value));

    public static DoubleLane Erf(DoubleLane value) => new(SpecialFunctions.Erf(value._value));

    public static ShortProduct<double>? ShortProduct => null;

    public static void Transpose(double* source, double* destination) => BlockTranspose.Plain(source, destination);

    [SkipLocalsInit]
    public static void FillNormals(in NoiseCounters counter, double* destination)
    {
        float* normals = stackalloc float[BlockedMatrix.BlockSize];
        GaussianNoise.Fill<SingleLane>(counter, normals);
        for (int i = 0; i < BlockedMatrix.BlockSize; i++)
            destination[i] = normals[i];
    }

    [SkipLocalsInit]
    public static void FillNormalsAt(in NoiseCounters counter, int* units, int count, double* destination)
    {
        const int Run = 64;
        float* normals = stackalloc float[Run];
        for (int first = 0; first < count; first += Run)
        {
            int length = Math.Min(Run, count - first);
            GaussianNoise.FillAt<SingleLane>(counter, units + first, length, normals);
            for (int i = 0; i < length; i++)
                destination[first + i] = normals[i];
        }
    }
}
