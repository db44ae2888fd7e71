using System.Runtime.CompilerServices;

namespace Microsoft.ML.Trainers.VariationalDropout.Numerics;

/// <summary>Zeroed memory, aligned to a cache line, that the garbage collector owns but does not move.</summary>
/// <remarks>The pointer is good for as long as the buffer is reachable: whoever uses it keeps the buffer in a field.</remarks>
internal sealed unsafe class AlignedBuffer<T>
    where T : unmanaged
{
    private const int Alignment = 64;
    private readonly T[] _array;
    private readonly int _offset;

    public AlignedBuffer(long length)
    {
        int slack = Alignment / sizeof(T);
        if (length < 0 || length + slack > Array.MaxLength)
            throw new ArgumentOutOfRangeException(nameof(length), length, $"One matrix may hold between 0 and {Array.MaxLength - slack} numbers: choose smaller layers.");

        Length = (int)length;
        _array = GC.AllocateArray<T>(Length + slack, pinned: true);
        T* start = (T*)Unsafe.AsPointer(ref _array[0]);
        nint misalignment = (nint)start & (Alignment - 1);
        _offset = misalignment == 0 ? 0 : (int)((Alignment - misalignment) / sizeof(T));
        Pointer = start + _offset;
    }

    public int Length { get; }

    public T* Pointer { get; }

    public Span<T> Span => _array.AsSpan(_offset, Length);
}
