using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text;
using ScoringService.Hosting;

namespace ScoringService.Load;

/// <summary>Keeps connections busy, reloads the model and looks at the memory meanwhile.</summary>
internal sealed class LoadRun : IDisposable
{
    private const int DifferentRows = 256, VersionLength = 12, KeptVersions = 100_000;

    private static readonly TimeSpan RequestLimit = TimeSpan.FromSeconds(10);

    private readonly LoadSettings _settings;
    private readonly ServiceProcess _service;
    private readonly ModelVariants _variants;
    private readonly HttpClient _control;
    private readonly IPEndPoint _endPoint;
    private readonly LatencyHistogram _latencies = new();
    private readonly ConcurrentDictionary<string, bool> _versions = new();
    private readonly MemoryTrend _memory = new();
    private byte[][] _requests = [];
    private long _errors;
    private string? _firstError;
    private int _reloads, _reloadErrors;

    public LoadRun(LoadSettings settings, ServiceProcess service, ModelVariants variants)
    {
        _settings = settings;
        _service = service;
        _variants = variants;
        _control = new() { BaseAddress = service.Address };
        _endPoint = new(IPAddress.Parse(service.Address.Host), service.Address.Port);
    }

    /// <summary>Makes the rows.</summary>
    public async Task PrepareAsync(CancellationToken cancellation)
    {
        ModelInfo model = (await _control.GetFromJsonAsync("/model", ServiceJson.Default.ModelInfo, cancellation))!;
        _requests = [.. RandomRows.Make(model, DifferentRows, seed: 1).Select(row => LoadConnection.Encode("/score", _endPoint, row))];
    }

    /// <summary>Load alone, whose figures are forgotten.</summary>
    public async Task LoadAsync(TimeSpan time, CancellationToken cancellation)
    {
        await KeepBusyAsync(time, cancellation);
        _latencies.Clear();
        _versions.Clear();
        _errors = 0;
        _firstError = null;
    }

    public async Task<LoadFigures> MeasureAsync(CancellationToken cancellation)
    {
        var time = TimeSpan.FromSeconds(_settings.Seconds);
        TimeSpan service = _service.ProcessorTime, client = Environment.CpuUsage.TotalTime;
        var watch = Stopwatch.StartNew();
        Task reloads = ReloadAsync(time, watch, cancellation), memory = SampleMemoryAsync(time, watch, cancellation);
        await KeepBusyAsync(time, cancellation);
        double seconds = watch.Elapsed.TotalSeconds;
        await reloads;
        service = _service.ProcessorTime - service;
        client = Environment.CpuUsage.TotalTime - client;
        await memory;

        long requests = _latencies.Count;
        return new()
        {
            Seconds = seconds,
            Connections = _settings.Connections,
            Requests = requests,
            RequestsPerSecond = requests / seconds,
            P50Milliseconds = _latencies.Quantile(0.5),
            P99Milliseconds = _latencies.Quantile(0.99),
            LongestMilliseconds = _latencies.Longest,
            Errors = _errors,
            FirstError = _firstError,
            Reloads = _reloads,
            ReloadErrors = _reloadErrors,
            VersionsSeen = _versions.Count,
            ServiceMicrosecondsPerRequest = service.TotalMicroseconds / Math.Max(requests, 1),
            ClientMicrosecondsPerRequest = client.TotalMicroseconds / Math.Max(requests, 1),
            WorkingSetMegabytes = [.. _memory.Samples.Select(sample => Math.Round(sample.Megabytes, 2))],
            WorkingSetSlopeMegabytesPerMinute = _memory.Slope(seconds),
        };
    }

    public void Dispose() => _control.Dispose();

    private Task KeepBusyAsync(TimeSpan time, CancellationToken cancellation)
    {
        var watch = Stopwatch.StartNew();
        return Task.WhenAll(Enumerable.Range(0, _settings.Connections).Select(index => Task.Run(() => KeepConnectionBusyAsync(index, time, watch, cancellation), cancellation)));
    }

    private async Task KeepConnectionBusyAsync(int index, TimeSpan time, Stopwatch watch, CancellationToken cancellation)
    {
        TimeSpan pause = _settings.RequestsPerSecond is int rate ? TimeSpan.FromSeconds((double)_settings.Connections / rate) : TimeSpan.Zero;
        TimeSpan next = pause * index / _settings.Connections;
        byte[] lastVersion = new byte[VersionLength];
        LoadConnection? connection = null;
        try
        {
            for (int i = index; watch.Elapsed < time; i++)
            {
                if (pause > TimeSpan.Zero)
                {
                    if (next - watch.Elapsed is { Ticks: > 0 } wait)
                        await Task.Delay(wait, cancellation);
                    next += pause;
                }

                try
                {
                    if (connection is { IsClosed: true })
                    {
                        connection.Dispose();
                        connection = null;
                    }

                    connection ??= await LoadConnection.OpenAsync(_endPoint, RequestLimit, cancellation);
                    long start = Stopwatch.GetTimestamp();
                    (int status, ReadOnlyMemory<byte> body) = await connection.SendAsync(_requests[i % _requests.Length]);
                    _latencies.Add(Stopwatch.GetElapsedTime(start));
                    Check(status, body.Span, lastVersion);
                }
                catch (Exception error) when (error is IOException or SocketException)
                {
                    CountError(error.Message);
                    connection?.Dispose();
                    connection = null;
                }
            }
        }
        finally
        {
            connection?.Dispose();
        }
    }

    /// <summary>Whether it is an answer from its first byte to its last, which name the decision and the model.</summary>
    private void Check(int status, ReadOnlySpan<byte> body, byte[] lastVersion)
    {
        ReadOnlySpan<byte> beforeVersion = "\"model\":\""u8, end = "\"}"u8;
        int version = body.Length - end.Length - VersionLength;
        if (status != 200 || version < beforeVersion.Length || !body.StartsWith("{\"decision\":\""u8) || !body.EndsWith(end) || !body[..version].EndsWith(beforeVersion))
        {
            CountError($"{status} {Encoding.UTF8.GetString(body)}");
            return;
        }

        if (body.Slice(version, VersionLength).SequenceEqual(lastVersion))
            return;
        body.Slice(version, VersionLength).CopyTo(lastVersion);
        if (_versions.Count < KeptVersions)
            _versions.TryAdd(Encoding.ASCII.GetString(lastVersion), true);
    }

    private void CountError(string message)
    {
        Interlocked.Increment(ref _errors);
        Interlocked.CompareExchange(ref _firstError, message, null);
    }

    private async Task ReloadAsync(TimeSpan time, Stopwatch watch, CancellationToken cancellation)
    {
        for (int i = 0; i < _settings.Reloads; i++)
        {
            await DelayUntilAsync(time * (i + 0.5) / _settings.Reloads, watch, cancellation);
            _variants.PutNext();
            using HttpResponseMessage response = await _control.PostAsync(new Uri("/model/reload", UriKind.Relative), content: null, cancellation);
            _reloads++;
            if (response.IsSuccessStatusCode)
                continue;
            _reloadErrors++;
            Interlocked.CompareExchange(ref _firstError, await response.Content.ReadAsStringAsync(cancellation), null);
        }
    }

    private async Task SampleMemoryAsync(TimeSpan time, Stopwatch watch, CancellationToken cancellation)
    {
        var interval = TimeSpan.FromSeconds(_settings.SampleSeconds);
        for (TimeSpan next = TimeSpan.Zero; next <= time; next += interval)
        {
            await DelayUntilAsync(next, watch, cancellation);
            using HttpResponseMessage response = await _control.PostAsync(new Uri("/diagnostics/collect", UriKind.Relative), content: null, cancellation);
            MemoryInfo memory = (await response.EnsureSuccessStatusCode().Content.ReadFromJsonAsync(ServiceJson.Default.MemoryInfo, cancellation))!;
            _memory.Add(watch.Elapsed.TotalSeconds, memory.WorkingSet);
        }
    }

    private static async Task DelayUntilAsync(TimeSpan moment, Stopwatch watch, CancellationToken cancellation)
    {
        if (moment - watch.Elapsed is { Ticks: > 0 } wait)
            await Task.Delay(wait, cancellation);
    }
}
