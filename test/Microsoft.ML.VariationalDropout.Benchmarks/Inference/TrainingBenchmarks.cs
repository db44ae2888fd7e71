using BenchmarkDotNet.Attributes;
using Microsoft.ML.Trainers.VariationalDropout.Data;
using Microsoft.ML.Trainers.VariationalDropout.Inference;
using Microsoft.ML.Trainers.VariationalDropout.Network;

namespace Microsoft.ML.Trainers.VariationalDropout.Benchmarks.Inference;

/// <summary>A whole training of one iteration over 2,560 rows: 20 steps of 128, with loading and set-up.</summary>
public class TrainingBenchmarks
{
    private TrainingSet _data = null!;
    private TrainingSettings _settings = null!;

    [Params(WeightPosterior.CorrelatedWeightNoise, WeightPosterior.IndependentWeightNoise)]
    public WeightPosterior Posterior { get; set; }

    [Params(100, 500)]
    public int Units { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        const int Features = 784, Classes = 10;
        _data = new TrainingSet(Features);
        for (int row = 0; row < 2560; row++)
        {
            var features = _data.Add(row % Classes, 1);
            for (int i = 0; i < Features; i++)
                features[i] = ((row * 31) + (i * 17)) % 97 / 97f;
        }

        _settings = new TrainingSettings
        {
            Architecture = new NetworkArchitecture { InputSize = Features, OutputSize = Classes, HiddenLayerSizes = [Units, Units, Units], Posterior = Posterior },
            NumberOfIterations = 1,
            NumberOfThreads = Environment.ProcessorCount,
        };
    }

    [Benchmark]
    public object Train() => NetworkTrainer.Train(_data, null, _settings, null, new Silence());
}
