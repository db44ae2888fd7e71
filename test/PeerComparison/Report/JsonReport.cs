using System.Text.Json;
using Microsoft.ML.Trainers.VariationalDropout.PeerComparison.Quality;

namespace Microsoft.ML.Trainers.VariationalDropout.PeerComparison.Report;

/// <summary>Results for programs: the machine, and for each row its ratio, goals and times in seconds.</summary>
internal static class JsonReport
{
    private static readonly JsonSerializerOptions Options = new()
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        NumberHandling = System.Text.Json.Serialization.JsonNumberHandling.AllowNamedFloatingPointLiterals,
    };

    public static string Write(Machine machine, IEnumerable<Result> results, IReadOnlyList<QualityPoint> quality) => JsonSerializer.Serialize(
        new
        {
            machine,
            rows = results.Select(result => new
            {
                result.Row.Name,
                result.Row.Group,
                ratioOf = result.Row.Ratio,
                result.Row.Unit,
                result.Row.Target,
                result.Row.Aim,
                lessIsBetter = result.Row.IsTime,
                result.Outcome.Ratio,
                result.Outcome.FirstName,
                firstSeconds = result.Outcome.First,
                result.Outcome.SecondName,
                secondSeconds = result.Outcome.Second,
                result.Outcome.Pairs,
                result.Outcome.QuietPairs,
                result.Outcome.IsDisturbed,
                reached = RowText.Verdict(result.Row, result.Outcome),
            }),
            quality,
        },
        Options);
}
