using Microsoft.ML.Trainers.VariationalDropout.Onnx;

namespace ScoringService.Model;

/// <summary>Where in a graph's outputs the answers are. Only the probability must be there: the rest depends on the kind of graph.</summary>
internal sealed class ModelOutputs
{
    private const string ProbabilityColumn = "Probability", EntropyColumn = "ScorePredictiveEntropy", InformationColumn = "ScoreMutualInformation", DeviationColumn = "ScoreStandardDeviation";

    private readonly string _probability;
    private readonly string? _entropy, _information, _deviation;

    /// <exception cref="InvalidDataException">There is no probability: the model is no calibrated binary classifier.</exception>
    public ModelOutputs(IReadOnlyList<OnnxTensorInfo> outputs)
    {
        _probability = Find(outputs, ProbabilityColumn) ?? throw new InvalidDataException(
            $"it has no output {ProbabilityColumn} with one number per row, which a binary classifier has; it has {string.Join("; ", outputs)}.");
        _entropy = Find(outputs, EntropyColumn);
        _information = Find(outputs, InformationColumn);
        _deviation = Find(outputs, DeviationColumn);
    }

    /// <summary>Whether the graph tells noise from ignorance.</summary>
    public bool HasEpistemic => _information is not null;

    /// <summary>The answers of a batch that was run; they change with its next run.</summary>
    public Answers Bind(OnnxBatch batch) => new(
        batch.GetOutput<float>(_probability),
        _entropy is null ? default : batch.GetOutput<float>(_entropy),
        _information is null ? default : batch.GetOutput<float>(_information),
        _deviation is null ? default : batch.GetOutput<float>(_deviation));

    /// <summary>Exported pipelines call the output for a column <c>Column.output</c>.</summary>
    private static string? Find(IReadOnlyList<OnnxTensorInfo> outputs, string column)
        => outputs.FirstOrDefault(output => (output.Name == column || output.Name == column + ".output") && output.RowSize == 1 && output.ElementType == typeof(float))?.Name;
}
