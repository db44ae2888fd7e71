using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using ScoringService.Model;
using ScoringService.Requests;

namespace ScoringService.Hosting;

/// <summary>Puts the service together.</summary>
internal static class ScoringServer
{
    public const string DefaultUrl = "http://127.0.0.1:5080";

    private const string Json = "application/json";

    /// <summary>Runs until a signal ends it; returns the exit code.</summary>
    public static async Task<int> RunAsync(IReadOnlyDictionary<string, string?> overrides)
    {
        await using WebApplication app = Build(overrides);
        ModelStartup startup = app.Services.GetRequiredService<ModelStartup>();
        try
        {
            await app.RunAsync();
        }
        catch (OperationCanceledException) when (startup.Failure is not null)
        {
            // It failed before the server had started.
        }

        return startup.Failure is null ? 0 : Samples.CommandLine.Failed;
    }

    /// <param name="overrides">Settings that come before those of all other sources.</param>
    /// <param name="configure">What tests change; null for nothing.</param>
    /// <exception cref="InvalidOperationException">A setting is outside of its range.</exception>
    public static WebApplication Build(IReadOnlyDictionary<string, string?> overrides, Action<IServiceCollection>? configure = null)
    {
        // The settings' file and the page lie beside the program, wherever it was started.
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        if (builder.Configuration["urls"] is null)
            builder.WebHost.UseUrls(DefaultUrl);
        builder.Configuration.AddInMemoryCollection(overrides);
        ScoringSettings settings = ScoringSettings.Read(builder.Configuration);
        builder.Logging.ClearProviders().AddJsonConsole(console =>
        {
            console.UseUtcTimestamp = true;
            console.TimestampFormat = "O";
        });
        builder.WebHost.ConfigureKestrel(kestrel => Limit(kestrel, settings));
        builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = TimeSpan.FromSeconds(settings.DrainSeconds + settings.ShutdownSeconds) + Drain.LongestHold);
        AddServices(builder, settings);
        configure?.Invoke(builder.Services);

        WebApplication app = builder.Build();
        app.Use(app.Services.GetRequiredService<Drain>().HandleAsync);
        app.UseExceptionHandler();
        app.UseStatusCodePages();
        Map(app, settings);
        return app;
    }

    private static void Limit(KestrelServerOptions kestrel, ScoringSettings settings)
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxRequestBodySize = settings.MaximumBodyBytes;
        kestrel.Limits.MaxConcurrentConnections = settings.MaximumConnections;
        Drain drain = kestrel.ApplicationServices.GetRequiredService<Drain>();
        kestrel.ConfigureEndpointDefaults(endpoint => endpoint.Use(next => connection => drain.HandleAsync(connection, next)));
    }

    private static void AddServices(WebApplicationBuilder builder, ScoringSettings settings)
    {
        IServiceCollection services = builder.Services;
        services.AddSingleton(settings).AddSingleton<ScoringMetrics>().AddSingleton<ModelHolder>().AddSingleton<ScoreEndpoints>().AddSingleton<ModelStartup>();
        services.AddSingleton<Drain>().AddHostedService(provider => provider.GetRequiredService<Drain>());
        services.AddHostedService(provider => provider.GetRequiredService<ModelStartup>());
        services.AddProblemDetails(options => options.CustomizeProblemDetails = Explain);
        services.AddHealthChecks().AddCheck<ReadinessCheck>(ReadinessCheck.Name);
        services.ConfigureHttpJsonOptions(options =>
        {
            options.SerializerOptions.TypeInfoResolverChain.Insert(0, ServiceJson.Default);
            options.SerializerOptions.DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull;
        });
        services.AddOpenApi(options => options.AddOperationTransformer<RequestSchema>());

        OpenTelemetryBuilder telemetry = services.AddOpenTelemetry();
        telemetry.WithMetrics(metrics => metrics
            .AddMeter(ScoringMetrics.MeterName, "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel", "System.Runtime")
            .AddPrometheusExporter());

        // Also to a collector, where the usual variables name one.
        if (builder.Configuration["OTEL_EXPORTER_OTLP_ENDPOINT"] is { Length: > 0 })
            telemetry.WithMetrics(metrics => metrics.AddOtlpExporter());
    }

    /// <summary>The framework refuses other content before the service sees it, and does not say what is wrong.</summary>
    private static void Explain(ProblemDetailsContext context)
    {
        if (context.ProblemDetails.Status == StatusCodes.Status415UnsupportedMediaType)
            context.ProblemDetails.Detail = $"Content-Type must be {Json}; it is '{Excerpt.Of(context.HttpContext.Request.ContentType ?? "")}'.";
    }

    private static void Map(WebApplication app, ScoringSettings settings)
    {
        ScoreEndpoints scores = app.Services.GetRequiredService<ScoreEndpoints>();
        app.Services.GetRequiredService<ScoringMetrics>().Observe(() => scores.Singles.Inside, () => scores.Batches.Inside);

        app.MapPost("/score", (Delegate)scores.ScoreAsync)
            .WithName(RequestSchema.Single)
            .WithSummary("Scores a row: an object with a field for each column of the model.")
            .Accepts<object>(Json)
            .Produces<ScoreAnswer>()
            .ProducesProblem(StatusCodes.Status400BadRequest).ProducesProblem(StatusCodes.Status413PayloadTooLarge)
            .ProducesProblem(StatusCodes.Status415UnsupportedMediaType).ProducesProblem(StatusCodes.Status503ServiceUnavailable);
        app.MapPost("/score/batch", (Delegate)scores.ScoreBatchAsync)
            .WithName(RequestSchema.Batch)
            .WithSummary("Scores rows: {\"rows\": [{…}, …]}.")
            .Accepts<object>(Json)
            .Produces<BatchAnswer>()
            .ProducesProblem(StatusCodes.Status400BadRequest).ProducesProblem(StatusCodes.Status413PayloadTooLarge)
            .ProducesProblem(StatusCodes.Status415UnsupportedMediaType).ProducesProblem(StatusCodes.Status503ServiceUnavailable);
        ModelEndpoints.Map(app);
        HealthEndpoints.Map(app);
        app.MapOpenApi();
        app.MapPrometheusScrapingEndpoint("/metrics");
        Page.Map(app);
        if (settings.Diagnostics)
            app.MapPost("/diagnostics/collect", MemoryInfo.Collect).ExcludeFromDescription();
    }
}
