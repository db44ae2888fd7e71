using System.Security.Cryptography;
using Microsoft.ML.Trainers.VariationalDropout.Inference;
using Microsoft.ML.Trainers.VariationalDropout.Network;

namespace Microsoft.ML.Trainers.VariationalDropout.Tests.Inference;

/// <summary>Keeps the state after every iteration, and restores the last one.</summary>
internal sealed class MemoryCheckpoints : ICheckpointStore
{
    private byte[] _state = [];

    public int Iterations { get; private set; }

    public int Restore(Action<StateTransfer> transfer)
    {
        if (Iterations == 0)
            return 0;
        using var stream = new MemoryStream(_state);
        transfer(new StateTransfer(stream, null));
        Assert.AreEqual(stream.Length, stream.Position);
        return Iterations;
    }

    public void Save(int iterations, Action<StateTransfer> transfer)
    {
        using var stream = new MemoryStream();
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        transfer(new StateTransfer(stream, hash));
        (Iterations, _state) = (iterations, stream.ToArray());
    }
}
