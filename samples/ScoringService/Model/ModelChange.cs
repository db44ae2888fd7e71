namespace ScoringService.Model;

/// <summary>The answer to a reload.</summary>
/// <param name="Before">Version of the model that was in use.</param>
/// <param name="Version">Version of the model that is.</param>
/// <param name="LoadedAt">When it was loaded.</param>
internal sealed record ModelChange(string Before, string Version, DateTimeOffset LoadedAt);
