using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using ScoringService.Model;
using ScoringService.Requests;

namespace ScoringService.Hosting;

/// <summary><c>GET /model</c> and <c>POST /model/reload</c>.</summary>
/// <remarks>
/// A reload reads the file that the service was started with, when it is asked to: a watcher would see files that are half written.
/// Put the new file in place by renaming. Whoever reaches the service may ask; where that is not wanted, a proxy must keep this path to itself.
/// </remarks>
internal static class ModelEndpoints
{
    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapGet("/model", Describe)
            .WithSummary("What the model takes and gives, its version, and when it was loaded.")
            .Produces<ModelInfo>().ProducesProblem(StatusCodes.Status503ServiceUnavailable);
        app.MapPost("/model/reload", ReloadAsync)
            .WithSummary("Loads the model's file anew. Requests under way end with the old model; if the file is bad, the old model stays.")
            .Produces<ModelChange>().ProducesProblem(StatusCodes.Status403Forbidden).ProducesProblem(StatusCodes.Status409Conflict).ProducesProblem(StatusCodes.Status422UnprocessableEntity);
    }

    private static IResult Describe(ModelHolder models, ScoringSettings settings)
    {
        if (models.Take() is not ScoringModel model)
            return new ProblemResult(Problem.Unavailable("The model is not loaded yet."));
        try
        {
            return TypedResults.Ok(ModelInfo.Describe(model, settings));
        }
        finally
        {
            model.Release();
        }
    }

    private static async Task<IResult> ReloadAsync(HttpContext context, ModelHolder models)
    {
        // Browsers say so, and send such a request without asking first: any page that a person looks at could make the service reload.
        if (context.Request.Headers["Sec-Fetch-Site"].ToString() is not ("" or "same-origin" or "none"))
            return new ProblemResult(new Problem { Title = "The request comes from another site", Status = StatusCodes.Status403Forbidden, Detail = "A page of another site may not reload the model." });
        try
        {
            return await models.ReloadAsync() is ModelChange change
                ? TypedResults.Ok(change)
                : new ProblemResult(new Problem { Title = "The model is being loaded", Status = StatusCodes.Status409Conflict, Detail = "Another load of the model is under way.", RetryAfter = 1 });
        }
        catch (ModelRefusedException error)
        {
            return new ProblemResult(new Problem { Title = "The model was refused; the one of before stays in use", Status = StatusCodes.Status422UnprocessableEntity, Detail = error.Message });
        }
    }

    private sealed class ProblemResult(Problem problem) : IResult
    {
        public Task ExecuteAsync(HttpContext httpContext) => problem.WriteAsync(httpContext);
    }
}
