using Microsoft.ML.Data;
using Microsoft.ML.Trainers.VariationalDropout.Network;
using Microsoft.ML.Trainers.VariationalDropout.Onnx;

namespace Microsoft.ML.Trainers.VariationalDropout.PeerComparison.Prediction;

/// <summary>A network, trained for a moment only since weights do not change times; its graph, and rows in memory.</summary>
internal sealed class PredictionProblem
{
    private const int TrainingRows = 2048;

    private readonly Row[] _rows;

    /// <param name="shape">Units from the inputs to the outputs; with one output it is a regression, with more there are as many classes.</param>
    /// <param name="rows">Rows to predict.</param>
    public PredictionProblem(int[] shape, int rows)
    {
        Shape = shape;
        _rows = CreateRows(shape, Math.Max(rows, TrainingRows));
        SchemaDefinition schema = SchemaDefinition.Create(typeof(Row));
        schema[nameof(Row.Features)].ColumnType = new VectorDataViewType(NumberDataViewType.Single, shape[0]);
        schema[nameof(Row.Class)].ColumnType = new KeyDataViewType(typeof(uint), Math.Max(2, shape[^1]));
        IDataView training = Context.Data.LoadFromEnumerable(_rows.Take(TrainingRows), schema);
        Training = training;
        Data = Context.Data.Cache(Context.Data.LoadFromEnumerable(_rows.Take(rows), schema), nameof(Row.Features));
        (Transformer, Network, Graph) = shape[^1] == 1 ? FitRegression(training) : FitClasses(training);
    }

    public MLContext Context { get; } = new(seed: 1);

    public int[] Shape { get; }

    public IDataView Training { get; }

    /// <summary>The rows in ML.NET's cache.</summary>
    public IDataView Data { get; }

    /// <summary>Predicts by the posterior means.</summary>
    public ITransformer Transformer { get; }

    public TrainedNetwork Network { get; }

    /// <summary>The ONNX file of the posterior means, with the score alone.</summary>
    public byte[] Graph { get; }

    public ReadOnlySpan<float> Features(int row) => _rows[row].Features;

    private static Row[] CreateRows(int[] shape, int count)
    {
        var random = new Random(3);
        var rows = new Row[count];
        for (int n = 0; n < count; n++)
        {
            var features = new float[shape[0]];
            for (int i = 0; i < features.Length; i++)
                features[i] = (2 * random.NextSingle()) - 1;

            // Something that trees can learn from, so that they are as deep as usual.
            double target = Enumerable.Range(0, Math.Min(12, features.Length)).Sum(i => features[i] * ((i % 5) - 2.2)) + random.NextDouble();
            rows[n] = new Row { Features = features, Class = 1 + (uint)Math.Clamp((target / 2) + (shape[^1] / 2.0), 0, Math.Max(1, shape[^1] - 1)), Target = (float)target };
        }

        return rows;
    }

    private (ITransformer Transformer, TrainedNetwork Network, byte[] Graph) FitClasses(IDataView data)
    {
        var transformer = Context.MulticlassClassification.Trainers.VariationalDropout(new VariationalDropoutMulticlassTrainer.Options
        {
            LabelColumnName = nameof(Row.Class),
            FeatureColumnName = nameof(Row.Features),
            HiddenLayerSizes = Shape[1..^1],
            Activation = Activation.Relu,
            Posterior = WeightPosterior.CorrelatedWeightNoise,
            NumberOfIterations = 1,
            StandardizeFeatures = false,
        }).Fit(data);
        using var graph = new MemoryStream();
        transformer.ExportNetworkToOnnx(graph, new OnnxExportOptions { OutputColumns = ["Score"] });
        return (transformer, transformer.Model.Network, graph.ToArray());
    }

    private (ITransformer Transformer, TrainedNetwork Network, byte[] Graph) FitRegression(IDataView data)
    {
        var transformer = Context.Regression.Trainers.VariationalDropout(new VariationalDropoutRegressionTrainer.Options
        {
            LabelColumnName = nameof(Row.Target),
            FeatureColumnName = nameof(Row.Features),
            HiddenLayerSizes = Shape[1..^1],
            HeteroscedasticNoise = false,
            Activation = Activation.Relu,
            Posterior = WeightPosterior.CorrelatedWeightNoise,
            NumberOfIterations = 1,
            StandardizeFeatures = false,
        }).Fit(data);
        using var graph = new MemoryStream();
        transformer.ExportNetworkToOnnx(graph, new OnnxExportOptions { OutputColumns = ["Score"] });
        return (transformer, transformer.Model.Network, graph.ToArray());
    }

    internal sealed class Row
    {
        public float[] Features { get; set; } = [];

        /// <summary>A key, counted from 1.</summary>
        public uint Class { get; set; }

        public float Target { get; set; }
    }
}
