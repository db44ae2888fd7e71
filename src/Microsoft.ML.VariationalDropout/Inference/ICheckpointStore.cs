using Microsoft.ML.Trainers.VariationalDropout.Network;

namespace Microsoft.ML.Trainers.VariationalDropout.Inference;

/// <summary>Where the training loop leaves its state, so that a training that is interrupted can go on.</summary>
internal interface ICheckpointStore
{
    /// <summary>Hands the state that was saved, if one was, to <paramref name="transfer"/>; returns the iterations that it has behind it, 0 without one.</summary>
    int Restore(Action<StateTransfer> transfer);

    /// <summary>Called after every iteration but the last; saves the state that <paramref name="transfer"/> names, or leaves it for a later iteration.</summary>
    void Save(int iterations, Action<StateTransfer> transfer);
}
