using System.Text.Encodings.Web;
using System.Text.Json;

namespace Microsoft.ML.Trainers.VariationalDropout.DefaultsStudy.Report;

/// <summary>Every training's figures, with all digits.</summary>
internal static class JsonReport
{
    private static readonly JsonSerializerOptions Options = new() { PropertyNamingPolicy = JsonNamingPolicy.CamelCase, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string Write(StudyReport report) => JsonSerializer.Serialize(
        new
        {
            report.Command,
            machine = Machine.Description,
            report.Missing,
            results = report.Results.Select(found => new
            {
                part = found.Part.Name,
                set = found.Result.Set.Name,
                task = $"{found.Result.Set.Task}",
                role = $"{found.Result.Set.Role}",
                trainRows = found.Result.First.Train.Count,
                testRows = found.Result.First.Test.Count,
                features = found.Result.First.FeatureCount,
                classes = found.Result.First.Classes,
                references = found.Result.References,
                runs = found.Result.Runs.Select(run => new
                {
                    trainer = run.Column,
                    run.Split,
                    run.Seed,
                    figures = run.Figures?.Where(figure => double.IsFinite(figure.Value)).ToDictionary(figure => figure.Key.Name, figure => figure.Value),
                    run.Failure,
                }),
            }),
        },
        Options) + '\n';
}
