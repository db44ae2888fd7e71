using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.ML.Trainers.VariationalDropout.Data;
using Microsoft.ML.Trainers.VariationalDropout.Inference;
using Microsoft.ML.Trainers.VariationalDropout.Network;
using Microsoft.ML.Trainers.VariationalDropout.Numerics;

namespace Microsoft.ML.Trainers.VariationalDropout.Tests.Training;

/// <summary>The checkpoint file, from the options to the model. <c>ResumeTests</c> has the state itself.</summary>
[TestClass]
public sealed class CheckpointTests
{
    private const int Iterations = 6;
    private readonly string _folder = Directory.CreateTempSubdirectory("checkpoint").FullName;

    private string CheckpointPath => Path.Combine(_folder, "training.checkpoint");

    private string TemporaryPath => CheckpointPath + CheckpointFile.TemporarySuffix;

    [TestCleanup]
    public void DeleteFolder() => Directory.Delete(_folder, recursive: true);

    [TestMethod]
    [DynamicData(nameof(TestTask.Names), typeof(TestTask))]
    public void A_training_that_was_cancelled_goes_on_to_the_same_model_and_deletes_its_file(string name)
    {
        TestTask task = TestTask.Of(name);
        foreach (bool stopsEarly in new[] { false, true })
        {
            byte[] expected = Train(task, options => Change(options, null));
            for (int after = 1; after < Iterations; after++)
            {
                Interrupt(task, options => Change(options, CheckpointPath), after);
                CollectionAssert.AreEqual(new[] { CheckpointPath }, Directory.GetFiles(_folder));
                var iterations = new List<int>();
                byte[] actual = Train(task, options =>
                {
                    Change(options, CheckpointPath);
                    options.NumberOfThreads = 3;
                    options.MemoryBudgetMegabytes = 100;
                    options.Progress = new Immediate(report => iterations.Add(report.Iteration));
                });
                CollectionAssert.AreEqual(expected, actual, $"after {after}");
                CollectionAssert.AreEqual(Enumerable.Range(after + 1, Iterations - after).ToArray(), iterations);
                Assert.IsEmpty(Directory.GetFiles(_folder));
            }

            void Change(VariationalDropoutOptions options, string? path)
            {
                options.CheckpointFile = path;
                options.CheckpointInterval = TimeSpan.Zero;
                options.EarlyStoppingPatience = stopsEarly ? Iterations : 0;
                options.ParameterAveraging = stopsEarly;
            }
        }
    }

    [TestMethod]
    public void A_validation_set_and_a_previous_model_go_on_too_and_others_are_refused()
    {
        var context = new MLContext(1);
        IDataView data = TestData.Load(context, TestData.Rows(60)), validation = TestData.Load(context, TestData.Rows(30, seed: 2));
        var first = Trainer(context).Fit(data).Model;
        byte[] expected = Bytes(Trainer(context).Fit(data, validation, first).Model);
        Assert.ThrowsExactly<OperationCanceledException>(() => Trainer(context, options => Cancel(options, 3)).Fit(data, validation, first));

        AssertRefused(() => Trainer(context, UseFile).Fit(data, TestData.Load(context, TestData.Rows(30, seed: 3)), first), "the content of the validation rows (SHA-256) was ");
        AssertRefused(() => Trainer(context, UseFile).Fit(data, TestData.Load(context, TestData.Rows(20, seed: 2)), first), "the number of validation rows was 30, and is 20 now");
        AssertRefused(() => Trainer(context, UseFile).Fit(data, null, first), "the number of validation rows was 30, and is none now");
        AssertRefused(() => Trainer(context, UseFile).Fit(data, validation), "the previous model (SHA-256) was ");
        AssertRefused(() => Trainer(context, UseFile).Fit(data, validation, Trainer(context).Fit(data, validation, first).Model), "the previous model (SHA-256) was ");
        CollectionAssert.AreEqual(expected, Bytes(Trainer(context, UseFile).Fit(data, validation, first).Model));

        VariationalDropoutMulticlassTrainer Trainer(MLContext context, Action<VariationalDropoutOptions>? change = null)
            => TestData.Trainer(context, options =>
            {
                options.NumberOfIterations = Iterations;
                change?.Invoke(options);
            });
    }

    [TestMethod]
    public void The_seed_that_was_drawn_first_goes_on()
    {
        byte[] expected = Train(TestTask.Multiclass, options => options.Seed = null, contextSeed: 1);
        CollectionAssert.AreNotEqual(expected, Train(TestTask.Multiclass, options => options.Seed = null, contextSeed: 2));
        Interrupt(TestTask.Multiclass, Unseeded, 3, contextSeed: 1);
        AssertRefused(() => Train(TestTask.Multiclass, options =>
        {
            UseFile(options);
            options.Seed = 5;
        }), "Seed was ", ", and is 5 now. Restore it, or leave it out, or delete the file");
        CollectionAssert.AreEqual(expected, Train(TestTask.Multiclass, Unseeded, contextSeed: 2));

        void Unseeded(VariationalDropoutOptions options)
        {
            UseFile(options);
            options.Seed = null;
        }
    }

    [TestMethod]
    public void Another_training_is_refused_with_what_differs()
    {
        TestTask task = TestTask.Multiclass;
        byte[] expected = Train(task);
        Interrupt(task, UseFile, 3);
        byte[] saved = File.ReadAllBytes(CheckpointPath);

        Refused("LearningRate was 0.02, and is 0.03 now. Restore what the training began with, or delete the file", options => options.LearningRate = 0.03);
        Refused("NumberOfIterations was 6, and is 7 now", options => options.NumberOfIterations = 7);
        Refused("HiddenLayerSizes was [8], and is [8, 4] now", options => options.HiddenLayerSizes = [8, 4]);
        Refused("Posterior was CorrelatedWeightNoise, and is IndependentWeightNoise now", options => options.Posterior = WeightPosterior.IndependentWeightNoise);
        Refused("DropoutVarianceSharing was InputUnit, and is Layer now", options => options.DropoutVarianceSharing = DropoutVarianceSharing.Layer);
        Refused("UnbalancedSets was False, and is True now", options => ((VariationalDropoutClassificationOptions)options).UnbalancedSets = true);
        Refused("Seed was 1, and is -2 now", options => options.Seed = -2);
        Refused("the number of training rows was 120, and is 119 now", rows: 119);
        Refused("the content of the training rows (SHA-256) was ", seed: 2);
        AssertRefused(() => Train(TestTask.Binary, UseFile), "the number of outputs was 3, and is 1 now");
        CollectionAssert.AreEqual(expected, Train(task, UseFile));

        void Refused(string message, Action<VariationalDropoutOptions>? change = null, int rows = 120, int seed = 1)
        {
            AssertRefused(() => Train(task, options =>
            {
                UseFile(options);
                change?.Invoke(options);
            }, rows, seed), message);
            CollectionAssert.AreEqual(saved, File.ReadAllBytes(CheckpointPath));
        }
    }

    /// <summary>What a training does not depend on, or knows in another form.</summary>
    private static readonly string[] Free =
    [
        nameof(VariationalDropoutOptions.LabelColumnName), nameof(VariationalDropoutOptions.FeatureColumnName), nameof(VariationalDropoutOptions.ExampleWeightColumnName),
        nameof(VariationalDropoutOptions.NumberOfThreads), nameof(VariationalDropoutOptions.MemoryBudgetMegabytes), nameof(VariationalDropoutOptions.Progress),
        nameof(VariationalDropoutOptions.CancellationToken), nameof(VariationalDropoutOptions.CheckpointFile), nameof(VariationalDropoutOptions.Seed),
        nameof(VariationalDropoutRegressionOptions.HeteroscedasticNoise),
    ];

    [TestMethod]
    public void Every_option_that_matters_is_part_of_the_identity()
    {
        var data = new TrainingSet(2);
        data.Add(0, 1);
        var settings = new TrainingSettings { Architecture = new NetworkArchitecture { InputSize = 2, HiddenLayerSizes = [3], OutputSize = 3 } };
        string[] names = [.. TrainingIdentity.Describe(settings, KernelPath.Scalar, data, null, null).Select(pair => pair.Name)];
        CollectionAssert.AllItemsAreUnique(names);
        string[] options = [.. new[] { typeof(VariationalDropoutClassificationOptions), typeof(VariationalDropoutRegressionOptions) }
            .SelectMany(type => type.GetProperties()).Where(property => property.DeclaringType!.Namespace == typeof(Activation).Namespace).Select(property => property.Name).Except(Free)];
        Assert.IsGreaterThan(20, options.Length);
        CollectionAssert.IsSubsetOf(options, names);
    }

    [TestMethod]
    public void Another_version_or_kernel_path_is_refused()
    {
        Interrupt(TestTask.Multiclass, UseFile, 3);
        Replace(CheckpointPath, KernelPaths.Current.ToString(), "Quantum!"[..KernelPaths.Current.ToString().Length]);
        AssertRefused(() => Train(TestTask.Multiclass, UseFile), "the kernel path was Quan", $", and is {KernelPaths.Current}");
    }

    [TestMethod]
    public void A_file_that_is_damaged_truncated_or_something_else_is_refused_and_stays()
    {
        Interrupt(TestTask.Multiclass, UseFile, 3);
        byte[] saved = File.ReadAllBytes(CheckpointPath);
        foreach (int length in new[] { 8, 20, saved.Length / 2, saved.Length - 1 })
            Refused(saved[..length], "is truncated or damaged");
        for (int at = 12; at < saved.Length; at += saved.Length / 20)
        {
            byte[] damaged = [.. saved];
            damaged[at] ^= 4;
            Refused(damaged, "is truncated or damaged: its checksum does not match its content. Delete the file");
        }

        Refused([], "is not the checkpoint of a training, and is not written over");
        Refused([.. "PK and something else that somebody needs"u8], "is not the checkpoint of a training, and is not written over");
        byte[] later = [.. saved];
        later[8] = 2;
        File.WriteAllBytes(CheckpointPath, later);
        AssertRefused(() => Train(TestTask.Multiclass, UseFile), "format version was 2, and is 1 now");

        void Refused(byte[] content, string message)
        {
            File.WriteAllBytes(CheckpointPath, content);
            var exception = Assert.ThrowsExactly<InvalidDataException>(() => Train(TestTask.Multiclass, UseFile));
            StringAssert.Contains(exception.Message, $"CheckpointFile: '{CheckpointPath}' {message}", StringComparison.Ordinal);
            CollectionAssert.AreEqual(content, File.ReadAllBytes(CheckpointPath));
        }
    }

    /// <summary>Killed in the middle of a write: half of the next state lies beside the last good one.</summary>
    [TestMethod]
    public void Half_a_file_beside_the_last_good_one_does_no_harm_and_goes()
    {
        byte[] expected = Train(TestTask.Multiclass);
        Interrupt(TestTask.Multiclass, UseFile, 3);
        File.WriteAllBytes(TemporaryPath, File.ReadAllBytes(CheckpointPath)[..100]);
        CollectionAssert.AreEqual(expected, Train(TestTask.Multiclass, UseFile));
        Assert.IsEmpty(Directory.GetFiles(_folder));
    }

    /// <summary>A folder stands where the file is to be written; <c>AtomicFileTests</c> has writes that fail half-way.</summary>
    [TestMethod]
    public void A_write_that_fails_names_the_file_and_leaves_the_last_good_one()
    {
        byte[] expected = Train(TestTask.Multiclass);
        Interrupt(TestTask.Multiclass, UseFile, 3);
        var exception = Assert.ThrowsExactly<UnauthorizedAccessException>(() => Train(TestTask.Multiclass, options =>
        {
            UseFile(options);
            options.Progress = new Immediate(_ => Directory.CreateDirectory(TemporaryPath));
        }));
        StringAssert.Contains(exception.Message, $"CheckpointFile: '{CheckpointPath}' cannot be written: ", StringComparison.Ordinal);
        Directory.Delete(TemporaryPath);
        CollectionAssert.AreEqual(expected, Train(TestTask.Multiclass, UseFile));
    }

    [TestMethod]
    public void A_path_that_cannot_be_written_to_is_refused_before_the_rows_are_read()
    {
        string missing = Path.Combine(_folder, "missing", "x");
        StringAssert.Contains(Refused<DirectoryNotFoundException>(missing), $"CheckpointFile: '{missing}' cannot be written: there is no folder '{Path.Combine(_folder, "missing")}'", StringComparison.Ordinal);
        StringAssert.Contains(Refused<IOException>(_folder), $"CheckpointFile: '{_folder}' is a folder", StringComparison.Ordinal);
        File.WriteAllBytes(CheckpointPath, [1]);
        File.SetAttributes(CheckpointPath, FileAttributes.ReadOnly);
        StringAssert.Contains(Refused<UnauthorizedAccessException>(CheckpointPath), $"CheckpointFile: '{CheckpointPath}' cannot be written", StringComparison.Ordinal);
        File.SetAttributes(CheckpointPath, FileAttributes.Normal);
        foreach (string nothing in new[] { "", " " })
            StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => TestTask.Binary.Trainer(new MLContext(1), options => options.CheckpointFile = nothing)).Message, $"CheckpointFile is '{nothing}'; allowed is the path of a file", StringComparison.Ordinal);

        string Refused<TException>(string path)
            where TException : Exception
        {
            var context = new MLContext(1);
            IDataView data = TestData.Featurize(context).Fit(context.Data.LoadFromEnumerable(TestData.Rows(30))).Transform(context.Data.LoadFromEnumerable(Unreadable()));
            return Assert.ThrowsExactly<TException>(() => TestTask.Multiclass.Trainer(context, options => options.CheckpointFile = path).Fit(data)).Message;
        }

        static IEnumerable<TestRow> Unreadable()
        {
            yield return new TestRow { Label = TestData.Classes[0] };
            throw new InvalidOperationException("The rows were read.");
        }
    }

    /// <summary>The default writes at most once a second: a training of milliseconds leaves nothing when it is cancelled.</summary>
    [TestMethod]
    public void Short_iterations_are_not_written_every_time()
    {
        Assert.ThrowsExactly<OperationCanceledException>(() => Train(TestTask.Multiclass, options =>
        {
            Cancel(options, Iterations - 1);
            options.CheckpointInterval = TimeSpan.FromDays(1);
        }));
        Assert.IsEmpty(Directory.GetFiles(_folder));
        Assert.AreEqual(TimeSpan.FromSeconds(1), new VariationalDropoutBinaryTrainer.Options().CheckpointInterval);
    }

    [TestMethod]
    public void A_file_that_cannot_be_written_when_training_is_over_costs_no_model()
    {
        byte[] expected = Train(TestTask.Multiclass);
        CollectionAssert.AreEqual(expected, Train(TestTask.Multiclass, options =>
        {
            UseFile(options);
            options.Progress = new Immediate(report =>
            {
                if (report.Iteration != Iterations - 1)
                    return;
                File.Delete(CheckpointPath);
                Directory.CreateDirectory(CheckpointPath);
            });
        }));
    }

    [TestMethod]
    public void The_log_says_that_a_training_goes_on_and_a_link_is_followed()
    {
        string target = Path.Combine(_folder, "target");
        if (!OperatingSystem.IsWindows())
            File.CreateSymbolicLink(CheckpointPath, target);
        Interrupt(TestTask.Multiclass, UseFile, 4);
        var lines = new List<string>();
        var context = new MLContext(1);
        context.Log += (_, entry) =>
        {
            lock (lines)
                lines.Add(entry.Message);
        };
        Fit(TestTask.Multiclass, context, UseFile, 120, 1);
        Assert.Contains(line => line.Contains($"Training goes on after iteration 4, from the checkpoint '{CheckpointPath}'.", StringComparison.Ordinal), lines);
        Assert.IsFalse(File.Exists(OperatingSystem.IsWindows() ? CheckpointPath : target));
    }

    private static VariationalDropoutModelParameters Fit(TestTask task, MLContext context, Action<VariationalDropoutOptions>? change, int rows, int seed)
        => task.Model(task.Trainer(context, options =>
        {
            options.NumberOfIterations = Iterations;
            change?.Invoke(options);
        }).Fit(TestData.Load(context, TestData.Rows(rows, seed))));

    private static byte[] Train(TestTask task, Action<VariationalDropoutOptions>? change = null, int rows = 120, int seed = 1, int contextSeed = 1)
        => Bytes(Fit(task, new MLContext(contextSeed), change, rows, seed));

    private static byte[] Bytes(VariationalDropoutModelParameters model)
    {
        using var stream = new MemoryStream();
        ModelFile.Write(stream, model.Network);
        return stream.ToArray();
    }

    private static void Replace(string path, string text, string other)
    {
        byte[] content = File.ReadAllBytes(path);
        int at = content.AsSpan().IndexOf(Encoding.UTF8.GetBytes(text));
        Assert.IsGreaterThan(0, at);
        Encoding.UTF8.GetBytes(other).CopyTo(content, at);
        SHA256.HashData(content.AsSpan(0, content.Length - 32)).CopyTo(content, content.Length - 32);
        File.WriteAllBytes(path, content);
    }

    private void UseFile(VariationalDropoutOptions options)
    {
        options.CheckpointFile = CheckpointPath;
        options.CheckpointInterval = TimeSpan.Zero;
    }

    /// <summary>Cancels after an iteration, by the token.</summary>
    private void Cancel(VariationalDropoutOptions options, int after)
    {
        UseFile(options);
        var cancellation = new CancellationTokenSource();
        options.CancellationToken = cancellation.Token;
        options.Progress = new Immediate(report =>
        {
            if (report.Iteration == after)
                cancellation.Cancel();
        });
    }

    private void Interrupt(TestTask task, Action<VariationalDropoutOptions> change, int after, int contextSeed = 1)
    {
        Assert.ThrowsExactly<OperationCanceledException>(() => Train(task, options =>
        {
            Cancel(options, after);
            change(options);
        }, contextSeed: contextSeed));
        Assert.IsTrue(File.Exists(CheckpointPath), after.ToString(CultureInfo.InvariantCulture));
    }

    private void AssertRefused(Action train, params string[] messages)
    {
        var exception = Assert.ThrowsExactly<InvalidOperationException>(train);
        StringAssert.Contains(exception.Message, $"CheckpointFile: '{CheckpointPath}' belongs to another training: {messages[0]}", StringComparison.Ordinal);
        foreach (string message in messages)
            StringAssert.Contains(exception.Message, message, StringComparison.Ordinal);
        StringAssert.Contains(exception.Message, "or delete the file, and training starts afresh.", StringComparison.Ordinal);
    }

    /// <summary>Reports on the thread that trains, and not later on another.</summary>
    private sealed class Immediate(Action<TrainingProgress> report) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => report(value);
    }
}
