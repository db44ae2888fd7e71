using System.Globalization;
using System.Text.Json;
using ScoringService.DefaultModel;
using ScoringService.Model;

namespace ScoringService.Load;

/// <summary>Runs a load test and reports it.</summary>
internal static class LoadTest
{
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(3);

    /// <summary>Returns the exit code: a failure when a request or a reload failed.</summary>
    public static async Task<int> RunAsync(LoadSettings settings, CancellationToken cancellation)
    {
        string model = settings.ModelFile ?? DefaultModelFile.GetOrTrain(settings.CacheFolder, fault => Console.WriteLine($"{fault}{(fault is null ? "" : " ")}Training the default model."), cancellation);
        // What is wrong with the model is said here; the service would say it in its log.
        ScoringModel.Load(model, new()).Release();
        DirectoryInfo folder = Directory.CreateTempSubdirectory("scoring-load");
        try
        {
            var variants = new ModelVariants(model, folder.FullName);
            using ServiceProcess service = await ServiceProcess.StartAsync(variants.File, cancellation);
            Console.WriteLine($"{settings.Connections} keep-alive connections to {service.Address}, {WarmUp.TotalSeconds} s to warm up, then {settings.Seconds} s");
            using var run = new LoadRun(settings, service, variants);
            await run.PrepareAsync(cancellation);
            await run.LoadAsync(WarmUp, cancellation);
            LoadFigures figures = await run.MeasureAsync(cancellation);
            Report(figures);
            if (settings.Json)
                Console.WriteLine(JsonSerializer.Serialize(figures, ServiceJson.Default.LoadFigures));
            return figures.Errors == 0 && figures.ReloadErrors == 0 ? 0 : Samples.CommandLine.Failed;
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static void Report(LoadFigures figures)
    {
        Write($"{figures.RequestsPerSecond:N0} requests/s of one row, {figures.Requests:N0} in {figures.Seconds:N1} s");
        Write($"latency p50 {figures.P50Milliseconds:N2} ms, p99 {figures.P99Milliseconds:N2} ms, longest {figures.LongestMilliseconds:N1} ms");
        Write($"{figures.Errors} errors{(figures.FirstError is string error ? $", the first: {error}" : "")}");
        Write($"{figures.Reloads} reloads, {figures.ReloadErrors} of them failed; {figures.VersionsSeen} versions of the model answered");
        Write($"processor time per request: service {figures.ServiceMicrosecondsPerRequest:N0} µs, client {figures.ClientMicrosecondsPerRequest:N0} µs");
        string slope = figures.WorkingSetSlopeMegabytesPerMinute is double value ? $"{value:N2} MB/min after the first fifth of the run" : "unknown: too few samples";
        if (figures.WorkingSetMegabytes.Count > 0)
            Write($"working set after collection: {figures.WorkingSetMegabytes[0]:N1} MB at first, {figures.WorkingSetMegabytes[^1]:N1} MB at last; slope {slope}");

        static void Write(FormattableString line) => Console.WriteLine(line.ToString(CultureInfo.InvariantCulture));
    }
}
