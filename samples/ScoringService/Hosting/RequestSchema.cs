using System.Globalization;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;
using ScoringService.Model;

namespace ScoringService.Hosting;

/// <summary>Puts the columns of the model that is in use into the description of the requests.</summary>
internal sealed class RequestSchema(ModelHolder models) : IOpenApiOperationTransformer
{
    public const string Single = "score", Batch = "scoreBatch";

    public Task TransformAsync(OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken cancellationToken)
    {
        bool isBatch = operation.OperationId == Batch;
        if ((operation.OperationId != Single && !isBatch) || operation.RequestBody?.Content is not { } content || models.Take() is not ScoringModel model)
            return Task.CompletedTask;
        try
        {
            OpenApiSchema row = DescribeRow(model);
            OpenApiSchema body = isBatch
                ? CreateObject(new() { ["rows"] = new OpenApiSchema { Type = JsonSchemaType.Array, Items = row, MinItems = 1, MaxItems = model.MaximumBatchRows } })
                : row;
            foreach (OpenApiMediaType type in content.Values.OfType<OpenApiMediaType>())
                type.Schema = body;
        }
        finally
        {
            model.Release();
        }

        return Task.CompletedTask;
    }

    private static OpenApiSchema DescribeRow(ScoringModel model)
        => CreateObject(model.Fields.ToDictionary(field => field.Name, field => (IOpenApiSchema)DescribeField(field)));

    private static OpenApiSchema CreateObject(Dictionary<string, IOpenApiSchema> properties) => new()
    {
        Type = JsonSchemaType.Object,
        Properties = properties,
        Required = properties.Keys.ToHashSet(),
        AdditionalPropertiesAllowed = false,
    };

    private static string Describe(ColumnCard card)
    {
        string? seen = card switch
        {
            { TrainedMinimum: double minimum, TrainedMaximum: double maximum } => string.Create(CultureInfo.InvariantCulture, $"from {minimum:G7} to {maximum:G7}"),
            { Values: { } values } => string.Join(", ", values),
            _ => null,
        };
        return string.Join(". ", new[] { card.Label, seen is null ? null : $"Training has seen {seen}; other values get the decision \"I am not sure\"." }.OfType<string>());
    }

    private static OpenApiSchema DescribeField(InputField field)
    {
        var value = new OpenApiSchema
        {
            Description = field.Card is { } card ? Describe(card) : null,
            Type = field.Kind switch
            {
                FieldKind.Number => JsonSchemaType.Number,
                FieldKind.WholeNumber => JsonSchemaType.Integer,
                FieldKind.TrueOrFalse => JsonSchemaType.Boolean,
                _ => JsonSchemaType.String,
            },
        };
        int size = field.Info.RowSize;
        return size == 1 ? value : new OpenApiSchema { Type = JsonSchemaType.Array, Items = value, MinItems = size, MaxItems = size };
    }
}
