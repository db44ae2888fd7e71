using Microsoft.ML.Trainers.VariationalDropout.Data;
using Microsoft.ML.Trainers.VariationalDropout.Numerics;

namespace Microsoft.ML.Trainers.VariationalDropout.Tests.Data;

[TestClass]
public sealed class RowOrderTests
{
    private const int Rows = 1003;

    [TestMethod]
    [DataRow(false)]
    [DataRow(true)]
    public void Every_row_to_train_on_comes_once_in_an_epoch(bool isSparse)
    {
        TrainingSet data = SmallSets.Numbered(Rows, isSparse: isSparse);
        Assert.IsGreaterThan(5 * data.Layout.WindowBlocks, data.BlockCount);
        foreach (RowSplit split in new[] { RowSplit.None(Rows), RowSplit.Draw(Rows, 0.3, 5) })
        {
            int[] expected = [.. Enumerable.Range(0, Rows).Where(row => !split.IsKept(row))];
            Assert.HasCount(split.TrainingCount, expected);
            foreach (int batchSize in new[] { 1, 7, 64, 400, 5000 })
            {
                int[][] batches = Epoch(data, split, 1, 3, batchSize);
                CollectionAssert.AreEqual(expected, batches.SelectMany(batch => batch).Order().ToArray());
                Assert.IsTrue(batches[..^1].All(batch => batch.Length == batchSize), "only the last one is shorter");
                Assert.HasCount((expected.Length + batchSize - 1) / batchSize, batches);
            }
        }
    }

    [TestMethod]
    public void The_order_depends_on_seed_epoch_and_rows_and_not_on_minibatches_or_memory()
    {
        TrainingSet data = SmallSets.Numbered(Rows);
        using MemoryBudget budget = SmallSets.Budget(3 * SmallSets.LeastBytes, 400);
        TrainingSet file = SmallSets.Numbered(Rows, budget: budget);
        Assert.IsTrue(file.IsInFile);
        RowSplit split = RowSplit.None(Rows);
        var seen = new HashSet<string>();
        foreach (uint seed in new uint[] { 1, 2 })
        {
            for (int epoch = 0; epoch < 3; epoch++)
            {
                int[] order = Flat(data, split, seed, epoch, 64);
                Assert.IsTrue(seen.Add(string.Join(' ', order)));
                foreach (int batchSize in new[] { 1, 400 })
                    CollectionAssert.AreEqual(order, Flat(data, split, seed, epoch, batchSize));
                CollectionAssert.AreEqual(order, Flat(file, split, seed, epoch, 400));
            }
        }
    }

    [TestMethod]
    public void Without_shuffling_rows_come_in_their_order()
    {
        TrainingSet data = SmallSets.Numbered(Rows);
        RowSplit split = RowSplit.Draw(Rows, 0.2, 1);
        int[] expected = [.. Enumerable.Range(0, Rows).Where(row => !split.IsKept(row))];
        int[] actual = [.. new RowOrder(data, split, 1, shuffle: false).Minibatches(4, 10).SelectMany(batch => batch.ToArray())];
        CollectionAssert.AreEqual(expected, actual);
    }

    /// <summary>Of one window, any two rows may become neighbours: the plain shuffle that it always was.</summary>
    [TestMethod]
    public void Rows_of_one_window_are_shuffled_as_a_whole()
    {
        const int Few = 300;
        TrainingSet data = SmallSets.Numbered(Few, layout: BlockLayout.Default);
        int[] expected = [.. Enumerable.Range(0, Few)];
        new CounterRandom(9, NoiseStream.Shuffle, 2).Shuffle(expected);
        CollectionAssert.AreEqual(expected, Flat(data, RowSplit.None(Few), 9, 2, 32));
    }

    /// <summary>
    /// Data in the order of their class, the hardest case: the share of a class in a window varies as that of as many rows drawn at random as a window
    /// has blocks, and a minibatch comes from nearly as many blocks as it has rows.
    /// </summary>
    [TestMethod]
    public void Sorted_data_are_mixed_as_well_as_the_documentation_says()
    {
        const int Count = 128 * 1024, BatchSize = 128;
        TrainingSet data = SmallSets.Numbered(Count, features: 5, layout: new BlockLayout(64, 128));
        int rowsOfBlock = data.FirstRow(1), windows = data.BlockCount / 128;
        Assert.AreEqual(8, rowsOfBlock);
        double squares = 0, distinct = 0, product = 0;
        const int Epochs = 5;
        for (int epoch = 0; epoch < Epochs; epoch++)
        {
            int[] order = Flat(data, RowSplit.None(Count), 1, epoch, BatchSize);
            foreach (int[] window in order.Chunk(Count / windows))
                squares += Math.Pow(window.Count(row => row >= Count / 2) / (double)window.Length - 0.5, 2);
            distinct += order.Chunk(BatchSize).Average(batch => batch.Select(row => row / rowsOfBlock).Distinct().Count());
            product += order.Select((row, place) => (row / (double)Count - 0.5) * (place / (double)Count - 0.5)).Average() * 12;
        }

        // 0.25 / 128, and less by the rows that other windows have; 640 windows put 6 % on it.
        double variance = squares / (Epochs * windows);
        Assert.IsLessThan(1.25 * 0.25 / 128, variance);
        Assert.IsGreaterThan(0.75 * 0.25 / 128, variance, "the bound would say nothing if blocks were not kept together");

        // Of 1024 rows 128 are drawn: a block of 8 has none of them with the probability Π (896 − j) / (1024 − j).
        double none = Enumerable.Range(0, 8).Aggregate(1.0, (product, j) => product * (896 - j) / (1024 - j));
        Assert.AreEqual(128 * (1 - none), distinct / Epochs, 0.5);

        // Correlation of row and place over 81,920 blocks in all: 0 ± 0.0035.
        Assert.AreEqual(0, product / Epochs, 0.014);
    }

    [TestMethod]
    public void Rows_are_kept_aside_exactly_as_many_as_asked_for_and_at_random()
    {
        Assert.AreEqual((0, 1), (RowSplit.Draw(1, 0.5, 1).KeptCount, RowSplit.Draw(1, 0.5, 1).TrainingCount));
        Assert.AreEqual(1, RowSplit.Draw(10, 0.001, 1).KeptCount);
        Assert.AreEqual(9, RowSplit.Draw(10, 0.999, 1).KeptCount);
        const int Count = 130, Seeds = 2000;
        int[] kept = new int[Count];
        int neighbours = 0;
        for (uint seed = 0; seed < Seeds; seed++)
        {
            RowSplit split = RowSplit.Draw(Count, 0.3, seed);
            Assert.AreEqual(39, split.KeptCount);
            Assert.AreEqual(39, Enumerable.Range(0, Count).Count(split.IsKept));
            for (int row = 0; row < Count; row++)
                kept[row] += split.IsKept(row) ? 1 : 0;
            neighbours += Enumerable.Range(0, Count - 1).Count(row => split.IsKept(row) && split.IsKept(row + 1));
        }

        // Five standard deviations of a row's count; the share of neighbours that are both kept is 0.3 · 38 / 129.
        Assert.IsTrue(kept.All(count => Math.Abs(count - (0.3 * Seeds)) < 5 * Math.Sqrt(0.3 * 0.7 * Seeds)));
        Assert.AreEqual(0.3 * 38 / 129, neighbours / (double)(Seeds * (Count - 1)), 0.003);
    }

    private static int[] Flat(TrainingSet data, RowSplit split, uint seed, int epoch, int batchSize) => [.. Epoch(data, split, seed, epoch, batchSize).SelectMany(batch => batch)];

    private static int[][] Epoch(TrainingSet data, RowSplit split, uint seed, int epoch, int batchSize)
        => [.. new RowOrder(data, split, seed, shuffle: true).Minibatches(epoch, batchSize).Select(batch => batch.ToArray())];
}
