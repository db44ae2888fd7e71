using System.Diagnostics;
using System.Text.Json;

namespace ScoringService.Load;

/// <summary>The service in a process of its own, on a free port of loopback.</summary>
internal sealed class ServiceProcess : IDisposable
{
    private const string Listening = "Now listening on: ";

    private static readonly TimeSpan StartLimit = TimeSpan.FromMinutes(5);

    private readonly Process _process;

    private ServiceProcess(Process process, Uri address)
    {
        _process = process;
        Address = address;
    }

    public Uri Address { get; }

    public TimeSpan ProcessorTime
    {
        get
        {
            _process.Refresh();
            return _process.TotalProcessorTime;
        }
    }

    /// <exception cref="IOException">It did not start.</exception>
    public static async Task<ServiceProcess> StartAsync(string modelFile, CancellationToken cancellation)
    {
        string host = Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet";
        var start = new ProcessStartInfo(host, [typeof(ServiceProcess).Assembly.Location, "--model", modelFile, "--urls", "http://127.0.0.1:0", "--diagnostics"])
        {
            RedirectStandardOutput = true,
        };
        Process process = Process.Start(start) ?? throw new IOException($"'{host}' did not start.");
        try
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            limit.CancelAfter(StartLimit);
            var service = new ServiceProcess(process, await ReadAddressAsync(process.StandardOutput, limit.Token));

            // Its log must be read, or it would wait when the pipe is full.
            _ = process.StandardOutput.BaseStream.CopyToAsync(Stream.Null, CancellationToken.None);
            await WaitUntilReadyAsync(service.Address, limit.Token);
            return service;
        }
        catch
        {
            process.Kill();
            process.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
    }

    private static async Task<Uri> ReadAddressAsync(StreamReader log, CancellationToken cancellation)
    {
        while (await log.ReadLineAsync(cancellation) is string line)
        {
            using JsonDocument entry = JsonDocument.Parse(line);
            if (entry.RootElement.GetProperty("Message").GetString() is string message && message.StartsWith(Listening, StringComparison.Ordinal))
                return new Uri(message[Listening.Length..]);
        }

        throw new IOException("The service ended before it listened.");
    }

    private static async Task WaitUntilReadyAsync(Uri address, CancellationToken cancellation)
    {
        using var client = new HttpClient { BaseAddress = address };
        while (true)
        {
            using HttpResponseMessage response = await client.GetAsync(new Uri("/health/ready", UriKind.Relative), cancellation);
            if (response.IsSuccessStatusCode)
                return;
            await Task.Delay(TimeSpan.FromMilliseconds(50), cancellation);
        }
    }
}
