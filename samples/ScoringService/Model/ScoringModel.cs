using System.Collections.Concurrent;
using System.Security.Cryptography;
using Microsoft.ML.Trainers.VariationalDropout.Onnx;

namespace ScoringService.Model;

/// <summary>
/// A model in use. Every request holds it from its first look at it to its last; it is freed when it was replaced and the last of them has ended.
/// </summary>
internal sealed class ScoringModel
{
    /// <summary>Rows of a batch that run at a time: a graph of many draws holds every row as many times, and is no faster with more.</summary>
    public const int ChunkRows = 64;

    private const int VersionLength = 12;

    private readonly OnnxScorer _scorer;
    private readonly double _entropyThreshold;
    private readonly ConcurrentQueue<Workspace> _singles = new(), _batches = new();

    /// <summary>Requests that hold it, and one for its being the current model.</summary>
    private int _users = 1;

    private ScoringModel(byte[] bytes, string file, ScoringSettings settings)
    {
        File = file;
        MaximumBatchRows = settings.MaximumBatchRows;
        _entropyThreshold = settings.EntropyThreshold;
        Sha256 = Convert.ToHexStringLower(SHA256.HashData(bytes));
        LoadedAt = DateTimeOffset.UtcNow;

        // One thread for each run: requests run side by side, and threads that wait for each other would cost both of them.
        _scorer = OnnxScorer.FromBytes(bytes, new() { IntraOpThreads = 1, MaximumBatchRows = ChunkRows });
        try
        {
            Card = ModelCard.Read(_scorer.Metadata, _scorer.Inputs);
            Fields = [.. _scorer.Inputs.Select(input => InputField.Create(input, Card.Columns.FirstOrDefault(column => column.Name == input.Name)))];
            Outputs = new ModelOutputs(_scorer.Outputs);
            TryOut();
        }
        catch
        {
            Release();
            throw;
        }
    }

    /// <summary>The file that it came from.</summary>
    public string File { get; }

    /// <summary>Of the file's bytes.</summary>
    public string Sha256 { get; }

    /// <summary>The beginning of <see cref="Sha256"/>: what answers name the model by.</summary>
    public string Version => Sha256[..VersionLength];

    public DateTimeOffset LoadedAt { get; }

    /// <summary>Rows that a request may have.</summary>
    public int MaximumBatchRows { get; }

    public InputField[] Fields { get; } = [];

    public ModelOutputs Outputs { get; } = null!;

    public ModelCard Card { get; } = null!;

    /// <summary>What the file says about itself.</summary>
    public IReadOnlyDictionary<string, string> Metadata => _scorer.Metadata;

    public IReadOnlyList<OnnxTensorInfo> GraphOutputs => _scorer.Outputs;

    /// <summary>Whether it was freed.</summary>
    public bool IsFreed => Volatile.Read(ref _users) == 0;

    /// <summary>Reads a file as a whole, so that it may be replaced in the meantime, and tries the model out.</summary>
    /// <exception cref="ModelRefusedException">There is no such file, or it is not a model that this service can ask.</exception>
    public static ScoringModel Load(string file, ScoringSettings settings)
    {
        try
        {
            return new ScoringModel(System.IO.File.ReadAllBytes(file), file, settings);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or InvalidDataException or ArgumentException or ExecutionProviderException or NotSupportedException
            or Microsoft.ML.OnnxRuntime.OnnxRuntimeException)
        {
            throw new ModelRefusedException($"The model '{file}' was not loaded: {error.Message.ReplaceLineEndings(" ")}", error);
        }
    }

    /// <summary>Whether the caller may use it; it calls <see cref="Release"/> then.</summary>
    public bool TryEnter()
    {
        int users;
        do
        {
            users = Volatile.Read(ref _users);
            if (users == 0)
                return false;
        }
        while (Interlocked.CompareExchange(ref _users, users + 1, users) != users);
        return true;
    }

    /// <summary>After each <see cref="TryEnter"/>, and once when another model took its place.</summary>
    public void Release()
    {
        if (Interlocked.Decrement(ref _users) != 0)
            return;

        // Nobody takes or gives a workspace any more: that needs the model.
        foreach (Workspace workspace in _singles.Concat(_batches))
            workspace.Dispose();
        _scorer.Dispose();
    }

    /// <summary>Room for one row, or for a batch.</summary>
    public Workspace Take(bool forBatch)
    {
        Workspace workspace = (forBatch ? _batches : _singles).TryDequeue(out Workspace? idle) ? idle : new Workspace(_scorer, forBatch ? _scorer.MaximumBatchRows : 1, _entropyThreshold);
        workspace.Clear();
        return workspace;
    }

    /// <summary>As many are kept as were in use at a time.</summary>
    public void Give(Workspace workspace, bool forBatch) => (forBatch ? _batches : _singles).Enqueue(workspace);

    /// <summary>The answers for the first rows of a workspace; they change with its next run.</summary>
    public Answers Run(Workspace workspace, int rows)
    {
        workspace.Batch.Run(rows);
        return Outputs.Bind(workspace.Batch);
    }

    /// <summary>The inputs where a row of a workspace has values that training has not seen; null where there are none.</summary>
    public IReadOnlyList<string>? FindOutsideTraining(Workspace workspace, int row)
    {
        List<string>? outside = null;
        foreach (InputField field in Fields)
        {
            if (field.IsOutsideTraining(workspace.Batch, row))
                (outside ??= []).Add(field.Name);
        }

        return outside;
    }

    /// <summary>A model that answers rubbish, or cannot answer at all, must not replace one that works.</summary>
    private void TryOut()
    {
        using var workspace = new Workspace(_scorer, 1, _entropyThreshold);
        foreach (InputField field in Fields)
            field.FillWithZeros(workspace.Batch);
        Answer answer = Run(workspace, 1)[0];
        if (!(answer.Probability is >= 0 and <= 1) || !double.IsFinite(answer.Entropy))
            throw new InvalidDataException($"for a row of zeros and empty texts it answers a probability of {answer.Probability} and an entropy of {answer.Entropy}.");
    }
}
