using Microsoft.ML.Data;

namespace Microsoft.ML.Trainers.VariationalDropout.Tests.Data;

/// <summary>Rows whose vectors are not as long as the type of their column says, which ML.NET does not prevent.</summary>
[TestClass]
public sealed class FeatureSizeTests
{
    private const int SparseSlots = 1000;

    private sealed class LooseRow
    {
        public VBuffer<float> Features { get; set; }

        public float Label { get; set; }
    }

    [TestMethod]
    [DynamicData(nameof(TestTask.NamesAndModes), typeof(TestTask))]
    public void A_row_of_another_size_is_not_scored(string name, bool sampled)
    {
        var context = new MLContext(1);
        TestTask task = TestTask.Of(name);
        ITransformer transformer = task.Fit(context, 30);
        if (sampled)
            transformer = task.WithSampling(transformer, 3, 1);
        foreach (int size in new[] { 0, 3, 5 })
        {
            foreach (VBuffer<float> features in new VBuffer<float>[] { new(size, new float[size]), new(size, 0, [], []) })
                CheckNotScored(context, transformer, 4, features);
        }
    }

    [TestMethod]
    [DataRow(5)]
    [DataRow(999)]
    [DataRow(1001)]
    [DataRow(1_000_000)]
    public void A_row_of_another_size_is_not_scored_by_a_model_of_sparse_rows(int size)
    {
        var context = new MLContext(1);
        ITransformer transformer = Trainer(context).Fit(Load(context, SparseRows(), SparseSlots));
        CheckNotScored(context, transformer, SparseSlots, new VBuffer<float>(size, 2, [1, 2], [3, size - 1]));
        CheckNotScored(context, transformer, SparseSlots, new VBuffer<float>(size, new float[size]));
    }

    [TestMethod]
    [DataRow(0)]
    [DataRow(2)]
    [DataRow(4)]
    public void A_row_of_another_size_is_not_trained_or_evaluated_on(int size)
    {
        var context = new MLContext(1);
        List<LooseRow> good = [.. Enumerable.Range(0, 30).Select(i => new LooseRow { Features = new(3, [i, i % 3, i % 5]), Label = i })];
        List<LooseRow> bad = [.. good];
        bad[11] = new() { Features = new(size, new float[size]), Label = 1 };
        CheckRefused(context, good, bad, 3, size);
    }

    [TestMethod]
    [DataRow(999)]
    [DataRow(1001)]
    [DataRow(1_000_000)]
    public void A_sparse_row_of_another_size_is_not_trained_or_evaluated_on(int size)
    {
        List<LooseRow> bad = SparseRows();
        bad[11] = new() { Features = new(size, 2, [1, 2], [3, size - 1]), Label = 1 };
        CheckRefused(new MLContext(1), SparseRows(), bad, SparseSlots, size);
    }

    private static void CheckRefused(MLContext context, List<LooseRow> good, List<LooseRow> bad, int declared, int size)
    {
        IDataView known = Load(context, good, declared);
        IDataView loose = Load(context, bad, declared);
        VariationalDropoutRegressionPredictionTransformer transformer = Trainer(context).Fit(known);
        foreach (Action read in new Action[] { () => Trainer(context).Fit(loose), () => Trainer(context).Fit(known, loose), () => transformer.GetLogLikelihood(loose) })
        {
            var exception = Assert.ThrowsExactly<InvalidOperationException>(read);
            StringAssert.Contains(
                exception.Message,
                $"Feature column 'Features' has {size} numbers in row 11, counted from 0, where its type Vector<Single, {declared}> has {declared}: every row needs the same features.",
                StringComparison.Ordinal);
        }
    }

    private static void CheckNotScored(MLContext context, ITransformer transformer, int declared, VBuffer<float> features)
    {
        IDataView scored = transformer.Transform(Load(context, [new() { Features = features }], declared));
        Action read = scored.Schema["Score"].Type is VectorDataViewType
            ? () => _ = scored.GetColumn<float[]>("Score").ToList()
            : () => _ = scored.GetColumn<float>("Score").ToList();
        var exception = Assert.ThrowsExactly<InvalidOperationException>(read);
        StringAssert.Contains(exception.Message, $"A row of feature column 'Features' has {features.Length} numbers; the model takes {declared}.", StringComparison.Ordinal);
    }

    private static List<LooseRow> SparseRows()
        => [.. Enumerable.Range(0, 30).Select(i => new LooseRow { Features = new(SparseSlots, 2, [1, i], [i, SparseSlots - 1 - i]), Label = i })];

    private static VariationalDropoutRegressionTrainer Trainer(MLContext context)
        => context.Regression.Trainers.VariationalDropout(hiddenLayerSizes: [4], numberOfIterations: 1);

    private static IDataView Load(MLContext context, List<LooseRow> rows, int declared)
    {
        var schema = SchemaDefinition.Create(typeof(LooseRow));
        schema["Features"].ColumnType = new VectorDataViewType(NumberDataViewType.Single, declared);
        return context.Data.LoadFromEnumerable(rows, schema);
    }
}
