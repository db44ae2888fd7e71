using System.Net;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using ScoringService.Requests;

namespace ScoringService.Tests;

[TestClass]
public sealed class LimitTests
{
    [TestMethod]
    [DataRow("/score", "MaximumRequestsInFlight")]
    [DataRow("/score/batch", "MaximumBatchesInFlight")]
    public async Task What_is_beyond_the_limit_is_refused_at_once_and_what_is_within_is_answered(string path, string setting)
    {
        await using RunningService service = await RunningService.StartAsync((setting, 2));
        string body = path == "/score" ? RunningService.Row().ToJsonString() : RunningService.Batch([RunningService.Row()]);
        RequestGate gate = GateOf(service, path);
        using SlowRequest first = await SlowRequest.BeginAsync(service.EndPoint, path, body), second = await SlowRequest.BeginAsync(service.EndPoint, path, body);
        await WaitUntilAsync(() => gate.Inside == 2);

        using HttpResponseMessage refused = await service.PostAsync(path, body);

        Assert.AreEqual(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
        Assert.AreEqual(TimeSpan.FromSeconds(1), refused.Headers.RetryAfter?.Delta);
        StringAssert.Contains((await RunningService.ReadAsync(refused)).GetProperty("detail").GetString(), "2 ");
        StringAssert.StartsWith(await first.EndAsync(), "HTTP/1.1 200 OK");
        StringAssert.StartsWith(await second.EndAsync(), "HTTP/1.1 200 OK");
        await WaitUntilAsync(() => gate.Inside == 0);
        Assert.AreEqual(HttpStatusCode.OK, (await service.AskAsync(path, body)).Status);
    }

    [TestMethod]
    public async Task A_client_that_goes_away_gives_its_place_back()
    {
        await using RunningService service = await RunningService.StartAsync(("MaximumRequestsInFlight", 1));
        RequestGate gate = GateOf(service, "/score");
        using (await SlowRequest.BeginAsync(service.EndPoint, "/score", RunningService.Row().ToJsonString()))
            await WaitUntilAsync(() => gate.Inside == 1);

        await WaitUntilAsync(() => gate.Inside == 0);
        Assert.AreEqual(HttpStatusCode.OK, (await service.AskAsync("/score", RunningService.Row().ToJsonString())).Status);
    }

    [TestMethod]
    public async Task Under_load_every_request_is_answered_or_refused_and_none_is_lost()
    {
        await using RunningService service = await RunningService.StartAsync(("MaximumRequestsInFlight", 2));
        using SlowRequest slow = await SlowRequest.BeginAsync(service.EndPoint, "/score", RunningService.Row().ToJsonString());
        await WaitUntilAsync(() => GateOf(service, "/score").Inside == 1);

        HttpStatusCode[] statuses = await Task.WhenAll(Enumerable.Range(0, 300).Select(async _ =>
        {
            (HttpStatusCode status, JsonElement body) = await service.AskAsync("/score", RunningService.Row().ToJsonString());
            Assert.IsTrue(body.TryGetProperty((string)(status == HttpStatusCode.OK ? "decision" : "detail"), out JsonElement _));
            return status;
        }));

        Assert.IsTrue(statuses.All(status => status is HttpStatusCode.OK or HttpStatusCode.ServiceUnavailable));
        CollectionAssert.Contains(statuses, HttpStatusCode.OK);
        StringAssert.StartsWith(await slow.EndAsync(), "HTTP/1.1 200 OK");
        await WaitUntilAsync(() => GateOf(service, "/score").Inside == 0);
    }

    [TestMethod]
    public void A_gate_never_lets_in_more_than_its_limit()
    {
        var gate = new RequestGate(3);
        int inside = 0, most = 0;

        Parallel.For(0, 20_000, _ =>
        {
            if (!gate.TryEnter())
                return;
            int now = Interlocked.Increment(ref inside);
            for (int seen = Volatile.Read(ref most); now > seen;)
                seen = Interlocked.CompareExchange(ref most, now, seen);
            Interlocked.Decrement(ref inside);
            gate.Exit();
        });

        Assert.IsInRange(1, 3, most);
        Assert.AreEqual(0, gate.Inside);
    }

    private static RequestGate GateOf(RunningService service, string path)
    {
        ScoreEndpoints endpoints = service.App.Services.GetRequiredService<ScoreEndpoints>();
        return path == "/score" ? endpoints.Singles : endpoints.Batches;
    }

    private static async Task WaitUntilAsync(Func<bool> condition)
    {
        while (!condition())
            await Task.Delay(5);
    }
}
