using System.Buffers;
using System.Diagnostics;
using System.IO.Pipelines;
using System.Text.Json;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;
using ScoringService.Hosting;
using ScoringService.Model;

namespace ScoringService.Requests;

/// <summary><c>POST /score</c> and <c>POST /score/batch</c>.</summary>
/// <remarks>
/// A body is read as a whole, and everything from its first byte to the last of the answer is then done in one go, without waiting for
/// anything: a request holds model and memory for microseconds, however slow its client is.
/// </remarks>
internal sealed class ScoreEndpoints(ScoringSettings settings, ModelHolder models, ScoringMetrics metrics)
{
    private const int MaximumJsonMessage = 300;

    private readonly RequestGate _singles = new(settings.MaximumRequestsInFlight), _batches = new(settings.MaximumBatchesInFlight);

    public RequestGate Singles => _singles;

    public RequestGate Batches => _batches;

    public Task ScoreAsync(HttpContext context) => HandleAsync(context, _singles, isBatch: false);

    public Task ScoreBatchAsync(HttpContext context) => HandleAsync(context, _batches, isBatch: true);

    private async Task HandleAsync(HttpContext context, RequestGate gate, bool isBatch)
    {
        if (!gate.TryEnter())
        {
            metrics.Rejected(isBatch);
            await Problem.Unavailable($"{gate.Limit} {(isBatch ? "batches" : "requests")} are under way, which is the limit.").WriteAsync(context);
            return;
        }

        Problem? problem;
        try
        {
            problem = await ReadAndAnswerAsync(context, isBatch);
        }
        catch (BadHttpRequestException error)
        {
            // Kestrel says by exception that a body is too large, or never came.
            problem = error.StatusCode == StatusCodes.Status413PayloadTooLarge
                ? Problem.TooLarge($"A body has {settings.MaximumBodyBytes} bytes at most.")
                : Problem.BadRequest(error.Message) with { Status = error.StatusCode };

            // Behind a body that could not be read there is no other request; Kestrel would look for one.
            context.Features.Get<IConnectionLifetimeNotificationFeature>()?.RequestClose();
        }
        catch (Exception error) when (error is OperationCanceledException or ConnectionResetException or ConnectionAbortedException)
        {
            // Nobody is there any more.
            context.Response.StatusCode = StatusCodes.Status499ClientClosedRequest;
            context.Abort();
            return;
        }
        finally
        {
            gate.Exit();
        }

        if (problem is not null)
            await problem.WriteAsync(context);
    }

    private async Task<Problem?> ReadAndAnswerAsync(HttpContext context, bool isBatch)
    {
        // Without RequestAborted: a connection that ends ends the reading too, and Kestrel takes a cancelled one for one under way.
        PipeReader body = context.Request.BodyReader;
        ReadResult read = await body.ReadAsync();
        while (!read.IsCompleted)
        {
            body.AdvanceTo(read.Buffer.Start, read.Buffer.End);
            read = await body.ReadAsync();
        }

        try
        {
            return Answer(context, read.Buffer, isBatch);
        }
        finally
        {
            body.AdvanceTo(read.Buffer.End);
        }
    }

    private Problem? Answer(HttpContext context, ReadOnlySequence<byte> body, bool isBatch)
    {
        if (models.Take() is not ScoringModel model)
            return Problem.Unavailable("The model is not loaded yet.");
        try
        {
            Workspace workspace = model.Take(isBatch);
            try
            {
                return Answer(context, body, isBatch, model, workspace);
            }
            finally
            {
                model.Give(workspace, isBatch);
            }
        }
        finally
        {
            model.Release();
        }
    }

    private Problem? Answer(HttpContext context, ReadOnlySequence<byte> body, bool isBatch, ScoringModel model, Workspace workspace)
    {
        long start = Stopwatch.GetTimestamp();
        int rows = 1;
        FieldErrors? errors;
        try
        {
            Utf8JsonReader reader = body.IsSingleSegment ? new(body.FirstSpan) : new(body);
            errors = isBatch ? RequestReader.AnswerBatch(ref reader, model, workspace, out rows) : RequestReader.AnswerSingle(ref reader, model, workspace);
        }
        catch (JsonException error)
        {
            // The message may repeat the rest of the body.
            return Problem.BadRequest($"The body is not JSON: {Excerpt.Of(error.Message, MaximumJsonMessage)}");
        }

        if (rows > model.MaximumBatchRows)
            return Problem.TooLarge($"A batch has {model.MaximumBatchRows} rows at most; this one has {rows}.");
        if (errors is not null)
            return errors.ToProblem();

        AnswerWriter answer = workspace.Answer;
        context.Response.ContentType = "application/json; charset=utf-8";
        context.Response.ContentLength = answer.Bytes.Length;
        context.Response.BodyWriter.Write(answer.Bytes);
        metrics.Answered(isBatch, Stopwatch.GetElapsedTime(start), answer.YesCount, answer.NoCount, answer.NotSureCount);
        return null;
    }
}
