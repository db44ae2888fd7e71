using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Microsoft.ML.Trainers.VariationalDropout.Numerics;

/// <summary>destination[j][i] = source[i][j] for a block of 16 × 16; the two must not overlap.</summary>
internal static unsafe class BlockTranspose
{
    /// <summary>The reference, for any type.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Plain<T>(T* source, T* destination)
        where T : unmanaged
    {
        for (int i = 0; i < 16; i++)
        {
            for (int j = 0; j < 16; j++)
                destination[(j * 16) + i] = source[(i * 16) + j];
        }
    }

    /// <summary>Four blocks of 8 × 8 in 256-bit registers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void InEights(float* source, float* destination)
    {
        for (int i = 0; i < 16; i += 8)
        {
            for (int j = 0; j < 16; j += 8)
                TransposeEight(source + (i * 16) + j, destination + (j * 16) + i);
        }
    }

    /// <summary>The whole block in 512-bit registers.</summary>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void InSixteens(float* source, float* destination)
    {
        // 1. Within each quarter of a register, 4 × 4 blocks of four neighbouring rows: quarter q of column[g, c] has column 4q + c of rows 4g to 4g + 3.
        float* columns = stackalloc float[256];
        for (int g = 0; g < 4; g++)
        {
            float* rows = source + (g * 64);
            Vector512<float> r0 = Vector512.Load(rows), r1 = Vector512.Load(rows + 16), r2 = Vector512.Load(rows + 32), r3 = Vector512.Load(rows + 48);
            var low01 = Avx512F.UnpackLow(r0, r1).AsDouble();
            var high01 = Avx512F.UnpackHigh(r0, r1).AsDouble();
            var low23 = Avx512F.UnpackLow(r2, r3).AsDouble();
            var high23 = Avx512F.UnpackHigh(r2, r3).AsDouble();
            Vector512.Store(Avx512F.UnpackLow(low01, low23).AsSingle(), columns + (g * 16));
            Vector512.Store(Avx512F.UnpackHigh(low01, low23).AsSingle(), columns + 64 + (g * 16));
            Vector512.Store(Avx512F.UnpackLow(high01, high23).AsSingle(), columns + 128 + (g * 16));
            Vector512.Store(Avx512F.UnpackHigh(high01, high23).AsSingle(), columns + 192 + (g * 16));
        }

        // 2. A 4 × 4 transposition of quarters puts the four groups of rows next to each other.
        for (int c = 0; c < 4; c++)
        {
            float* groups = columns + (c * 64);
            Vector512<float> g0 = Vector512.Load(groups), g1 = Vector512.Load(groups + 16), g2 = Vector512.Load(groups + 32), g3 = Vector512.Load(groups + 48);
            var even01 = Avx512F.Shuffle4x128(g0, g1, 0x88);
            var odd01 = Avx512F.Shuffle4x128(g0, g1, 0xDD);
            var even23 = Avx512F.Shuffle4x128(g2, g3, 0x88);
            var odd23 = Avx512F.Shuffle4x128(g2, g3, 0xDD);
            Vector512.Store(Avx512F.Shuffle4x128(even01, even23, 0x88), destination + (c * 16));
            Vector512.Store(Avx512F.Shuffle4x128(odd01, odd23, 0x88), destination + ((4 + c) * 16));
            Vector512.Store(Avx512F.Shuffle4x128(even01, even23, 0xDD), destination + ((8 + c) * 16));
            Vector512.Store(Avx512F.Shuffle4x128(odd01, odd23, 0xDD), destination + ((12 + c) * 16));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void TransposeEight(float* source, float* destination)
    {
        Vector256<float> r0 = Vector256.Load(source), r1 = Vector256.Load(source + 16), r2 = Vector256.Load(source + 32), r3 = Vector256.Load(source + 48);
        Vector256<float> r4 = Vector256.Load(source + 64), r5 = Vector256.Load(source + 80), r6 = Vector256.Load(source + 96), r7 = Vector256.Load(source + 112);

        // As above: 4 × 4 blocks within the halves, then the halves.
        Vector256<double> a = Avx.UnpackLow(r0, r1).AsDouble(), b = Avx.UnpackLow(r2, r3).AsDouble(), c = Avx.UnpackHigh(r0, r1).AsDouble(), d = Avx.UnpackHigh(r2, r3).AsDouble();
        Vector256<double> e = Avx.UnpackLow(r4, r5).AsDouble(), f = Avx.UnpackLow(r6, r7).AsDouble(), g = Avx.UnpackHigh(r4, r5).AsDouble(), h = Avx.UnpackHigh(r6, r7).AsDouble();
        Join(Avx.UnpackLow(a, b), Avx.UnpackLow(e, f), destination);
        Join(Avx.UnpackHigh(a, b), Avx.UnpackHigh(e, f), destination + 16);
        Join(Avx.UnpackLow(c, d), Avx.UnpackLow(g, h), destination + 32);
        Join(Avx.UnpackHigh(c, d), Avx.UnpackHigh(g, h), destination + 48);
    }

    /// <summary>The lower halves to one row, the upper halves to the fourth after it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Join(Vector256<double> top, Vector256<double> bottom, float* destination)
    {
        Vector256.Store(Avx.Permute2x128(top, bottom, 0x20).AsSingle(), destination);
        Vector256.Store(Avx.Permute2x128(top, bottom, 0x31).AsSingle(), destination + 64);
    }
}
