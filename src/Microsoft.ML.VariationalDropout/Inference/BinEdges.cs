namespace Microsoft.ML.Trainers.VariationalDropout.Inference;

/// <summary>
/// Edges of bins that hold about the same weight of rows. A value that alone weighs as much as a bin is an edge, and the others share what edges are left:
/// where nine rows in ten have a zero, plain quantiles would be zeros, and the tenth row would lie in one bin.
/// </summary>
internal static class BinEdges
{
    /// <summary>Edges nearer to each other than this share of their size are one: a float tells them from each other, products in single precision hardly do.</summary>
    private const double SmallestRelativeWidth = 1e-5;

    /// <summary>The inverse of a narrower bin would not fit a float.</summary>
    private const double SmallestWidth = 1e-30;

    /// <summary>How many different values there are; of two a feature says all there is to say.</summary>
    public static int CountValues(float[] values) => values.Distinct().Count();

    /// <param name="values">One or more.</param>
    /// <param name="weights">The weight of each value, above 0.</param>
    /// <param name="bins">At most so many bins, 2 or more.</param>
    /// <returns>Ascending, <paramref name="bins"/> + 1 at most, the least and the greatest value among them; empty where there would be fewer than three.</returns>
    public static float[] Find(float[] values, float[] weights, int bins)
    {
        (float[] distinct, double[] shares) = Group(values, weights);
        bool[] isEdge = new bool[distinct.Length];
        if (distinct.Length <= bins + 1)
            Array.Fill(isEdge, true);
        else
            Choose(shares, bins, isEdge);

        var edges = new List<float>();
        for (int i = 0; i < distinct.Length; i++)
        {
            if (isEdge[i] && (edges.Count == 0 || AreApart(edges[^1], distinct[i])))
                edges.Add(distinct[i]);
        }

        return edges.Count > 2 ? [.. edges] : [];
    }

    /// <summary>The values in ascending order, each once, and what each weighs.</summary>
    private static (float[] Distinct, double[] Shares) Group(float[] values, float[] weights)
    {
        int[] order = [.. Enumerable.Range(0, values.Length)];
        float[] sorted = [.. values];

        // In the order of rows where values are equal, so that sums have one order.
        Array.Sort(order, (left, right) => sorted[left].CompareTo(sorted[right]) is not 0 and int sign ? sign : left.CompareTo(right));
        var distinct = new List<float>();
        var shares = new List<double>();
        foreach (int row in order)
        {
            if (distinct.Count == 0 || distinct[^1] != values[row])
            {
                distinct.Add(values[row]);
                shares.Add(0);
            }

            shares[^1] += weights[row];
        }

        return ([.. distinct], [.. shares]);
    }

    private static void Choose(double[] shares, int bins, bool[] isEdge)
    {
        // Both ends are edges: bins − 1 are left.
        isEdge[0] = isEdge[^1] = true;
        int left = bins - 1;
        double rest = shares[1..^1].Sum();
        foreach (int heaviest in Enumerable.Range(1, shares.Length - 2).OrderByDescending(i => shares[i]))
        {
            if (left == 0 || shares[heaviest] * (left + 1) <= rest)
                break;
            isEdge[heaviest] = true;
            rest -= shares[heaviest];
            left--;
        }

        // What is left in as many parts and one: the last value of each part but the last.
        double passed = 0;
        int cuts = 0;
        for (int i = 1; i < shares.Length - 1 && cuts < left; i++)
        {
            if (isEdge[i])
                continue;
            passed += shares[i];
            if (passed * (left + 1) < rest * (cuts + 1))
                continue;
            isEdge[i] = true;
            while (cuts < left && passed * (left + 1) >= rest * (cuts + 1))
                cuts++;
        }
    }

    private static bool AreApart(double lower, double upper)
        => upper - lower >= Math.Max(SmallestWidth, SmallestRelativeWidth * Math.Max(Math.Abs(lower), Math.Abs(upper)));
}
