using Microsoft.ML.Data;
using Microsoft.ML.Trainers.VariationalDropout.Onnx;

namespace Microsoft.ML.Trainers.VariationalDropout.Benchmarks.Studies.Onnx;

/// <summary>A regression network, trained for a moment only, since weights do not change times; its graphs, and rows for them.</summary>
internal sealed class OnnxProblem
{
    public const int Features = 64, BlockRows = 1024, Rows = 98 * BlockRows;

    private readonly VariationalDropoutRegressionPredictionTransformer _transformer;

    public OnnxProblem()
    {
        for (int i = 0; i < Values.Length; i++)
            Values[i] = i * 31 % 97 / 97f;
        Row[] rows = [.. Enumerable.Range(0, Rows).Select(row => new Row { Features = Features(row).ToArray(), Label = row % 17 })];
        Data = Context.Data.Cache(Context.Data.LoadFromEnumerable(rows));
        _transformer = Context.Regression.Trainers.VariationalDropout(new VariationalDropoutRegressionTrainer.Options
        {
            HiddenLayerSizes = [128, 128],
            HeteroscedasticNoise = false,
            Activation = Activation.Relu,
            Posterior = WeightPosterior.CorrelatedWeightNoise,
            NumberOfIterations = 2,
        }).Fit(Context.Data.TakeRows(Data, 4096));
        Mean = Export(new OnnxExportOptions { OutputColumns = ["Score"] });

        ReadOnlySpan<float> Features(int row) => Values.AsSpan(row * OnnxProblem.Features, OnnxProblem.Features);
    }

    public MLContext Context { get; } = new(seed: 1);

    /// <summary>[<see cref="Rows"/> × <see cref="Features"/>].</summary>
    public float[] Values { get; } = new float[Rows * Features];

    /// <summary>The same in ML.NET's cache.</summary>
    public IDataView Data { get; }

    /// <summary>The graph of the posterior means, with the score alone.</summary>
    public byte[] Mean { get; }

    public byte[] Export(OnnxExportOptions options)
    {
        using var stream = new MemoryStream();
        _transformer.ExportNetworkToOnnx(stream, options);
        return stream.ToArray();
    }

    /// <summary>What a data view and a prediction engine are given.</summary>
    public sealed class Row
    {
        [VectorType(OnnxProblem.Features)]
        public float[] Features { get; set; } = [];

        public float Label { get; set; }
    }

    public sealed class Prediction
    {
        public float Score { get; set; }
    }
}
