using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Microsoft.ML.Trainers.VariationalDropout.Numerics;

/// <summary>
/// Memory that is read soon and is asked for a few cache lines at a time, while a product computes: all at once would block the loads of the
/// product. Changes nothing but time; does nothing where the processor has no instruction for it.
/// </summary>
/// <remarks>What is asked for comes into the second-level cache: the first is full of what the product reads.</remarks>
/// <param name="runs">Room for the starts of runs of <see cref="RunBytes"/> bytes, [capacity].</param>
/// <param name="capacity">Runs that fit; those added beyond are forgotten.</param>
internal unsafe struct PrefetchQueue(byte** runs, int capacity)
{
    /// <summary>A block of 16 × 16 in single precision.</summary>
    public const int RunBytes = 1024;

    private const int LineBytes = 64;
    private const int LinesPerRun = RunBytes / LineBytes;

    private int _lines;
    private int _next;
    private int _linesPerStep;

    /// <summary>Forgets what was added.</summary>
    public void Clear() => _lines = _next = 0;

    /// <summary>Adds contiguous memory, in whole runs.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(void* start, long bytes)
    {
        for (long offset = 0; offset < bytes && _lines < capacity * LinesPerRun; offset += RunBytes, _lines += LinesPerRun)
            runs[_lines / LinesPerRun] = (byte*)start + offset;
    }

    /// <summary>Says in how many calls of <see cref="Advance"/> all shall have been asked for.</summary>
    public void Spread(int steps) => _linesPerStep = (_lines + Math.Max(1, steps) - 1) / Math.Max(1, steps);

    /// <summary>Asks for the next lines.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Advance()
    {
        if (!Sse.IsSupported || _next >= _lines)
            return;
        for (int end = Math.Min(_lines, _next + _linesPerStep); _next < end; _next++)
            Sse.Prefetch1(runs[_next / LinesPerRun] + (_next % LinesPerRun * LineBytes));
    }
}
