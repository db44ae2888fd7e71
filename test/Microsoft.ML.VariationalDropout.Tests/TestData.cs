using Microsoft.ML.Data;

namespace Microsoft.ML.Trainers.VariationalDropout.Tests;

/// <summary>A row of the small generated tables: three classes that three of the four features tell apart.</summary>
internal sealed class TestRow
{
    public float A { get; set; }

    public float B { get; set; }

    public float C { get; set; }

    public float D { get; set; }

    public string Label { get; set; } = "";

    public float Weight { get; set; } = 1;
}

internal sealed class TestPrediction
{
    public float[] Score { get; set; } = [];
}

internal sealed class TestSampledPrediction
{
    public float[] Score { get; set; } = [];

    public float[] ScoreStandardDeviation { get; set; } = [];

    public float ScorePredictiveEntropy { get; set; }

    public float ScoreMutualInformation { get; set; }
}

internal static class TestData
{
    public static readonly string[] Classes = ["red", "green", "blue"];

    public static List<TestRow> Rows(int count, int seed = 1)
    {
        var random = new Random(seed);
        var rows = new List<TestRow>(count);
        for (int i = 0; i < count; i++)
        {
            int label = i % 3;
            rows.Add(new TestRow
            {
                A = Noise() + (label == 0 ? 2 : 0),
                B = Noise() + (label == 1 ? 2 : 0),
                C = Noise() + (label == 2 ? 2 : 0),
                D = Noise(),
                Label = Classes[label],
            });
        }

        return rows;

        float Noise() => (float)(random.NextDouble() + random.NextDouble() - 1);
    }

    /// <summary>Rows with a key label and a feature vector that has slot names.</summary>
    public static IDataView Load(MLContext context, IEnumerable<TestRow> rows)
    {
        IDataView data = context.Data.LoadFromEnumerable(rows);
        return Featurize(context).Fit(data).Transform(data);
    }

    public static IEstimator<ITransformer> Featurize(MLContext context)
        => context.Transforms.Conversion.MapValueToKey("Label", keyOrdinality: Transforms.ValueToKeyMappingEstimator.KeyOrdinality.ByOccurrence)
            .Append(context.Transforms.Concatenate("Features", "A", "B", "C", "D"));

    /// <summary>Options of a training that takes milliseconds.</summary>
    public static VariationalDropoutMulticlassTrainer.Options SmallOptions(Action<VariationalDropoutMulticlassTrainer.Options>? change = null)
    {
        var options = new VariationalDropoutMulticlassTrainer.Options
        {
            HiddenLayerSizes = [8],
            ValidationSetFraction = 0.1,
            NumberOfIterations = 20,
            BatchSize = 16,
            LearningRate = 0.02,
            NumberOfThreads = 1,
            Seed = 1,
            InitialInputDropoutRate = 0.05,
            InitialHiddenDropoutRate = 0.05,
        };
        change?.Invoke(options);
        return options;
    }

    public static VariationalDropoutMulticlassTrainer Trainer(MLContext context, Action<VariationalDropoutMulticlassTrainer.Options>? change = null)
        => context.MulticlassClassification.Trainers.VariationalDropout(SmallOptions(change));

    public static VariationalDropoutMulticlassPredictionTransformer Fit(
        MLContext context, int rows = 120, Action<VariationalDropoutMulticlassTrainer.Options>? change = null)
        => Trainer(context, change).Fit(Load(context, Rows(rows)));

    public static float[][] Scores(IDataView scored, string column = "Score") => [.. scored.GetColumn<float[]>(column)];

    /// <summary>All bits of the score columns that there are, row by row.</summary>
    public static string[] ScoreBits(IDataView scored)
    {
        string[][] columns = [.. scored.Schema.Where(column => column.Name.StartsWith("Score", StringComparison.Ordinal)).OrderBy(column => column.Name, StringComparer.Ordinal).Select(Read)];
        return [.. Enumerable.Range(0, columns[0].Length).Select(row => string.Join(' ', columns.Select(column => column[row])))];

        string[] Read(DataViewSchema.Column column) => column.Type is VectorDataViewType
            ? [.. scored.GetColumn<float[]>(column).Select(values => string.Join(' ', values.Select(Bits)))]
            : [.. scored.GetColumn<float>(column).Select(Bits)];
    }

    /// <summary>As <see cref="ScoreBits"/> has them for the row.</summary>
    public static string Bits(TestPrediction prediction) => string.Join(' ', prediction.Score.Select(Bits));

    /// <summary>As <see cref="ScoreBits"/> has them for the row.</summary>
    public static string Bits(TestSampledPrediction prediction)
    {
        float[] values = [.. prediction.Score, prediction.ScoreMutualInformation, prediction.ScorePredictiveEntropy, .. prediction.ScoreStandardDeviation];
        return string.Join(' ', values.Select(Bits));
    }

    private static string Bits(float value) => BitConverter.SingleToUInt32Bits(value).ToString("X8", System.Globalization.CultureInfo.InvariantCulture);
}
