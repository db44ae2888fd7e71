using System.Text.Json;
using Microsoft.ML.Trainers.VariationalDropout.Onnx;

namespace ScoringService.Model;

/// <summary>What a person wants to know about a model and its columns: a property of the file, which a model need not have.</summary>
internal sealed record ModelCard
{
    public const string PropertyName = "scoring_service";

    public string? Title { get; init; }

    public string? Question { get; init; }

    public IReadOnlyList<ColumnCard> Columns { get; init; } = [];

    /// <exception cref="InvalidDataException">The file has such a property, and it is not JSON of this form, or does not fit the inputs.</exception>
    public static ModelCard Read(IReadOnlyDictionary<string, string> metadata, IReadOnlyList<OnnxTensorInfo> inputs)
    {
        try
        {
            ModelCard card = metadata.TryGetValue(PropertyName, out string? json) ? JsonSerializer.Deserialize(json, ServiceJson.Default.ModelCard) ?? new() : new();
            ModelCardCheck.Check(card, inputs);
            return card;
        }
        catch (JsonException error)
        {
            throw new InvalidDataException($"The property '{PropertyName}' of the model is not what it should be: {error.Message}", error);
        }
    }

    public string ToJson() => JsonSerializer.Serialize(this, ServiceJson.Default.ModelCard);
}

/// <summary>How to offer a column on a page, and what training has seen of it. Other values are answered too, but never surely.</summary>
internal sealed record ColumnCard
{
    public required string Name { get; init; }

    public string? Label { get; init; }

    /// <summary>Of a number: the least that training has seen; null where the model does not tell.</summary>
    public double? TrainedMinimum { get; init; }

    /// <summary>Of a number: the most.</summary>
    public double? TrainedMaximum { get; init; }

    /// <summary>Of a number: the ends of its slider.</summary>
    public double? Minimum { get; init; }

    public double? Maximum { get; init; }

    public double? Step { get; init; }

    /// <summary>What to begin with.</summary>
    public double? Value { get; init; }

    /// <summary>Of a text: all that training has seen.</summary>
    public IReadOnlyList<string>? Values { get; init; }
}
