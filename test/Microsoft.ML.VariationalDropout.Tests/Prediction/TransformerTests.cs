using Microsoft.ML.Data;

namespace Microsoft.ML.Trainers.VariationalDropout.Tests.Prediction;

[TestClass]
public sealed class TransformerTests
{
    [TestMethod]
    [DynamicData(nameof(TestTask.Names), typeof(TestTask))]
    public void Schema_and_annotations_are_those_of_a_built_in_trainer(string name)
    {
        var context = new MLContext(1);
        TestTask task = TestTask.Of(name);
        IDataView data = TestData.Load(context, TestData.Rows(60));
        ITransformer transformer = task.Trainer(context).Fit(data);
        string[] actual = Describe(transformer.Transform(data).Schema);
        CollectionAssert.AreEqual(task.Columns, transformer.Transform(data).Schema.Skip(data.Schema.Count).Select(column => column.Name).ToArray());
        CollectionAssert.AreEqual(actual, Describe(transformer.GetOutputSchema(data.Schema)));
        CollectionAssert.AreEqual(actual, Describe(task.WithPosteriorMean(task.WithSampling(transformer, 2, 0)).Transform(data).Schema));
        if (task.NativeTrainer(context) is { } native)
        {
            string[] expected = Describe(native.Fit(data).Transform(data).Schema);
            CollectionAssert.AreEqual(expected, actual[..expected.Length]);
        }
    }

    [TestMethod]
    [DynamicData(nameof(TestTask.Names), typeof(TestTask))]
    public void Sampling_adds_columns_of_the_same_score_set_with_value_kinds_of_their_own(string name)
    {
        var context = new MLContext(1);
        TestTask task = TestTask.Of(name);
        IDataView data = TestData.Load(context, TestData.Rows(60));
        DataViewSchema schema = task.WithSampling(task.Trainer(context).Fit(data), 5, 2).Transform(data).Schema;
        string[] added = [.. task.Columns, .. task.ColumnsOfSampling];
        CollectionAssert.AreEqual(added, schema.Skip(data.Schema.Count).Select(column => column.Name).ToArray());

        Assert.AreEqual(1, added.Select(column => Annotation<uint>(schema[column], "ScoreColumnSetId")).Distinct().Count());
        CollectionAssert.AreEqual(added, added.Select(column => Annotation<ReadOnlyMemory<char>>(schema[column], "ScoreValueKind").ToString()).ToArray());
        Assert.IsTrue(added.All(column => Annotation<ReadOnlyMemory<char>>(schema[column], "ScoreColumnKind").ToString() == task.ScoreColumnKind));
        foreach (string column in added.Where(column => schema[column].Type is VectorDataViewType))
        {
            Assert.AreEqual(new VectorDataViewType(NumberDataViewType.Single, task.SlotNames.Length), schema[column].Type);
            VBuffer<ReadOnlyMemory<char>> names = default;
            schema[column].GetSlotNames(ref names);
            CollectionAssert.AreEqual(task.SlotNames, names.DenseValues().Select(slot => slot.ToString()).ToArray());
        }
    }

    [TestMethod]
    public void Sampled_figures_are_consistent_with_each_other()
    {
        var context = new MLContext(1);
        IDataView data = TestData.Load(context, TestData.Rows(60));
        IDataView scored = TestData.Trainer(context).Fit(data).WithSampling(20, 2).Transform(data);
        float[][] scores = TestData.Scores(scored), deviations = TestData.Scores(scored, "ScoreStandardDeviation");
        float[] entropies = [.. scored.GetColumn<float>("ScorePredictiveEntropy")], informations = [.. scored.GetColumn<float>("ScoreMutualInformation")];
        uint[] labels = [.. scored.GetColumn<uint>("PredictedLabel")];
        for (int row = 0; row < scores.Length; row++)
        {
            Assert.AreEqual(1, scores[row].Sum(), 1e-5);
            Assert.AreEqual(-scores[row].Sum(p => p > 0 ? p * Math.Log(p) : 0), entropies[row], 1e-4);
            Assert.IsTrue(informations[row] >= 0 && informations[row] <= entropies[row] + 1e-6);
            Assert.IsTrue(deviations[row].All(deviation => deviation is >= 0 and <= 0.5f));
            Assert.AreEqual((uint)Array.IndexOf(scores[row], scores[row].Max()) + 1, labels[row]);
        }

        Assert.IsTrue(deviations.Any(row => row.Max() > 0));
    }

    [TestMethod]
    [DynamicData(nameof(TestTask.Names), typeof(TestTask))]
    public void Log_likelihood_is_the_mean_log_density_of_the_labels(string name)
    {
        TestTask task = TestTask.Of(name);
        var context = new MLContext(1);
        ITransformer transformer = task.Trainer(context).Fit(TestData.Load(context, TestData.Rows(120)));
        IDataView test = TestData.Load(context, TestData.Rows(100, seed: 3));
        double mean = task.LogLikelihood(transformer, test);
        Assert.AreEqual(task.LogLikelihoodOfColumns(context, transformer.Transform(test)), mean, 1e-3 * Math.Abs(mean));
        foreach (ITransformer mode in new[] { task.WithSampling(transformer, 200, 1), task.WithMomentPropagation(transformer) })
            Assert.AreEqual(mean, task.LogLikelihood(mode, test), 0.5);

        // Rows without features are left out; data of another shape are refused.
        List<TestRow> missing = TestData.Rows(100, seed: 3);
        missing[0].A = float.NaN;
        Assert.IsTrue(double.IsFinite(task.LogLikelihood(transformer, TestData.Load(context, missing))));
        IDataView narrow = context.Transforms.Concatenate("Features", "A", "B").Fit(test).Transform(test);
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => task.LogLikelihood(transformer, narrow));
        foreach ((string column, string role) in new[] { (task.LabelColumn, "Label"), ("Features", "Feature") })
        {
            IDataView without = context.Transforms.DropColumns(column).Fit(test).Transform(test);
            var exception = Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => task.LogLikelihood(transformer, without));
            StringAssert.Contains(exception.Message, $"Could not find {role} column '{column}' (Parameter 'data')", StringComparison.OrdinalIgnoreCase);
        }
    }

    [TestMethod]
    [DynamicData(nameof(TestTask.Names), typeof(TestTask))]
    public void Modes_are_settings_of_new_transformers_over_one_model(string name)
    {
        var context = new MLContext(1);
        TestTask task = TestTask.Of(name);
        IDataView data = TestData.Load(context, TestData.Rows(60));
        ITransformer mean = task.Trainer(context).Fit(data);
        Assert.AreEqual((PredictionMode.PosteriorMean, 0, 0), task.Settings(mean));
        string[] before = TestData.ScoreBits(mean.Transform(data));
        ITransformer sampling = task.WithSampling(mean, 7, -3);
        Assert.AreEqual((PredictionMode.Sampling, 7, -3), task.Settings(sampling));
        Assert.AreSame(task.Model(mean), task.Model(sampling));
        CollectionAssert.AreEqual(TestData.ScoreBits(sampling.Transform(data)), TestData.ScoreBits(task.WithSampling(mean, 7, -3).Transform(data)));
        CollectionAssert.AreNotEqual(TestData.ScoreBits(sampling.Transform(data)), TestData.ScoreBits(task.WithSampling(mean, 7, 4).Transform(data)));
        CollectionAssert.AreEqual(before, TestData.ScoreBits(task.WithPosteriorMean(sampling).Transform(data)));

        // Disposing of one leaves the others alone.
        ((IDisposable)sampling).Dispose();
        CollectionAssert.AreEqual(before, TestData.ScoreBits(mean.Transform(data)));
    }

    [TestMethod]
    [DataRow(0)]
    [DataRow(-1)]
    [DataRow(1_000_001)]
    public void A_number_of_samples_out_of_range_is_refused(int samples)
    {
        var transformer = TestData.Fit(new MLContext(1), 30);
        Assert.AreEqual(50, transformer.WithSampling().NumberOfSamples);
        var exception = Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => transformer.WithSampling(samples));
        StringAssert.Contains(exception.Message, $"samples is {samples}; allowed is [1, 1000000].", StringComparison.Ordinal);
    }

    [TestMethod]
    public void Features_of_another_size_are_a_schema_error()
    {
        var context = new MLContext(1);
        IDataView data = TestData.Load(context, TestData.Rows(30));
        var transformer = TestData.Trainer(context).Fit(data);
        IDataView narrow = context.Transforms.Concatenate("Features", "A", "B").Fit(data).Transform(data);
        foreach (Action score in new Action[] { () => transformer.Transform(narrow), () => transformer.GetOutputSchema(narrow.Schema), () => transformer.WithSampling().Transform(narrow) })
        {
            var exception = Assert.ThrowsExactly<ArgumentOutOfRangeException>(score);
            StringAssert.Contains(exception.Message, "Schema mismatch for feature column 'Features': expected Vector<Single, 4>, got Vector<Single, 2>", StringComparison.Ordinal);
        }
    }

    [TestMethod]
    [DynamicData(nameof(TestTask.NamesAndModes), typeof(TestTask))]
    public void A_row_scores_the_same_in_any_block_cursor_and_engine(string name, bool sampled)
    {
        var context = new MLContext(1);
        TestTask task = TestTask.Of(name);
        List<TestRow> rows = TestData.Rows(331);
        IDataView training = context.Data.LoadFromEnumerable(rows.Take(120));
        var featurizer = TestData.Featurize(context).Fit(training);
        ITransformer transformer = task.Trainer(context).Fit(featurizer.Transform(training));
        var model = new TransformerChain<ITransformer>(featurizer, sampled ? task.WithSampling(transformer, 6, 1) : transformer);
        IDataView scored = model.Transform(context.Data.LoadFromEnumerable(rows));
        string[] expected = TestData.ScoreBits(scored);
        Assert.HasCount(331, expected);

        // In a prediction engine.
        Func<TestRow, string> engine = TestData.CreateEngine(context, model, scored.Schema);
        for (int row = 0; row < rows.Count; row += 10)
            Assert.AreEqual(expected[row], engine(rows[row]));

        // Alone, and in blocks that start elsewhere.
        foreach (int skip in new[] { 1, 63, 64, 65, 330 })
            CollectionAssert.AreEqual(expected[skip..], TestData.ScoreBits(model.Transform(context.Data.LoadFromEnumerable(rows.Skip(skip)))));

        // In parallel cursors, each of which reads ahead by itself; rows are recognised by their column A.
        var seen = new System.Collections.Concurrent.ConcurrentDictionary<float, float[]>();
        DataViewRowCursor[] cursors = scored.GetRowCursorSet(scored.Schema.Where(column => column.Name is "A" or "Score"), 4);
        Assert.HasCount(4, cursors);
        Thread[] threads = [.. cursors.Select(cursor => new Thread(() => Read(cursor)))];
        Array.ForEach(threads, thread => thread.Start());
        Array.ForEach(threads, thread => thread.Join());
        Assert.HasCount(331, seen);
        float[][] scores = TestData.Values(scored);
        for (int row = 0; row < rows.Count; row++)
            CollectionAssert.AreEqual(scores[row], seen[rows[row].A]);

        void Read(DataViewRowCursor cursor)
        {
            var a = cursor.GetGetter<float>(cursor.Schema["A"]);
            var vector = cursor.Schema["Score"].Type is VectorDataViewType ? cursor.GetGetter<VBuffer<float>>(cursor.Schema["Score"]) : null;
            var scalar = vector is null ? cursor.GetGetter<float>(cursor.Schema["Score"]) : null;
            while (cursor.MoveNext())
            {
                float key = 0, value = 0;
                VBuffer<float> values = default;
                a(ref key);
                scalar?.Invoke(ref value);
                vector?.Invoke(ref values);
                seen[key] = vector is null ? [value] : [.. values.DenseValues()];
            }

            cursor.Dispose();
        }
    }

    [TestMethod]
    public void A_filter_that_leaves_some_cursors_nearly_empty_does_not_stall_the_others()
    {
        var context = new MLContext(1);
        var transformer = TestData.Fit(context);
        List<TestRow> rows = TestData.Rows(20_000);
        for (int row = 0; row < rows.Count; row++)
            rows[row].D = row % 1000 < 500 || row % 777 == 0 ? 1 : 0;
        IDataView data = TestData.Load(context, rows);
        IDataView scored = transformer.Transform(context.Data.FilterRowsByColumn(data, "D", lowerBound: 0.5));
        float[] expected = [.. rows.Where(row => row.D == 1).Select(row => row.A)];
        CollectionAssert.AreEqual(expected, scored.GetColumn<float>("A").ToArray());
        Assert.HasCount(expected.Length, TestData.Scores(scored));
    }

    [TestMethod]
    [DynamicData(nameof(TestTask.Names), typeof(TestTask))]
    public void A_missing_feature_gives_missing_scores_and_no_label(string name)
    {
        var context = new MLContext(1);
        TestTask task = TestTask.Of(name);
        List<TestRow> rows = TestData.Rows(70);
        ITransformer transformer = task.Fit(context);
        rows[65].B = float.NaN;
        foreach (ITransformer mode in new[] { transformer, task.WithSampling(transformer, 3, 0), task.WithMomentPropagation(transformer) })
        {
            IDataView scored = mode.Transform(TestData.Load(context, rows));
            foreach (string column in scored.Schema.Select(column => column.Name).Where(column => column.StartsWith("Score", StringComparison.Ordinal) || column == "Probability"))
            {
                Assert.IsTrue(TestData.Values(scored, column)[65].All(float.IsNaN), column);
                Assert.IsTrue(TestData.Values(scored, column)[64].All(float.IsFinite), column);
            }

            if (task == TestTask.Multiclass)
                Assert.AreEqual(0u, scored.GetColumn<uint>("PredictedLabel").ElementAt(65));
            if (task == TestTask.Binary)
                Assert.IsFalse(scored.GetColumn<bool>("PredictedLabel").ElementAt(65));
        }
    }

    [TestMethod]
    [DynamicData(nameof(TestTask.NamesAndModes), typeof(TestTask))]
    public void Scoring_a_block_allocates_nothing(string name, bool sampled)
    {
        TestTask task = TestTask.Of(name);
        var network = task.Model(task.Fit(new MLContext(1))).Network;
        var block = new ScoreBlock(network, sampled ? PredictionSettings.Sampling(5, 1) : PredictionSettings.PosteriorMean, 64, "A row");
        for (int row = 0; row < 64; row++)
            block.Features.Dense(row).Fill(row / 64f);
        block.Score(64);
        block.Score(1);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int turn = 0; turn < 20; turn++)
        {
            block.Score(64);
            block.Score(1);
        }

        Assert.AreEqual(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [TestMethod]
    [DynamicData(nameof(TestTask.NamesAndModes), typeof(TestTask))]
    public void An_engine_allocates_what_one_without_a_model_does(string name, bool sampled)
    {
        var context = new MLContext(1);
        TestTask task = TestTask.Of(name);
        IDataView data = context.Data.LoadFromEnumerable(TestData.Rows(30));
        ITransformer features = context.Transforms.Concatenate("Features", "A", "B", "C", "D").Fit(data);
        ITransformer transformer = task.Fit(context);
        TransformerChain<ITransformer> model = features.Append(sampled ? task.WithSampling(transformer, 3, 1) : transformer);
        bool isVector = model.GetOutputSchema(data.Schema)["Score"].Type is VectorDataViewType;
        long ours = isVector ? Allocated<VectorScore>(model) : Allocated<ScalarScore>(model);
        ITransformer trivial = isVector
            ? context.Transforms.Concatenate("Score", [.. "ABCD".Take(task.SlotNames.Length).Select(column => $"{column}")]).Fit(data)
            : context.Transforms.CopyColumns("Score", "A").Fit(data);
        Assert.AreEqual(isVector ? Allocated<VectorScore>(trivial) : Allocated<ScalarScore>(trivial), ours);

        long Allocated<TScore>(ITransformer predictor)
            where TScore : class, new()
        {
            using var engine = context.Model.CreatePredictionEngine<TestRow, TScore>(predictor);
            TestRow row = TestData.Rows(1)[0];
            var score = new TScore();
            for (int turn = 0; turn < 3; turn++)
                engine.Predict(row, ref score);
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int turn = 0; turn < 50; turn++)
                engine.Predict(row, ref score);
            return GC.GetAllocatedBytesForCurrentThread() - before;
        }
    }

    [TestMethod]
    public void Columns_that_pass_through_stay_with_their_rows()
    {
        var context = new MLContext(1);
        List<TestRow> rows = TestData.Rows(200);
        IDataView scored = TestData.Fit(context).Transform(TestData.Load(context, rows));
        var columns = scored.Schema.Where(column => column.Name is "A" or "Label" or "Features" or "Score").ToArray();
        using DataViewRowCursor cursor = scored.GetRowCursor(columns);
        var a = cursor.GetGetter<float>(scored.Schema["A"]);
        var label = cursor.GetGetter<uint>(scored.Schema["Label"]);
        var features = cursor.GetGetter<VBuffer<float>>(scored.Schema["Features"]);
        DataViewRowId id = default;
        var getId = cursor.GetIdGetter();
        var ids = new HashSet<DataViewRowId>();
        for (int row = 0; cursor.MoveNext(); row++)
        {
            float value = 0;
            uint key = 0;
            VBuffer<float> vector = default;
            a(ref value);
            label(ref key);
            features(ref vector);
            getId(ref id);
            Assert.AreEqual(rows[row].A, value);
            Assert.AreEqual((uint)(row % 3) + 1, key);
            Assert.AreEqual(rows[row].D, vector.GetItemOrDefault(3));
            Assert.AreEqual(row, cursor.Position);
            Assert.IsTrue(ids.Add(id));
        }

        Assert.HasCount(200, ids);
    }

    [TestMethod]
    public void Few_rows_are_read_ahead_at_the_start()
    {
        var context = new MLContext(1);
        int read = 0;
        IEnumerable<TestRow> Counted()
        {
            foreach (TestRow row in TestData.Rows(500))
            {
                read++;
                yield return row;
            }
        }

        var transformer = TestData.Fit(context);
        IDataView training = context.Data.LoadFromEnumerable(TestData.Rows(9));
        IDataView data = TestData.Featurize(context).Fit(training).Transform(context.Data.LoadFromEnumerable(Counted()));
        IDataView scored = transformer.Transform(data);
        using DataViewRowCursor cursor = scored.GetRowCursorSet([scored.Schema["Score"]], 1)[0];
        Assert.IsTrue(cursor.MoveNext());
        Assert.IsLessThanOrEqualTo(2, read);
        for (int i = 0; i < 100; i++)
            Assert.IsTrue(cursor.MoveNext());
        Assert.IsLessThanOrEqualTo(200, read);
    }

    [TestMethod]
    [DynamicData(nameof(TestTask.NamesAndModes), typeof(TestTask))]
    public void Eight_threads_score_as_one_does(string name, bool sampled)
    {
        var context = new MLContext(1);
        TestTask task = TestTask.Of(name);
        List<TestRow> rows = TestData.Rows(150);
        IDataView training = context.Data.LoadFromEnumerable(rows);
        var featurizer = TestData.Featurize(context).Fit(training);
        ITransformer transformer = task.Trainer(context).Fit(featurizer.Transform(training));
        var model = new TransformerChain<ITransformer>(featurizer, sampled ? task.WithSampling(transformer, 4, 1) : transformer);
        IDataView scored = model.Transform(training);
        string[] expected = TestData.ScoreBits(scored);

        string[] problems = new string[8];
        Thread[] threads =
        [
            .. Enumerable.Range(0, 8).Select(number => new Thread(() =>
            {
                try
                {
                    Func<TestRow, string> engine = TestData.CreateEngine(context, model, scored.Schema);
                    for (int turn = 0; turn < 3; turn++)
                    {
                        if (!expected.SequenceEqual(TestData.ScoreBits(model.Transform(training))))
                            problems[number] = "Transform differs.";
                        for (int row = number; row < rows.Count; row += 16)
                        {
                            if (expected[row] != engine(rows[row]))
                                problems[number] = "The engine differs.";
                        }
                    }
                }
                catch (Exception exception)
                {
                    problems[number] = exception.ToString();
                    throw;
                }
            })),
        ];
        Array.ForEach(threads, thread => thread.Start());
        Array.ForEach(threads, thread => thread.Join());
        Assert.AreEqual("", string.Concat(problems));
    }

    [TestMethod]
    [DynamicData(nameof(TestTask.Names), typeof(TestTask))]
    public void The_model_tells_what_it_learned(string name)
    {
        TestTask task = TestTask.Of(name);
        VariationalDropoutModelParameters model = task.Model(task.Fit(new MLContext(1)));
        int outputs = task.Outputs;
        Assert.AreEqual(4, model.FeatureCount);
        CollectionAssert.AreEqual(new[] { 8 }, model.HiddenLayerSizes.ToArray());
        CollectionAssert.AreEqual(new[] { 4, 8, outputs }, model.LayerSizes.ToArray());
        Assert.AreEqual((4 * 8) + 8 + 4 + (8 * outputs) + outputs + 8, model.ParameterCount);
        Assert.AreEqual(32, model.GetWeights(0).Length);
        Assert.AreEqual(outputs, model.GetBiases(1).Length);
        Assert.HasCount(4, model.GetDropoutRates(0));
        Assert.AreEqual(model.MeanDropoutRates[1], model.GetDropoutRates(1).Average(), 1e-12);
        Assert.AreEqual(model.ExpectedLogLikelihood - model.KullbackLeibler, model.EvidenceLowerBound);
        Assert.AreEqual(108, model.TrainingRows);
        Assert.AreEqual(20, model.Iterations);
        Assert.AreEqual(20, model.BestIteration);
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => model.GetDropoutRates(2));

        string text = model.ToString();
        foreach (string part in new[] { $"Variational dropout {task.Description} 4-8-{outputs}: {model.ParameterCount} parameters", $"layer 1: 8 x {outputs}, mean dropout rate ", "trained on 108 rows in 20 iterations", "ELBO " })
            StringAssert.Contains(text, part, StringComparison.Ordinal);
    }

    [TestMethod]
    [DynamicData(nameof(TestTask.Names), typeof(TestTask))]
    public void A_model_is_a_native_value_mapper_too(string name)
    {
        var context = new MLContext(1);
        TestTask task = TestTask.Of(name);
        IDataView data = TestData.Load(context, TestData.Rows(30));
        ITransformer transformer = task.Trainer(context).Fit(data);
        var mapper = (IValueMapper)task.Model(transformer);
        var features = new VBuffer<float>(4, data.GetColumn<float[]>("Features").ElementAt(3));
        float[] expected = TestData.Values(transformer.Transform(data))[3];
        if (mapper.OutputType is VectorDataViewType)
        {
            VBuffer<float> score = default;
            mapper.GetMapper<VBuffer<float>, VBuffer<float>>()(in features, ref score);
            CollectionAssert.AreEqual(expected, score.DenseValues().ToArray());
        }
        else
        {
            float score = 0;
            mapper.GetMapper<VBuffer<float>, float>()(in features, ref score);
            Assert.AreEqual(expected.Single(), score);
        }
    }

    private static T Annotation<T>(DataViewSchema.Column column, string kind)
    {
        T value = default!;
        column.Annotations.GetValue(kind, ref value);
        return value;
    }

    /// <summary>Columns with their types and all annotations with their values.</summary>
    private static string[] Describe(DataViewSchema schema)
        => [.. schema.Select(column => $"{column.Name} {column.Type}: {string.Join("; ", column.Annotations.Schema.OrderBy(kind => kind.Name, StringComparer.Ordinal).Select(kind => $"{kind.Name} {kind.Type} {Value(column, kind)}"))}")];

    private static string Value(DataViewSchema.Column column, DataViewSchema.Column kind) => kind.Type switch
    {
        VectorDataViewType => string.Join(',', Annotation<VBuffer<ReadOnlyMemory<char>>>(column, kind.Name).DenseValues()),
        TextDataViewType => Annotation<ReadOnlyMemory<char>>(column, kind.Name).ToString(),
        BooleanDataViewType => Annotation<bool>(column, kind.Name).ToString(),
        _ => Annotation<uint>(column, kind.Name).ToString(System.Globalization.CultureInfo.InvariantCulture),
    };

    private sealed class VectorScore
    {
        public float[] Score { get; set; } = [];
    }

    private sealed class ScalarScore
    {
        public float Score { get; set; }
    }
}
