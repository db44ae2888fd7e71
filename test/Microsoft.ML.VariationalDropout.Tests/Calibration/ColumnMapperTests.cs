using Microsoft.ML.Data;

namespace Microsoft.ML.Trainers.VariationalDropout.Tests.Calibration;

/// <summary>What several columns are made of is computed once a row, in whatever order they are read, and never that of another row.</summary>
[TestClass]
public sealed class ColumnMapperTests
{
    private const int Rows = 50;

    private static readonly string[][] Orders = [["PredictionSet", "PredictionSetSize"], ["PredictionSetSize", "PredictionSet"], ["PredictionSet"], ["PredictionSetSize"]];

    [TestMethod]
    public void A_set_and_its_size_are_read_in_any_order_and_alone()
    {
        var context = new MLContext(1);
        ConformalPredictionSetTransformer two = FitBinary(context), several = FitClasses(context);
        List<ScoredBinary> binary = ScoredData.Binary(Rows, 1, 2);
        List<ScoredClass> classes = ScoredData.Classes(Rows, 1, 2);
        bool[][] pairs = [.. binary.Select(row => new[] { 1 - (double)row.Probability >= two.Threshold, row.Probability >= two.Threshold })];
        bool[][] sets = [.. classes.Select(row => row.Score.Select(score => score >= several.Threshold).ToArray())];
        Assert.IsGreaterThan(1, sets.Select(set => set.Count(isIn => isIn)).Distinct().Count(), "All sets are of one size: the test tests less than it should.");

        foreach (string[] order in Orders)
        {
            AssertSets(pairs, two.Transform(context.Data.LoadFromEnumerable(binary)), order);
            AssertSets(sets, several.Transform(context.Data.LoadFromEnumerable(classes)), order);
        }
    }

    [TestMethod]
    public void The_scores_of_a_row_are_read_once()
    {
        var context = new MLContext(1);
        foreach (string[] order in Orders)
            Assert.AreEqual(Rows, CountReads(FitClasses(context), order), string.Join(", ", order));

        // The same of the other transformers whose columns have a source in common.
        IDataView classes = context.Data.LoadFromEnumerable(CountedRow.Of(ScoredData.Classes(200, 2, 1)));
        Assert.AreEqual(Rows, CountReads(context.MulticlassClassification.TemperatureScaling().Fit(classes), "Score", "ScorePredictiveEntropy"));
        Assert.AreEqual(Rows, CountReads(context.Regression.ConformalIntervals("Number", "Number").Fit(classes), "NumberLowerBound", "NumberUpperBound"));
    }

    [TestMethod]
    public void A_prediction_engine_has_the_set_of_its_row_and_not_of_the_last_one()
    {
        var context = new MLContext(1);
        List<ScoredClass> rows = ScoredData.Classes(Rows, 1, 2);
        ConformalPredictionSetTransformer transformer = FitClasses(context);
        using PredictionEngine<ScoredClass, RowOfSets> engine = context.Model.CreatePredictionEngine<ScoredClass, RowOfSets>(transformer);

        foreach (ScoredClass row in rows.Concat(Enumerable.Reverse(rows)))
        {
            RowOfSets predicted = engine.Predict(row);
            bool[] set = [.. row.Score.Select(score => score >= transformer.Threshold)];
            CollectionAssert.AreEqual(set, predicted.PredictionSet);
            Assert.AreEqual(set.Count(isIn => isIn), predicted.PredictionSetSize);
        }
    }

    private static ConformalPredictionSetTransformer FitBinary(MLContext context)
        => context.BinaryClassification.ConformalPredictionSets().Fit(context.Data.LoadFromEnumerable(ScoredData.Binary(200, 1, 1)));

    private static ConformalPredictionSetTransformer FitClasses(MLContext context)
        => context.MulticlassClassification.ConformalPredictionSets().Fit(context.Data.LoadFromEnumerable(ScoredData.Classes(200, 1, 1)));

    /// <summary>Reads the set, the size, or both of each row in an order, the first once more at the end.</summary>
    private static void AssertSets(bool[][] expected, IDataView rows, string[] order)
    {
        using DataViewRowCursor cursor = rows.GetRowCursor(order.Select(name => rows.Schema[name]));
        Dictionary<string, Func<int>> readers = order.ToDictionary(name => name, name => CreateReader(cursor, name));
        int count = 0;
        for (; cursor.MoveNext(); count++)
        {
            foreach (string name in order.Append(order[0]))
                Assert.AreEqual(name == "PredictionSet" ? Encode(expected[count]) : expected[count].Count(isIn => isIn), readers[name](), $"{name} in row {count}");
        }

        Assert.AreEqual(expected.Length, count);
    }

    /// <summary>How often the source of columns is read, each of them twice a row. On a row mapper: a data view would have other threads copy the source first.</summary>
    private static int CountReads(ITransformer transformer, params string[] columns)
    {
        var context = new MLContext(1);
        IDataView rows = context.Data.LoadFromEnumerable(CountedRow.Of(ScoredData.Classes(Rows, 1, 2)));
        using DataViewRowCursor cursor = rows.GetRowCursor(rows.Schema);
        IRowToRowMapper mapper = transformer.GetRowToRowMapper(rows.Schema);
        using DataViewRow mapped = mapper.GetRow(cursor, columns.Select(name => mapper.OutputSchema[name]));
        Func<int>[] readers = [.. columns.Select(name => CreateReader(mapped, name))];
        CountedRow.Reads = 0;
        while (cursor.MoveNext())
        {
            foreach (Func<int> read in readers.Concat(readers))
                read();
        }

        return CountedRow.Reads;
    }

    /// <summary>A column as a whole number: of a set a bit for each class.</summary>
    private static Func<int> CreateReader(DataViewRow row, string name)
    {
        DataViewSchema.Column column = row.Schema[name];
        if (column.Type == NumberDataViewType.Int32)
            return Reader<int>(size => size);
        if (column.Type == NumberDataViewType.Single)
            return Reader<float>(number => (int)number);
        return column.Type.GetItemType() == BooleanDataViewType.Instance ? Reader<VBuffer<bool>>(set => Encode([.. set.DenseValues()])) : Reader<VBuffer<float>>(scores => scores.Length);

        Func<int> Reader<T>(Func<T, int> encode)
        {
            ValueGetter<T> getter = row.GetGetter<T>(column);
            T value = default!;
            return () =>
            {
                getter(ref value);
                return encode(value);
            };
        }
    }

    private static int Encode(bool[] set) => set.Select((isIn, index) => isIn ? 1 << index : 0).Sum();

    /// <summary>Counts how often a score is read.</summary>
    private sealed class CountedRow(float[] score)
    {
        public static int Reads { get; set; }

        [VectorType(3)]
        public float[] Score
        {
            get
            {
                Reads++;
                return score;
            }
        }

        public float Number
        {
            get
            {
                Reads++;
                return score[0];
            }
        }

        [KeyType(3)]
        public uint Label { get; init; }

        public float ScorePredictiveEntropy { get; init; }

        public static IEnumerable<CountedRow> Of(IEnumerable<ScoredClass> rows) => [.. rows.Select(row => new CountedRow(row.Score) { Label = row.Label })];
    }

    private sealed class RowOfSets
    {
        public bool[] PredictionSet { get; set; } = [];

        public int PredictionSetSize { get; set; }
    }
}
