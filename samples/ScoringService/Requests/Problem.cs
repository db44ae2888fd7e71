using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http;

namespace ScoringService.Requests;

/// <summary>What is wrong with a request: the problem details of RFC 9457.</summary>
internal sealed record Problem
{
    private const string ContentType = "application/problem+json";

    public required string Title { get; init; }

    public required int Status { get; init; }

    public required string Detail { get; init; }

    /// <summary>What is wrong with each field, by its path, such as <c>rows[3].Age</c>.</summary>
    public IReadOnlyDictionary<string, string[]>? Errors { get; init; }

    /// <summary>After how many seconds to try again.</summary>
    [JsonIgnore]
    public int? RetryAfter { get; init; }

    public static Problem BadRequest(string detail) => new() { Title = "The request is not what it should be", Status = StatusCodes.Status400BadRequest, Detail = detail };

    public static Problem TooLarge(string detail) => new() { Title = "The request is too large", Status = StatusCodes.Status413PayloadTooLarge, Detail = detail };

    public static Problem Unavailable(string detail, int retryAfter = 1)
        => new() { Title = "The service cannot answer now", Status = StatusCodes.Status503ServiceUnavailable, Detail = detail, RetryAfter = retryAfter };

    public Task WriteAsync(HttpContext context)
    {
        context.Response.StatusCode = Status;
        if (RetryAfter is int seconds)
            context.Response.Headers.RetryAfter = seconds.ToString(System.Globalization.CultureInfo.InvariantCulture);
        return context.Response.WriteAsJsonAsync(this, ServiceJson.Default.Problem, ContentType);
    }
}
