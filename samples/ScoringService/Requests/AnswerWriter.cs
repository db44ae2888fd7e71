using System.Text.Json;
using ScoringService.Model;

namespace ScoringService.Requests;

/// <summary>Writes answers as JSON, and counts what they say.</summary>
internal ref struct AnswerWriter(Utf8JsonWriter json, double threshold)
{
    private static readonly JsonEncodedText Yes = JsonEncodedText.Encode("yes"), No = JsonEncodedText.Encode("no"), NotSure = JsonEncodedText.Encode("I am not sure");

    private static readonly JsonEncodedText Decision = JsonEncodedText.Encode("decision"), Prediction = JsonEncodedText.Encode("prediction"),
        Probability = JsonEncodedText.Encode("probability"), Uncertainty = JsonEncodedText.Encode("uncertainty"), Entropy = JsonEncodedText.Encode("entropy"),
        Epistemic = JsonEncodedText.Encode("epistemic"), Aleatoric = JsonEncodedText.Encode("aleatoric"), StandardDeviation = JsonEncodedText.Encode("standardDeviation"),
        Model = JsonEncodedText.Encode("model"), All = JsonEncodedText.Encode("answers");

    public int YesCount { get; private set; }

    public int NoCount { get; private set; }

    public int NotSureCount { get; private set; }

    public void WriteSingle(Answers answers, string version)
    {
        json.WriteStartObject();
        WriteFields(answers[0]);
        json.WriteString(Model, version);
        json.WriteEndObject();
        json.Flush();
    }

    public void WriteBatch(Answers answers, string version)
    {
        json.WriteStartObject();
        json.WriteString(Model, version);
        json.WriteStartArray(All);
        for (int row = 0; row < answers.Count; row++)
        {
            json.WriteStartObject();
            WriteFields(answers[row]);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
        json.Flush();
    }

    private void WriteFields(Answer answer)
    {
        bool prediction = answer.Probability > 0.5f;

        // In this direction NaN is unsure too.
        if (!(answer.Entropy <= threshold))
        {
            NotSureCount++;
            json.WriteString(Decision, NotSure);
        }
        else if (prediction)
        {
            YesCount++;
            json.WriteString(Decision, Yes);
        }
        else
        {
            NoCount++;
            json.WriteString(Decision, No);
        }

        json.WriteBoolean(Prediction, prediction);
        json.WriteNumber(Probability, answer.Probability);
        json.WriteStartObject(Uncertainty);
        json.WriteNumber(Entropy, answer.Entropy);
        if (answer.Epistemic is float epistemic)
        {
            json.WriteNumber(Epistemic, epistemic);
            json.WriteNumber(Aleatoric, Math.Max(answer.Entropy - epistemic, 0));
        }

        if (answer.StandardDeviation is float deviation)
            json.WriteNumber(StandardDeviation, deviation);
        json.WriteEndObject();
    }
}
