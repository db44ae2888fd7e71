using Microsoft.ML;
using Microsoft.ML.Data;

namespace ScoreOnAccelerator;

/// <summary>A network to score with when none was given: a noisy function of 64 features.</summary>
internal static class TrainedModel
{
    private const int FeatureCount = 64;
    private const int RowCount = 2000;
    private const int Seed = 1;

    public static byte[] Export()
    {
        var mlContext = new MLContext(Seed);
        IDataView data = mlContext.Data.LoadFromEnumerable(MakeRows());
        var transformer = mlContext.Regression.Trainers.VariationalDropout(hiddenLayerSizes: [128, 128], numberOfIterations: 5).Fit(data);
        using var stream = new MemoryStream();
        transformer.ExportNetworkToOnnx(stream);
        return stream.ToArray();
    }

    private static IEnumerable<Row> MakeRows()
    {
        var random = new Random(Seed);
        for (int i = 0; i < RowCount; i++)
        {
            float[] features = [.. Enumerable.Range(0, FeatureCount).Select(_ => random.NextSingle() - 0.5f)];
            yield return new Row { Features = features, Label = MathF.Sin(4 * features[0]) + (features[1] * features[2]) + (0.1f * (random.NextSingle() - 0.5f)) };
        }
    }

    private sealed class Row
    {
        [VectorType(FeatureCount)]
        public float[] Features { get; set; } = [];

        public float Label { get; set; }
    }
}
