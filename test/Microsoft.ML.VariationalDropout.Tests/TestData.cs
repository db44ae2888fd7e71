using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Trainers.VariationalDropout.Tests;

/// <summary>A row of the small generated tables: labels for every task, which the features A, B and C tell and D does not.</summary>
internal sealed class TestRow
{
    public float A { get; set; }

    public float B { get; set; }

    public float C { get; set; }

    public float D { get; set; }

    /// <summary>One of three classes.</summary>
    public string Label { get; set; } = "";

    /// <summary>Whether it is the first of them.</summary>
    public bool IsRed { get; set; }

    /// <summary>A linear function of A and B with noise of standard deviation 0.2.</summary>
    public float Height { get; set; }

    /// <summary>A linear function of A and C with noise of standard deviation 40.</summary>
    public float Width { get; set; }

    public float Weight { get; set; } = 1;
}

/// <summary>What a prediction engine gives for a task whose score is a number; columns that a task or mode lacks stay 0.</summary>
internal sealed class ScalarPrediction
{
    public float Score { get; set; }

    public float ScoreAleatoricStandardDeviation { get; set; }

    public float ScoreEpistemicStandardDeviation { get; set; }

    public float ScoreStandardDeviation { get; set; }

    public float ScorePredictiveEntropy { get; set; }

    public float ScoreMutualInformation { get; set; }
}

/// <summary>The same for a task whose score is a vector.</summary>
internal sealed class VectorPrediction
{
    public float[] Score { get; set; } = [];

    public float[] ScoreAleatoricStandardDeviation { get; set; } = [];

    public float[] ScoreEpistemicStandardDeviation { get; set; } = [];

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

        // Drawn afterwards: the features stay what they were before there were targets.
        foreach (TestRow row in rows)
        {
            row.IsRed = row.Label == Classes[0];
            row.Height = 3 + (2 * row.A) - row.B + (0.2f * Normal());
            row.Width = (200 * (row.A + row.C)) + (40 * Normal());
        }

        return rows;

        float Normal() => (float)(Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble()));
        float Noise() => (float)(random.NextDouble() + random.NextDouble() - 1);
    }

    /// <summary>Rows with a key label, a vector of two targets and a feature vector, both with slot names.</summary>
    public static IDataView Load(MLContext context, IEnumerable<TestRow> rows)
    {
        IDataView data = context.Data.LoadFromEnumerable(rows);
        return Featurize(context).Fit(data).Transform(data);
    }

    public static IEstimator<ITransformer> Featurize(MLContext context)
        => context.Transforms.Conversion.MapValueToKey("Label", keyOrdinality: Transforms.ValueToKeyMappingEstimator.KeyOrdinality.ByOccurrence)
            .Append(context.Transforms.Concatenate("Features", "A", "B", "C", "D"))
            .Append(context.Transforms.Concatenate("Sizes", "Height", "Width"));

    /// <summary>Options of a training that takes milliseconds.</summary>
    public static VariationalDropoutMulticlassTrainer.Options SmallOptions(Action<VariationalDropoutMulticlassTrainer.Options>? change = null)
    {
        var options = new VariationalDropoutMulticlassTrainer.Options();
        MakeSmall(options);
        change?.Invoke(options);
        return options;
    }

    /// <summary>Makes it a training that takes milliseconds.</summary>
    public static void MakeSmall(VariationalDropoutOptions options)
    {
        options.HiddenLayerSizes = [8];
        options.Activation = Activation.Relu;
        options.Posterior = WeightPosterior.CorrelatedWeightNoise;
        options.KullbackLeiblerScale = 1;
        options.ValidationSetFraction = 0.1;
        options.NumberOfIterations = 20;
        options.BatchSize = 16;
        options.LearningRate = 0.02;
        options.NumberOfThreads = 1;
        options.Seed = 1;
        options.InitialInputDropoutRate = 0.05;
        options.InitialHiddenDropoutRate = 0.05;
    }

    public static VariationalDropoutMulticlassTrainer Trainer(MLContext context, Action<VariationalDropoutMulticlassTrainer.Options>? change = null)
        => context.MulticlassClassification.Trainers.VariationalDropout(SmallOptions(change));

    public static VariationalDropoutMulticlassPredictionTransformer Fit(
        MLContext context, int rows = 120, Action<VariationalDropoutMulticlassTrainer.Options>? change = null)
        => Trainer(context, change).Fit(Load(context, Rows(rows)));

    public static float[][] Scores(IDataView scored, string column = "Score") => [.. scored.GetColumn<float[]>(column)];

    /// <summary>A list to which the context's warnings are added.</summary>
    public static List<string> Warnings(MLContext context)
    {
        var warnings = new List<string>();
        context.Log += (_, entry) =>
        {
            if (entry.Kind == ChannelMessageKind.Warning)
                warnings.Add(entry.Message);
        };
        return warnings;
    }

    /// <summary>A score column of any task, row by row.</summary>
    public static float[][] Values(IDataView scored, string column = "Score") => scored.Schema[column].Type is VectorDataViewType
        ? Scores(scored, column)
        : [.. scored.GetColumn<float>(column).Select(value => new[] { value })];

    /// <summary>All bits of the score columns that there are, row by row.</summary>
    public static string[] ScoreBits(IDataView scored)
    {
        string[] columns = [.. ScoreColumns(scored.Schema)];
        float[][][] values = [.. columns.Select(column => Values(scored, column))];
        return [.. Enumerable.Range(0, values[0].Length).Select(row => string.Join(' ', values.SelectMany(column => column[row]).Select(Bits)))];
    }

    /// <summary>A prediction engine's function from a row to what <see cref="ScoreBits"/> has for it.</summary>
    public static Func<TestRow, string> CreateEngine(MLContext context, ITransformer model, DataViewSchema scored) => scored["Score"].Type is VectorDataViewType
        ? CreateEngine<VectorPrediction>(context, model, scored)
        : CreateEngine<ScalarPrediction>(context, model, scored);

    private static Func<TestRow, string> CreateEngine<TPrediction>(MLContext context, ITransformer model, DataViewSchema scored)
        where TPrediction : class, new()
    {
        var engine = context.Model.CreatePredictionEngine<TestRow, TPrediction>(model);
        var properties = ScoreColumns(scored).Select(column => typeof(TPrediction).GetProperty(column)!).ToArray();
        return row =>
        {
            TPrediction prediction = engine.Predict(row);
            return string.Join(' ', properties.SelectMany(property => property.GetValue(prediction) is float[] vector ? vector : [(float)property.GetValue(prediction)!]).Select(Bits));
        };
    }

    private static IEnumerable<string> ScoreColumns(DataViewSchema schema)
        => schema.Select(column => column.Name).Where(name => name.StartsWith("Score", StringComparison.Ordinal)).Order(StringComparer.Ordinal);

    private static string Bits(float value) => BitConverter.SingleToUInt32Bits(value).ToString("X8", System.Globalization.CultureInfo.InvariantCulture);
}
