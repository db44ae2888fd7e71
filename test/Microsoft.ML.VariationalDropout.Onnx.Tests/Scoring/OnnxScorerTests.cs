namespace Microsoft.ML.Trainers.VariationalDropout.Onnx.Tests.Scoring;

[TestClass]
public sealed class OnnxScorerTests
{
    public TestContext TestContext { get; set; } = null!;

    [TestMethod]
    [DataRow(1, true)]
    [DataRow(7, true)]
    [DataRow(8, true)]
    [DataRow(33, true)]
    [DataRow(33, false)]
    public void Scores_every_row_of_any_number(int rows, bool bindOnce)
    {
        using OnnxScorer scorer = OnnxScorer.FromBytes(TestGraphs.Linear(3), new() { MaximumBatchRows = 8, BindOnce = bindOnce });
        float[] features = [.. Enumerable.Range(0, rows * 3).Select(i => i * 0.25f)];
        float[] scores = new float[rows];
        for (int repetition = 0; repetition < 3; repetition++)
        {
            features[0] = repetition;
            Array.Clear(scores);
            Assert.AreEqual(rows, scorer.Score(features, rows, scores));
            for (int row = 0; row < rows; row++)
                Assert.AreEqual(features[3 * row] + (2 * features[(3 * row) + 1]) + (3 * features[(3 * row) + 2]) + 0.5f, scores[row], 1e-4f);
        }
    }

    [TestMethod]
    public void Tells_what_the_graph_has()
    {
        using OnnxScorer scorer = OnnxScorer.FromBytes(TestGraphs.Passing());
        CollectionAssert.AreEqual(
            new[] { typeof(float), typeof(long), typeof(bool), typeof(uint), typeof(string) }, scorer.Inputs.Select(input => input.ElementType).ToArray());
        Assert.AreEqual("Name.output: String [rows, 2]", scorer.Outputs[4].ToString());
        Assert.AreEqual(2, scorer.Outputs[4].RowSize);
        Assert.AreEqual("test", scorer.Metadata["task"]);
        Assert.AreEqual(ExecutionProvider.Cpu, scorer.Provider);
        Assert.AreEqual("CPU: chosen", string.Join(' ', scorer.Attempts));
        Assert.AreEqual(1024, scorer.MaximumBatchRows);
    }

    [TestMethod]
    [DataRow(true)]
    [DataRow(false)]
    public void Batches_carry_every_type(bool bindOnce)
    {
        using OnnxScorer scorer = OnnxScorer.FromBytes(TestGraphs.Passing(), new() { BindOnce = bindOnce });
        using OnnxBatch batch = scorer.CreateBatch(4);
        for (int run = 0; run < 3; run++)
        {
            int rows = 2 + run;
            for (int row = 0; row < rows; row++)
            {
                batch.GetInput<float>("Number")[row] = row + run;
                batch.GetInput<long>("Whole")[row] = long.MaxValue - row;
                batch.GetInput<bool>("Flag")[row] = (row + run) % 2 == 0;
                batch.GetInput<uint>("Count")[row] = uint.MaxValue - (uint)row;
                batch.GetInput<ReadOnlyMemory<char>>("Name")[2 * row] = $"é{row}".AsMemory();
                batch.GetInput<ReadOnlyMemory<char>>("Name")[(2 * row) + 1] = row == 0 ? default : "same".AsMemory();
            }

            batch.Run(rows);
            Assert.AreEqual(rows, batch.GetOutput<float>("Number").Length);
            for (int row = 0; row < rows; row++)
            {
                Assert.AreEqual(row + run, batch.GetOutput<float>("Number.output")[row]);
                Assert.AreEqual(long.MaxValue - row, batch.GetOutput<long>("Whole")[row]);
                Assert.AreEqual((row + run) % 2 == 0, batch.GetOutput<bool>("Flag")[row]);
                Assert.AreEqual(uint.MaxValue - (uint)row, batch.GetOutput<uint>("Count")[row]);
                Assert.AreEqual($"é{row}", batch.GetOutput<ReadOnlyMemory<char>>("Name")[2 * row].ToString());
                Assert.AreEqual(row == 0 ? "" : "same", batch.GetOutput<ReadOnlyMemory<char>>("Name")[(2 * row) + 1].ToString());
            }
        }
    }

    [TestMethod]
    public void Halves_and_doubles_are_fed_as_they_are()
    {
        using OnnxScorer halves = OnnxScorer.FromBytes(TestGraphs.Doubling(1, ElementType.Float16));
        using OnnxBatch half = halves.CreateBatch(1);
        half.GetInput<Half>("Features")[0] = (Half)1.5;
        half.Run(1);
        Assert.AreEqual((Half)3, half.GetOutput<Half>("Score")[0]);

        using OnnxScorer doubles = OnnxScorer.FromBytes(TestGraphs.Doubling(1, ElementType.Double));
        using OnnxBatch wide = doubles.CreateBatch(1);
        wide.GetInput<double>("Features")[0] = 1e-300;
        wide.Run(1);
        Assert.AreEqual(2e-300, wide.GetOutput<double>("Score")[0]);
    }

    [TestMethod]
    public void Finds_out_the_size_of_an_output_that_does_not_tell_it()
    {
        using OnnxScorer scorer = OnnxScorer.FromBytes(TestGraphs.TwoInputs());
        Assert.AreEqual(1, scorer.Outputs[1].RowSize);
        using OnnxBatch batch = scorer.CreateBatch(2);
        new[] { 1f, 2f }.CopyTo(batch.GetInput<float>("A"));
        new[] { 10f, 20f }.CopyTo(batch.GetInput<float>("B"));
        batch.Run(2);
        CollectionAssert.AreEqual(new[] { 11f, 22f }, batch.GetOutput<float>("Score").ToArray());
        CollectionAssert.AreEqual(new[] { 2f, 4f }, batch.GetOutput<float>("Twice").ToArray());
    }

    [TestMethod]
    public void A_graph_of_a_fixed_number_of_rows_is_filled_up()
    {
        using OnnxScorer scorer = OnnxScorer.FromBytes(TestGraphs.Linear(2, rows: 4));
        Assert.AreEqual(4, scorer.MaximumBatchRows);
        float[] features = [.. Enumerable.Range(0, 14).Select(i => (float)i)];
        float[] scores = new float[7];
        Assert.AreEqual(7, scorer.Score(features, 7, scores));
        for (int row = 0; row < 7; row++)
            Assert.AreEqual(features[2 * row] + (2 * features[(2 * row) + 1]) + 0.5f, scores[row]);
        using OnnxBatch batch = scorer.CreateBatch(1);
        batch.GetInput<float>("Features")[0] = 3;
        batch.Run(1);
        Assert.AreEqual(3.5f, batch.GetOutput<float>("Score")[0]);
    }

    [TestMethod]
    public void Loads_from_files_and_streams()
    {
        string path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        byte[] model = TestGraphs.Linear(1);
        try
        {
            File.WriteAllBytes(path, model);
            using OnnxScorer file = OnnxScorer.FromFile(path);
            using OnnxScorer stream = OnnxScorer.FromStream(new MemoryStream(model));
            float[] score = new float[1];
            file.Score([1], 1, score);
            Assert.AreEqual(1.5f, score[0]);
            stream.Score([2], 1, score);
            Assert.AreEqual(2.5f, score[0]);

            File.WriteAllText(path, "This is a text.");
            InvalidDataException error = Assert.ThrowsExactly<InvalidDataException>(() => OnnxScorer.FromFile(path));
            StringAssert.StartsWith(error.Message, $"The file '{path}' is not an ONNX model");

            // Nothing, and a message of protobuf that has no graph.
            foreach (byte[] bytes in new byte[][] { [], [0x08, 0x08] })
            {
                File.WriteAllBytes(path, bytes);
                StringAssert.StartsWith(Assert.ThrowsExactly<InvalidDataException>(() => OnnxScorer.FromFile(path)).Message, $"The file '{path}' is not an ONNX model");
                Assert.ThrowsExactly<InvalidDataException>(() => OnnxScorer.FromBytes(bytes));
                Expect<InvalidDataException>(() => new MLContext(1).Transforms.ApplyVariationalDropoutOnnxModel(path), $"The file '{path}' cannot be scored.");
            }
        }
        finally
        {
            File.Delete(path);
        }

        Assert.ThrowsExactly<FileNotFoundException>(() => OnnxScorer.FromFile(path));
        Assert.ThrowsExactly<InvalidDataException>(() => OnnxScorer.FromBytes([]));
        Assert.ThrowsExactly<InvalidDataException>(() => OnnxScorer.FromBytes([1, 2, 3, 4, 5, 6, 7]));
        Assert.ThrowsExactly<InvalidDataException>(() => OnnxScorer.FromBytes(model[..^20]));
        byte[] wrong = TestGraphs.Doubling(1);
        wrong.AsSpan(wrong.AsSpan().LastIndexOf("Add"u8), 3).Fill((byte)'x');
        Assert.ThrowsExactly<InvalidDataException>(() => OnnxScorer.FromBytes(wrong));
    }

    [TestMethod]
    public void Says_what_is_wrong_with_the_arguments()
    {
        using OnnxScorer scorer = OnnxScorer.FromBytes(TestGraphs.Linear(3));
        Expect<ArgumentException>(() => scorer.Score(new float[5], 2, new float[2]), "2 rows of the input 'Features', each of 3 numbers, take 6 numbers; 5 were given.");
        Expect<ArgumentException>(() => scorer.Score(new float[6], 2, new float[1]), "2 rows of the output 'Score', each of 1 numbers, take 2 numbers; there is room for 1.");
        Expect<ArgumentException>(() => scorer.Score(new float[6], 2, new float[2], "Probability"), "The graph has no output 'Probability'; it has Score: Single [rows, 1].");
        Expect<ArgumentOutOfRangeException>(() => scorer.Score([], -1, []), "rows");
        Assert.AreEqual(0, scorer.Score([], 0, []));

        using OnnxScorer two = OnnxScorer.FromBytes(TestGraphs.TwoInputs());
        Expect<InvalidOperationException>(() => two.Score(new float[2], 1, new float[1]), "the graph takes A: Single [rows, 1]; B: Single [rows, 1]. Use CreateBatch.");
        using OnnxBatch batch = two.CreateBatch(2);
        Expect<InvalidOperationException>(() => batch.GetOutput<float>("Score"), "nothing was run");
        batch.GetInput<float>("A")[0] = 1;
        Expect<InvalidOperationException>(() => batch.Run(1), "The input 'B' is missing: the graph needs A; B");
        Expect<ArgumentException>(() => batch.GetInput<float>("C"), "The graph has no input 'C'; it has A: Single [rows, 1]; B: Single [rows, 1].");
        Expect<ArgumentException>(() => batch.GetInput<long>("A"), "The input 'A' holds Single, not Int64.");
        Expect<ArgumentException>(() => batch.GetInput<ReadOnlyMemory<char>>("A"), "The input 'A' holds Single, not");
        batch.GetInput<float>("B")[0] = 1;
        Expect<ArgumentOutOfRangeException>(() => batch.Run(3), "must be in [1, 2]; it is 3.");
        Expect<ArgumentOutOfRangeException>(() => batch.Run(0), "must be in [1, 2]; it is 0.");
        Expect<ArgumentOutOfRangeException>(() => two.CreateBatch(2000), "must be in [1, 1024]");

        using OnnxScorer text = OnnxScorer.FromBytes(TestGraphs.Passing());
        using OnnxBatch names = text.CreateBatch(1);
        Expect<ArgumentException>(() => names.GetInput<string>("Name"), "The input 'Name' holds text, that is ReadOnlyMemory<char>, not String.");
        Expect<ArgumentException>(() => names.GetInput<int>("Name"), "holds text");

        Expect<ArgumentOutOfRangeException>(() => OnnxScorer.FromBytes(TestGraphs.Linear(1), new() { MaximumBatchRows = 0 }), "MaximumBatchRows must be in [1, 1048576]; it is 0.");
        Expect<ArgumentOutOfRangeException>(() => OnnxScorer.FromBytes(TestGraphs.Linear(1), new() { IntraOpThreads = 0 }), "IntraOpThreads must be 1 or more, or null; it is 0.");
    }

    [TestMethod]
    public void Refuses_graphs_without_rows()
    {
        ModelProto open = TestGraphs.Create(Dimension.Batch, [("Features", ElementType.Float, [-1])], [("Score", ElementType.Float, [-1])]);
        TestGraphs.Add(open, "Identity", ["Features"], ["Score"]);
        Expect<InvalidDataException>(() => OnnxScorer.FromBytes(open.ToArray()), "The input 'Features' of the graph has the shape [N, ?]");

        ModelProto scalar = TestGraphs.Create(Dimension.Batch, [], [("Score", ElementType.Float, [])]);
        scalar.Graph.Inputs.Add(new ValueInfoProto("x", ElementType.Float, []));
        scalar.Graph.Initializers.Add(TensorProto.Create<long>("shape", [1], 1));
        TestGraphs.Add(scalar, "Reshape", ["x", "shape"], ["Score"]);
        Expect<InvalidDataException>(() => OnnxScorer.FromBytes(scalar.ToArray()), "The input 'x' of the graph is a single value");

        ModelProto mixed = TestGraphs.Create(2, [("A", ElementType.Float, [1])], [("Score", ElementType.Float, [1])]);
        mixed.Graph.Inputs.Add(new ValueInfoProto("B", ElementType.Float, [1, 1]));
        TestGraphs.Add(mixed, "Add", ["A", "B"], ["Score"]);
        Expect<InvalidDataException>(() => OnnxScorer.FromBytes(mixed.ToArray()), "different numbers of rows");
    }

    [TestMethod]
    public void Refuses_an_output_whose_size_depends_on_the_row()
    {
        var context = new MLContext(1);
        IDataView rows = context.Data.LoadFromEnumerable(RawRow.Create(20, seed: 1));
        ITransformer tokens = context.Transforms.Text.TokenizeIntoCharactersAsKeys("Out", "City").Fit(rows);
        using var stream = new MemoryStream();
        context.Model.ExportToOnnx(tokens, rows, stream, new OnnxExportOptions { OutputColumns = ["Out"], Verify = false });

        Expect<InvalidDataException>(() => OnnxScorer.FromBytes(stream.ToArray()), "The output 'Out.output' of the graph has an open size");
    }

    [TestMethod]
    [DataRow(true)]
    [DataRow(false)]
    public void Names_an_output_that_turns_out_to_have_another_size(bool bindOnce)
    {
        ModelProto model = TestGraphs.Create(Dimension.Batch, [("Features", ElementType.Float, [3])], [("Different", ElementType.Float, [-1])]);
        TestGraphs.Add(model, "Unique", ["Features"], ["Different"]).Attributes.Add(new AttributeProto("axis", 1L));
        using OnnxScorer scorer = OnnxScorer.FromBytes(model.ToArray(), new() { BindOnce = bindOnce });
        float[] scores = new float[2];

        Assert.AreEqual(2, scorer.Score([1, 1, 1, 2, 2, 2], 2, scores));
        Expect<InvalidDataException>(() => scorer.Score([1, 2, 1, 2, 2, 2], 2, scores), "The output 'Different' has the shape [2, 2] for 2 rows, where [2, 1] was expected");
    }

    [TestMethod]
    [DataRow(0, 1)]
    [DataRow(5, 8)]
    [DataRow(1000, 1000)]
    [DataRow((1 << 30) + 1, 1000)]
    [DataRow(int.MaxValue, 1000)]
    public void Room_is_made_for_any_number_of_rows(int rows, int expected)
        => Assert.AreEqual(expected, OnnxScorer.RoomFor(rows, maximumRows: 1000));

    [TestMethod]
    public void Ends_after_the_last_call()
    {
        OnnxScorer scorer = OnnxScorer.FromBytes(TestGraphs.Linear(2));
        OnnxBatch batch = scorer.CreateBatch(1);
        batch.GetInput<float>("Features")[0] = 1;
        batch.Run(1);
        scorer.Dispose();
        scorer.Dispose();
        Assert.ThrowsExactly<ObjectDisposedException>(() => scorer.Score(new float[2], 1, new float[1]));
        Assert.ThrowsExactly<ObjectDisposedException>(() => scorer.CreateBatch(1));
        Assert.ThrowsExactly<ObjectDisposedException>(() => scorer.EndProfiling());
        Assert.ThrowsExactly<ObjectDisposedException>(() => batch.Run(1));
        Assert.AreEqual(1.5f, batch.GetOutput<float>("Score")[0]);
        batch.Dispose();
        batch.Dispose();
        Assert.ThrowsExactly<ObjectDisposedException>(() => batch.GetInput<float>("Features"));
        Assert.ThrowsExactly<ObjectDisposedException>(() => batch.GetOutput<float>("Score"));
        Assert.ThrowsExactly<ObjectDisposedException>(() => batch.Run(1));
        Assert.HasCount(1, scorer.Outputs);
    }

    [TestMethod]
    public void Many_threads_score_and_one_ends_it()
    {
        byte[] model = TestGraphs.Linear(4);
        OnnxScorer scorer = OnnxScorer.FromBytes(model, new() { MaximumBatchRows = 16, IntraOpThreads = 1 });
        int calls = 0;
        var failures = new System.Collections.Concurrent.ConcurrentQueue<Exception>();
        Thread[] threads = [.. Enumerable.Range(0, 6).Select(seed => new Thread(() => ScoreUntilDisposed(seed)))];
        foreach (Thread thread in threads)
            thread.Start();
        SpinWait.SpinUntil(() => Volatile.Read(ref calls) > 2000, TimeSpan.FromSeconds(10));
        scorer.Dispose();
        foreach (Thread thread in threads)
            thread.Join();
        Assert.IsEmpty(failures);
        Assert.IsGreaterThan(2000, calls);

        void ScoreUntilDisposed(int seed)
        {
            try
            {
                for (int n = seed; ; n++)
                {
                    int rows = 1 + (n % 20);
                    float[] features = [.. Enumerable.Range(0, rows * 4).Select(i => (float)((i + n) % 7))];
                    float[] scores = new float[rows];
                    scorer.Score(features, rows, scores);
                    for (int row = 0; row < rows; row++)
                        Assert.AreEqual(Enumerable.Range(0, 4).Sum(i => (i + 1) * features[(4 * row) + i]) + 0.5f, scores[row]);
                    Interlocked.Increment(ref calls);
                }
            }
            catch (ObjectDisposedException)
            {
            }
            catch (Exception error)
            {
                failures.Enqueue(error);
            }
        }
    }

    [TestMethod]
    public void Allocates_nothing_after_some_calls()
    {
        using OnnxScorer scorer = OnnxScorer.FromBytes(TestGraphs.Network(8, 16, 2), new() { MaximumBatchRows = 32, IntraOpThreads = 1 });
        float[] features = new float[8 * 50];
        float[] scores = new float[2 * 50];
        for (int i = 0; i < 50; i++)
            scorer.Score(features, 50, scores, "Score");
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 100; i++)
            scorer.Score(features, 50, scores, "Score");
        Assert.AreEqual(before, GC.GetAllocatedBytesForCurrentThread());
    }

    [TestMethod]
    public void Session_options_pass_through_and_the_profile_names_the_provider()
    {
        string prefix = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        using OnnxScorer scorer = OnnxScorer.FromBytes(TestGraphs.Linear(1), new()
        {
            ConfigureSession = session =>
            {
                session.ProfileOutputPathPrefix = prefix;
                session.EnableProfiling = true;
            },
        });
        scorer.Score([1], 1, new float[1]);
        string path = scorer.EndProfiling();
        try
        {
            StringAssert.StartsWith(path, prefix);
            StringAssert.Contains(File.ReadAllText(path), "CPUExecutionProvider");
        }
        finally
        {
            File.Delete(path);
        }
    }

    [TestMethod]
    public void An_open_dimension_can_be_given_a_size()
    {
        ModelProto model = TestGraphs.Create(Dimension.Batch, [("Features", ElementType.Float, [])], [("Score", ElementType.Float, [])]);
        model.Graph.Inputs[0] = new ValueInfoProto("Features", ElementType.Float, [Dimension.Batch, new Dimension(-1, "F")]);
        model.Graph.Outputs[0] = new ValueInfoProto("Score", ElementType.Float, [Dimension.Batch, new Dimension(-1, "F")]);
        TestGraphs.Add(model, "Identity", ["Features"], ["Score"]);
        using OnnxScorer scorer = OnnxScorer.FromBytes(model.ToArray(), new() { ConfigureSession = session => session.AddFreeDimensionOverrideByName("F", 3) });
        float[] scores = new float[6];
        Assert.AreEqual(6, scorer.Score([1, 2, 3, 4, 5, 6], 2, scores));
        Assert.AreEqual(6, scores[5]);
    }

    private static void Expect<TException>(Action action, string part)
        where TException : Exception
        => StringAssert.Contains(Assert.ThrowsExactly<TException>(action).Message, part);
}
