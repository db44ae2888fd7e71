using Microsoft.ML.Trainers.VariationalDropout.Inference;

namespace Microsoft.ML.Trainers.VariationalDropout.Benchmarks;

/// <summary>Watches a training and says nothing.</summary>
internal sealed class Silence : ITrainingMonitor
{
    public void ThrowIfCancelled()
    {
    }

    public void IterationEnded(IterationReport report)
    {
    }

    public void Diverged(int iteration, int lastGoodIteration)
    {
    }
}
