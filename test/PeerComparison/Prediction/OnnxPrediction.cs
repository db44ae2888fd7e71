using Microsoft.ML.OnnxRuntime;

namespace Microsoft.ML.Trainers.VariationalDropout.PeerComparison.Prediction;

/// <summary>The same batch in ONNX Runtime, on the graph that this library exports: inputs and outputs bound once, nothing copied.</summary>
internal sealed class OnnxPrediction : IDisposable
{
    private readonly InferenceSession _session;
    private readonly OrtIoBinding _binding;
    private readonly RunOptions _options = new();
    private readonly OrtValue _input, _output;

    public OnnxPrediction(PredictionProblem problem, int rows, int threads)
    {
        using var options = new SessionOptions
        {
            IntraOpNumThreads = threads,
            InterOpNumThreads = 1,
            GraphOptimizationLevel = GraphOptimizationLevel.ORT_ENABLE_ALL,
        };
        _session = new InferenceSession(problem.Graph, options);
        var features = new float[rows * problem.Shape[0]];
        for (int row = 0; row < rows; row++)
            problem.Features(row).CopyTo(features.AsSpan(row * problem.Shape[0]));
        Scores = new float[rows * problem.Shape[^1]];
        _input = OrtValue.CreateTensorValueFromMemory(features, [rows, problem.Shape[0]]);
        _output = OrtValue.CreateTensorValueFromMemory(Scores, [rows, problem.Shape[^1]]);
        _binding = _session.CreateIoBinding();
        _binding.BindInput(_session.InputNames[0], _input);
        _binding.BindOutput(_session.OutputNames[0], _output);
    }

    /// <summary>Of the last run, [rows × scores].</summary>
    public float[] Scores { get; }

    public void Run() => _session.RunWithBinding(_options, _binding);

    public void Dispose()
    {
        _binding.Dispose();
        _input.Dispose();
        _output.Dispose();
        _options.Dispose();
        _session.Dispose();
    }
}
