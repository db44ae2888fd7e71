using System.Runtime.CompilerServices;

namespace Microsoft.ML.Trainers.VariationalDropout.Numerics;

/// <summary>
/// Products of sparse rows with panels in the layout of <see cref="BlockedMatrix{T}"/>. The order of every sum is that of
/// <see cref="TileProduct{TLanes, T}"/>, which adds the zeros too: the results are the same bits.
/// </summary>
internal static unsafe class SparseProduct<TLanes, T>
    where TLanes : unmanaged, ILanes<TLanes, T>
    where T : unmanaged
{
    /// <summary>destination[j] = Σ_n values[n] panel[indices[n]][j] for the 16 columns of a panel.</summary>
    /// <param name="indices">Ascending rows of the panel, [count].</param>
    /// <param name="values">[count].</param>
    /// <param name="count">Numbers that are not zero.</param>
    /// <param name="panel">[rows][16].</param>
    /// <param name="destination">[16], overwritten.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void MultiplyRow(int* indices, T* values, int count, T* panel, T* destination)
    {
        for (int column = 0; column < BlockedMatrix.Width; column += TLanes.Count)
        {
            var sum = TLanes.Create(0.0);
            for (nint n = 0; n < count; n++)
                sum = TLanes.MultiplyAdd(TLanes.Create(values[n]), TLanes.Load(panel + ((nint)indices[n] * BlockedMatrix.Width) + column), sum);
            TLanes.Store(sum, destination + column);
        }
    }

    /// <summary>destination[i] += factor × row[i] for 16 numbers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void AddScaled(T factor, T* row, T* destination)
    {
        var scale = TLanes.Create(factor);
        for (int column = 0; column < BlockedMatrix.Width; column += TLanes.Count)
            TLanes.Store(TLanes.MultiplyAdd(scale, TLanes.Load(row + column), TLanes.Load(destination + column)), destination + column);
    }
}
