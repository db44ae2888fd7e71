using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using ScoringService.Model;

namespace ScoringService.Hosting;

/// <summary>Whether requests should be sent here.</summary>
internal sealed class ReadinessCheck(ModelHolder models, IHostApplicationLifetime lifetime) : IHealthCheck
{
    public const string Name = "ready";

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) => Task.FromResult(
        lifetime.ApplicationStopping.IsCancellationRequested ? HealthCheckResult.Unhealthy("stopping")
        : models.IsReady ? HealthCheckResult.Healthy("ready")
        : HealthCheckResult.Unhealthy("starting"));
}
