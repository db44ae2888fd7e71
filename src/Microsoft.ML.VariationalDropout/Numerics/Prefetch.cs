using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Microsoft.ML.Trainers.VariationalDropout.Numerics;

/// <summary>Asks for memory that is read soon; changes nothing but time.</summary>
internal static unsafe class Prefetch
{
    private const int CacheLine = 64;

    /// <summary>Into the second-level cache: the first is full of what a product reads meanwhile.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void ToSecondLevel(void* start, nint bytes)
    {
        if (!Sse.IsSupported)
            return;
        for (nint offset = 0; offset < bytes; offset += CacheLine)
            Sse.Prefetch1((byte*)start + offset);
    }
}
