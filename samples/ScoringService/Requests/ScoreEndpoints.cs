using System.Buffers;
using System.Diagnostics;
using System.IO.Pipelines;
using System.Text;
using System.Text.Json;
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

        try
        {
            PipeReader body = context.Request.BodyReader;
            ReadResult read = await body.ReadAsync(context.RequestAborted);
            while (!read.IsCompleted)
            {
                body.AdvanceTo(read.Buffer.Start, read.Buffer.End);
                read = await body.ReadAsync(context.RequestAborted);
            }

            Problem? problem = Answer(context, read.Buffer, isBatch);
            body.AdvanceTo(read.Buffer.End);
            if (problem is not null)
                await problem.WriteAsync(context);
        }
        finally
        {
            gate.Exit();
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
                model.Give(workspace);
            }
        }
        finally
        {
            model.Release();
        }
    }

    private Problem? Answer(HttpContext context, ReadOnlySequence<byte> body, bool isBatch, ScoringModel model, Workspace workspace)
    {
        int rows = 1;
        FieldErrors? errors;
        try
        {
            Utf8JsonReader reader = body.IsSingleSegment ? new(body.FirstSpan) : new(body);
            errors = isBatch ? RowReader.ReadBatch(ref reader, model, workspace, out rows) : RowReader.ReadSingle(ref reader, model, workspace);
        }
        catch (JsonException error)
        {
            return Problem.BadRequest($"The body is not JSON: {error.Message}");
        }
        catch (InvalidOperationException error) when (error.InnerException is DecoderFallbackException or ArgumentException)
        {
            return Problem.BadRequest("The body has a text that is not UTF-8.");
        }

        if (rows > model.BatchRows)
            return Problem.TooLarge($"A batch has {model.BatchRows} rows at most; this one has {rows}.");
        if (errors is not null)
            return errors.ToProblem();

        long start = Stopwatch.GetTimestamp();
        workspace.Batch.Run(rows);
        var writer = new AnswerWriter(workspace.Json, settings.EntropyThreshold);
        Answers answers = model.Outputs.Bind(workspace.Batch);
        if (isBatch)
            writer.WriteBatch(answers, model.Version);
        else
            writer.WriteSingle(answers, model.Version);
        metrics.Answered(isBatch, Stopwatch.GetElapsedTime(start), writer.YesCount, writer.NoCount, writer.NotSureCount);

        context.Response.ContentType = "application/json; charset=utf-8";
        context.Response.ContentLength = workspace.Answer.Length;
        context.Response.BodyWriter.Write(workspace.Answer);
        return null;
    }
}
