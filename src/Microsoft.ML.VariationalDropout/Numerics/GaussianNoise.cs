using System.Runtime.CompilerServices;

namespace Microsoft.ML.Trainers.VariationalDropout.Numerics;

/// <summary>What a stream of random numbers is for; a part of the generator's key, so that streams never overlap.</summary>
/// <remarks>
/// What the four words of a counter hold (see <see cref="NoiseCounters"/>; the unit is that of the number itself):
/// <code>
/// TrainingNoise    unit, row of the data set,         step,  layer
/// WeightNoise      output, input,     row or 0xFFFFFFFF for all,  layer | step &lt;&lt; 7: repeats after 2^25 steps
/// PredictionNoise  unit, sample,                      0,     layer
/// Initialization   output, input,                     0,     layer
/// Rounding         step, layer,             panel,       first row of a tile of the minibatch
/// MomentOutputs    class, pair of draws,              0,     0
/// </code>
/// Shuffle, BlockShuffle, ValidationSplit and Continuation are integers one after the other.
/// </remarks>
internal enum NoiseStream : uint
{
    TrainingNoise = 0x56440001,
    PredictionNoise = 0x56440002,
    Initialization = 0x56440003,
    Shuffle = 0x56440004,
    ValidationSplit = 0x56440005,
    MomentOutputs = 0x56440006,
    WeightNoise = 0x56440007,
    Continuation = 0x56440008,
    BlockShuffle = 0x56440009,
    Rounding = 0x5644000A,
}

/// <summary>The counters of a tile of 16 × 16 normals: 16 rows of one panel, or (Rows null) 16 panels of one row.</summary>
internal readonly unsafe ref struct NoiseCounters()
{
    public required uint Seed { get; init; }

    public required NoiseStream Stream { get; init; }

    /// <summary>The third word: the step of training, as a rule.</summary>
    public uint Step { get; init; }

    public uint Layer { get; init; }

    /// <summary>The panel of 16 units, or the first of 16 panels.</summary>
    public uint Panel { get; init; }

    /// <summary>The second word for each of the 16 rows of a tile; null to draw 16 panels of <see cref="Row"/>.</summary>
    public uint* Rows { get; init; }

    /// <summary>Units of the panel that are wanted, 1 to 16, where <see cref="Rows"/> are given: the others may be left as they are.</summary>
    public int Units { get; init; } = BlockedMatrix.Width;

    /// <summary>The second word where there is one row.</summary>
    public uint Row { get; init; }
}

/// <summary>
/// Standard normals from a counter-based generator: Philox 4×32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", 2011)
/// and the transformation of Box and Muller. A number is a function of (seed, stream, step, layer, row, unit) alone, so neither threads
/// nor the split into batches can change it.
/// </summary>
internal static unsafe class GaussianNoise
{
    /// <summary>The generator's constants.</summary>
    public const uint PhiloxMultiplier0 = 0xD2511F53;
    public const uint PhiloxMultiplier1 = 0xCD9E8D57;
    public const uint PhiloxKeyStep0 = 0x9E3779B9;
    public const uint PhiloxKeyStep1 = 0xBB67AE85;
    public const int PhiloxRounds = 10;

    private const int Calls = 64;

    /// <summary>The numbers from 0 that a register of calls needs to know its units by.</summary>
    private static ReadOnlySpan<uint> Ascending =>
        [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31,
         32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 58, 59, 60, 61, 62, 63];

    private static ReadOnlySpan<uint> Quads => [0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3];

    /// <summary>Fills a tile [16][16]; see <see cref="NoiseCounters"/>.</summary>
    /// <remarks>Call q of a row makes its four units q, 4 + q, 8 + q, 12 + q; calls 4 r to 4 r + 3 make row r.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Fill<TLanes>(in NoiseCounters counters, float* destination)
        where TLanes : unmanaged, IBitLanes<TLanes>
    {
        if (counters.Rows != null && counters.Units < 4)
        {
            FillNarrow<TLanes>(counters, destination);
            return;
        }

        var firstUnit = TLanes.CreateBits(counters.Panel << 2);
        if (counters.Rows == null)
        {
            fixed (uint* ascending = Ascending)
            {
                var row = TLanes.CreateBits(counters.Row);
                for (int t = 0; t < Calls; t += TLanes.Count)
                    FillRows(counters, TLanes.AddIntegers(firstUnit, TLanes.LoadBits(ascending + t)), row, Place(destination, t));
            }

            return;
        }

        fixed (uint* quads = Quads)
        {
            for (int t = 0; t < Calls; t += TLanes.Count)
                FillRows(counters, firstUnit ^ TLanes.LoadBits(quads + (t & 3)), TLanes.LoadFourTimes(counters.Rows + (t >> 2)), Place(destination, t));
        }
    }

    /// <summary>Where the first word of call <paramref name="call"/> goes.</summary>
    private static float* Place(float* tile, int call) => tile + (call / 4 * 16) + (call & 3);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void FillRows<TLanes>(in NoiseCounters counters, TLanes unit, TLanes row, float* destination)
        where TLanes : unmanaged, IBitLanes<TLanes>
    {
        Draw(counters, unit, row, out var n0, out var n1, out var n2, out var n3);
        TLanes.StoreQuads(n0, n1, n2, n3, destination);
    }

    /// <summary>One, two or three units of each row need no more calls than that.</summary>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void FillNarrow<TLanes>(in NoiseCounters counters, float* destination)
        where TLanes : unmanaged, IBitLanes<TLanes>
    {
        float* normals = stackalloc float[BlockedMatrix.Width];
        for (int unit = 0; unit < counters.Units; unit++)
        {
            var counter = TLanes.CreateBits((counters.Panel << 2) | (uint)unit);
            for (int row = 0; row < BlockedMatrix.Width; row += TLanes.Count)
            {
                Draw(counters, counter, TLanes.LoadBits(counters.Rows + row), out var first, out _, out _, out _);
                TLanes.Store(first, normals + row);
            }

            for (int row = 0; row < BlockedMatrix.Width; row++)
                destination[(row * BlockedMatrix.Width) + unit] = normals[row];
        }
    }

    /// <summary>
    /// destination[n] = the normal of unit units[n] in row <see cref="NoiseCounters.Row"/>: the same number that <see cref="Fill"/> gives the unit
    /// in its tile. For rows of which few units are wanted.
    /// </summary>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void FillAt<TLanes>(in NoiseCounters counters, int* units, int count, float* destination)
        where TLanes : unmanaged, IBitLanes<TLanes>
    {
        uint* unit = stackalloc uint[Calls];
        uint* row = stackalloc uint[Calls];
        float* normals = stackalloc float[4 * Calls];
        new Span<uint>(row, Calls).Fill(counters.Row);
        for (int first = 0; first < count; first += Calls)
        {
            for (int t = 0; t < Calls; t++)
            {
                uint wanted = (uint)units[Math.Min(first + t, count - 1)];
                unit[t] = ((wanted >> 4) << 2) | (wanted & 3);
            }

            for (int t = 0; t < Calls; t += TLanes.Count)
            {
                Draw(counters, TLanes.LoadBits(unit + t), TLanes.LoadBits(row + t), out var n0, out var n1, out var n2, out var n3);
                TLanes.Store(n0, normals + t);
                TLanes.Store(n1, normals + Calls + t);
                TLanes.Store(n2, normals + (2 * Calls) + t);
                TLanes.Store(n3, normals + (3 * Calls) + t);
            }

            for (int t = 0; t < Calls && first + t < count; t++)
                destination[first + t] = normals[(((units[first + t] & 15) >> 2) * Calls) + t];
        }
    }

    /// <summary>The four normals of each call of the generator.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Draw<TLanes>(in NoiseCounters counters, TLanes unit, TLanes row, out TLanes normal0, out TLanes normal1, out TLanes normal2, out TLanes normal3)
        where TLanes : unmanaged, IBitLanes<TLanes>
    {
        var w2 = TLanes.CreateBits(counters.Step);
        var w3 = TLanes.CreateBits(counters.Layer);
        TLanes.Philox(ref unit, ref row, ref w2, ref w3, counters.Seed, (uint)counters.Stream);
        BoxMuller(unit, row, out normal0, out normal1);
        BoxMuller(w2, w3, out normal2, out normal3);
    }

    /// <summary>Ten rounds of Philox 4×32 over a counter of four words with a key of two: the reference, and what paths without an own form do.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void Philox<TLanes>(ref TLanes w0, ref TLanes w1, ref TLanes w2, ref TLanes w3, uint key0, uint key1)
        where TLanes : unmanaged, IBitLanes<TLanes>
    {
        var multiplier0 = TLanes.CreateBits(PhiloxMultiplier0);
        var multiplier1 = TLanes.CreateBits(PhiloxMultiplier1);
        for (int round = 0; round < PhiloxRounds; round++)
        {
            TLanes.MultiplyWide(w0, multiplier0, out var high0, out var low0);
            TLanes.MultiplyWide(w2, multiplier1, out var high1, out var low1);
            w0 = high1 ^ w1 ^ TLanes.CreateBits(key0);
            w2 = high0 ^ w3 ^ TLanes.CreateBits(key1);
            w1 = low1;
            w3 = low0;
            key0 += PhiloxKeyStep0;
            key1 += PhiloxKeyStep1;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void BoxMuller<TLanes>(TLanes first, TLanes second, out TLanes normal0, out TLanes normal1)
        where TLanes : unmanaged, IBitLanes<TLanes>
    {
        // 1. Radius sqrt(−2 log u), u = (31 bits + ½) 2⁻³¹ in (0, 1].
        var u = TLanes.MultiplyAdd(TLanes.ToSingle(TLanes.ShiftRight(first, 1)), TLanes.Create(4.6566129e-10f), TLanes.Create(2.3283064e-10f));
        var radius = TLanes.Sqrt(TLanes.Max(TLanes.Log(u) * TLanes.Create(-2f), TLanes.Create(0f)));

        // 2. Angle d in [−π/4, π/4) from the signed word; its two lowest bits choose the quadrant.
        var d = TLanes.ToSingle(second) * TLanes.Create(3.6572951e-10f);
        var d2 = d * d;
        var sine = TLanes.MultiplyAdd(TLanes.Create(-1.9515295891e-4f), d2, TLanes.Create(8.3321608736e-3f));
        sine = TLanes.MultiplyAdd(sine, d2, TLanes.Create(-1.6666654611e-1f));
        sine = TLanes.MultiplyAdd(sine * d2, d, d);
        var cosine = TLanes.MultiplyAdd(TLanes.Create(2.443315711809948e-5f), d2, TLanes.Create(-1.388731625493765e-3f));
        cosine = TLanes.MultiplyAdd(cosine, d2, TLanes.Create(4.166664568298827e-2f));
        cosine = TLanes.MultiplyAdd(cosine, d2, TLanes.Create(-0.5f));
        cosine = TLanes.MultiplyAdd(cosine, d2, TLanes.Create(1f));
        cosine ^= TLanes.ShiftLeft(second, 31);

        // 3. Swap sine and cosine on the second bit (as a float: 0 or 2).
        var swap = TLanes.ToSingle(second & TLanes.CreateBits(2));
        normal0 = radius * TLanes.SelectGreater(swap, TLanes.Create(1f), sine, cosine);
        normal1 = radius * TLanes.SelectGreater(swap, TLanes.Create(1f), cosine, sine);
    }
}
