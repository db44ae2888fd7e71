using BenchmarkDotNet.Attributes;
using Microsoft.ML.Trainers.VariationalDropout.Numerics;

namespace Microsoft.ML.Trainers.VariationalDropout.Benchmarks.Inference;

/// <summary>A whole step: minibatch, forward, backward, Adam. <c>--study step</c> sets it beside its floor.</summary>
[MemoryDiagnoser]
public class StepBenchmarks : IDisposable
{
    private WorkerTeam _team = null!;
    private StepProblem _problem = null!;

    [Params(WeightPosterior.None, WeightPosterior.CorrelatedWeightNoise, WeightPosterior.IndependentWeightNoise, WeightPosterior.Gaussian)]
    public WeightPosterior Posterior { get; set; }

    [Params("784-1200-1200-1200-10 by 128", "64-100-100-10 by 128", "13-50-1 by 32")]
    public string Shape { get; set; } = "";

    [GlobalSetup]
    public void Setup()
    {
        string[] parts = Shape.Split(" by ");
        int[] sizes = [.. parts[0].Split('-').Select(int.Parse)];
        _team = new WorkerTeam(sizes.Length > 3 ? Environment.ProcessorCount : 1);
        _problem = StepProblem.Create(sizes, int.Parse(parts[1], System.Globalization.CultureInfo.InvariantCulture), Posterior, _team);
    }

    [GlobalCleanup]
    public void Dispose()
    {
        _team.Dispose();
        GC.SuppressFinalize(this);
    }

    [Benchmark]
    public void Step() => _problem.Run(1);
}
