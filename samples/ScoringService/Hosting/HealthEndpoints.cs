using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace ScoringService.Hosting;

/// <summary><c>/health/live</c>: the process answers. <c>/health/ready</c>: it has a model and is not about to stop.</summary>
internal static class HealthEndpoints
{
    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapHealthChecks("/health/live", new() { Predicate = _ => false, ResponseWriter = (context, _) => WriteAsync(context, "live") });
        app.MapHealthChecks("/health/ready", new()
        {
            Predicate = check => check.Name == ReadinessCheck.Name,
            ResponseWriter = (context, report) => WriteAsync(context, report.Entries[ReadinessCheck.Name].Description!),
        });
    }

    private static Task WriteAsync(HttpContext context, string status) => context.Response.WriteAsJsonAsync(new(status), ServiceJson.Default.HealthInfo);
}
