using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using ScoringService.Hosting;
using ScoringService.Model;

namespace ScoringService.Tests;

/// <summary>The service as it is, in this process, on a free port of loopback.</summary>
internal sealed class RunningService : IAsyncDisposable
{
    private RunningService(WebApplication app)
    {
        App = app;
        Client = new() { BaseAddress = new Uri(app.Urls.First()) };
    }

    public WebApplication App { get; }

    public HttpClient Client { get; }

    public IPEndPoint EndPoint => new(IPAddress.Loopback, Client.BaseAddress!.Port);

    public ModelHolder Models => App.Services.GetRequiredService<ModelHolder>();

    /// <summary>Starts it with the default model, unless the settings name another, and waits until it is ready.</summary>
    public static async Task<RunningService> StartAsync(params (string Name, object Value)[] settings)
    {
        RunningService service = await StartUnreadyAsync(configure: null, [("ModelFile", AssemblySetup.ModelFile), .. settings]);
        while ((await service.Client.GetAsync("/health/ready")).StatusCode != HttpStatusCode.OK)
        {
            Assert.IsNull(service.App.Services.GetRequiredService<ModelStartup>().Failure);
            await Task.Delay(10);
        }

        return service;
    }

    public static async Task<RunningService> StartUnreadyAsync(Action<IServiceCollection>? configure, params (string Name, object Value)[] settings)
    {
        var overrides = new Dictionary<string, string?> { ["urls"] = "http://127.0.0.1:0", ["Logging:LogLevel:Default"] = "None" };
        foreach ((string name, object value) in settings)
            overrides[$"{ScoringSettings.Section}:{name}"] = Convert.ToString(value, System.Globalization.CultureInfo.InvariantCulture);
        WebApplication app = ScoringServer.Build(overrides, configure);
        await app.StartAsync();
        return new(app);
    }

    public Task<HttpResponseMessage> PostAsync(string path, string body, string contentType = "application/json")
        => Client.PostAsync(path, new StringContent(body, Encoding.UTF8, contentType));

    /// <summary>Posts, and reads the answer as JSON.</summary>
    public async Task<(HttpStatusCode Status, JsonElement Body)> AskAsync(string path, string body)
    {
        using HttpResponseMessage response = await PostAsync(path, body);
        return (response.StatusCode, await ReadAsync(response));
    }

    public async Task<JsonElement> GetAsync(string path) => await ReadAsync(await Client.GetAsync(path));

    public static async Task<JsonElement> ReadAsync(HttpResponseMessage response)
    {
        using JsonDocument document = JsonDocument.Parse(await response.Content.ReadAsStringAsync());
        return document.RootElement.Clone();
    }

    /// <summary>A row of the default model.</summary>
    public static JsonObject Row(params (string Name, JsonNode? Value)[] changes)
    {
        var row = new JsonObject
        {
            ["TenureMonths"] = 12,
            ["MonthlyCharge"] = 60.5,
            ["SupportCalls"] = 2,
            ["Age"] = 40,
            ["Contract"] = "one year",
            ["Payment"] = "card",
            ["HasFamilyPlan"] = false,
        };
        foreach ((string name, JsonNode? value) in changes)
            row[name] = value;
        return row;
    }

    public static string Batch(IEnumerable<JsonNode?> rows) => new JsonObject { ["rows"] = new JsonArray([.. rows]) }.ToJsonString();

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await App.StopAsync();
        await App.DisposeAsync();
    }
}
