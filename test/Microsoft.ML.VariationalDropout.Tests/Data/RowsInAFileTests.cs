using Microsoft.ML.Trainers.VariationalDropout.Data;
using Microsoft.ML.Trainers.VariationalDropout.Inference;
using Microsoft.ML.Trainers.VariationalDropout.Network;
using Microsoft.ML.Trainers.VariationalDropout.Tests.Inference;

namespace Microsoft.ML.Trainers.VariationalDropout.Tests.Data;

/// <summary>Sets that outgrow their budget, cut into blocks so small that a few hundred rows are many windows.</summary>
[TestClass]
public sealed class RowsInAFileTests
{
    private const int Rows = 700;

    /// <summary>Every task, dense and sparse rows, with and without rows kept aside.</summary>
    public static IEnumerable<object[]> Trainings
        => from likelihood in Enum.GetValues<Likelihood>()
           from isSparse in new[] { false, true }
           from fraction in new[] { 0, 0.3 }
           select new object[] { likelihood.ToString(), isSparse, fraction };

    [TestMethod]
    [DynamicData(nameof(Trainings))]
    public void Training_gives_the_same_bits_for_every_budget_and_number_of_threads(string likelihoodName, bool isSparse, double fraction)
    {
        var likelihood = Enum.Parse<Likelihood>(likelihoodName);
        int outputs = likelihood switch { Likelihood.Bernoulli => 1, Likelihood.HeteroscedasticGaussian => 4, Likelihood.Gaussian => 2, _ => 3 };
        var architecture = CoreProblem.Architecture(inputs: 6, classes: outputs, likelihood: likelihood) with { HasSparseInputs = isSparse };
        TrainingSet source = CoreProblem.CreateFor(architecture, Rows), validationSource = CoreProblem.CreateFor(architecture, 200);
        var settings = CoreProblem.TrainingSettings(architecture) with
        {
            ValidationSetFraction = fraction,
            BalanceClasses = likelihood is Likelihood.Categorical or Likelihood.Bernoulli,
            EarlyStoppingPatience = 2,
        };
        var (expected, expectedReports) = Train(long.MaxValue, 1);
        foreach (var (budget, threads) in new[] { (SmallSets.LeastBytes, 1), (SmallSets.LeastBytes, 3), (2 * SmallSets.LeastBytes, 2), (long.MaxValue, 2) })
        {
            var (actual, reports) = Train(budget, threads);
            Assert.IsTrue(CoreProblem.SameBits(expected, actual), $"{budget} bytes, {threads} threads");
            CollectionAssert.AreEqual(expectedReports.Select(Figures).ToArray(), reports.Select(Figures).ToArray());
        }

        (TrainedNetwork, List<IterationReport>) Train(long bytes, int threads)
        {
            using MemoryBudget budget = SmallSets.Budget(bytes, settings.BatchSize);
            TrainingSet data = SmallSets.Copy(source, isSparse, budget);
            TrainingSet? validation = fraction == 0 ? SmallSets.Copy(validationSource, isSparse, budget) : null;
            Assert.AreEqual(bytes != long.MaxValue, data.IsInFile);
            Assert.AreEqual(bytes == SmallSets.LeastBytes && fraction == 0, validation?.IsInFile == true);
            var monitor = new RecordingMonitor { BeforeStep = _ => Assert.IsTrue(!data.IsInFile || data.NumbersInMemory * sizeof(float) <= SmallSets.LeastBytes) };
            TrainedNetwork first = NetworkTrainer.Train(data, validation, settings with { NumberOfThreads = threads }, null, monitor);
            Assert.AreEqual(data.IsInFile ? 0 : data.BlockCount, data.BlocksInMemory);

            // And on from there, which skips what was found out about the data.
            var second = new RecordingMonitor();
            return (NetworkTrainer.Train(data, validation, settings with { NumberOfThreads = threads, BalanceClasses = false }, first, second), [.. monitor.Reports, .. second.Reports]);
        }

        static (double, double, double?, double) Figures(IterationReport report)
            => (report.ExpectedLogLikelihood, report.KullbackLeibler, report.ValidationLogLoss, report.TotalWeight);
    }

    [TestMethod]
    [DataRow(false)]
    [DataRow(true)]
    public void A_set_in_a_file_gives_its_rows_back(bool isSparse)
    {
        TrainingSet source = CoreProblem.CreateRegression(Rows, 9, 2);
        using MemoryBudget budget = SmallSets.Budget(2 * SmallSets.LeastBytes);
        TrainingSet memory = SmallSets.Copy(source, isSparse), file = SmallSets.Copy(source, isSparse, budget);
        Assert.IsTrue(file.IsInFile);
        Assert.AreEqual(0, file.BlocksInMemory);
        Assert.ThrowsExactly<InvalidOperationException>(() => file.Weight(0));
        Assert.AreEqual(memory.StoredFeatureCount, file.StoredFeatureCount);
        int next = 0;
        foreach (var (first, end) in file.Runs())
        {
            Assert.AreEqual(next, first);
            for (; next < end; next++)
            {
                Assert.AreEqual(memory.Weight(next), file.Weight(next));
                CollectionAssert.AreEqual(memory.Labels(next).ToArray(), file.Labels(next).ToArray());
                if (isSparse)
                {
                    CollectionAssert.AreEqual(memory.SparseFeatures(next, out var expected).ToArray(), file.SparseFeatures(next, out var actual).ToArray());
                    CollectionAssert.AreEqual(expected.ToArray(), actual.ToArray());
                }
                else
                {
                    CollectionAssert.AreEqual(memory.Features(next).ToArray(), file.Features(next).ToArray());
                }
            }
        }

        Assert.AreEqual(Rows, next);
        foreach (var _ in file.Runs())
            break; // Leaves while blocks are being read ahead.
        Assert.AreEqual(0, file.BlocksInMemory);
    }

    /// <summary>Rows larger than a block, small ones and empty ones, and a minibatch that reaches over several windows.</summary>
    [TestMethod]
    public void Rows_of_very_different_sizes_come_back()
    {
        const int Features = 3000;
        TrainingSet memory = Create(null);
        using MemoryBudget budget = SmallSets.Budget(300_000, 300);
        TrainingSet file = Create(budget);
        Assert.IsTrue(file.IsInFile);
        foreach (ReadOnlyMemory<int> batch in new RowOrder(file, RowSplit.None(3000), 1, shuffle: true).Minibatches(0, 300))
        {
            foreach (int row in batch.Span)
            {
                CollectionAssert.AreEqual(memory.SparseFeatures(row, out var expected).ToArray(), file.SparseFeatures(row, out var actual).ToArray());
                CollectionAssert.AreEqual(expected.ToArray(), actual.ToArray());
                Assert.AreEqual((float)row, file.Label(row));
            }
        }

        static TrainingSet Create(MemoryBudget? budget)
        {
            var result = new TrainingSet(Features, 1, isSparse: true, SmallSets.Layout, budget);
            for (int row = 0; row < 3000; row++)
            {
                int[] indices = [.. Enumerable.Range(0, row % 50 == 3 ? 1000 : row % 4 * 5).Select(i => i * 3)];
                result.AddSparse([row], 1, indices, [.. indices.Select(i => row + (i / 7f))]);
            }

            result.Complete();
            return result;
        }
    }

    /// <summary>The block before or after it must not get its memory, or every epoch makes more of that size.</summary>
    [TestMethod]
    public void A_single_large_row_does_not_make_memory_grow_with_the_epochs()
    {
        const int Rows = 3000, Large = 1000;
        using MemoryBudget budget = SmallSets.Budget(20_000);
        var file = new TrainingSet(Large, 1, isSparse: true, SmallSets.Layout, budget);
        int[] indices = [.. Enumerable.Range(0, Large)];
        for (int row = 0; row < Rows; row++)
        {
            int count = row == Rows / 2 ? Large : 2;
            file.AddSparse([row], 1, indices.AsSpan(0, count), Enumerable.Repeat(1f, count).ToArray());
        }

        file.Complete();
        Assert.IsTrue(file.IsInFile);
        var order = new RowOrder(file, RowSplit.None(Rows), 1, shuffle: true);
        long most = 0;
        for (int epoch = 0; epoch < 40; epoch++)
        {
            foreach (var _ in order.Minibatches(epoch, 16))
                most = Math.Max(most, file.NumbersInMemory * sizeof(float));
        }

        Assert.IsLessThan(20_000, most);
    }

    [TestMethod]
    public void A_budget_that_does_not_hold_the_windows_is_refused_with_the_least_that_is_allowed()
    {
        using MemoryBudget budget = SmallSets.Budget(SmallSets.LeastBytes - 1, 1000);
        var exception = Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => SmallSets.Numbered(Rows, budget: budget));
        StringAssert.StartsWith(exception.Message, "MemoryBudgetMegabytes is 0, which the rows do not fit into; allowed is 1 or more:", StringComparison.Ordinal);

        // What fits needs no window.
        using MemoryBudget other = SmallSets.Budget(SmallSets.LeastBytes - 1, 1000);
        Assert.IsFalse(SmallSets.Numbered(40, budget: other).IsInFile);
    }

    [TestMethod]
    public void Discarded_rows_free_the_budget()
    {
        using MemoryBudget budget = SmallSets.Budget(3 * SmallSets.LeastBytes);
        TrainingSet first = SmallSets.Numbered(500, budget: budget);
        Assert.IsFalse(first.IsInFile);
        first.Discard();
        Assert.IsFalse(SmallSets.Numbered(500, budget: budget).IsInFile);
        Assert.IsTrue(SmallSets.Numbered(500, budget: budget).IsInFile, "the third does not fit beside the second");
    }

    /// <summary>The balance that was asked for applies whenever a block is read, and to what was read from the file, not to what it had become.</summary>
    [TestMethod]
    public void Weights_are_made_anew_whenever_a_block_is_read()
    {
        using MemoryBudget budget = SmallSets.Budget(SmallSets.LeastBytes);
        TrainingSet file = SmallSets.Numbered(Rows, budget: budget);
        file.Reweigh((label, weight) => weight + label);
        for (int turn = 0; turn < 3; turn++)
        {
            foreach (var (first, end) in file.Runs())
            {
                for (int row = first; row < end; row++)
                    Assert.AreEqual(1f + row, file.Weight(row));
            }
        }
    }

    [TestMethod]
    public void A_full_disk_is_an_error_that_names_the_folder_and_what_to_do()
    {
        if (!OperatingSystem.IsLinux())
            Assert.Inconclusive("There is no device that is always full.");
        using var file = new BlockFile(File.OpenHandle("/dev/full", FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite), "/some/folder");
        var exception = Assert.ThrowsExactly<IOException>(() => file.Append(new float[100], []));
        StringAssert.StartsWith(
            exception.Message, "The temporary file of rows that do not fit into MemoryBudgetMegabytes could not be written, in folder '/some/folder', after 0 MB: ", StringComparison.Ordinal);
        StringAssert.EndsWith(exception.Message, ". Make room there, choose another folder by MLContext.TempFilePath, or raise MemoryBudgetMegabytes.", StringComparison.Ordinal);
    }

    [TestMethod]
    public void A_file_that_became_shorter_is_an_error_when_it_is_read()
    {
        string path = Path.GetTempFileName();
        try
        {
            using var file = new BlockFile(File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite), "folder");
            long position = file.Append(new float[100], [1, 2]);
            file.Read(position, new float[100], new int[2]);
            using (FileStream other = new(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
                other.SetLength(100);
            StringAssert.Contains(Assert.ThrowsExactly<IOException>(() => file.Read(position, new float[100], new int[2])).Message, "could not be read, in folder 'folder'", StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [TestMethod]
    public void The_move_to_a_file_can_be_cancelled()
    {
        using MemoryBudget budget = SmallSets.Budget(2 * SmallSets.LeastBytes, throwIfCancelled: () => throw new OperationCanceledException());
        Assert.ThrowsExactly<OperationCanceledException>(() => SmallSets.Numbered(Rows, budget: budget));
    }

    [TestMethod]
    public void A_cancelled_pass_over_a_file_ends_and_gives_its_memory_back()
    {
        bool cancelled = false;
        using MemoryBudget budget = SmallSets.Budget(SmallSets.LeastBytes, 16, throwIfCancelled: () =>
        {
            if (cancelled)
                throw new OperationCanceledException();
        });
        TrainingSet file = SmallSets.Numbered(Rows, budget: budget);
        int batches = 0;
        Assert.ThrowsExactly<OperationCanceledException>(() =>
        {
            foreach (var _ in new RowOrder(file, RowSplit.None(Rows), 1, shuffle: true).Minibatches(0, 16))
                cancelled = ++batches >= 3;
        });
        Assert.AreEqual(0, file.BlocksInMemory);
    }
}
