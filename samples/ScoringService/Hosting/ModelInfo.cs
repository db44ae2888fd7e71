using ScoringService.Model;

namespace ScoringService.Hosting;

/// <summary>The answer of <c>GET /model</c>.</summary>
internal sealed record ModelInfo
{
    /// <summary>What answers name the model by.</summary>
    public required string Version { get; init; }

    /// <summary>Of the file.</summary>
    public required string Sha256 { get; init; }

    public required string File { get; init; }

    public required DateTimeOffset LoadedAt { get; init; }

    public string? Title { get; init; }

    public string? Question { get; init; }

    /// <summary>Kind of the graph, such as Moments, where the file tells.</summary>
    public string? Graph { get; init; }

    /// <summary>Whether answers tell the model's ignorance from noise.</summary>
    public required bool HasEpistemic { get; init; }

    /// <summary>Entropy in nats above which the answer is "I am not sure".</summary>
    public required double EntropyThreshold { get; init; }

    public required int MaximumBatchRows { get; init; }

    public required int MaximumBodyBytes { get; init; }

    public required IReadOnlyList<InputInfo> Inputs { get; init; }

    public required IReadOnlyList<OutputInfo> Outputs { get; init; }

    public static ModelInfo Describe(ScoringModel model, ScoringSettings settings) => new()
    {
        Version = model.Version,
        Sha256 = model.Sha256,
        File = Path.GetFileName(model.File),
        LoadedAt = model.LoadedAt,
        Title = model.Card.Title,
        Question = model.Card.Question,
        Graph = model.Metadata.GetValueOrDefault("graph"),
        HasEpistemic = model.Outputs.HasEpistemic,
        EntropyThreshold = settings.EntropyThreshold,
        MaximumBatchRows = model.MaximumBatchRows,
        MaximumBodyBytes = settings.MaximumBodyBytes,
        Inputs = [.. model.Fields.Select(InputInfo.Describe)],
        Outputs = [.. model.GraphOutputs.Select(output => new OutputInfo(output.Name, output.ElementType.Name, output.RowSize))],
    };
}

/// <summary>A field of a request, and how to offer it on a page.</summary>
internal sealed record InputInfo
{
    public required string Name { get; init; }

    public required FieldKind Kind { get; init; }

    /// <summary>Values of a row: 1, or the length of an array.</summary>
    public required int Size { get; init; }

    public ColumnCard? Card { get; init; }

    public static InputInfo Describe(InputField field) => new() { Name = field.Name, Kind = field.Kind, Size = field.Info.RowSize, Card = field.Card };
}

/// <summary>An output of the graph.</summary>
internal sealed record OutputInfo(string Name, string Type, int Size);
