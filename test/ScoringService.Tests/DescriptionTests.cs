using System.Net;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using ScoringService.DefaultModel;
using ScoringService.Requests;

namespace ScoringService.Tests;

/// <summary>What the service says about itself: OpenAPI and metrics.</summary>
[TestClass]
public sealed class DescriptionTests
{
    [TestMethod]
    public async Task The_description_names_the_paths_and_the_columns_of_the_model()
    {
        await using RunningService service = await RunningService.StartAsync();

        JsonElement document = await service.GetAsync("/openapi/v1.json");

        JsonElement paths = document.GetProperty("paths");
        CollectionAssert.IsSubsetOf(new[] { "/score", "/score/batch", "/model", "/model/reload" }, paths.EnumerateObject().Select(path => path.Name).ToArray());
        JsonElement row = SchemaOf(paths, "/score"), rows = SchemaOf(paths, "/score/batch").GetProperty("properties").GetProperty("rows");
        foreach (JsonElement schema in new[] { row, rows.GetProperty("items") })
        {
            Assert.AreEqual("number", schema.GetProperty("properties").GetProperty(nameof(Customer.Age)).GetProperty("type").GetString());
            Assert.AreEqual("string", schema.GetProperty("properties").GetProperty(nameof(Customer.Contract)).GetProperty("type").GetString());
            Assert.AreEqual("boolean", schema.GetProperty("properties").GetProperty(nameof(Customer.HasFamilyPlan)).GetProperty("type").GetString());
            Assert.AreEqual(7, schema.GetProperty("required").GetArrayLength());
        }

        Assert.AreEqual(
            "Age. Training has seen from 18 to 70; other values get the decision \"I am not sure\".",
            row.GetProperty("properties").GetProperty(nameof(Customer.Age)).GetProperty("description").GetString());
        Assert.AreEqual(
            "Payment. Training has seen card, transfer, cheque; other values get the decision \"I am not sure\".",
            row.GetProperty("properties").GetProperty(nameof(Customer.Payment)).GetProperty("description").GetString());
        JsonElement answer = document.GetProperty("components").GetProperty("schemas").GetProperty("ScoreAnswer");
        Assert.IsTrue(answer.GetProperty("properties").TryGetProperty("outsideTrainingData", out _));
        CollectionAssert.DoesNotContain(answer.GetProperty("required").EnumerateArray().Select(name => name.GetString()).ToArray(), "outsideTrainingData");
        Assert.AreEqual(1000, rows.GetProperty("maxItems").GetInt32());
        CollectionAssert.IsSubsetOf(new[] { "200", "400", "413", "415", "503" }, paths.GetProperty("/score").GetProperty("post").GetProperty("responses").EnumerateObject().Select(response => response.Name).ToArray());
    }

    /// <summary>Alone: what is counted is what all services of a process count.</summary>
    [TestMethod]
    [DoNotParallelize]
    public async Task Metrics_count_requests_rows_answers_refusals_and_reloads()
    {
        using var folder = new TemporaryFolder();
        string file = folder.Write("model.onnx", File.ReadAllBytes(AssemblySetup.ModelFile));
        await using RunningService service = await RunningService.StartAsync(("ModelFile", file), ("EntropyThreshold", 0), ("MaximumBatchesInFlight", 1));
        string batch = RunningService.Batch(Enumerable.Range(0, 5).Select(_ => RunningService.Row()));
        await service.AskAsync("/score", RunningService.Row().ToJsonString());
        await service.AskAsync("/score/batch", batch);
        await service.AskAsync("/model/reload", "");
        File.Delete(file);
        await service.AskAsync("/model/reload", "");
        using (SlowRequest slow = await SlowRequest.BeginAsync(service.EndPoint, "/score/batch", batch))
        {
            // Not by asking until it is refused: a batch that asks may be what the slow one is refused for.
            while (service.App.Services.GetRequiredService<ScoreEndpoints>().Batches.Inside == 0)
                await Task.Delay(5);
            Assert.AreEqual(HttpStatusCode.ServiceUnavailable, (await service.AskAsync("/score/batch", batch)).Status);
            StringAssert.Contains(await service.Client.GetStringAsync("/metrics"), "scoring_in_flight{otel_scope_name=\"ScoringService\",kind=\"batch\"} 1\n");
        }

        string metrics = await service.Client.GetStringAsync("/metrics");
        Assert.IsGreaterThanOrEqualTo(6, ValueOf(metrics, "scoring_rows_total{otel_scope_name=\"ScoringService\",decision=\"not sure\"}"));
        Assert.AreEqual(1, ValueOf(metrics, "scoring_rejections_total{otel_scope_name=\"ScoringService\",kind=\"batch\"}"));
        Assert.AreEqual(1, ValueOf(metrics, "scoring_reloads_total{otel_scope_name=\"ScoringService\",outcome=\"succeeded\"}"));
        Assert.AreEqual(1, ValueOf(metrics, "scoring_reloads_total{otel_scope_name=\"ScoringService\",outcome=\"failed\"}"));
        Assert.AreEqual(1, ValueOf(metrics, "scoring_duration_seconds_count{otel_scope_name=\"ScoringService\",kind=\"single\"}"));
        StringAssert.Contains(metrics, "http_server_request_duration_seconds_count");
    }

    private static JsonElement SchemaOf(JsonElement paths, string path)
        => paths.GetProperty(path).GetProperty("post").GetProperty("requestBody").GetProperty("content").GetProperty("application/json").GetProperty("schema");

    private static double ValueOf(string metrics, string name)
    {
        string line = metrics.Split('\n').Single(line => line.StartsWith(name, StringComparison.Ordinal));
        return double.Parse(line[name.Length..].Trim().Split(' ')[0], System.Globalization.CultureInfo.InvariantCulture);
    }
}
