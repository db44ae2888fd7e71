using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using ScoringService.Hosting;

namespace ScoringService.Tests;

/// <summary>From the start to the end of the service.</summary>
[TestClass]
public sealed class LifetimeTests
{
    [TestMethod]
    public async Task Without_a_model_the_service_is_live_but_not_ready()
    {
        await using RunningService service = await RunningService.StartUnreadyAsync(services => services.Remove(services.Last(service => service.ServiceType == typeof(IHostedService) && service.ImplementationFactory?.Method.DeclaringType?.DeclaringType == typeof(ScoringServer))));

        Assert.AreEqual("live", (await service.GetAsync("/health/live")).GetProperty("status").GetString());
        using (HttpResponseMessage ready = await service.Client.GetAsync("/health/ready"))
        {
            Assert.AreEqual(HttpStatusCode.ServiceUnavailable, ready.StatusCode);
            Assert.AreEqual("starting", (await RunningService.ReadAsync(ready)).GetProperty("status").GetString());
        }

        using HttpResponseMessage score = await service.PostAsync("/score", RunningService.Row().ToJsonString()), model = await service.Client.GetAsync("/model"), reload = await service.PostAsync("/model/reload", "");
        foreach (HttpResponseMessage refused in new[] { score, model })
        {
            Assert.AreEqual(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
            Assert.IsNotNull(refused.Headers.RetryAfter);
        }

        Assert.AreEqual(HttpStatusCode.Conflict, reload.StatusCode);
        service.Models.LoadFirst(AssemblySetup.ModelFile);
        Assert.AreEqual("ready", (await service.GetAsync("/health/ready")).GetProperty("status").GetString());
        Assert.AreEqual(HttpStatusCode.OK, (await service.AskAsync("/score", RunningService.Row().ToJsonString())).Status);
    }

    [TestMethod]
    public async Task The_first_start_trains_and_the_second_takes_the_file()
    {
        using var folder = new TemporaryFolder();
        string[] versions = new string[2];
        DateTime written = default;
        for (int start = 0; start < 2; start++)
        {
            await using RunningService service = await RunningService.StartAsync(("ModelFile", ""), ("CacheFolder", folder.Path));
            versions[start] = (await service.GetAsync("/model")).GetProperty("version").GetString()!;
            string file = Directory.GetFiles(folder.Path).Single();
            if (start == 1)
                Assert.AreEqual(written, File.GetLastWriteTimeUtc(file));
            written = File.GetLastWriteTimeUtc(file);
        }

        Assert.AreEqual(versions[0], versions[1]);
    }

    [TestMethod]
    public void A_default_model_that_is_damaged_is_reported_and_trained_again()
    {
        using var folder = new TemporaryFolder();
        byte[] good = File.ReadAllBytes(AssemblySetup.ModelFile);
        string file = folder.Write(Path.GetFileName(AssemblySetup.ModelFile), good.AsSpan(0, good.Length / 2));
        using Process process = Process.Start(CreateStart("--cache", folder.Path, "--urls", "http://127.0.0.1:0"))!;
        try
        {
            string? line, warning = null;
            while ((line = process.StandardOutput.ReadLine()) is not null && !line.Contains("is in use, version", StringComparison.Ordinal))
            {
                if (JsonDocument.Parse(line).RootElement is var entry && entry.GetProperty("LogLevel").GetString() == "Warning")
                    warning = entry.GetProperty("Message").GetString();
            }

            Assert.IsNotNull(line);
            StringAssert.StartsWith(warning, $"The model '{file}' was not loaded: ");
            StringAssert.EndsWith(warning, " It is trained and written again.");
            CollectionAssert.AreEqual(good, File.ReadAllBytes(file));
            Assert.HasCount(1, Directory.GetFileSystemEntries(folder.Path));
        }
        finally
        {
            process.Kill();
        }
    }

    [TestMethod]
    public async Task Requests_under_way_are_answered_when_the_service_stops()
    {
        await using RunningService service = await RunningService.StartAsync();
        using SlowRequest request = await SlowRequest.BeginAsync(service.EndPoint, "/score", RunningService.Row().ToJsonString());
        while (service.App.Services.GetRequiredService<ScoringService.Requests.ScoreEndpoints>().Singles.Inside == 0)
            await Task.Delay(5);

        Task stop = service.App.StopAsync();
        while (!service.App.Lifetime.ApplicationStopping.IsCancellationRequested)
            await Task.Delay(5);
        Assert.IsFalse(stop.IsCompleted);
        string answer = await request.EndAsync();

        StringAssert.StartsWith(answer, "HTTP/1.1 200 OK");
        StringAssert.Contains(answer, "\"decision\":");
        await stop;
    }

    [TestMethod]
    public void A_model_that_cannot_be_loaded_ends_the_program()
    {
        (int exitCode, string output, _) = Run("--model", "no-such-file.onnx", "--urls", "http://127.0.0.1:0");

        Assert.AreEqual(1, exitCode);
        StringAssert.Contains(CriticalOf(output), "no-such-file.onnx");
    }

    [TestMethod]
    public void A_training_that_fails_ends_the_program()
    {
        using var folder = new TemporaryFolder();
        ProcessStartInfo start = CreateStart("--cache", folder.Path, "--urls", "http://127.0.0.1:0");
        start.Environment["VARIATIONALDROPOUT_KERNELS"] = "Nope";

        (int exitCode, string output, _) = Run(start);

        Assert.AreEqual(1, exitCode);
        StringAssert.StartsWith(CriticalOf(output), "The service has no model and ends. ");
        StringAssert.Contains(CriticalOf(output), "Nope");
        Assert.IsEmpty(Directory.GetFileSystemEntries(folder.Path));
    }

    [TestMethod]
    [DataRow("Error: The setting Scoring:MaximumBatchRows must be from 1 to 100000; it is 0.", "MaximumBatchRows", "0")]
    [DataRow("Error: The setting Scoring:EntropyThreshold must be from 0 to 0.6931471805599453; it is NaN.", "EntropyThreshold", "NaN")]
    [DataRow("Error: Failed to convert configuration value 'many' at 'Scoring:MaximumConnections' to type 'System.Int32'.", "MaximumConnections", "many")]
    [DataRow("MaximumRows", "MaximumRows", "1")]
    public void A_wrong_setting_ends_the_program_with_one_line(string message, string name, string value)
    {
        ProcessStartInfo start = CreateStart("--urls", "http://127.0.0.1:0");
        start.Environment[$"Scoring__{name}"] = value;

        (int exitCode, string output, string errors) = Run(start);

        Assert.AreEqual(1, exitCode);
        Assert.AreEqual("", output);
        StringAssert.Contains(errors, message);
        Assert.HasCount(1, errors.TrimEnd().Split('\n'));
    }

    [TestMethod]
    [DataRow("--threshold takes a number from 0 to 0.6931471805599453; found '1'.", "--threshold", "1")]
    [DataRow("--seconds takes a whole number from 1 to 86400; found '0'.", "--load", "--seconds", "0")]
    [DataRow("'--moddel'", "--moddel", "x")]
    [DataRow("--urls takes addresses such as http://127.0.0.1:5080, with semicolons between them and ports up to 65535; found 'here'.", "--urls", "http://127.0.0.1:0;here")]
    [DataRow("ports up to 65535; found 'http://127.0.0.1:65536'.", "--urls", "http://127.0.0.1:65536")]
    [DataRow("--threshold does not go with --load.", "--load", "--threshold", "0.1")]
    [DataRow("--rate needs --load.", "--rate", "5")]
    [DataRow("The model 'ScoringService.dll' was not loaded: ", "--load", "--model", "ScoringService.dll")]
    public void A_wrong_argument_ends_the_program_with_one_line(string message, params string[] arguments)
    {
        (int exitCode, _, string errors) = Run(arguments);

        Assert.AreEqual(1, exitCode);
        StringAssert.Contains(errors, message);
        Assert.HasCount(1, errors.TrimEnd().Split('\n'));
    }

    [TestMethod]
    public async Task A_signal_ends_the_program_and_its_log_is_JSON()
    {
        if (!OperatingSystem.IsLinux() && !OperatingSystem.IsMacOS())
            Assert.Inconclusive("Skipped: this system has no kill -TERM.");
        using Process process = Process.Start(CreateStart("--model", AssemblySetup.ModelFile, "--urls", "http://127.0.0.1:0"))!;
        try
        {
            var lines = new List<string>();
            while (!lines.Any(line => line.Contains("is in use, version", StringComparison.Ordinal)) || !lines.Any(line => line.Contains("Application started", StringComparison.Ordinal)))
                lines.Add(await process.StandardOutput.ReadLineAsync() ?? throw new AssertFailedException("The program ended."));
            using (Process kill = Process.Start("kill", ["-TERM", process.Id.ToString(CultureInfo.InvariantCulture)]))
                await kill.WaitForExitAsync();
            lines.AddRange((await process.StandardOutput.ReadToEndAsync()).Split('\n', StringSplitOptions.RemoveEmptyEntries));
            await process.WaitForExitAsync();

            Assert.AreEqual(0, process.ExitCode);
            foreach (string line in lines)
                Assert.IsTrue(JsonDocument.Parse(line).RootElement.TryGetProperty("Timestamp", out _), line);
        }
        finally
        {
            process.Kill();
        }
    }

    [TestMethod]
    public void A_load_test_reports_what_it_did()
    {
        (int exitCode, string output, string errors) = Run("--load", "--model", AssemblySetup.ModelFile, "--seconds", "2", "--connections", "4", "--reloads", "3", "--sample-seconds", "1", "--json");

        Assert.AreEqual(0, exitCode, output + errors);
        JsonElement figures = JsonDocument.Parse(output.TrimEnd().Split('\n')[^1]).RootElement;
        Assert.AreEqual(0, figures.GetProperty("errors").GetInt64());
        Assert.AreEqual(3, figures.GetProperty("reloads").GetInt32());
        Assert.AreEqual(0, figures.GetProperty("reloadErrors").GetInt32());
        Assert.IsInRange(2, 4, figures.GetProperty("versionsSeen").GetInt32());
        Assert.IsGreaterThan(0L, figures.GetProperty("requests").GetInt64());
        Assert.HasCount(3, figures.GetProperty("workingSetMegabytes").EnumerateArray().ToArray());
        Assert.IsLessThanOrEqualTo(figures.GetProperty("p99Milliseconds").GetDouble(), figures.GetProperty("p50Milliseconds").GetDouble());
    }

    /// <summary>The message of the only critical entry of a log.</summary>
    private static string? CriticalOf(string output) => output.Trim().Split('\n').Select(line => JsonDocument.Parse(line).RootElement)
        .Single(entry => entry.GetProperty("LogLevel").GetString() == "Critical").GetProperty("Message").GetString();

    private static (int ExitCode, string Output, string Errors) Run(params string[] arguments) => Run(CreateStart(arguments));

    private static ProcessStartInfo CreateStart(params string[] arguments)
        => new(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet", [Path.Combine(AppContext.BaseDirectory, "ScoringService.dll"), .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = AppContext.BaseDirectory,
        };

    private static (int ExitCode, string Output, string Errors) Run(ProcessStartInfo start)
    {
        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, errors.Result);
    }
}
