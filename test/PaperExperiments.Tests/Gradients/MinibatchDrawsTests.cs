using PaperExperiments.Gradients;

namespace PaperExperiments.Tests.Gradients;

[TestClass]
public sealed class MinibatchDrawsTests
{
    [TestMethod]
    public void A_draw_does_not_depend_on_those_before_it()
    {
        var forward = new MinibatchDraws(50, 20, seed: 1);
        int[][] drawn = [.. Enumerable.Range(0, 5).Select(draw => forward.Draw(draw).ToArray())];

        var backward = new MinibatchDraws(50, 20, seed: 1);
        for (int draw = 4; draw >= 0; draw--)
            CollectionAssert.AreEqual(drawn[draw], backward.Draw(draw).ToArray());
        CollectionAssert.AreNotEqual(drawn[0], drawn[1]);
        CollectionAssert.AreNotEqual(drawn[0], new MinibatchDraws(50, 20, seed: 2).Draw(0).ToArray());
    }

    [TestMethod]
    public void A_minibatch_has_no_row_twice_and_every_row_comes_as_often()
    {
        const int Rows = 50, Batch = 20, Draws = 5000;
        var minibatches = new MinibatchDraws(Rows, Batch, seed: 1);
        int[] counts = new int[Rows];
        for (int draw = 0; draw < Draws; draw++)
        {
            ReadOnlySpan<int> rows = minibatches.Draw(draw);
            Assert.AreEqual(Batch, rows.ToArray().Distinct().Count());
            foreach (int row in rows)
                counts[row]++;
        }

        // Expected 2000 with a deviation of sqrt(5000 × 0.4 × 0.6) = 35.
        foreach (int count in counts)
            Assert.IsInRange(2000 - (5 * 35), 2000 + (5 * 35), count);
    }

    [TestMethod]
    public void All_rows_are_a_minibatch_too()
        => CollectionAssert.AreEquivalent(Enumerable.Range(0, 30).ToArray(), new MinibatchDraws(30, 30, seed: 1).Draw(0).ToArray());
}
