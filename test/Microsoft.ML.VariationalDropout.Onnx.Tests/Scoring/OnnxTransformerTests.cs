using System.Diagnostics;
using System.Globalization;
using System.IO.Compression;
using Microsoft.ML.Data;

namespace Microsoft.ML.Trainers.VariationalDropout.Onnx.Tests.Scoring;

[TestClass]
public sealed class OnnxTransformerTests
{
    private const int Rows = 1000;

    [TestMethod]
    [DataRow(1)]
    [DataRow(64)]
    [DataRow(1024)]
    public void Every_row_of_every_cursor_is_scored(int maximumBatchRows)
    {
        var context = new MLContext(1);
        IDataView data = context.Data.LoadFromEnumerable(MakeRows(Rows));
        using var stream = new MemoryStream(TestGraphs.Linear(3));
        VariationalDropoutOnnxEstimator estimator = context.Transforms.ApplyVariationalDropoutOnnxModel(stream, new() { MaximumBatchRows = maximumBatchRows });
        VariationalDropoutOnnxTransformer transformer = estimator.Fit(data);
        IDataView scored = transformer.Transform(data);
        Assert.AreEqual(NumberDataViewType.Single, scored.Schema["Score"].Type);
        Assert.AreEqual(ExecutionProvider.Cpu, transformer.Provider);
        CollectionAssert.AreEqual(Expected(MakeRows(Rows)), scored.GetColumn<float>("Score").ToArray());

        // Cursors in parallel, each with a batch of its own, and columns of the input beside the output.
        DataViewRowCursor[] cursors = scored.GetRowCursorSet([scored.Schema["Score"], scored.Schema["Id"]], 3);
        var byId = new System.Collections.Concurrent.ConcurrentDictionary<int, float>();
        Parallel.ForEach(cursors, cursor =>
        {
            using (cursor)
            {
                ValueGetter<float> score = cursor.GetGetter<float>(scored.Schema["Score"]);
                ValueGetter<int> id = cursor.GetGetter<int>(scored.Schema["Id"]);
                while (cursor.MoveNext())
                {
                    int key = 0;
                    float value = 0;
                    id(ref key);
                    score(ref value);
                    byId[key] = value;
                }
            }
        });
        CollectionAssert.AreEqual(Expected(MakeRows(Rows)), byId.OrderBy(pair => pair.Key).Select(pair => pair.Value).ToArray());

        // Without an active output nothing runs, and the inputs need not be read.
        Assert.AreEqual(Rows - 1, scored.GetColumn<int>("Id").Last());
    }

    [TestMethod]
    public void A_prediction_engine_scores_a_row_and_its_end_ends_nobody_else()
    {
        var context = new MLContext(1);
        using var stream = new MemoryStream(TestGraphs.Linear(3));
        VariationalDropoutOnnxTransformer transformer = context.Transforms.ApplyVariationalDropoutOnnxModel(stream).Fit(context.Data.LoadFromEnumerable(MakeRows(1)));
        using (PredictionEngine<Row, Scored> first = context.Model.CreatePredictionEngine<Row, Scored>(transformer))
            Assert.AreEqual(14.5f, first.Predict(new Row { Features = [1, 2, 3] }).Score);
        using PredictionEngine<Row, Scored> second = context.Model.CreatePredictionEngine<Row, Scored>(transformer);
        Assert.AreEqual(14.5f, second.Predict(new Row { Features = [1, 2, 3] }).Score);
        Assert.AreEqual(0.5f, second.Predict(new Row { Features = [0, 0, 0] }).Score);
    }

    [TestMethod]
    public void Columns_of_every_type_come_and_go()
    {
        var context = new MLContext(1);
        Mixed[] rows = [.. Enumerable.Range(0, 70).Select(i => new Mixed { Number = i / 3f, Whole = -i, Flag = i % 3 == 0, Count = (uint)i, Name = [$"n{i % 5}", i % 7 == 0 ? "" : "ü"] })];
        IDataView data = context.Data.LoadFromEnumerable(rows);
        using var stream = new MemoryStream(TestGraphs.Passing());
        IDataView scored = context.Transforms.ApplyVariationalDropoutOnnxModel(stream).Fit(data).Transform(data);
        CollectionAssert.AreEqual(
            new DataViewType[] { NumberDataViewType.Single, NumberDataViewType.Int64, BooleanDataViewType.Instance, NumberDataViewType.UInt32, new VectorDataViewType(TextDataViewType.Instance, 2) },
            new[] { "Number", "Whole", "Flag", "Count", "Name" }.Select(name => scored.Schema[name].Type).ToArray());
        Assert.AreEqual(10, scored.Schema.Count, "The outputs stand beside the inputs and hide them.");
        Mixed[] passed = [.. context.Data.CreateEnumerable<Mixed>(scored, reuseRowObject: false)];
        for (int i = 0; i < rows.Length; i++)
        {
            Assert.AreEqual((rows[i].Number, rows[i].Whole, rows[i].Flag, rows[i].Count), (passed[i].Number, passed[i].Whole, passed[i].Flag, passed[i].Count));
            CollectionAssert.AreEqual(rows[i].Name, passed[i].Name);
        }
    }

    [TestMethod]
    public void Halves_are_fed_from_and_read_as_floats()
    {
        var context = new MLContext(1);
        IDataView data = context.Data.LoadFromEnumerable(MakeRows(50));
        using var stream = new MemoryStream(TestGraphs.Doubling(3, ElementType.Float16));
        IDataView scored = context.Transforms.ApplyVariationalDropoutOnnxModel(stream).Fit(data).Transform(data);
        Row[] rows = MakeRows(50);
        float[][] scores = [.. scored.GetColumn<float[]>("Score")];
        for (int i = 0; i < 50; i++)
            CollectionAssert.AreEqual(rows[i].Features.Select(value => (float)((Half)value + (Half)value)).ToArray(), scores[i]);
    }

    [TestMethod]
    public void Keys_and_sparse_rows_are_fed()
    {
        var context = new MLContext(1);
        IDataView data = context.Data.LoadFromEnumerable(Enumerable.Range(0, 20).Select(i => new Mixed { Name = ["a", i % 2 == 0 ? "b" : "c"], Number = i }));
        IDataView featurized = context.Transforms.Conversion.MapValueToKey("Keys", "Name").Append(context.Transforms.Conversion.MapKeyToVector("Features", "Keys", outputCountVector: true)).Fit(data).Transform(data);
        using var sum = new MemoryStream(TestGraphs.Linear(3));
        float[] scores = [.. context.Transforms.ApplyVariationalDropoutOnnxModel(sum).Fit(featurized).Transform(featurized).GetColumn<float>("Score")];
        CollectionAssert.AreEqual(Enumerable.Range(0, 20).Select(i => i % 2 == 0 ? 3.5f : 4.5f).ToArray(), scores);

        ModelProto keys = TestGraphs.Create(Dimension.Batch, [("Keys", ElementType.UInt32, [2])], [("Copy.output", ElementType.UInt32, [2])]);
        TestGraphs.Add(keys, "Identity", ["Keys"], ["Copy.output"]);
        using var stream = new MemoryStream(keys.ToArray());
        uint[][] copies = [.. context.Transforms.ApplyVariationalDropoutOnnxModel(stream).Fit(featurized).Transform(featurized).GetColumn<uint[]>("Copy")];
        CollectionAssert.AreEqual(new uint[] { 1, 3 }, copies[1]);
    }

    [TestMethod]
    public void A_pipeline_checks_the_columns_before_any_row()
    {
        var context = new MLContext(1);
        IDataView data = context.Data.LoadFromEnumerable(MakeRows(10));
        using var four = new MemoryStream(TestGraphs.Linear(4));
        Refuse(context.Transforms.ApplyVariationalDropoutOnnxModel(four), "Schema mismatch for input column 'Features': expected Vector<Single, 4>, got Vector<Single, 3>");
        using var missing = new MemoryStream(TestGraphs.Linear(3, input: "Inputs"));
        Refuse(context.Transforms.ApplyVariationalDropoutOnnxModel(missing), "Could not find input column 'Inputs'");
        using var text = new MemoryStream(TestGraphs.Doubling(3, ElementType.Double));
        Refuse(context.Transforms.ApplyVariationalDropoutOnnxModel(text), "expected Vector<Double, 3>, got Vector<Single, 3>");

        // A whole pipeline passes shapes on before it fits anything.
        using var right = new MemoryStream(TestGraphs.Linear(3, output: "Guess.output"));
        EstimatorChain<VariationalDropoutOnnxTransformer> chain = context.Transforms.CopyColumns("Old", "Features").Append(context.Transforms.ApplyVariationalDropoutOnnxModel(right));
        SchemaShape shape = chain.GetOutputSchema(SchemaShape.Create(data.Schema));
        Assert.IsTrue(shape.Any(column => column is { Name: "Guess", Kind: SchemaShape.Column.VectorKind.Scalar } && column.ItemType == NumberDataViewType.Single));
        using var late = new MemoryStream(TestGraphs.Linear(3, input: "Id"));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => context.Transforms.ApplyVariationalDropoutOnnxModel(late).GetOutputSchema(SchemaShape.Create(data.Schema)));

        RegressionMetrics metrics = context.Regression.Evaluate(chain.Fit(data).Transform(data), nameof(Row.Label), "Guess");
        Assert.AreEqual(0, metrics.RootMeanSquaredError, 1e-4);

        void Refuse(VariationalDropoutOnnxEstimator estimator, string part)
            => StringAssert.Contains(Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => estimator.Fit(data)).Message, part);
    }

    [TestMethod]
    public void Files_are_found_or_named()
    {
        var context = new MLContext(1);
        Assert.ThrowsExactly<FileNotFoundException>(() => context.Transforms.ApplyVariationalDropoutOnnxModel("no-such-file.onnx"));
        using var text = new MemoryStream("This is a text."u8.ToArray());
        Assert.ThrowsExactly<InvalidDataException>(() => context.Transforms.ApplyVariationalDropoutOnnxModel(text));
    }

    [TestMethod]
    public void Saving_keeps_the_model_and_the_wishes()
    {
        var context = new MLContext(1);
        IDataView data = context.Data.LoadFromEnumerable(MakeRows(100));
        using var stream = new MemoryStream(TestGraphs.Network(3, 8, 2));
        ExecutionProvider wish = ExecutionProvider.Cuda.WithDevice(1).WithOption("gpu_mem_limit", "1000000000");
        var chain = new TransformerChain<ITransformer>(context.Transforms.ApplyVariationalDropoutOnnxModel(stream, new() { Providers = [wish], MaximumBatchRows = 16, IntraOpThreads = 1 }).Fit(data));
        byte[] zip = Save(context, chain, data);
        var logged = new List<string>();
        var other = new MLContext(2);
        other.Log += (_, e) => logged.Add(e.Message);
        ITransformer loaded = other.Model.Load(new MemoryStream(zip), out _);
        float[][] expected = [.. chain.Transform(data).GetColumn<float[]>("Score")], actual = [.. loaded.Transform(data).GetColumn<float[]>("Score")];
        for (int i = 0; i < expected.Length; i++)
            CollectionAssert.AreEqual(expected[i], actual[i]);
        VariationalDropoutOnnxTransformer transformer = ((IEnumerable<ITransformer>)loaded).OfType<VariationalDropoutOnnxTransformer>().Single();
        Assert.AreEqual(wish, transformer.Attempts[0].Provider);
        Assert.AreEqual(ExecutionProvider.Cpu, transformer.Provider);
        Assert.IsTrue(logged.Exists(line => line.Contains("CUDA (device 1, gpu_mem_limit=1000000000): not available", StringComparison.Ordinal)), string.Join('\n', logged));
        Assert.HasCount(Save(context, chain, data).Length, Save(other, loaded, data));
    }

    [TestMethod]
    public void What_happens_to_the_callers_list_of_providers_is_no_matter_afterwards()
    {
        var context = new MLContext(1);
        IDataView data = context.Data.LoadFromEnumerable(MakeRows(1));
        var providers = new List<ExecutionProvider> { ExecutionProvider.Cuda };
        using var stream = new MemoryStream(TestGraphs.Linear(3));
        VariationalDropoutOnnxTransformer transformer = context.Transforms.ApplyVariationalDropoutOnnxModel(stream, new() { Providers = providers }).Fit(data);
        byte[] before = Save(context, transformer, data);
        providers.Add(null!);
        var loaded = (VariationalDropoutOnnxTransformer)context.Model.Load(new MemoryStream(Save(context, transformer, data)), out _);

        Assert.HasCount(before.Length, Save(context, loaded, data));
        stream.Position = 0;
        StringAssert.Contains(
            Assert.ThrowsExactly<ArgumentException>(() => context.Transforms.ApplyVariationalDropoutOnnxModel(stream, new() { Providers = providers })).Message, "Providers has a null");
    }

    [TestMethod]
    public void Damage_is_refused()
    {
        var context = new MLContext(1);
        IDataView data = context.Data.LoadFromEnumerable(MakeRows(1));
        byte[] model = TestGraphs.Linear(3);
        using var stream = new MemoryStream(model);
        byte[] zip = Save(context, context.Transforms.ApplyVariationalDropoutOnnxModel(stream).Fit(data), data);
        int damaged = 0;
        foreach (ReadOnlyMemory<byte> needle in new ReadOnlyMemory<byte>[] { model, BitConverter.GetBytes(1024) })
        {
            byte[] rewritten = Rewrite(zip, content =>
            {
                int at = content.AsSpan().IndexOf(needle.Span);
                if (at < 0)
                    return;
                content[at + (needle.Length / 2)] ^= 1;
                damaged++;
            });
            Exception error = Assert.Throws<Exception>(() => context.Model.Load(new MemoryStream(rewritten), out _));
            while (error.InnerException is not null)
                error = error.InnerException;
            Assert.IsInstanceOfType<InvalidDataException>(error);
            StringAssert.Contains(error.Message, "damaged");
        }

        Assert.AreEqual(2, damaged);
    }

    [TestMethod]
    public void A_fresh_process_that_names_no_type_of_ours_scores_the_same_bits()
    {
        string folder = Directory.CreateTempSubdirectory("VariationalDropoutOnnx").FullName;
        try
        {
            var context = new MLContext(1);
            Row[] rows = MakeRows(100);
            string modelFile = Path.Combine(folder, "model.zip"), rowsFile = Path.Combine(folder, "rows.tsv"), graphFile = Path.Combine(folder, "graph.onnx");
            File.WriteAllLines(rowsFile, rows.Select(row => string.Create(CultureInfo.InvariantCulture, $"{row.Features[0]:R}\t{row.Features[1]:R}\t{row.Features[2]:R}\t{row.Label:R}")));
            File.WriteAllBytes(graphFile, TestGraphs.Network(4, 8, 1));
            IDataView data = context.Data.CreateTextLoader([.. "ABCD".Select((name, i) => new TextLoader.Column($"{name}", DataKind.Single, i))]).Load(rowsFile);
            TransformerChain<VariationalDropoutOnnxTransformer> model = context.Transforms.Concatenate("Features", "A", "B", "C", "D").Append(context.Transforms.ApplyVariationalDropoutOnnxModel(graphFile)).Fit(data);
            context.Model.Save(model, data.Schema, modelFile);
            File.Delete(graphFile);

            string configuration = new DirectoryInfo(AppContext.BaseDirectory).Name;
            string program = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "..", "..", "LoadOnnxInFreshProcess", configuration, "LoadOnnxInFreshProcess.dll"));
            var start = new ProcessStartInfo("dotnet", ["exec", program, modelFile, rowsFile]) { RedirectStandardOutput = true, RedirectStandardError = true };
            using Process process = Process.Start(start)!;
            Task<string> errors = process.StandardError.ReadToEndAsync();
            string[] lines = process.StandardOutput.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            process.WaitForExit();
            Assert.AreEqual(0, process.ExitCode, errors.Result);
            CollectionAssert.AreEqual(
                model.Transform(data).GetColumn<float>("Score").Select(score => BitConverter.SingleToUInt32Bits(score).ToString("X8", CultureInfo.InvariantCulture)).ToArray(), lines);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static Row[] MakeRows(int count)
        => [.. Enumerable.Range(0, count).Select(i => new Row { Id = i, Features = [i % 10, i % 7, i % 3], Label = (i % 10) + (2 * (i % 7)) + (3 * (i % 3)) + 0.5f })];

    private static float[] Expected(Row[] rows) => [.. rows.Select(row => row.Label)];

    private static byte[] Save(MLContext context, ITransformer model, IDataView data)
    {
        using var stream = new MemoryStream();
        context.Model.Save(model, data.Schema, stream);
        return stream.ToArray();
    }

    private static byte[] Rewrite(byte[] zip, Action<byte[]> change)
    {
        using var result = new MemoryStream();
        using (var written = new ZipArchive(result, ZipArchiveMode.Create, leaveOpen: true))
        using (var read = new ZipArchive(new MemoryStream(zip)))
        {
            foreach (ZipArchiveEntry entry in read.Entries)
            {
                using var content = new MemoryStream();
                using (Stream source = entry.Open())
                    source.CopyTo(content);
                byte[] bytes = content.ToArray();
                change(bytes);
                using Stream destination = written.CreateEntry(entry.FullName).Open();
                destination.Write(bytes);
            }
        }

        return result.ToArray();
    }

    private sealed class Row
    {
        public int Id { get; set; }

        [VectorType(3)]
        public float[] Features { get; set; } = [];

        public float Label { get; set; }
    }

    private sealed class Scored
    {
        public float Score { get; set; }
    }

    private sealed class Mixed
    {
        public float Number { get; set; }

        public long Whole { get; set; }

        public bool Flag { get; set; }

        public uint Count { get; set; }

        [VectorType(2)]
        public string[] Name { get; set; } = [];
    }
}
