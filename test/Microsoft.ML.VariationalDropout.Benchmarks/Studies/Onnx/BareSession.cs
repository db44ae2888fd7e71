using Microsoft.ML.OnnxRuntime;

namespace Microsoft.ML.Trainers.VariationalDropout.Benchmarks.Studies.Onnx;

/// <summary>ONNX Runtime without anything around it: the least that scoring from an array can cost. One size of batch, memory allocated once.</summary>
internal sealed class BareSession : IDisposable
{
    private readonly InferenceSession _session;
    private readonly RunOptions _options = new();
    private readonly float[] _features, _scores;
    private readonly OrtValue[] _inputs, _outputs;
    private readonly string[] _inputNames, _outputNames;

    public BareSession(byte[] model, int threads, int rows)
    {
        using var options = new SessionOptions { IntraOpNumThreads = threads };
        _session = new InferenceSession(model, options);
        _inputNames = [.. _session.InputNames];
        _outputNames = [.. _session.OutputNames];
        _features = new float[rows * OnnxProblem.Features];
        _scores = new float[rows];
        _inputs = [OrtValue.CreateTensorValueFromMemory(_features, [rows, OnnxProblem.Features])];
        _outputs = [OrtValue.CreateTensorValueFromMemory(_scores, [rows, 1])];
    }

    /// <summary>Scores a whole number of batches.</summary>
    public void Score(ReadOnlySpan<float> features, Span<float> scores)
    {
        for (int batch = 0; batch * _features.Length < features.Length; batch++)
        {
            features.Slice(batch * _features.Length, _features.Length).CopyTo(_features);
            _session.Run(_options, _inputNames, _inputs, _outputNames, _outputs);
            _scores.CopyTo(scores[(batch * _scores.Length)..]);
        }
    }

    public void Dispose()
    {
        foreach (OrtValue value in _inputs.Concat(_outputs))
            value.Dispose();
        _options.Dispose();
        _session.Dispose();
    }
}
