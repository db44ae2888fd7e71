using System.Buffers;
using System.Text.Json;
using Microsoft.ML.Trainers.VariationalDropout.Onnx;

namespace ScoringService.Model;

/// <summary>What one request needs while it is worked on, of one model. It is used again by the next, so that a request allocates next to nothing.</summary>
internal sealed class Workspace : IDisposable
{
    /// <summary>Memory of an answer that is kept for the next.</summary>
    private const int KeptBytes = 1 << 18;

    private ArrayBufferWriter<byte> _answer = new();

    public Workspace(OnnxScorer scorer, int rows)
    {
        Batch = scorer.CreateBatch(rows);
        Seen = new bool[scorer.Inputs.Count];
        Json = new Utf8JsonWriter(_answer);
    }

    public OnnxBatch Batch { get; }

    public TextBuffer Texts { get; } = new();

    /// <summary>Which inputs a row has given.</summary>
    public bool[] Seen { get; }

    /// <summary>Writes <see cref="Answer"/>.</summary>
    public Utf8JsonWriter Json { get; }

    public ReadOnlySpan<byte> Answer => _answer.WrittenSpan;

    /// <summary>Before a request.</summary>
    public void Clear()
    {
        Texts.Clear();
        if (_answer.Capacity > KeptBytes)
            _answer = new();
        else
            _answer.ResetWrittenCount();
        Json.Reset(_answer);
    }

    public void Dispose()
    {
        Json.Dispose();
        Batch.Dispose();
    }
}
