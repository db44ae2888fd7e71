namespace Microsoft.ML.Trainers.VariationalDropout.Data;

/// <summary>How the rows of a <see cref="TrainingSet"/> are cut into blocks, and how many blocks are shuffled together (<see cref="RowOrder"/>).</summary>
/// <param name="BlockNumbers">
/// Numbers of four bytes in a block: its rows, dense ones a power of two of them, are as many as fit, one at least. 256 KB go past the nursery of
/// the garbage collector, which would copy them, and are read from a disk about as fast as one long stretch.
/// </param>
/// <param name="WindowBlocks">
/// Blocks whose rows are shuffled together, 1 or more. With 128 of them the composition of a window varies, whatever the order of the data, no
/// more than that of 128 rows drawn at random.
/// </param>
internal readonly record struct BlockLayout(int BlockNumbers, int WindowBlocks)
{
    public static readonly BlockLayout Default = new(1 << 16, 128);
}
