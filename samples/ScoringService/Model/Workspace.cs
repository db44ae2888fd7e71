using Microsoft.ML.Trainers.VariationalDropout.Onnx;

namespace ScoringService.Model;

/// <summary>What one request needs while it is worked on, of one model. It is used again by the next, so that a request allocates next to nothing.</summary>
internal sealed class Workspace(OnnxScorer scorer, int rows, double entropyThreshold) : IDisposable
{
    /// <summary>The inputs and outputs of some rows.</summary>
    public OnnxBatch Batch { get; } = scorer.CreateBatch(rows);

    public TextBuffer Texts { get; } = new();

    /// <summary>Which inputs a row has given.</summary>
    public bool[] Seen { get; } = new bool[scorer.Inputs.Count];

    /// <summary>The answer so far.</summary>
    public AnswerWriter Answer { get; } = new(entropyThreshold);

    /// <summary>Before a request.</summary>
    public void Clear()
    {
        Texts.Clear();
        Answer.Clear();
    }

    public void Dispose()
    {
        Answer.Dispose();
        Batch.Dispose();
    }
}
