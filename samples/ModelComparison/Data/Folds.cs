namespace ModelComparison.Data;

/// <summary>Rows to train on, and rows to test on.</summary>
internal sealed record Fold(IReadOnlyList<int> Train, IReadOnlyList<int> Test);

/// <summary>Cuts rows into parts at random; every part has the same share of each class, as far as whole rows allow.</summary>
internal static class Folds
{
    /// <summary>
    /// Cross-validation: each part is tested on once, by models trained on the others. The rows of a class, two or more, are in two or more parts: none is
    /// tested on and not trained on.
    /// </summary>
    /// <exception cref="InvalidDataException">There are fewer rows than folds.</exception>
    public static IReadOnlyList<Fold> Create(Dataset data, int count, int seed)
    {
        if (data.RowCount < count)
            throw new InvalidDataException($"--folds {count} needs at least as many rows; '{data.Table.Source}' has {data.RowCount}.");
        int[] fold = Deal([.. Enumerable.Range(0, data.RowCount)], data, count, seed);
        return [.. Enumerable.Range(0, count).Select(one => Split(Enumerable.Range(0, data.RowCount), row => fold[row] == one))];
    }

    /// <summary>Keeps a share of some rows aside.</summary>
    /// <param name="data">The table.</param>
    /// <param name="rows">The rows.</param>
    /// <param name="oneOf">Every so manieth row is kept aside.</param>
    /// <param name="seed">The seed.</param>
    public static Fold HoldOut(Dataset data, IReadOnlyList<int> rows, int oneOf, int seed)
    {
        int[] part = Deal(rows, data, oneOf, seed);
        Fold places = Split(Enumerable.Range(0, rows.Count), place => part[place] == 0);
        return new([.. places.Train.Select(place => rows[place])], [.. places.Test.Select(place => rows[place])]);
    }

    /// <summary>A part for each row: the rows of a class are shuffled, then dealt like cards, and the next class goes on where it ended.</summary>
    private static int[] Deal(IReadOnlyList<int> rows, Dataset data, int parts, int seed)
    {
        var random = new Random(seed);
        int[] part = new int[rows.Count];
        int next = 0;
        foreach (IGrouping<int, int> one in Enumerable.Range(0, rows.Count).GroupBy(place => data.ClassOf(rows[place])).OrderBy(group => group.Key))
        {
            int[] places = [.. one];
            random.Shuffle(places);
            foreach (int place in places)
                part[place] = next++ % parts;
        }

        return part;
    }

    private static Fold Split(IEnumerable<int> rows, Func<int, bool> isTest)
    {
        ILookup<bool, int> sides = rows.ToLookup(isTest);
        return new([.. sides[false]], [.. sides[true]]);
    }
}
