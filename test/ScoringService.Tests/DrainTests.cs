using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Hosting;
using ScoringService.Load;

namespace ScoringService.Tests;

/// <summary>The end of the service under load. Alone: clients that get no processor look like clients that have gone.</summary>
[TestClass]
[DoNotParallelize]
public sealed class DrainTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(1);

    [TestMethod]
    [DataRow(16, null, 5, 1, DisplayName = "Clients go elsewhere when their connection is closed")]
    [DataRow(16, 0, 0, 1, DisplayName = "Clients come back at once until they are refused")]
    [DataRow(1, 20, 1, 4, DisplayName = "A client comes back after a moment in which nobody is there")]
    public async Task Every_request_is_answered_while_the_service_stops_under_load(int clientCount, int? millisecondsUntilBack, int drainSeconds, int leastConnections)
    {
        for (int repetition = 0; repetition < 3; repetition++)
        {
            await using RunningService service = await RunningService.StartAsync(("DrainSeconds", drainSeconds));
            byte[] request = LoadConnection.Encode("/score", service.EndPoint, RunningService.Row().ToJsonString());
            int answered = 0;

            // Its connection would stay open, and idle.
            service.Client.Dispose();
            Task<int>[] clients = [.. Enumerable.Range(0, clientCount).Select(_ => Task.Run(() => AskUntilClosedAsync(service.EndPoint, request, millisecondsUntilBack, () => Interlocked.Increment(ref answered))))];
            while (Volatile.Read(ref answered) < 20 * clientCount && !clients.Any(client => client.IsCompleted))
                await Task.Delay(1);

            // As a signal does it.
            Task end = service.App.WaitForShutdownAsync();
            service.App.Lifetime.StopApplication();
            await end;

            // A client fails if a request of it got no answer.
            int[] connections = await Task.WhenAll(clients);
            Assert.IsGreaterThanOrEqualTo(leastConnections * clientCount, connections.Sum());
            Assert.IsTrue(millisecondsUntilBack is not null || connections.All(count => count == 1));
        }
    }

    [TestMethod]
    public async Task A_stopping_service_is_not_ready_and_still_answers()
    {
        await using RunningService service = await RunningService.StartAsync(("DrainSeconds", 60));
        using SlowRequest slow = await SlowRequest.BeginAsync(service.EndPoint, "/score", RunningService.Row().ToJsonString());
        using LoadConnection idle = await LoadConnection.OpenAsync(service.EndPoint, Limit, CancellationToken.None);
        byte[] request = LoadConnection.Encode("/score", service.EndPoint, RunningService.Row().ToJsonString());
        Assert.AreEqual(200, (await idle.SendAsync(request)).Status);
        Assert.IsFalse(idle.IsClosed);

        Task stop = service.App.StopAsync();

        using (HttpResponseMessage ready = await service.Client.GetAsync("/health/ready"))
        {
            Assert.AreEqual(HttpStatusCode.ServiceUnavailable, ready.StatusCode);
            Assert.AreEqual("stopping", (await RunningService.ReadAsync(ready)).GetProperty("status").GetString());
            Assert.IsTrue(ready.Headers.ConnectionClose);
        }

        Assert.AreEqual(200, (await idle.SendAsync(request)).Status);
        Assert.IsTrue(idle.IsClosed);
        Assert.IsFalse(stop.IsCompleted);
        string answer = await slow.EndAsync();
        StringAssert.StartsWith(answer, "HTTP/1.1 200 OK");
        StringAssert.Contains(answer, "Connection: close");
        await stop;
    }

    [TestMethod]
    public async Task A_client_that_stays_idle_does_not_hold_the_service_up()
    {
        await using RunningService service = await RunningService.StartAsync(("DrainSeconds", 600));
        using LoadConnection idle = await LoadConnection.OpenAsync(service.EndPoint, Limit, CancellationToken.None);
        Assert.AreEqual(200, (await idle.SendAsync(LoadConnection.Encode("/score", service.EndPoint, RunningService.Row().ToJsonString()))).Status);

        await service.App.StopAsync();

        await Assert.ThrowsExactlyAsync<SocketException>(() => LoadConnection.OpenAsync(service.EndPoint, Limit, CancellationToken.None));
    }

    /// <summary>Returns how many connections it had.</summary>
    private static async Task<int> AskUntilClosedAsync(IPEndPoint service, byte[] request, int? millisecondsUntilBack, Action answered)
    {
        for (int connections = 0; ; connections++)
        {
            LoadConnection connection;
            try
            {
                connection = await LoadConnection.OpenAsync(service, Limit, CancellationToken.None);
            }
            catch (SocketException error) when (error.SocketErrorCode == SocketError.ConnectionRefused)
            {
                return connections;
            }

            using (connection)
            {
                while (!connection.IsClosed)
                {
                    (int status, _) = await connection.SendAsync(request);
                    Assert.AreEqual(200, status);
                    answered();
                }
            }

            if (millisecondsUntilBack is not int pause)
                return connections + 1;
            await Task.Delay(pause);
        }
    }
}
