using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Microsoft.ML.Trainers.VariationalDropout.Data;

namespace Microsoft.ML.Trainers.VariationalDropout.Tests.Data;

[TestClass]
public sealed class TrainingSetReaderTests
{
    private const string Skipped = "instances with missing features/label/weight during training";

    [TestMethod]
    public void Bad_rows_are_skipped_and_counted_in_one_warning()
    {
        var context = new MLContext(1);
        List<TestRow> rows = TestData.Rows(60);
        rows[3].A = float.NaN;
        rows[4].B = float.PositiveInfinity;
        rows[5].C = float.NegativeInfinity;
        rows[6].Weight = float.NaN;
        rows[7].Weight = 0;
        rows[8].Weight = -1;
        rows[9].Weight = float.PositiveInfinity;
        rows[10].Weight = float.NegativeInfinity;
        IDataView data = TestData.Load(context, rows);

        // A value that the mapping does not know becomes a missing key.
        IDataView raw = context.Data.LoadFromEnumerable(rows);
        var mapping = context.Transforms.Conversion.MapValueToKey("Label", keyData: context.Data.LoadFromEnumerable(TestData.Classes.Select(name => new { Label = name })))
            .Append(context.Transforms.Concatenate("Features", "A", "B", "C", "D")).Fit(raw);
        rows[11].Label = "purple";
        data = mapping.Transform(context.Data.LoadFromEnumerable(rows));

        List<string> warnings = TestData.Warnings(context);
        var trainer = TestData.Trainer(context, options => (options.ExampleWeightColumnName, options.ValidationSetFraction) = ("Weight", 0));
        var transformer = trainer.Fit(data);
        Assert.AreEqual(51, transformer.Model.TrainingRows);
        Assert.HasCount(1, warnings);
        StringAssert.Contains(warnings[0], $"Skipped 9 {Skipped}", StringComparison.Ordinal);
    }

    [TestMethod]
    public void Good_rows_make_no_warning()
    {
        var context = new MLContext(1);
        List<string> warnings = TestData.Warnings(context);
        TestData.Fit(context);
        Assert.IsEmpty(warnings);
    }

    [TestMethod]
    public void No_rows_and_only_bad_rows_are_errors()
    {
        var context = new MLContext(1);
        IDataView data = TestData.Load(context, TestData.Rows(9));
        var exception = Assert.ThrowsExactly<InvalidOperationException>(() => TestData.Trainer(context).Fit(context.Data.SkipRows(data, 9)));
        StringAssert.Contains(exception.Message, "Training set has 0 instances, aborting training.", StringComparison.Ordinal);

        List<TestRow> rows = TestData.Rows(9);
        rows.ForEach(row => row.D = float.NaN);
        List<string> warnings = TestData.Warnings(context);
        exception = Assert.ThrowsExactly<InvalidOperationException>(() => TestData.Trainer(context).Fit(TestData.Load(context, rows)));
        StringAssert.Contains(exception.Message, "Training set has 0 instances, aborting training.", StringComparison.Ordinal);
        StringAssert.Contains(warnings.Single(), $"Skipped 9 {Skipped}", StringComparison.Ordinal);

        exception = Assert.ThrowsExactly<InvalidOperationException>(() => TestData.Trainer(context).Fit(data, context.Data.SkipRows(data, 9)));
        StringAssert.Contains(exception.Message, "Validation set has 0 instances", StringComparison.Ordinal);
    }

    [TestMethod]
    public void One_class_only_is_an_error()
    {
        var context = new MLContext(1);
        IDataView data = TestData.Load(context, TestData.Rows(30));
        IDataView green = context.Data.FilterRowsByKeyColumnFraction(data, "Label", 1 / 3.0 + 0.01, 2 / 3.0 - 0.01);
        var exception = Assert.ThrowsExactly<InvalidOperationException>(() => TestData.Trainer(context).Fit(green));
        StringAssert.Contains(exception.Message, "Training set has one class only: all of its 10 instances have label key 2 of 3.", StringComparison.Ordinal);
    }

    [TestMethod]
    public void A_class_without_rows_is_fine()
    {
        var context = new MLContext(1);
        IDataView data = TestData.Load(context, TestData.Rows(60));
        IDataView two = context.Data.FilterRowsByKeyColumnFraction(data, "Label", 0, 2 / 3.0 - 0.01);
        var transformer = TestData.Trainer(context).Fit(two);
        Assert.AreEqual(3, transformer.Model.NumberOfClasses);
        Assert.IsTrue(TestData.Scores(transformer.Transform(data)).All(score => score.Length == 3 && score.All(float.IsFinite)));
    }

    [TestMethod]
    public void A_label_of_a_wrong_type_and_features_of_unknown_size_are_errors_in_ml_nets_words()
    {
        var context = new MLContext(1);
        IDataView data = TestData.Load(context, TestData.Rows(9));
        foreach (string column in new[] { "A", "Features" })
        {
            var exception = Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => TestData.Trainer(context, options => options.LabelColumnName = column).Fit(data));
            var native = Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => context.MulticlassClassification.Trainers.SdcaMaximumEntropy(column).Fit(data));
            Assert.AreEqual(native.Message, exception.Message);
            StringAssert.Contains(exception.Message, "expected Key<UInt32>", StringComparison.Ordinal);
        }

        var schema = SchemaDefinition.Create(typeof(RowOfUnknownSize));
        schema["Label"].ColumnType = new KeyDataViewType(typeof(uint), 3);
        IDataView unknown = context.Data.LoadFromEnumerable([new RowOfUnknownSize { Label = 1, Features = [1, 2] }], schema);
        var unknownSize = Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => TestData.Trainer(context).Fit(unknown));
        var nativeUnknownSize = Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => context.MulticlassClassification.Trainers.SdcaMaximumEntropy().Fit(unknown));
        Assert.AreEqual(nativeUnknownSize.Message, unknownSize.Message);
    }

    [TestMethod]
    public void Sparse_and_dense_rows_train_the_same_model()
    {
        var context = new MLContext(1);
        var random = new Random(1);
        VectorRow[] rows =
        [
            .. Enumerable.Range(0, 60).Select(i =>
            {
                float[] values = new float[20];
                values[i % 3] = 1;
                values[3 + random.Next(17)] = (float)random.NextDouble();
                return new VectorRow { Label = (uint)(i % 3), Features = new VBuffer<float>(20, values) };
            }),
        ];
        VectorRow[] sparse = [.. rows.Select(row => new VectorRow { Label = row.Label, Features = Sparse(row.Features) })];
        Assert.IsFalse(sparse[0].Features.IsDense);
        var dense = TestData.Trainer(context).Fit(Load(rows));
        CollectionAssert.AreEqual(
            TestData.ScoreBits(dense.Transform(Load(rows))), TestData.ScoreBits(TestData.Trainer(context).Fit(Load(sparse)).Transform(Load(sparse))));

        IDataView Load(VectorRow[] data)
        {
            var schema = SchemaDefinition.Create(typeof(VectorRow));
            schema["Label"].ColumnType = new KeyDataViewType(typeof(uint), 3);
            schema["Features"].ColumnType = new VectorDataViewType(NumberDataViewType.Single, 20);
            return context.Data.LoadFromEnumerable(data, schema);
        }

        static VBuffer<float> Sparse(VBuffer<float> values)
        {
            var items = values.Items().Where(item => item.Value != 0).ToArray();
            return new VBuffer<float>(values.Length, items.Length, [.. items.Select(item => item.Value)], [.. items.Select(item => item.Key)]);
        }
    }

    [TestMethod]
    [DataRow(513, 378, true)]
    [DataRow(513, 385, false)]
    [DataRow(512, 1, false)]
    public void Wide_rows_that_are_mostly_zero_are_held_sparse(int slots, int present, bool isSparse)
    {
        var context = new MLContext(1);
        VectorRow[] rows =
        [
            new() { Label = 0, Features = new VBuffer<float>(slots, present, [.. Enumerable.Range(0, present).Select(i => (float)i)], [.. Enumerable.Range(0, present).Select(i => i + 100)]) },
            new() { Label = 1, Features = new VBuffer<float>(slots, [.. Enumerable.Range(0, slots).Select(i => i % 100 == 7 ? i : 0f)]) },
            new() { Label = 2, Features = new VBuffer<float>(slots, 0, [], []) },
        ];
        TrainingSet training = ReadMulticlass(context, rows, out TrainingSet validation);
        Assert.AreEqual(isSparse, training.IsSparse);
        Assert.AreEqual(isSparse, validation.IsSparse, "as the training set, although its first row is dense");
        foreach (TrainingSet set in new[] { training, validation })
        {
            for (int row = 0; row < 3; row++)
            {
                int label = (int)set.Label(row);
                CollectionAssert.AreEqual(rows[label].Features.DenseValues().ToArray(), Dense(set, row));
            }
        }

        static float[] Dense(TrainingSet set, int row)
        {
            if (!set.IsSparse)
                return set.Features(row).ToArray();
            float[] features = new float[set.FeatureCount];
            ReadOnlySpan<float> values = set.SparseFeatures(row, out ReadOnlySpan<int> indices);
            for (int i = 0; i < values.Length; i++)
            {
                Assert.AreNotEqual(0, values[i]);
                features[indices[i]] = values[i];
            }

            return features;
        }
    }

    /// <summary>How a row comes says nothing, only how many of its features are not zero; one full row among many does not matter.</summary>
    [TestMethod]
    public void The_share_of_features_that_are_not_zero_decides()
    {
        var context = new MLContext(1);
        VectorRow Row(int label, int notZero, bool comesDense)
        {
            float[] features = new float[600];
            Array.Fill(features, 1, 0, notZero);
            return new VectorRow
            {
                Label = (uint)label,
                Features = comesDense ? new VBuffer<float>(600, features) : new VBuffer<float>(600, notZero, features[..notZero], [.. Enumerable.Range(0, notZero)]),
            };
        }

        VectorRow[] sparse = [.. Enumerable.Range(0, 700).Select(row => Row(row % 3, 20, comesDense: true))], full = [.. Enumerable.Range(0, 700).Select(row => Row(row % 3, 200, comesDense: false))];
        Assert.IsTrue(ReadMulticlass(context, sparse, out _).IsSparse);
        Assert.IsTrue(ReadMulticlass(context, [Row(0, 600, comesDense: true), .. sparse], out _).IsSparse);
        TrainingSet dense = ReadMulticlass(context, full, out _);
        Assert.IsFalse(dense.IsSparse);
        Assert.AreEqual(700, dense.RowCount);
        for (int row = 0; row < 700; row++)
        {
            Assert.AreEqual(200, dense.Features(row).ToArray().Sum());
            Assert.AreEqual(row % 3, dense.Label(row));
        }

        // The first rows decide, once: what comes later is held as they are.
        Assert.IsTrue(ReadMulticlass(context, [.. sparse, .. full], out _).IsSparse);
    }

    [TestMethod]
    public void Very_wide_rows_are_judged_by_fewer()
    {
        const int Slots = 60_000;
        VectorRow Row(int label, int notZero)
        {
            float[] features = new float[Slots];
            Array.Fill(features, 1, 0, notZero);
            return new VectorRow { Label = (uint)label, Features = new VBuffer<float>(Slots, features) };
        }

        // A fifth of the features, a million of them after 88 rows; then all of them, with which a quarter of the set would be exceeded.
        VectorRow[] fifth = [.. Enumerable.Range(0, 90).Select(row => Row(row % 3, Slots / 5))], full = [.. Enumerable.Range(0, 30).Select(row => Row(row % 3, Slots))];
        Assert.IsTrue(ReadMulticlass(new MLContext(1), [.. fifth, .. full], out _).IsSparse);
        Assert.IsFalse(ReadMulticlass(new MLContext(1), full, out _).IsSparse);
    }

    [TestMethod]
    public void A_model_that_goes_on_holds_its_rows_as_before()
    {
        var context = new MLContext(1);
        VectorRow[] Rows(int notZero) =>
        [
            .. Enumerable.Range(0, 300).Select(row => new VectorRow
            {
                Label = (uint)(row % 3),
                Features = new VBuffer<float>(600, [.. Enumerable.Range(0, 600).Select(i => i % 600 < notZero && i % 3 == row % 3 ? 1f + (0.01f * (i % 7)) : 0f)]),
            }),
        ];
        IDataView dense = Load(context, Rows(590)).Data, sparse = Load(context, Rows(30)).Data;
        var trainer = TestData.Trainer(context, options => (options.LearningRate, options.NumberOfIterations, options.ValidationSetFraction) = (1e-10, 1, 0));
        foreach (var (first, second) in new[] { (dense, sparse), (sparse, dense) })
        {
            var before = trainer.Fit(first);
            var after = trainer.Fit(second, null, before.Model);
            Assert.AreEqual(before.Model.Network.Architecture.HasSparseInputs, after.Model.Network.Architecture.HasSparseInputs);
            float[][] expected = TestData.Scores(before.Transform(second)), actual = TestData.Scores(after.Transform(second));
            for (int row = 0; row < expected.Length; row++)
            {
                for (int k = 0; k < 3; k++)
                    Assert.AreEqual(expected[row][k], actual[row][k], 1e-5f);
            }
        }
    }

    private static TrainingSet ReadMulticlass(MLContext context, VectorRow[] rows, out TrainingSet validation)
    {
        using IChannel channel = ((IHostEnvironment)context).Register("Test").Start("Reading");
        var reader = new MulticlassSetReader(channel, () => { });
        TrainingSet training = reader.ReadTraining(Load(context, rows));
        validation = reader.ReadValidation(Load(context, [.. rows[1..], rows[0]]), training);
        return training;
    }

    private static RoleMappedData Load(MLContext context, VectorRow[] rows)
    {
        var schema = SchemaDefinition.Create(typeof(VectorRow));
        schema["Label"].ColumnType = new KeyDataViewType(typeof(uint), 3);
        schema["Features"].ColumnType = new VectorDataViewType(NumberDataViewType.Single, rows[0].Features.Length);
        return new RoleMappedData(context.Data.LoadFromEnumerable(rows, schema), label: "Label", feature: "Features");
    }

    [TestMethod]
    public void Constant_columns_and_huge_values_give_finite_scores()
    {
        var context = new MLContext(1);
        List<TestRow> rows = TestData.Rows(60);
        rows.ForEach(row => row.D = 7);
        rows[0].A = 1e30f;
        rows[1].B = -1e30f;
        IDataView data = TestData.Load(context, rows);
        var transformer = TestData.Trainer(context).Fit(data);
        Assert.IsTrue(double.IsFinite(transformer.Model.EvidenceLowerBound));
        Assert.IsTrue(TestData.Scores(transformer.Transform(data)).All(score => score.All(float.IsFinite)));

        string[] before = TestData.ScoreBits(transformer.Transform(data));
        rows.ForEach(row => row.D = 1000);
        CollectionAssert.AreEqual(before, TestData.ScoreBits(transformer.Transform(TestData.Load(context, rows))), "a feature that was constant has no effect");
    }

    private sealed class RowOfUnknownSize
    {
        public uint Label { get; set; }

        public float[] Features { get; set; } = [];
    }

    private sealed class VectorRow
    {
        /// <summary>The class, counted from 0: in rows of an enumerable a key is; one beyond the type's range is missing.</summary>
        public uint Label { get; set; }

        public VBuffer<float> Features { get; set; }
    }
}
