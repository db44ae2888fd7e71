using System.Text.Json.Nodes;
using ScoringService.Hosting;
using ScoringService.Model;

namespace ScoringService.Load;

/// <summary>Rows for any model, from what <c>GET /model</c> says of its columns.</summary>
internal static class RandomRows
{
    public static string[] Make(ModelInfo model, int count, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => MakeRow(model, random).ToJsonString())];
    }

    private static JsonObject MakeRow(ModelInfo model, Random random)
    {
        var row = new JsonObject();
        foreach (InputInfo input in model.Inputs)
            row[input.Name] = input.Size == 1 ? MakeValue(input, random) : new JsonArray([.. Enumerable.Range(0, input.Size).Select(_ => MakeValue(input, random))]);
        return row;
    }

    private static JsonNode MakeValue(InputInfo input, Random random)
    {
        double minimum = input.Card?.Minimum ?? 0, maximum = input.Card?.Maximum ?? 1;
        return input.Kind switch
        {
            FieldKind.Number => Math.Round(minimum + ((maximum - minimum) * random.NextDouble()), 2),
            FieldKind.WholeNumber => random.NextInt64((long)minimum, (long)maximum + 1),
            FieldKind.TrueOrFalse => random.Next(2) == 0,
            _ => input.Card?.Values is { Count: > 0 } values ? values[random.Next(values.Count)] : "text",
        };
    }
}
