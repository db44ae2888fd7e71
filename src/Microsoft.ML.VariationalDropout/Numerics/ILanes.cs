namespace Microsoft.ML.Trainers.VariationalDropout.Numerics;

/// <summary>
/// A register of <see cref="Count"/> numbers of type <typeparamref name="T"/>. Every kernel is written once over this interface; the
/// implementations are the kernel paths (see <see cref="KernelPath"/>), and <see cref="DoubleLane"/> is the one the gradients are
/// checked with.
/// </summary>
/// <remarks><see cref="Count"/> divides 16, the width of a panel of <see cref="BlockedMatrix{T}"/>.</remarks>
internal unsafe interface ILanes<TSelf, T>
    where TSelf : unmanaged, ILanes<TSelf, T>
    where T : unmanaged
{
    static abstract int Count { get; }

    static abstract TSelf Create(T value);

    static abstract TSelf Create(double value);

    static abstract TSelf Load(T* source);

    static abstract void Store(TSelf value, T* destination);

    static abstract TSelf operator +(TSelf left, TSelf right);

    static abstract TSelf operator -(TSelf left, TSelf right);

    static abstract TSelf operator *(TSelf left, TSelf right);

    static abstract TSelf operator /(TSelf left, TSelf right);

    /// <summary>a b + c, rounded once where the hardware can.</summary>
    static abstract TSelf MultiplyAdd(TSelf a, TSelf b, TSelf c);

    static abstract TSelf Sqrt(TSelf value);

    static abstract TSelf Abs(TSelf value);

    static abstract TSelf Min(TSelf left, TSelf right);

    static abstract TSelf Max(TSelf left, TSelf right);

    /// <summary>Lane by lane: left &gt; right ? whenTrue : whenFalse; a NaN compares as false.</summary>
    static abstract TSelf SelectGreater(TSelf left, TSelf right, TSelf whenTrue, TSelf whenFalse);

    static abstract TSelf Exp(TSelf value);

    /// <summary>Natural logarithm of a positive, normal number.</summary>
    static abstract TSelf Log(TSelf value);

    /// <summary>The error function; the single-precision paths are off by at most 2e-7.</summary>
    static abstract TSelf Erf(TSelf value);

    /// <summary>destination[j][i] = source[i][j] for a block of 16 × 16; see <see cref="BlockTranspose"/>.</summary>
    static abstract void Transpose(T* source, T* destination);

    /// <summary>Products of numbers rounded to 16 bits; null where the numbers are in double precision, for which there are none.</summary>
    static abstract ShortProduct<T>? ShortProduct { get; }

    /// <summary>The sixteen rows of normals described by <paramref name="counter"/>; see <see cref="GaussianNoise"/>.</summary>
    static abstract void FillNormals(in NoiseCounters counter, T* destination);

    /// <summary>The normals of some units of one row; see <see cref="GaussianNoise.FillAt"/>.</summary>
    static abstract void FillNormalsAt(in NoiseCounters counter, int* units, int count, T* destination);
}

/// <summary>Single-precision lanes whose bits can be worked on as 32-bit integers: what the noise and the elementary functions need.</summary>
internal unsafe interface IBitLanes<TSelf> : ILanes<TSelf, float>
    where TSelf : unmanaged, IBitLanes<TSelf>
{
    static abstract TSelf CreateBits(uint bits);

    static abstract TSelf LoadBits(uint* source);

    /// <summary>Lane i is source[i / 4].</summary>
    static abstract TSelf LoadFourTimes(uint* source);

    /// <summary>
    /// Lane i of word w goes to number 4 w + i % 4 of row i / 4: the words of four calls of the noise's generator become a row of 16. With one
    /// lane, its words go to numbers 0, 4, 8 and 12.
    /// </summary>
    static abstract void StoreQuads(TSelf word0, TSelf word1, TSelf word2, TSelf word3, float* destination);

    static abstract TSelf operator ^(TSelf left, TSelf right);

    static abstract TSelf operator &(TSelf left, TSelf right);

    static abstract TSelf AddIntegers(TSelf left, TSelf right);

    static abstract TSelf SubtractIntegers(TSelf left, TSelf right);

    static abstract TSelf ShiftLeft(TSelf value, int count);

    static abstract TSelf ShiftRight(TSelf value, int count);

    static abstract TSelf ShiftRightArithmetic(TSelf value, int count);

    /// <summary>The full 64-bit product of unsigned lanes.</summary>
    static abstract void MultiplyWide(TSelf left, TSelf right, out TSelf high, out TSelf low);

    /// <summary>Lanes are two signed 16-bit integers each: the product of the lower ones plus the product of the upper ones.</summary>
    static abstract TSelf MultiplyAddPairs(TSelf left, TSelf right);

    /// <summary>The lower 16 bits of every lane.</summary>
    static abstract void StoreShorts(TSelf integers, short* destination);

    /// <summary>Ten rounds of Philox 4×32 over a counter of four words with a key of two; see <see cref="GaussianNoise.Philox"/>.</summary>
    static abstract void Philox(ref TSelf w0, ref TSelf w1, ref TSelf w2, ref TSelf w3, uint key0, uint key1);

    /// <summary>Signed integers to floats.</summary>
    static abstract TSelf ToSingle(TSelf integers);

    /// <summary>Floats to the nearest signed integers.</summary>
    static abstract TSelf ToInteger(TSelf value);
}
