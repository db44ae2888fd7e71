using System.Collections;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Trainers.VariationalDropout.Tests.Training;

/// <summary>The option MemoryBudgetMegabytes, with rows that really are larger: each test trains on some 80 MB.</summary>
[TestClass]
public sealed class MemoryBudgetTests
{
    private const int DenseFeatures = 64, SparseFeatures = 4096, Present = 40;

    /// <summary>The least that is allowed: two windows of 128 blocks of 256 KB, in MB.</summary>
    private const int LeastMegabytes = 68;

    private sealed class Row
    {
        public bool Label { get; set; }

        public float Weight { get; set; }

        public VBuffer<float> Features { get; set; }
    }

    /// <summary>Rows that are made as they are read, and counts of both.</summary>
    private sealed class Source(int rows, bool isSparse, Action<int>? beforeRow = null) : IEnumerable<Row>
    {
        public int Passes { get; private set; }

        public int RowsRead { get; private set; }

        public IEnumerator<Row> GetEnumerator()
        {
            Passes++;
            float[] values = new float[isSparse ? Present : DenseFeatures];
            int[] indices = new int[Present];
            for (int row = 0; row < rows; row++)
            {
                beforeRow?.Invoke(row);
                for (int n = 0; n < values.Length; n++)
                    values[n] = 1 + ((((uint)row * 2654435761u) + ((uint)n * 40503u)) % 997 / 997f);
                for (int n = 0; n < Present; n++)
                    indices[n] = (n * (SparseFeatures / Present)) + (int)(((uint)row * 2654435761u) >> 7) % (SparseFeatures / Present);
                RowsRead++;
                yield return new Row
                {
                    Label = values[0] + (0.3f * values[1]) > 1.65f,
                    Weight = 1 + (row % 3),
                    Features = isSparse ? new VBuffer<float>(SparseFeatures, Present, values, indices) : new VBuffer<float>(DenseFeatures, values),
                };
            }
        }

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

        public IDataView Load(MLContext context)
        {
            var schema = SchemaDefinition.Create(typeof(Row));
            schema[nameof(Row.Features)].ColumnType = new VectorDataViewType(NumberDataViewType.Single, isSparse ? SparseFeatures : DenseFeatures);
            return context.Data.LoadFromEnumerable(this, schema);
        }
    }

    private static int RowsFor(bool isSparse) => isSparse ? 240_000 : 310_000;

    [TestMethod]
    [DataRow(false)]
    [DataRow(true)]
    public void Rows_beyond_the_budget_are_read_once_and_train_the_same_model(bool isSparse)
    {
        using var folder = new WatchedFolder();
        int filesWhileTraining = -1;
        VariationalDropoutBinaryPredictionTransformer Fit(int? budget, int threads, out Source source, out List<string> log)
        {
            var context = new MLContext(1) { TempFilePath = folder.Path };
            var messages = log = [];
            context.Log += (_, entry) =>
            {
                if (entry.Kind == ChannelMessageKind.Info && entry.Message.Contains("temporary file", StringComparison.Ordinal))
                    messages.Add(entry.Message);
            };
            source = new Source(RowsFor(isSparse), isSparse);
            var options = Options(budget);
            options.NumberOfThreads = threads;
            options.Progress = new Immediate(_ =>
            {
                filesWhileTraining = folder.OpenFiles();
                Assert.IsTrue(OperatingSystem.IsWindows() || !Directory.EnumerateFileSystemEntries(folder.Path).Any(), "what has no name is not left by a process that is killed");
            });
            return context.BinaryClassification.Trainers.VariationalDropout(options).Fit(source.Load(context));
        }

        var inMemory = Fit(null, 1, out Source source, out List<string> log);
        Assert.AreEqual((1, RowsFor(isSparse)), (source.Passes, source.RowsRead));
        Assert.IsEmpty(log);
        Assert.IsTrue(filesWhileTraining <= 0);

        foreach (int threads in new[] { 1, 2 })
        {
            var fromFile = Fit(LeastMegabytes, threads, out source, out log);
            Assert.AreEqual((1, RowsFor(isSparse)), (source.Passes, source.RowsRead));
            Assert.HasCount(1, log);
            StringAssert.Contains(log[0], $"The rows do not fit into MemoryBudgetMegabytes ({LeastMegabytes}): they go to a temporary file in '{folder.Path}'", StringComparison.Ordinal);
            Assert.AreEqual(OperatingSystem.IsLinux() ? 1 : -1, filesWhileTraining);
            folder.AssertNothingLeft();
            Assert.AreEqual(inMemory.Model.EvidenceLowerBound, fromFile.Model.EvidenceLowerBound);
            Assert.IsTrue(Inference.CoreProblem.SameBits(inMemory.Model.Network, fromFile.Model.Network));
        }
    }

    [TestMethod]
    public void A_budget_below_the_least_is_refused_where_the_rows_do_not_fit()
    {
        using var folder = new WatchedFolder();
        var context = new MLContext(1) { TempFilePath = folder.Path };
        var trainer = context.BinaryClassification.Trainers.VariationalDropout(Options(10));
        trainer.Fit(new Source(20_000, isSparse: false).Load(context));
        var exception = Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => trainer.Fit(new Source(60_000, isSparse: false).Load(context)));
        int least = (int)Math.Ceiling(2 * 128 * 512 * 66 * sizeof(float) / 1e6);
        StringAssert.StartsWith(exception.Message, $"MemoryBudgetMegabytes is 10, which the rows do not fit into; allowed is {least} or more: ", StringComparison.Ordinal);
        folder.AssertNothingLeft();
    }

    [TestMethod]
    public void A_folder_that_cannot_be_written_to_is_an_error_that_names_it()
    {
        using var folder = new WatchedFolder();
        string missing = Path.Combine(folder.Path, "missing"), file = Path.Combine(folder.Path, "file");
        File.WriteAllText(file, "");
        foreach (string path in new[] { missing, file })
        {
            var context = new MLContext(1) { TempFilePath = path };
            var exception = Assert.ThrowsExactly<IOException>(
                () => context.BinaryClassification.Trainers.VariationalDropout(Options(LeastMegabytes)).Fit(new Source(RowsFor(false), isSparse: false).Load(context)));
            StringAssert.StartsWith(
                exception.Message, $"The temporary file of rows that do not fit into MemoryBudgetMegabytes could not be created, in folder '{path}', after 0 MB: ", StringComparison.Ordinal);
        }

        File.Delete(file);
        folder.AssertNothingLeft();
    }

    [TestMethod]
    [DataRow(true)]
    [DataRow(false)]
    public void Nothing_is_left_when_reading_or_training_is_broken_off(bool whileReading)
    {
        using var folder = new WatchedFolder();
        using var cancellation = new CancellationTokenSource();
        var context = new MLContext(1) { TempFilePath = folder.Path };
        int rows = RowsFor(isSparse: false);
        var options = Options(LeastMegabytes);
        options.CancellationToken = cancellation.Token;
        int filesBefore = 0;
        void Look() => filesBefore = folder.OpenFiles();
        options.Progress = new Immediate(_ =>
        {
            Look();
            cancellation.Cancel();
        });
        var source = new Source(rows, isSparse: false, row =>
        {
            if (whileReading && row == rows - 10)
            {
                Look();
                throw new InvalidDataException("The source broke.");
            }
        });
        var trainer = context.BinaryClassification.Trainers.VariationalDropout(options);
        if (whileReading)
            Assert.ThrowsExactly<InvalidDataException>(() => trainer.Fit(source.Load(context)));
        else
            Assert.ThrowsExactly<OperationCanceledException>(() => trainer.Fit(source.Load(context)));
        Assert.AreEqual(OperatingSystem.IsLinux() ? 1 : -1, filesBefore);
        folder.AssertNothingLeft();
    }

    /// <summary>All tasks open one cursor over the training data and one over the validation data, and read each row once.</summary>
    [TestMethod]
    [DynamicData(nameof(TestTask.Names), typeof(TestTask))]
    public void Every_task_reads_its_data_in_one_pass(string name)
    {
        var context = new MLContext(1);
        var training = new CountedRows(TestData.Rows(120));
        var validation = new CountedRows(TestData.Rows(60, seed: 2));
        ITransformer featurizer = TestData.Featurize(context).Fit(context.Data.LoadFromEnumerable(TestData.Rows(120)));
        TestTask.Of(name).Trainer(context).Fit(
            featurizer.Transform(context.Data.LoadFromEnumerable<TestRow>(training)), featurizer.Transform(context.Data.LoadFromEnumerable<TestRow>(validation)));
        Assert.AreEqual((1, 120), (training.Passes, training.RowsRead));
        Assert.AreEqual((1, 60), (validation.Passes, validation.RowsRead));
    }

    private static VariationalDropoutBinaryTrainer.Options Options(int? budget) => new()
    {
        HiddenLayerSizes = [8],
        NumberOfIterations = 2,
        BatchSize = 1000,
        NumberOfThreads = 1,
        Seed = 1,
        ExampleWeightColumnName = "Weight",
        ValidationSetFraction = 0.1,
        UnbalancedSets = true,
        MemoryBudgetMegabytes = budget,
    };

    private sealed class CountedRows(List<TestRow> rows) : IEnumerable<TestRow>
    {
        public int Passes { get; private set; }

        public int RowsRead { get; private set; }

        public IEnumerator<TestRow> GetEnumerator()
        {
            Passes++;
            foreach (TestRow row in rows)
            {
                RowsRead++;
                yield return row;
            }
        }

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
    }

    /// <summary>Reports on the thread that trains, and not later on another.</summary>
    private sealed class Immediate(Action<TrainingProgress> report) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => report(value);
    }

    /// <summary>A folder of its own for temporary files.</summary>
    private sealed class WatchedFolder : IDisposable
    {
        public WatchedFolder() => Directory.CreateDirectory(Path);

        public string Path { get; } = System.IO.Path.Combine(System.IO.Path.GetTempPath(), $"budget-{Guid.NewGuid():N}");

        /// <summary>Files in the folder that this process has open, those without a name included; −1 where that cannot be seen.</summary>
        public int OpenFiles()
            => !OperatingSystem.IsLinux() ? -1 : Directory.EnumerateFiles("/proc/self/fd").Count(link => new FileInfo(link).LinkTarget?.StartsWith(Path, StringComparison.Ordinal) == true);

        /// <summary>No file with a name, and none without one, which would take room until the process ends.</summary>
        public void AssertNothingLeft()
        {
            Assert.IsEmpty(Directory.EnumerateFileSystemEntries(Path));
            Assert.IsTrue(OpenFiles() <= 0);
        }

        public void Dispose() => Directory.Delete(Path, recursive: true);
    }
}
