using System.Text.Json;
using Microsoft.ML.Trainers.VariationalDropout.Onnx;

namespace ScoreOnAccelerator;

/// <summary>What a provider did in a run.</summary>
/// <param name="Provider">Its name, such as <c>CUDAExecutionProvider</c>.</param>
/// <param name="Operators">How many operators of the graph it ran.</param>
/// <param name="Time">Its share of their time.</param>
internal sealed record ProviderShare(string Provider, int Operators, double Time)
{
    private const string Suffix = "ExecutionProvider";

    /// <summary>Whether it goes by a name, with or without what all names end with.</summary>
    public bool Is(string name) => Provider.Equals(name, StringComparison.OrdinalIgnoreCase)
        || Provider.Equals(name + Suffix, StringComparison.OrdinalIgnoreCase)
        || (name.Equals("DirectML", StringComparison.OrdinalIgnoreCase) && Is("Dml"));
}

/// <summary>Reads the profile that ONNX Runtime writes: a list of events, of which each operator's names the provider that ran it.</summary>
internal static class OperatorProfile
{
    public static IReadOnlyList<ProviderShare> Measure(byte[] model, OnnxScorerOptions options)
    {
        string folder = Directory.CreateTempSubdirectory("ScoreOnAccelerator").FullName;
        try
        {
            // A session of its own: profiling takes time.
            using OnnxScorer scorer = OnnxScorer.FromBytes(model, options with
            {
                ConfigureSession = session =>
                {
                    session.ProfileOutputPathPrefix = Path.Combine(folder, "profile");
                    session.EnableProfiling = true;
                },
            });
            using OnnxBatch batch = scorer.CreateBatch();
            SampleRows.Fill(batch, scorer.Inputs);
            batch.Run(batch.MaximumRows);
            return Read(scorer.EndProfiling());
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static List<ProviderShare> Read(string path)
    {
        using FileStream stream = File.OpenRead(path);
        using JsonDocument profile = JsonDocument.Parse(stream);
        var operators = new List<(string Provider, string Name, double Time)>();
        foreach (JsonElement item in profile.RootElement.EnumerateArray())
        {
            if (item.TryGetProperty("args", out JsonElement details) && details.TryGetProperty("provider", out JsonElement provider) && provider.GetString() is { Length: > 0 } name)
                operators.Add((name, item.GetProperty("name").GetString()!, item.GetProperty("dur").GetDouble()));
        }

        double all = Math.Max(operators.Sum(item => item.Time), 1);
        return
        [
            .. operators.GroupBy(item => item.Provider)
                .Select(group => new ProviderShare(group.Key, group.Select(item => item.Name).Distinct().Count(), group.Sum(item => item.Time) / all))
                .OrderByDescending(share => share.Time),
        ];
    }
}
