using System.Collections;
using Microsoft.ML.Data;

namespace Microsoft.ML.Trainers.VariationalDropout;

/// <summary>What a network's nodes compute: a score column each, in the order of the score columns.</summary>
internal sealed class NetworkOutputs : IReadOnlyList<NetworkOutput>
{
    public const string StandardDeviation = "ScoreStandardDeviation";
    public const string EpistemicStandardDeviation = "ScoreEpistemicStandardDeviation";
    public const string AleatoricStandardDeviation = "ScoreAleatoricStandardDeviation";
    public const string PredictiveEntropy = "ScorePredictiveEntropy";
    public const string MutualInformation = "ScoreMutualInformation";

    private readonly List<NetworkOutput> _outputs = [];

    public int Count => _outputs.Count;

    public NetworkOutput this[int index] => _outputs[index];

    /// <summary>The output of a column.</summary>
    public NetworkOutput this[string column] => _outputs.Single(output => output.Column == column);

    public void Add(NetworkOutput output) => _outputs.Add(output);

    public IEnumerator<NetworkOutput> GetEnumerator() => _outputs.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}

/// <summary>An output.</summary>
/// <param name="Column">Name of the score column.</param>
/// <param name="Variable">Name of the ONNX variable, [rows, 1] or [rows, size of the vector].</param>
/// <param name="Type">Type of the score column: a float, a vector of them, a Boolean, or a key (an unsigned 32-bit integer counted from 1).</param>
internal sealed record NetworkOutput(string Column, string Variable, DataViewType Type);
