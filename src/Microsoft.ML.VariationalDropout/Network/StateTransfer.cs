using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Microsoft.ML.Trainers.VariationalDropout.Network;

/// <summary>
/// Carries the state of a training to a stream, or back from it: whatever holds state names it once, and the same lines save and restore it. Sizes are not
/// saved: both ends have the same network.
/// </summary>
/// <param name="stream">Where the state goes to, or comes from.</param>
/// <param name="hash">Takes all that is saved; null to restore.</param>
internal sealed class StateTransfer(Stream stream, IncrementalHash? hash)
{
    private const int LargestPiece = 1 << 16;

    /// <summary>Whether numbers are written over with what was saved.</summary>
    public bool Restores => hash is null;

    public void Number<T>(ref T value)
        where T : unmanaged
        => Numbers(new Span<T>(ref value));

    public void Numbers<T>(Span<T> values)
        where T : unmanaged
    {
        // In pieces: all the bytes of a large matrix are more than a span can have.
        for (; values.Length > 0; values = values[Math.Min(LargestPiece, values.Length)..])
        {
            Span<byte> bytes = MemoryMarshal.AsBytes(values[..Math.Min(LargestPiece, values.Length)]);
            if (hash is null)
            {
                stream.ReadExactly(bytes);
                continue;
            }

            stream.Write(bytes);
            hash.AppendData(bytes);
        }
    }
}
