using System.Diagnostics;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;

namespace ScoringService.Hosting;

/// <summary>Stops the service without losing a request.</summary>
/// <remarks>
/// A server that stops closes the connections that wait for a request, and with them a request that is just being written. So clients are sent
/// away first: from the signal on the service is not ready, and each answer closes its connection. The server stops when nobody asks any more.
/// Clients that come back at once never stop asking. After <see cref="ScoringSettings.DrainSeconds"/> their requests are held: who waits for an
/// answer sends nothing. They are answered when the server does not listen any more.
/// </remarks>
internal sealed class Drain(ScoringSettings settings, IHostApplicationLifetime lifetime) : IHostedLifecycleService
{
    /// <summary>How long requests are held, at most.</summary>
    public static readonly TimeSpan LongestHold = TimeSpan.FromSeconds(1);

    /// <summary>Nobody asks any more when no request and no connection came for so long.</summary>
    private static readonly TimeSpan Quiet = TimeSpan.FromMilliseconds(250);

    private int _connections, _requests;
    private long _lastArrival;
    private volatile bool _isHolding;

    private bool IsStopping => lifetime.ApplicationStopping.IsCancellationRequested;

    /// <summary>Counts connections.</summary>
    public async Task HandleAsync(ConnectionContext connection, ConnectionDelegate next)
    {
        Interlocked.Increment(ref _connections);
        Arrive();
        try
        {
            await next(connection);
        }
        finally
        {
            Interlocked.Decrement(ref _connections);
        }
    }

    /// <summary>Counts requests, and closes their connections when the service is stopping.</summary>
    public async Task HandleAsync(HttpContext context, RequestDelegate next)
    {
        Interlocked.Increment(ref _requests);
        Arrive();
        try
        {
            if (IsStopping)
            {
                context.Response.Headers.Connection = "close";
                if (_isHolding && context.Features.Get<IConnectionLifetimeNotificationFeature>() is { } connection)
                    await Task.Delay(Timeout.Infinite, connection.ConnectionClosedRequested).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }

            await next(context);
            if (IsStopping && !context.Response.HasStarted)
                context.Response.Headers.Connection = "close";
        }
        finally
        {
            Interlocked.Decrement(ref _requests);
        }
    }

    /// <summary>Comes before the server's own stop, which waits for it.</summary>
    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        lifetime.StopApplication();
        if (await WaitAsync(() => IsQuiet() && Volatile.Read(ref _requests) == 0, TimeSpan.FromSeconds(settings.DrainSeconds), cancellationToken))
            return;
        _isHolding = true;
        await WaitAsync(() => IsQuiet() && Volatile.Read(ref _connections) <= Volatile.Read(ref _requests), LongestHold, cancellationToken);
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Whether it became true in time.</summary>
    private static async Task<bool> WaitAsync(Func<bool> condition, TimeSpan limit, CancellationToken cancellation)
    {
        var watch = Stopwatch.StartNew();
        while (!condition())
        {
            if (watch.Elapsed >= limit || cancellation.IsCancellationRequested)
                return false;
            await Task.Delay(10, CancellationToken.None);
        }

        return true;
    }

    private void Arrive() => Volatile.Write(ref _lastArrival, Stopwatch.GetTimestamp());

    private bool IsQuiet() => Stopwatch.GetElapsedTime(Volatile.Read(ref _lastArrival)) >= Quiet;
}
