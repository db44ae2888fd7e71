using Microsoft.ML.Trainers.VariationalDropout.Network;

namespace Microsoft.ML.Trainers.VariationalDropout.PeerComparison.Training;

/// <summary>A network that is trained step by step.</summary>
internal interface ITraining : IDisposable
{
    /// <summary>One minibatch: forward, backward, Adam.</summary>
    void Step();

    /// <summary>A step that also tells the loss before it: −log-likelihood per row of the minibatch plus KL / rows, in nats.</summary>
    double StepAndGetLoss();

    /// <summary>The parameters as they are now.</summary>
    IReadOnlyList<TrainedLayer> Save();
}
