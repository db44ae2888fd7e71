namespace Microsoft.ML.Trainers.VariationalDropout.Numerics;

/// <summary>
/// Products of numbers rounded to 16-bit integers, for variances: they scale noise alone and do without 24 bits, and a processor multiplies and
/// adds two pairs of 16-bit integers in the time of one pair of floats. Sums are exact 32-bit integers, so every path gives the same bits.
/// </summary>
/// <remarks>
/// Two neighbours along the summation index make a pair of 32 bits. Of a block of 16 × 16, "rows" is [16 rows][8 pairs], paired along the
/// columns, and "pairs" is [8 pairs][16 columns], paired along the rows.
/// </remarks>
internal abstract unsafe class ShortProduct<T>
    where T : unmanaged
{
    /// <summary>Pairs along one side of a block.</summary>
    public const int PairsPerBlock = BlockedMatrix.Width / 2;

    /// <summary>Pairs in a block of 16 × 16.</summary>
    public const int BlockPairs = BlockedMatrix.BlockSize / 2;

    /// <summary>
    /// The largest number to round at random, so that a sum of <paramref name="count"/> products with integers up to <paramref name="other"/> stays below 2³¹.
    /// One is kept in reserve: a number that is the largest already may still be rounded up.
    /// </summary>
    public static int Largest(int count, int other) => (int)Math.Clamp((int.MaxValue / ((long)count * other)) - 1, 1, short.MaxValue - 1);

    /// <summary>The largest integer to round to where both factors are rounded to the nearest.</summary>
    public static int Largest(int count) => (int)Math.Min(short.MaxValue, Math.Sqrt(int.MaxValue / (double)count));

    /// <summary>destination[p][i][j] = Σ_k left[i][k] right[p][k][j], left as rows and right as pairs.</summary>
    /// <param name="left">16 rows of the first of consecutive blocks.</param>
    /// <param name="leftStride">Pairs from one block of <paramref name="left"/> to the next.</param>
    /// <param name="right">Of the first panel: consecutive blocks.</param>
    /// <param name="rightStride">Pairs from one panel to the next.</param>
    /// <param name="panels">Number of panels.</param>
    /// <param name="blocks">Length of the sum in blocks of 16.</param>
    /// <param name="destination">[16][16] for each panel.</param>
    /// <param name="destinationStride">Numbers from one tile to the next.</param>
    /// <param name="ahead">As in <see cref="TileProduct{TLanes, T}"/>; or null.</param>
    public abstract void Multiply(uint* left, nint leftStride, uint* right, nint rightStride, int panels, int blocks, T* destination, nint destinationStride, PrefetchQueue* ahead);

    /// <summary>destination[p][i][j] = Σ_m left[m][i] right[p][m][j], both as pairs.</summary>
    public abstract void MultiplyTransposed(uint* left, uint* right, nint rightStride, int panels, int blocks, T* destination, nint destinationStride, PrefetchQueue* ahead);

    /// <summary>The integers nearest to tile[i][j] × rowFactors[i] × columnFactors[j], as rows, as pairs, or both.</summary>
    /// <param name="tile">[16][16].</param>
    /// <param name="rowFactors">[16].</param>
    /// <param name="columnFactors">[16].</param>
    /// <param name="rows">Room for a block, or null.</param>
    /// <param name="pairs">Room for a block, or null.</param>
    public abstract void Round(T* tile, T* rowFactors, T* columnFactors, uint* rows, uint* pairs);

    /// <summary>
    /// The same as pairs, up or down at random, with probabilities that make the expectation the number itself: sums of gradients stay unbiased.
    /// </summary>
    /// <param name="tile">[16][16].</param>
    /// <param name="rowFactors">[16].</param>
    /// <param name="columnFactors">[16].</param>
    /// <param name="seed">What the choice depends on, with the place in the tile.</param>
    /// <param name="pairs">Room for a block.</param>
    public abstract void RoundAtRandom(T* tile, T* rowFactors, T* columnFactors, uint seed, uint* pairs);
}
