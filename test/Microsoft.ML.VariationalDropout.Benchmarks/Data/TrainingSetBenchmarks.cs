using BenchmarkDotNet.Attributes;
using Microsoft.ML.Trainers.VariationalDropout.Data;

namespace Microsoft.ML.Trainers.VariationalDropout.Benchmarks.Data;

/// <summary>The copy from a data view's rows into the training set.</summary>
[MemoryDiagnoser]
public class TrainingSetBenchmarks
{
    private const int Rows = 10_000;

    private float[] _row = [];

    /// <summary>Features of a row; 784 are those of an MNIST digit.</summary>
    [Params(16, 784)]
    public int FeatureCount { get; set; }

    [GlobalSetup]
    public void CreateRow() => _row = [.. Enumerable.Range(0, FeatureCount).Select(i => i / 255f)];

    [Benchmark(OperationsPerInvoke = Rows)]
    public int Add()
    {
        var set = new TrainingSet(FeatureCount);
        for (int row = 0; row < Rows; row++)
            _row.CopyTo(set.Add(row % 10, 1));
        return set.RowCount;
    }
}
