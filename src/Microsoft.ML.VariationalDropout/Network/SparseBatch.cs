using Microsoft.ML.Trainers.VariationalDropout.Data;
using Microsoft.ML.Trainers.VariationalDropout.Numerics;

namespace Microsoft.ML.Trainers.VariationalDropout.Network;

/// <summary>
/// The features of a minibatch that are not zero, by row and by block of 16 features. Memory grows with their number, and with one integer
/// for each block. The values are set by the layer, once they are standardised.
/// </summary>
internal sealed unsafe class SparseBatch<T>
    where T : unmanaged
{
    private readonly int[] _next;
    private int _capacity;

    /// <param name="inputs">Features of a row.</param>
    /// <param name="rows">Rows of the largest minibatch.</param>
    public SparseBatch(int inputs, int rows)
    {
        int blocks = BlockedMatrix.PanelCount(inputs);
        RowStarts = new int[BlockedMatrix.PadToBlock(rows) + 1];
        BlockStarts = new int[blocks + 1];
        _next = new int[blocks];
        Allocate(1024);
    }

    /// <summary>Row m has the entries RowStarts[m] to RowStarts[m + 1] − 1; padding rows have none.</summary>
    public int[] RowStarts { get; }

    /// <summary>Block b has the entries EntriesByBlock[BlockStarts[b]] to EntriesByBlock[BlockStarts[b + 1] − 1], rows ascending.</summary>
    public int[] BlockStarts { get; }

    /// <summary>Feature of each entry, ascending within a row.</summary>
    public AlignedBuffer<int> Indices { get; private set; } = null!;

    /// <summary>Row of each entry.</summary>
    public AlignedBuffer<int> Rows { get; private set; } = null!;

    /// <summary>A of each entry, or A s where the noise is on the inputs.</summary>
    public AlignedBuffer<T> Values { get; private set; } = null!;

    /// <summary>½ sqrt(α) ξ A of each entry where the noise is on the inputs.</summary>
    public AlignedBuffer<T> Factors { get; private set; } = null!;

    public AlignedBuffer<int> EntriesByBlock { get; private set; } = null!;

    /// <summary>Takes the places of the features of a minibatch; their values are still to be set.</summary>
    public void Load(TrainingSet data, ReadOnlySpan<int> rows)
    {
        int count = 0;
        for (int m = 0; m < rows.Length; m++)
        {
            RowStarts[m] = count;
            count = checked(count + data.SparseFeatures(rows[m], out _).Length);
        }

        RowStarts.AsSpan(rows.Length).Fill(count);
        if (count > _capacity)
            Allocate(count + (count / 2));

        Array.Clear(BlockStarts);
        for (int m = 0; m < rows.Length; m++)
        {
            data.SparseFeatures(rows[m], out ReadOnlySpan<int> indices);
            indices.CopyTo(Indices.Span[RowStarts[m]..]);
            Rows.Span[RowStarts[m]..RowStarts[m + 1]].Fill(m);
            foreach (int index in indices)
                BlockStarts[(index / BlockedMatrix.Width) + 1]++;
        }

        for (int block = 0; block < _next.Length; block++)
        {
            BlockStarts[block + 1] += BlockStarts[block];
            _next[block] = BlockStarts[block];
        }

        for (int n = 0; n < count; n++)
            EntriesByBlock.Pointer[_next[Indices.Pointer[n] / BlockedMatrix.Width]++] = n;
    }

    private void Allocate(int capacity)
    {
        _capacity = capacity;
        Indices = new AlignedBuffer<int>(capacity);
        Rows = new AlignedBuffer<int>(capacity);
        EntriesByBlock = new AlignedBuffer<int>(capacity);
        Values = new AlignedBuffer<T>(capacity);
        Factors = new AlignedBuffer<T>(capacity);
    }
}
