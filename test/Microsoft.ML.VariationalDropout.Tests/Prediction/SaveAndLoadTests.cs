using System.Diagnostics;
using System.Globalization;
using System.IO.Compression;
using Microsoft.ML.Data;

namespace Microsoft.ML.Trainers.VariationalDropout.Tests.Prediction;

[TestClass]
public sealed class SaveAndLoadTests
{
    [TestMethod]
    [DynamicData(nameof(TestTask.NamesAndModes), typeof(TestTask))]
    public void A_loaded_pipeline_scores_the_same_bits_and_works_as_the_original(string name, bool sampled)
    {
        var context = new MLContext(1);
        IDataView data = context.Data.LoadFromEnumerable(TestData.Rows(120));
        TransformerChain<ITransformer> model = FitPipeline(context, TestTask.Of(name), sampled, out IDataView keyed);
        var loaded = (TransformerChain<ITransformer>)Load(Save(context, model, keyed));
        CollectionAssert.AreEqual(TestData.ScoreBits(model.Transform(keyed)), TestData.ScoreBits(loaded.Transform(keyed)));

        TestTask task = TestTask.Of(name);
        ITransformer transformer = loaded.LastTransformer;
        Assert.AreEqual(sampled ? (PredictionMode.Sampling, 6, 9) : (PredictionMode.PosteriorMean, 0, 0), task.Settings(transformer));
        Assert.IsTrue(task.IsLearned(context, loaded.Transform(keyed)));
        IDataView featurized = loaded.First().Transform(keyed);
        if (task.FeatureImportance(context, transformer, featurized) is var (byIndex, byName))
        {
            Assert.HasCount(4, byIndex);
            Assert.HasCount(4, byName);
        }

        Assert.AreEqual(model.GetOutputSchema(keyed.Schema).Count, loaded.GetOutputSchema(keyed.Schema).Count);

        // Training goes on from a loaded model, and a transformer that was loaded can be saved.
        Assert.AreEqual(20, task.Model(task.Trainer(context).Fit(featurized, null, task.Model(transformer))).Iterations);
        CollectionAssert.AreEqual(TestData.ScoreBits(model.Transform(keyed)), TestData.ScoreBits(Load(Save(context, loaded, keyed)).Transform(keyed)));
    }

    [TestMethod]
    [DynamicData(nameof(TestTask.NamesAndModes), typeof(TestTask))]
    public void A_fresh_process_that_names_no_type_of_ours_scores_the_same_bits(string name, bool sampled)
    {
        string folder = Directory.CreateTempSubdirectory("VariationalDropout").FullName;
        try
        {
            var context = new MLContext(1);
            TransformerChain<ITransformer> model = FitPipeline(context, TestTask.Of(name), sampled, out IDataView keyed);
            string modelFile = Path.Combine(folder, "model.zip"), rowsFile = Path.Combine(folder, "rows.tsv");
            context.Model.Save(model, keyed.Schema, modelFile);
            File.WriteAllLines(rowsFile, TestData.Rows(120).Take(100).Select(row => string.Create(CultureInfo.InvariantCulture, $"{row.A:R}\t{row.B:R}\t{row.C:R}\t{row.D:R}")));

            string configuration = new DirectoryInfo(AppContext.BaseDirectory).Name;
            string program = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "..", "..", "LoadInFreshProcess", configuration, "LoadInFreshProcess.dll"));
            var start = new ProcessStartInfo("dotnet", ["exec", program, modelFile, rowsFile]) { RedirectStandardOutput = true, RedirectStandardError = true };
            using Process process = Process.Start(start)!;
            Task<string> errors = process.StandardError.ReadToEndAsync();
            string[] lines = process.StandardOutput.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            process.WaitForExit();
            Assert.AreEqual(0, process.ExitCode, errors.Result);

            CollectionAssert.AreEqual(TestData.ScoreBits(model.Transform(context.Data.TakeRows(keyed, 100))), lines);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>Once released, the files are never rewritten to make this test pass: saved models must stay readable.</summary>
    [TestMethod]
    [DataRow("GoldenModel", new[] { 0.9925989f, 0.001130294f, 0.006270822f }, new[] { 0.004875847f, 0.0014524348f, 0.0042774105f }, DisplayName = "Format 1, multiclass")]
    [DataRow("GoldenMulticlass", new[] { 0.9925989f, 0.0011302942f, 0.006270823f }, new[] { 0.0048758476f, 0.0014524347f, 0.004277411f })]
    [DataRow("GoldenBinary", new[] { 3.7571313f }, new[] { 0.015862027f })]
    [DataRow("GoldenRegression", new[] { 5.5721245f }, new[] { 1.036409f })]
    [DataRow("GoldenMultiTarget", new[] { 5.6364284f, 364.53156f }, new[] { 1.008008f, 102.47924f })]
    [DataRow("GoldenOutliers", new[] { 5.7634163f }, new[] { 0.9092692f }, DisplayName = "Format 3, a feature of the row beyond the threshold")]
    [DataRow("GoldenBins", new[] { 0.8617397f, 0.06635461f, 0.071905695f }, new[] { 0.02867083f, 0.019534891f, 0.01718412f }, DisplayName = "Format 4, features in bins")]
    public void A_model_that_was_saved_before_still_loads_and_scores_the_same(string file, float[] score, float[] standardDeviation)
    {
        var context = new MLContext(1);
        ITransformer model = context.Model.Load(Path.Combine(AppContext.BaseDirectory, "Prediction", $"{file}.zip"), out _);
        IDataView rows = context.Data.LoadFromEnumerable(TestData.Rows(120));
        IDataView scored = model.Transform(context.Transforms.Conversion.MapValueToKey("Label").Fit(rows).Transform(rows));
        AssertNear(score, First(scored, "Score"));
        AssertNear(standardDeviation, First(scored, "ScoreStandardDeviation"));

        // Kernels differ in the last bits.
        static void AssertNear(float[] expected, float[] actual)
        {
            Assert.HasCount(expected.Length, actual);
            for (int k = 0; k < expected.Length; k++)
                Assert.AreEqual(expected[k], actual[k], 1e-4f * Math.Max(1, expected[k]));
        }

        static float[] First(IDataView data, string column)
            => data.Schema[column].Type is VectorDataViewType ? data.GetColumn<float[]>(column).First() : [data.GetColumn<float>(column).First()];
    }

    [TestMethod]
    public void A_damaged_zip_is_refused_clearly()
    {
        var context = new MLContext(1);
        byte[] zip = Save(context, FitPipeline(context, TestTask.Multiclass, sampled: true, out IDataView keyed), keyed);

        // Truncated: the directory at its end is gone.
        for (int length = 0; length < zip.Length; length += 97)
            ExpectRefusal(zip[..length]);

        // Damaged inside of the saved network.
        string entry = "";
        byte[] rewritten = Rewrite(zip, (name, content) =>
        {
            int at = content.AsSpan().IndexOf(ModelFile.Magic);
            if (at < 0)
                return;
            entry = name;
            content[at + ModelFile.HeaderSize + 20] ^= 4;
        });
        Assert.AreNotEqual("", entry, "the network was found");
        Exception refusal = ExpectRefusal(rewritten);
        Assert.IsInstanceOfType<InvalidOperationException>(refusal, "as ML.NET wraps errors of its own models");
        Assert.IsInstanceOfType<InvalidDataException>(refusal.GetBaseException());
        StringAssert.Contains(refusal.GetBaseException().Message, "The saved network is damaged: its checksum does not match its content.", StringComparison.Ordinal);

        rewritten = Rewrite(zip, (_, content) =>
        {
            int at = content.AsSpan().IndexOf(ModelFile.Magic);
            if (at >= 0)
                content[at + 8] = 99;
        });
        StringAssert.Contains(ExpectRefusal(rewritten).ToString(), "format version 99", StringComparison.Ordinal);
    }

    [TestMethod]
    [DynamicData(nameof(TestTask.NamesAndModes), typeof(TestTask))]
    public async Task A_zip_with_any_byte_changed_is_refused_or_scores_the_same(string name, bool sampled)
    {
        var context = new MLContext(1);
        byte[] zip = Save(context, FitPipeline(context, TestTask.Of(name), sampled, out IDataView keyed), keyed);
        string[] expected = TestData.ScoreBits(Load(zip).Transform(keyed));
        var random = new Random(5);
        for (int turn = 0; turn < 60; turn++)
        {
            byte[] damaged = [.. zip];
            damaged[random.Next(zip.Length)] ^= (byte)(1 << random.Next(8));
            await LoadDamaged(damaged, keyed, expected, $"turn {turn}");
        }
    }

    [TestMethod]
    [DynamicData(nameof(TestTask.NamesAndModes), typeof(TestTask))]
    public async Task With_any_byte_of_the_transformer_changed_it_is_refused_at_once_or_scores_the_same(string name, bool sampled)
    {
        var context = new MLContext(1);
        byte[] zip = Save(context, FitPipeline(context, TestTask.Of(name), sampled, out IDataView keyed), keyed);
        string[] expected = TestData.ScoreBits(Load(zip).Transform(keyed));
        var sizes = new Dictionary<string, int>();
        Rewrite(zip, (name, content) => sizes[name] = content.Length);
        string schema = sizes.Keys.Single(name => name.EndsWith("/TrainSchema", StringComparison.Ordinal));
        string folder = schema[..^"TrainSchema".Length];
        string[] entries = [.. sizes.Keys.Where(name => name.StartsWith(folder, StringComparison.Ordinal))];
        Assert.HasCount(3, entries);

        foreach (string entry in entries)
        {
            // Every byte of one schema: there are some that keep the reader of ML.NET busy for very long. The checksum that stands before it is
            // the same code for all tasks.
            int step = entry != schema ? 5 : name == TestTask.Multiclass.Name && sampled ? 1 : 17;
            for (int at = 0; at < sizes[entry]; at += step)
            {
                byte[] damaged = Rewrite(zip, (name, content) =>
                {
                    if (name == entry)
                        content[at] ^= (byte)(1 << (at % 8));
                });
                Exception? refusal = await LoadDamaged(damaged, keyed, expected, $"{entry} at {at}");
                if (entry == schema)
                {
                    Assert.IsInstanceOfType<InvalidDataException>(refusal?.GetBaseException());
                    StringAssert.Contains(refusal.GetBaseException().Message, "The saved transformer is damaged: its checksum does not match", StringComparison.Ordinal);
                }
            }
        }
    }

    /// <summary>What one bit flipped in the compressed schema can make of it: the reader of ML.NET alone does not come back.</summary>
    [TestMethod]
    public async Task A_schema_with_absurd_numbers_after_its_types_is_refused_at_once()
    {
        var context = new MLContext(1);
        byte[] zip = Save(context, FitPipeline(context, TestTask.Multiclass, sampled: true, out IDataView keyed), keyed);
        int changes = 0;
        byte[] damaged = Rewrite(zip, (name, content) =>
        {
            if (!name.EndsWith("/TrainSchema", StringComparison.Ordinal))
                return;
            ReadOnlySpan<byte> before = "\u0006Single\0"u8;
            for (int at = before.Length; at < content.Length; at++)
            {
                if (content[at] == 1 && content.AsSpan(0, at).EndsWith(before))
                {
                    content[at] = 129;
                    changes++;
                }
            }
        });
        Assert.IsGreaterThan(0, changes);
        Exception? refusal = await LoadDamaged(damaged, keyed, [], "a changed schema");
        Assert.IsInstanceOfType<InvalidDataException>(refusal?.GetBaseException());
    }

    private static async Task<Exception?> LoadDamaged(byte[] zip, IDataView data, string[] expected, string what)
    {
        Task<string[]> scores = Task.Run(() => TestData.ScoreBits(Load(zip).Transform(data)));
        try
        {
            CollectionAssert.AreEqual(expected, await scores.WaitAsync(TimeSpan.FromSeconds(10)), what);
            return null;
        }
        catch (TimeoutException)
        {
            Assert.Fail($"{what}: loading takes more than 10 seconds");
            throw;
        }
        catch (Exception exception) when (scores.IsFaulted && exception is not (OutOfMemoryException or NullReferenceException))
        {
            return exception;
        }
    }

    private static TransformerChain<ITransformer> FitPipeline(MLContext context, TestTask task, bool sampled, out IDataView keyed)
    {
        IDataView data = context.Data.LoadFromEnumerable(TestData.Rows(120));
        keyed = context.Transforms.Conversion.MapValueToKey("Label", keyOrdinality: Transforms.ValueToKeyMappingEstimator.KeyOrdinality.ByOccurrence)
            .Append(context.Transforms.Concatenate("Sizes", "Height", "Width")).Fit(data).Transform(data);
        var concatenate = context.Transforms.Concatenate("Features", "A", "B", "C", "D").Fit(keyed);
        ITransformer transformer = task.Trainer(context).Fit(concatenate.Transform(keyed));
        return new TransformerChain<ITransformer>(concatenate, sampled ? task.WithSampling(transformer, 6, 9) : transformer);
    }

    private static byte[] Save(MLContext context, ITransformer model, IDataView data)
    {
        using var stream = new MemoryStream();
        context.Model.Save(model, data.Schema, stream);
        return stream.ToArray();
    }

    private static ITransformer Load(byte[] zip)
    {
        using var stream = new MemoryStream(zip);
        return new MLContext(1).Model.Load(stream, out _);
    }

    private static Exception ExpectRefusal(byte[] zip)
    {
        var exception = Assert.Throws<Exception>(() => Load(zip));
        Exception inner = exception.GetBaseException();
        Assert.IsTrue(inner is InvalidDataException or IOException or FormatException or ArgumentException or InvalidOperationException, inner.ToString());
        return exception;
    }

    private static byte[] Rewrite(byte[] zip, Action<string, byte[]> change)
    {
        using var output = new MemoryStream();
        using (var source = new ZipArchive(new MemoryStream(zip)))
        using (var destination = new ZipArchive(output, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (ZipArchiveEntry entry in source.Entries)
            {
                using var content = new MemoryStream();
                using (Stream stream = entry.Open())
                    stream.CopyTo(content);
                byte[] bytes = content.ToArray();
                change(entry.FullName, bytes);
                using Stream target = destination.CreateEntry(entry.FullName).Open();
                target.Write(bytes);
            }
        }

        return output.ToArray();
    }
}
