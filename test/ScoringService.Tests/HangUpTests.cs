using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using ScoringService.Requests;

namespace ScoringService.Tests;

[TestClass]
public sealed class HangUpTests
{
    /// <summary>Alone: what is counted is what all services of a process count.</summary>
    [TestMethod]
    [DoNotParallelize]
    [DataRow(false, DisplayName = "FIN")]
    [DataRow(true, DisplayName = "RST")]
    public async Task A_client_that_hangs_up_in_its_body_is_no_fault_of_the_service(bool reset)
    {
        using var log = new WarningLog();
        await using RunningService service = await RunningService.StartUnreadyAsync(
            services => services.AddSingleton<ILoggerProvider>(log).Configure<LoggerFilterOptions>(options => options.AddFilter<WarningLog>(null, LogLevel.Warning)));
        RequestGate gate = service.App.Services.GetRequiredService<ScoreEndpoints>().Singles;
        using (SlowRequest request = await SlowRequest.BeginAsync(service.EndPoint, "/score", RunningService.Row().ToJsonString()))
        {
            while (gate.Inside == 0)
                await Task.Delay(5);
            request.HangUp(reset);
        }

        // It is counted when all is done.
        string metrics;
        do
            metrics = await service.Client.GetStringAsync("/metrics");
        while (!metrics.Contains("http_route=\"/score\"", StringComparison.Ordinal));

        string counted = metrics.Split('\n').Single(line => line.StartsWith("http_server_request_duration_seconds_count", StringComparison.Ordinal) && line.Contains("http_route=\"/score\"", StringComparison.Ordinal));
        StringAssert.Contains(counted, "http_response_status_code=\"4");
        await service.App.StopAsync();
        Assert.IsEmpty(log.Entries, string.Join('\n', log.Entries));
    }

    private sealed class WarningLog : ILoggerProvider, ILogger
    {
        public ConcurrentQueue<string> Entries { get; } = new();

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel))
                Entries.Enqueue($"{formatter(state, exception)} {exception}");
        }

        public void Dispose()
        {
        }
    }
}
