using Microsoft.ML.Trainers.VariationalDropout.Numerics;

namespace Microsoft.ML.Trainers.VariationalDropout.Data;

/// <summary>Which rows of a set are trained on, and which are kept aside. A bit for each row, or nothing where none is kept.</summary>
internal sealed class RowSplit
{
    private readonly ulong[] _kept;

    private RowSplit(int rowCount, int keptCount)
    {
        RowCount = rowCount;
        KeptCount = keptCount;
        _kept = new ulong[keptCount == 0 ? 0 : ((rowCount - 1) / 64) + 1];
    }

    public int RowCount { get; }

    /// <summary>Rows kept aside.</summary>
    public int KeptCount { get; }

    /// <summary>Rows to train on.</summary>
    public int TrainingCount => RowCount - KeptCount;

    public bool IsKept(int row) => _kept.Length > 0 && (_kept[row / 64] >> (row % 64) & 1) != 0;

    /// <summary>All rows are trained on.</summary>
    public static RowSplit None(int rowCount) => new(rowCount, 0);

    /// <summary>
    /// Keeps a random share of the rows aside, at least one and at most all but one: each row in turn with the probability rows to keep yet / rows left
    /// (selection sampling, Knuth, volume 2, algorithm S), so that every choice of as many rows is as likely.
    /// </summary>
    public static RowSplit Draw(int rowCount, double fraction, uint seed)
    {
        if (rowCount < 2)
            return None(rowCount);
        var result = new RowSplit(rowCount, Math.Clamp((int)Math.Round(fraction * rowCount), 1, rowCount - 1));
        var random = new CounterRandom(seed, NoiseStream.ValidationSplit, 0);
        int left = result.KeptCount;
        for (int row = 0; left > 0; row++)
        {
            if (random.Next(rowCount - row) < left)
            {
                result.Keep(row);
                left--;
            }
        }

        return result;
    }

    /// <summary>Keeps the rows that are named.</summary>
    public static RowSplit Keeping(int rowCount, params ReadOnlySpan<int> rows)
    {
        var result = new RowSplit(rowCount, rows.Length);
        foreach (int row in rows)
            result.Keep(row);
        return result;
    }

    private void Keep(int row) => _kept[row / 64] |= 1ul << (row % 64);
}
