using Microsoft.ML.Trainers.VariationalDropout.Inference;

namespace Microsoft.ML.Trainers.VariationalDropout.Tests.Inference;

[TestClass]
public sealed class BinEdgesTests
{
    [TestMethod]
    public void Few_values_are_all_edges()
        => CollectionAssert.AreEqual(new float[] { -1, 0, 3, 7 }, Find([3, 0, 7, 0, -1, 3, 3], 3));

    [TestMethod]
    public void Values_without_ties_are_cut_into_bins_of_as_many_rows()
    {
        float[] values = [.. Enumerable.Range(0, 1001).Reverse().Select(i => (float)i)];
        float[] edges = Find(values, 4);
        Assert.HasCount(5, edges);
        for (int i = 0; i < edges.Length; i++)
            Assert.AreEqual(250 * i, edges[i], 2);
    }

    [TestMethod]
    public void Values_that_weigh_as_much_as_a_bin_are_edges_and_the_others_share_the_rest()
    {
        // Nine rows in ten have a 0, one in forty a 500; plain quantiles would see nothing else.
        float[] values = [.. Enumerable.Repeat(0f, 3600), .. Enumerable.Repeat(500f, 100), .. Enumerable.Range(1, 300).Select(i => i * 3.5f)];
        float[] edges = Find(values, 8);
        Assert.HasCount(9, edges);
        Assert.AreEqual(0, edges[0]);
        Assert.Contains(500f, edges);
        Assert.AreEqual(1050, edges[^1]);
        for (int i = 0; i + 1 < edges.Length; i++)
            Assert.IsLessThan(100, values.Count(value => value > edges[i] && value < edges[i + 1]));
    }

    [TestMethod]
    public void Edges_ascend_are_values_and_no_more_than_asked_for()
    {
        var random = new Random(1);
        for (int turn = 0; turn < 300; turn++)
        {
            int bins = random.Next(2, 40), different = random.Next(1, 200);
            float[] values = [.. Enumerable.Range(0, random.Next(1, 500)).Select(_ => MathF.Pow(random.Next(different), 1 + (turn % 3)))];
            float[] weights = [.. values.Select(_ => random.NextSingle() + 0.01f)];
            float[] edges = BinEdges.Find(values, weights, bins);
            if (values.Distinct().Count() < 3)
            {
                Assert.IsEmpty(edges);
                continue;
            }

            Assert.IsLessThanOrEqualTo(bins + 1, edges.Length);
            Assert.AreEqual(values.Min(), edges[0]);
            Assert.AreEqual(values.Max(), edges[^1]);
            CollectionAssert.IsSubsetOf(edges, values);
            CollectionAssert.AreEqual(edges.Distinct().Order().ToArray(), edges);
        }
    }

    [TestMethod]
    public void A_weight_counts_as_rows_do()
    {
        var random = new Random(2);
        float[] values = [.. Enumerable.Range(0, 200).Select(_ => (float)random.Next(60))], weights = [.. values.Select(_ => (float)random.Next(1, 5))];
        float[] repeated = [.. values.Zip(weights).SelectMany(row => Enumerable.Repeat(row.First, (int)row.Second))];
        CollectionAssert.AreEqual(Find(repeated, 7), BinEdges.Find(values, weights, 7));
    }

    [TestMethod]
    public void Values_that_single_precision_hardly_tells_apart_are_one_edge()
    {
        CollectionAssert.AreEqual(new[] { 0, 1e6f, 2e6f }, Find([0, 1e6f, 1e6f + 1, 2e6f], 8));
        CollectionAssert.AreEqual(new[] { -1, 0, 1f }, Find([-1, 0, 1e-38f, 1], 8));
        Assert.IsEmpty(Find([5e8f, 5e8f + 64, 5e8f + 128], 8));
    }

    private static float[] Find(float[] values, int bins) => BinEdges.Find(values, [.. values.Select(_ => 1f)], bins);
}
