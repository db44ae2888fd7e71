using BenchmarkDotNet.Attributes;
using Microsoft.ML.Trainers.VariationalDropout.Inference;
using Microsoft.ML.Trainers.VariationalDropout.Network;

namespace Microsoft.ML.Trainers.VariationalDropout.Benchmarks.Prediction;

/// <summary>The predictor without ML.NET around it, on the path that VARIATIONALDROPOUT_KERNELS chooses. Times are of a whole batch.</summary>
public class PredictorBenchmarks
{
    private NetworkPredictor _predictor = null!;
    private FeatureBlock _features = null!;
    private Predictions _predictions = null!;

    [Params("784-1200-1200-1200-10", "64-100-100-10", "13-50-1")]
    public string Network { get; set; } = "";

    [Params(1, 1024)]
    public int Batch { get; set; }

    [Params(false, true)]
    public bool SharesWork { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        TrainedNetwork network = BenchmarkNetwork.Create(Network);
        _predictor = new NetworkPredictor(network, SharesWork);
        _features = new FeatureBlock(network.FeatureCount, isSparse: false, Batch);
        for (int row = 0; row < Batch; row++)
            _features.Set(row, BenchmarkNetwork.Features(row, network.FeatureCount));
        _predictions = new Predictions(network.Architecture, Batch, withUncertainty: true);
    }

    [Benchmark]
    public void Mean() => _predictor.PredictMean(_features, Batch, _predictions);

    [Benchmark]
    public void Sampled() => _predictor.PredictSampled(_features, Batch, 16, 1, _predictions);

    [Benchmark]
    public void Moments() => _predictor.PredictMoments(_features, Batch, _predictions);
}
