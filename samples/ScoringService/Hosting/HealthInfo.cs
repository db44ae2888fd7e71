namespace ScoringService.Hosting;

/// <summary>The answer of the health endpoints.</summary>
/// <param name="Status">"live", "ready", "starting" or "stopping".</param>
internal sealed record HealthInfo(string Status);
