using System.Runtime.CompilerServices;

namespace Microsoft.ML.Trainers.VariationalDropout.Numerics;

/// <summary>The constants of the blocked layout.</summary>
internal static class BlockedMatrix
{
    /// <summary>Columns of a panel, and rows of a block.</summary>
    public const int Width = 16;

    /// <summary>Numbers in a block of 16 × 16.</summary>
    public const int BlockSize = Width * Width;

    public static int PadToBlock(int count) => (count + Width - 1) & -Width;

    public static int PanelCount(int columns) => (columns + Width - 1) / Width;
}

/// <summary>
/// A matrix in the layout [column / 16][row][column % 16], rows padded to a multiple of 16: every block of 16 × 16 is contiguous, so that
/// products need no packing. Padding is zero and stays zero.
/// </summary>
internal sealed unsafe class BlockedMatrix<T>
    where T : unmanaged
{
    private readonly AlignedBuffer<T> _buffer;

    public BlockedMatrix(int rows, int columns)
    {
        Rows = rows;
        Columns = columns;
        PaddedRows = BlockedMatrix.PadToBlock(rows);
        Panels = BlockedMatrix.PanelCount(columns);
        _buffer = new AlignedBuffer<T>((long)Panels * PaddedRows * BlockedMatrix.Width);
    }

    public int Rows { get; }

    public int Columns { get; }

    public int PaddedRows { get; }

    /// <summary>Groups of 16 columns.</summary>
    public int Panels { get; }

    /// <summary>Numbers from one panel to the next.</summary>
    public nint PanelStride => (nint)PaddedRows * BlockedMatrix.Width;

    public AlignedBuffer<T> Buffer => _buffer;

    /// <summary>The row <paramref name="row"/> of panel <paramref name="panel"/>: 16 numbers, followed by the next row.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T* At(int panel, int row) => _buffer.Pointer + (panel * PanelStride) + ((nint)row * BlockedMatrix.Width);

    public T this[int row, int column]
    {
        get => _buffer.Span[Index(row, column)];
        set => _buffer.Span[Index(row, column)] = value;
    }

    private int Index(int row, int column)
        => (int)(((column / BlockedMatrix.Width) * PanelStride) + (row * BlockedMatrix.Width) + (column % BlockedMatrix.Width));
}
