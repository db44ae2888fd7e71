using BenchmarkDotNet.Attributes;
using Microsoft.ML.Data;

namespace Microsoft.ML.Trainers.VariationalDropout.Benchmarks.Prediction;

/// <summary>A 64-100-100-10 classifier in ML.NET: <see cref="Rows"/> rows through Transform, and one row through a prediction engine.</summary>
public class TransformBenchmarks
{
    private const int Rows = 100_000, FeatureCount = 64, Classes = 10;

    private readonly Prediction _prediction = new();
    private IDataView _scored = null!;
    private PredictionEngine<Row, Prediction> _engine = null!;
    private Row _row = null!;

    [Params(PredictionMode.PosteriorMean, PredictionMode.Sampling, PredictionMode.MomentPropagation)]
    public PredictionMode Mode { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        var context = new MLContext(seed: 1);
        Row[] rows = [.. Enumerable.Range(0, Mode == PredictionMode.PosteriorMean ? Rows : Rows / 50).Select(row => new Row { Features = BenchmarkNetwork.Features(row, FeatureCount), Label = (uint)(1 + (row % Classes)) })];
        IDataView data = context.Data.LoadFromEnumerable(rows);
        var transformer = context.MulticlassClassification.Trainers.VariationalDropout(new VariationalDropoutMulticlassTrainer.Options
        {
            HiddenLayerSizes = [100, 100],
            Activation = Activation.Relu,
            Posterior = WeightPosterior.CorrelatedWeightNoise,
            NumberOfIterations = 1,
        }).Fit(context.Data.TakeRows(data, 1000));
        transformer = Mode switch
        {
            PredictionMode.Sampling => transformer.WithSampling(16),
            PredictionMode.MomentPropagation => transformer.WithMomentPropagation(),
            _ => transformer,
        };
        _scored = transformer.Transform(data);
        _engine = context.Model.CreatePredictionEngine<Row, Prediction>(transformer);
        _row = rows[0];
    }

    /// <summary>All rows in the mode of means, a fiftieth of them in the others.</summary>
    [Benchmark]
    public float Transform()
    {
        DataViewSchema.Column column = _scored.Schema["Score"];
        using DataViewRowCursor cursor = _scored.GetRowCursor([column]);
        ValueGetter<VBuffer<float>> getter = cursor.GetGetter<VBuffer<float>>(column);
        VBuffer<float> score = default;
        float sum = 0;
        while (cursor.MoveNext())
        {
            getter(ref score);
            sum += score.GetValues()[0];
        }

        return sum;
    }

    [Benchmark]
    public float Engine()
    {
        Prediction prediction = _prediction;
        _engine.Predict(_row, ref prediction);
        return prediction.Score[0];
    }

    private sealed class Row
    {
        [VectorType(FeatureCount)]
        public float[] Features { get; set; } = [];

        [KeyType(Classes)]
        public uint Label { get; set; }
    }

    private sealed class Prediction
    {
        public float[] Score { get; set; } = [];
    }
}
