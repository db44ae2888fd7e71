using System.Buffers;
using System.Text.Json;

namespace ScoringService.Model;

/// <summary>Writes answers as JSON, and counts what they say. Its memory is used again.</summary>
internal sealed class AnswerWriter : IDisposable
{
    /// <summary>Memory of an answer that is kept for the next.</summary>
    private const int KeptBytes = 1 << 18;

    private static readonly JsonEncodedText Yes = JsonEncodedText.Encode("yes"), No = JsonEncodedText.Encode("no"), NotSure = JsonEncodedText.Encode("I am not sure");

    private static readonly JsonEncodedText Decision = JsonEncodedText.Encode("decision"), Prediction = JsonEncodedText.Encode("prediction"),
        Probability = JsonEncodedText.Encode("probability"), Uncertainty = JsonEncodedText.Encode("uncertainty"), Entropy = JsonEncodedText.Encode("entropy"),
        Epistemic = JsonEncodedText.Encode("epistemic"), Aleatoric = JsonEncodedText.Encode("aleatoric"), StandardDeviation = JsonEncodedText.Encode("standardDeviation"),
        OutsideTrainingData = JsonEncodedText.Encode("outsideTrainingData"), Model = JsonEncodedText.Encode("model"), All = JsonEncodedText.Encode("answers");

    private readonly double _entropyThreshold;
    private readonly Utf8JsonWriter _json;
    private ArrayBufferWriter<byte> _bytes = new();

    /// <param name="entropyThreshold">Above this entropy, in nats, the answer is "I am not sure".</param>
    public AnswerWriter(double entropyThreshold)
    {
        _entropyThreshold = entropyThreshold;
        _json = new(_bytes);
    }

    public int YesCount { get; private set; }

    public int NoCount { get; private set; }

    public int NotSureCount { get; private set; }

    /// <summary>What was written.</summary>
    public ReadOnlySpan<byte> Bytes => _bytes.WrittenSpan;

    public void Clear()
    {
        YesCount = NoCount = NotSureCount = 0;
        if (_bytes.Capacity > KeptBytes)
            _bytes = new();
        else
            _bytes.ResetWrittenCount();
        _json.Reset(_bytes);
    }

    /// <summary>The only answer of a request.</summary>
    public void WriteSingle(Answer answer, IReadOnlyList<string>? outsideTraining, string version)
    {
        _json.WriteStartObject();
        WriteFields(answer, outsideTraining);
        _json.WriteString(Model, version);
        _json.WriteEndObject();
        _json.Flush();
    }

    public void BeginBatch(string version)
    {
        _json.WriteStartObject();
        _json.WriteString(Model, version);
        _json.WriteStartArray(All);
    }

    public void Add(Answer answer, IReadOnlyList<string>? outsideTraining)
    {
        _json.WriteStartObject();
        WriteFields(answer, outsideTraining);
        _json.WriteEndObject();
    }

    public void EndBatch()
    {
        _json.WriteEndArray();
        _json.WriteEndObject();
        _json.Flush();
    }

    public void Dispose() => _json.Dispose();

    private void WriteFields(Answer answer, IReadOnlyList<string>? outsideTraining)
    {
        bool prediction = answer.Probability > 0.5f;

        // In this direction NaN is unsure too. Where training has seen nothing, a network may be sure and wrong.
        if (outsideTraining is not null || !(answer.Entropy <= _entropyThreshold))
        {
            NotSureCount++;
            _json.WriteString(Decision, NotSure);
        }
        else if (prediction)
        {
            YesCount++;
            _json.WriteString(Decision, Yes);
        }
        else
        {
            NoCount++;
            _json.WriteString(Decision, No);
        }

        if (float.IsNaN(answer.Probability))
            _json.WriteNull(Prediction);
        else
            _json.WriteBoolean(Prediction, prediction);
        WriteNumber(Probability, answer.Probability);
        _json.WriteStartObject(Uncertainty);
        WriteNumber(Entropy, answer.Entropy);
        if (answer.Epistemic is float epistemic)
        {
            WriteNumber(Epistemic, epistemic);
            WriteNumber(Aleatoric, Math.Max(answer.Entropy - epistemic, 0));
        }

        if (answer.StandardDeviation is float deviation)
            WriteNumber(StandardDeviation, deviation);
        _json.WriteEndObject();
        if (outsideTraining is null)
            return;
        _json.WriteStartArray(OutsideTrainingData);
        foreach (string name in outsideTraining)
            _json.WriteStringValue(name);
        _json.WriteEndArray();
    }

    /// <summary>JSON has no NaN: a graph may answer it for a row far from all others.</summary>
    private void WriteNumber(JsonEncodedText name, float value)
    {
        if (float.IsFinite(value))
            _json.WriteNumber(name, value);
        else
            _json.WriteNull(name);
    }
}
