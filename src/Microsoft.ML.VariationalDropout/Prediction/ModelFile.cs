using System.Security.Cryptography;
using System.Text;
using Microsoft.ML.Trainers.VariationalDropout.Data;
using Microsoft.ML.Trainers.VariationalDropout.Network;

namespace Microsoft.ML.Trainers.VariationalDropout;

/// <summary>The binary form of a <see cref="TrainedNetwork"/> inside a saved ML.NET model.</summary>
/// <remarks>
/// All numbers are little-endian:
/// <code>
/// magic           8 bytes  "VDROPNET"
/// version         int32    4; 1 to 3 are read too
/// payload length  int64    in bytes
/// payload                  see WritePayload
/// checksum        32 bytes SHA-256 of the payload
/// </code>
/// Reading goes over the stream twice: first for the checksum, in a small buffer, then to parse. Nothing is allocated on the word of a
/// length that the rest of the payload cannot hold.
/// </remarks>
internal static class ModelFile
{
    public const int Version = 4;
    public const int OldestVersion = 1;
    public const int HeaderSize = 8 + sizeof(int) + sizeof(long);
    public const int ChecksumSize = Checksum.Size;

    public static ReadOnlySpan<byte> Magic => "VDROPNET"u8;

    public static void Write(Stream stream, TrainedNetwork network)
    {
        using (var writer = new BinaryWriter(stream, Encoding.UTF8, leaveOpen: true))
        {
            writer.Write(Magic);
            writer.Write(Version);
            writer.Write(PayloadLength(network));
        }

        using var hash = SHA256.Create();
        using (var hashing = new CryptoStream(stream, hash, CryptoStreamMode.Write, leaveOpen: true))
        using (var writer = new BinaryWriter(hashing, Encoding.UTF8, leaveOpen: true))
            WritePayload(writer, network);
        stream.Write(hash.Hash);
    }

    /// <param name="stream">Seekable, at the start of what <see cref="Write"/> wrote; left at its end. More may follow.</param>
    /// <exception cref="InvalidDataException">What is there is not such a network, or is damaged.</exception>
    public static TrainedNetwork Read(Stream stream)
    {
        long available = stream.Length - stream.Position;
        if (available < HeaderSize + ChecksumSize)
            throw new InvalidDataException($"The saved network is truncated: {available} bytes are left, its header and checksum alone take {HeaderSize + ChecksumSize}.");

        using var reader = new BinaryReader(stream, Encoding.UTF8, leaveOpen: true);
        Span<byte> magic = stackalloc byte[Magic.Length];
        stream.ReadExactly(magic);
        if (!magic.SequenceEqual(Magic))
            throw new InvalidDataException($"This is not a saved variational-dropout network: it starts with {Convert.ToHexString(magic)}, expected was {Convert.ToHexString(Magic)}.");
        int version = reader.ReadInt32();
        if (version is < OldestVersion or > Version)
            throw new InvalidDataException($"The saved network has format version {version}; this library reads versions {OldestVersion} to {Version}. Use the library that wrote it, or a newer one.");
        long length = reader.ReadInt64();
        long room = available - HeaderSize - ChecksumSize;
        if (length < 0 || length > room)
            throw new InvalidDataException($"The saved network is truncated or damaged: its header tells of {length} bytes, and {room} are there.");

        long payload = stream.Position;
        if (!Checksum.Matches(stream, length))
            throw new InvalidDataException("The saved network is damaged: its checksum does not match its content.");
        stream.Position = payload;
        TrainedNetwork network = new PayloadReader(reader, length, version).ReadNetwork();
        stream.Position = payload + length + ChecksumSize;
        return network;
    }

    private static long PayloadLength(TrainedNetwork network)
    {
        // Counted by writing: the layout stands in one place.
        using var counter = new CountingStream();
        using var writer = new BinaryWriter(counter, Encoding.UTF8);
        WritePayload(writer, network);
        writer.Flush();
        return counter.Length;
    }

    private static void WritePayload(BinaryWriter writer, TrainedNetwork network)
    {
        NetworkArchitecture architecture = network.Architecture;
        writer.Write(architecture.InputSize);
        writer.Write(architecture.OutputSize);
        writer.Write(architecture.HiddenLayerSizes.Count);
        foreach (int size in architecture.HiddenLayerSizes)
            writer.Write(size);
        writer.Write((byte)architecture.Activation);
        writer.Write((byte)architecture.Posterior);
        writer.Write((byte)architecture.Sharing);
        writer.Write((byte)architecture.Likelihood);
        writer.Write(architecture.HasSparseInputs);

        writer.Write(network.Scaling is not null);
        if (network.Scaling is FeatureScaling scaling)
        {
            WriteFloats(writer, scaling.Means);
            WriteFloats(writer, scaling.Scales);
            writer.Write(scaling.OutlierThreshold);
            writer.Write(scaling.Lowest is not null);
            WriteFloats(writer, scaling.Lowest ?? []);
            WriteFloats(writer, scaling.Highest ?? []);
        }

        writer.Write(network.Targets is not null);
        if (network.Targets is TargetScaling targets)
        {
            foreach (double number in targets.Means.Concat(targets.Scales))
                writer.Write(number);
        }

        writer.Write(network.Pruning is not null);
        if (network.Pruning is PruningRecord pruning)
        {
            writer.Write(pruning.FeatureCount);
            writer.Write(pruning.OriginalWeights);
            writer.Write(pruning.SurvivingWeights);
        }

        writer.Write(network.InputFeatures is not null);
        foreach (int feature in network.InputFeatures ?? [])
            writer.Write(feature);

        WriteFloats(writer, network.LogNoiseVariances);
        foreach (TrainedLayer layer in network.Layers)
        {
            WriteFloats(writer, layer.Weights);
            WriteFloats(writer, layer.Biases);
            WriteFloats(writer, layer.LogVariances);
        }

        writer.Write(network.Summary.Rows);
        writer.Write(network.Summary.Iterations);
        writer.Write(network.Summary.BestIteration);
        writer.Write(network.Summary.ExpectedLogLikelihood);
        writer.Write(network.Summary.KullbackLeibler);
        writer.Write((byte)network.Summary.Prior);
        writer.Write(network.Summary.TotalIterations);
    }

    private static void WriteFloats(BinaryWriter writer, float[] values)
    {
        foreach (float value in values)
            writer.Write(value);
    }

    /// <summary>Knows how much was written, and keeps none of it.</summary>
    private sealed class CountingStream : Stream
    {
        private long _length;

        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => _length;

        public override long Position { get => _length; set => throw new NotSupportedException(); }

        public override void Flush()
        {
        }

        public override void Write(byte[] buffer, int offset, int count) => _length += count;

        public override void Write(ReadOnlySpan<byte> buffer) => _length += buffer.Length;

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
