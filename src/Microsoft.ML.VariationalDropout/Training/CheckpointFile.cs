using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using Microsoft.ML.Runtime;
using Microsoft.ML.Trainers.VariationalDropout.Data;
using Microsoft.ML.Trainers.VariationalDropout.Inference;
using Microsoft.ML.Trainers.VariationalDropout.Network;

namespace Microsoft.ML.Trainers.VariationalDropout;

/// <summary>The file that a training leaves its state in, and goes on from.</summary>
/// <remarks>
/// <code>
/// magic           8 bytes  "VDROPCKP"
/// version         int32    1
/// iterations      int32    that the state has behind it
/// seed            uint32
/// identity                 see TrainingIdentity: count, then names and values
/// state                    see TrainingLoop.Transfer, in the machine's byte order
/// checksum        32 bytes SHA-256 of all before
/// </code>
/// </remarks>
internal sealed class CheckpointFile : ICheckpointStore
{
    public const string TemporarySuffix = ".partial";

    private const int Version = 1;

    /// <summary>No write begins before this many times its predecessor's duration have passed.</summary>
    private const int LeastPause = 10;

    private readonly IChannel _channel;
    private readonly string _path;
    private readonly AtomicFile _file;
    private readonly TimeSpan _interval;
    private readonly IReadOnlyList<(string Name, string Value)> _identity;
    private readonly Stopwatch _sinceWrite = Stopwatch.StartNew();
    private TimeSpan _pause;
    private int _savedIterations;
    private long _stateStart;

    /// <param name="channel">Where the log lines go.</param>
    /// <param name="path">The file.</param>
    /// <param name="interval">The least time between two writes; zero to write after every iteration.</param>
    /// <param name="identity">Of the training that is to begin.</param>
    /// <param name="seed">The seed to begin with, if there is no file.</param>
    /// <param name="isSeedGiven">Whether the file must have the same.</param>
    /// <exception cref="InvalidDataException">A file is there that is no checkpoint, or is damaged.</exception>
    /// <exception cref="InvalidOperationException">A file is there that belongs to another training.</exception>
    public CheckpointFile(IChannel channel, string path, TimeSpan interval, IReadOnlyList<(string Name, string Value)> identity, uint seed, bool isSeedGiven)
    {
        _channel = channel;
        _path = path;
        _file = Open(path);
        _interval = _pause = interval;
        _identity = identity;
        Seed = seed;
        if (File.Exists(_file.Target))
            ReadHeader(isSeedGiven);
    }

    /// <summary>The seed to train with: that of the file, if there is one.</summary>
    public uint Seed { get; private set; }

    private static ReadOnlySpan<byte> Magic => "VDROPCKP"u8;

    /// <summary>Looks before anything else is done whether the file could be written.</summary>
    /// <exception cref="IOException">It is a folder, or its folder is missing.</exception>
    /// <exception cref="UnauthorizedAccessException">The file, or its folder, is read-only.</exception>
    public static void Check(string path) => Open(path).Probe();

    public int Restore(Action<StateTransfer> transfer)
    {
        if (_savedIterations == 0)
            return 0;
        using FileStream stream = File.OpenRead(_file.Target);
        stream.Position = _stateStart;
        transfer(new StateTransfer(stream, null));
        if (stream.Position != stream.Length - Checksum.Size)
            throw Damaged("its state is not as long as that of this training");
        _channel.Info($"Training goes on after iteration {_savedIterations}, from the checkpoint '{_path}'.");
        return _savedIterations;
    }

    public void Save(int iterations, Action<StateTransfer> transfer)
    {
        if (_sinceWrite.Elapsed < _pause)
            return;
        _sinceWrite.Restart();
        _file.Write(stream => Write(stream, iterations, transfer));
        TimeSpan spent = _sinceWrite.Elapsed;
        _pause = _interval == TimeSpan.Zero ? _interval : TimeSpan.FromTicks(Math.Max(_interval.Ticks, LeastPause * spent.Ticks));
    }

    /// <summary>The training is over. A file that cannot be deleted is warned of: the model is worth more.</summary>
    public void Delete()
    {
        try
        {
            File.Delete(_file.Target);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            _channel.Warning($"The checkpoint '{_path}' of a training that has ended could not be deleted: {exception.Message} Delete it, or the same training will end where this one did.");
        }
    }

    private static AtomicFile Open(string path) => new(path, TemporarySuffix, nameof(VariationalDropoutOptions.CheckpointFile));

    private void Write(Stream stream, int iterations, Action<StateTransfer> transfer)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var state = new StateTransfer(stream, hash);
        state.Numbers(CreateHeader(iterations).AsSpan());
        transfer(state);
        stream.Write(hash.GetHashAndReset());
    }

    private byte[] CreateHeader(int iterations)
    {
        using var header = new MemoryStream();
        using var writer = new BinaryWriter(header, Encoding.UTF8);
        writer.Write(Magic);
        writer.Write(Version);
        writer.Write(iterations);
        writer.Write(Seed);
        writer.Write(_identity.Count);
        foreach (var (name, value) in _identity)
        {
            writer.Write(name);
            writer.Write(value);
        }

        writer.Flush();
        return header.ToArray();
    }

    private void ReadHeader(bool isSeedGiven)
    {
        using FileStream stream = File.OpenRead(_file.Target);
        Span<byte> magic = stackalloc byte[Magic.Length];
        if (stream.ReadAtLeast(magic, magic.Length, throwOnEndOfStream: false) < magic.Length || !magic.SequenceEqual(Magic))
            throw new InvalidDataException($"CheckpointFile: '{_path}' is not the checkpoint of a training, and is not written over. Choose another path, or delete the file.");

        using var reader = new BinaryReader(stream, Encoding.UTF8, leaveOpen: true);
        if (stream.Length < Magic.Length + sizeof(int) + Checksum.Size)
            throw Damaged($"it has {stream.Length} bytes");
        int version = reader.ReadInt32();
        if (version != Version)
            throw Different("format version", $"{version}", $"{Version}", "Go on with the library that wrote it");
        stream.Position = 0;
        if (!Checksum.Matches(stream, stream.Length - Checksum.Size))
            throw Damaged("its checksum does not match its content");

        stream.Position = Magic.Length + sizeof(int);
        _savedIterations = reader.ReadInt32();
        uint seed = reader.ReadUInt32();
        var saved = new Dictionary<string, string>();
        for (int count = reader.ReadInt32(); count > 0; count--)
            saved.Add(reader.ReadString(), reader.ReadString());
        foreach (var (name, value) in _identity)
        {
            string before = saved.GetValueOrDefault(name, "unknown");
            if (before != value)
                throw Different(name, before, value, "Restore what the training began with");
        }

        if (isSeedGiven && seed != Seed)
            throw Different(nameof(Seed), $"{unchecked((int)seed)}", $"{unchecked((int)Seed)}", "Restore it, or leave it out");
        Seed = seed;
        _stateStart = stream.Position;
    }

    private InvalidDataException Damaged(string what)
        => new($"CheckpointFile: '{_path}' is truncated or damaged: {what}. Delete the file, and training starts afresh.");

    private InvalidOperationException Different(string name, string before, string now, string wayOut)
        => new($"CheckpointFile: '{_path}' belongs to another training: {name} was {before}, and is {now} now. {wayOut}, or delete the file, and training starts afresh.");
}
