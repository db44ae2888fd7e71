using System.Diagnostics;
using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace ScoringService.Tests;

[TestClass]
public sealed partial class PageTests
{
    private static readonly string[] BrowserNames = ["chromium-headless-shell", "chrome-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"];

    [TestMethod]
    public async Task The_page_is_one_file_that_takes_nothing_from_elsewhere()
    {
        await using RunningService service = await RunningService.StartAsync();

        using HttpResponseMessage response = await service.Client.GetAsync("/");

        Assert.AreEqual(HttpStatusCode.OK, response.StatusCode);
        Assert.AreEqual("text/html", response.Content.Headers.ContentType?.MediaType);
        StringAssert.StartsWith(response.Headers.GetValues("Content-Security-Policy").Single(), "default-src 'none'; connect-src 'self'; ");
        string page = await response.Content.ReadAsStringAsync();
        Assert.IsFalse(Elsewhere().IsMatch(page));
        foreach (string path in new[] { "/model", "/score", "/score/batch" })
            StringAssert.Contains(page, $"\"{path}\"");
    }

    /// <summary>What the page's script does, step by step: controls from the model, a row from the controls, an answer for each movement, a curve along one of them.</summary>
    [TestMethod]
    [DataRow(1000, 61)]
    [DataRow(10, 10)]
    public async Task What_the_page_asks_is_answered_and_moves_with_the_inputs(int maximumBatchRows, int points)
    {
        await using RunningService service = await RunningService.StartAsync(("MaximumBatchRows", maximumBatchRows));
        JsonElement model = await service.GetAsync("/model");
        Assert.AreEqual(points, Math.Min(61, model.GetProperty("maximumBatchRows").GetInt32()));
        JsonElement[] inputs = [.. model.GetProperty("inputs").EnumerateArray()];
        JsonObject row = [];
        foreach (JsonElement input in inputs)
        {
            JsonElement card = input.GetProperty("card");
            row[input.GetProperty("name").GetString()!] = input.GetProperty("kind").GetString() switch
            {
                "TrueOrFalse" => false,
                "Text" => card.GetProperty("values")[0].GetString(),
                _ => card.GetProperty("value").GetDouble(),
            };
        }

        (HttpStatusCode status, JsonElement before) = await service.AskAsync("/score", row.ToJsonString());
        Assert.AreEqual(HttpStatusCode.OK, status);
        foreach (JsonElement input in inputs.Where(input => input.GetProperty("kind").GetString() == "Number"))
        {
            string name = input.GetProperty("name").GetString()!;
            double minimum = input.GetProperty("card").GetProperty("minimum").GetDouble(), maximum = input.GetProperty("card").GetProperty("maximum").GetDouble();
            JsonObject[] sweep = [.. Enumerable.Range(0, points).Select(i => With(row, name, minimum + (i * (maximum - minimum) / (points - 1))))];

            (HttpStatusCode sweepStatus, JsonElement curve) = await service.AskAsync("/score/batch", RunningService.Batch(sweep));

            Assert.AreEqual(HttpStatusCode.OK, sweepStatus);
            double[] probabilities = [.. curve.GetProperty("answers").EnumerateArray().Select(answer => answer.GetProperty("probability").GetDouble())];
            Assert.HasCount(points, probabilities);
            Assert.IsGreaterThan(0.01, probabilities.Max() - probabilities.Min(), name);
        }

        (_, JsonElement after) = await service.AskAsync("/score", With(row, "HasFamilyPlan", true).ToJsonString());
        Assert.IsLessThan(before.GetProperty("probability").GetDouble(), after.GetProperty("probability").GetDouble());
    }

    /// <summary>Values in the address are answered as over HTTP. The picture goes to SCORING_SERVICE_SCREENSHOT, where that is set.</summary>
    [TestMethod]
    [DataRow(1000, 61)]
    [DataRow(10, 10)]
    [DataRow(1, 0)]
    public async Task A_browser_shows_the_answer(int maximumBatchRows, int points)
    {
        string browser = FindBrowser() ?? throw new AssertInconclusiveException($"Skipped: there is no browser; none of {string.Join(", ", BrowserNames)} is on the path.");
        await using RunningService service = await RunningService.StartAsync(("MaximumBatchRows", maximumBatchRows));
        using var folder = new TemporaryFolder();
        foreach (JsonObject row in new[] { RunningService.Row(("MonthlyCharge", 110), ("SupportCalls", 7), ("Contract", "month to month")), RunningService.Row(("MonthlyCharge", 45), ("TenureMonths", 20), ("HasFamilyPlan", true)), RunningService.Row(("Age", 95), ("MonthlyCharge", 160)) })
        {
            (_, JsonElement answer) = await service.AskAsync("/score", row.ToJsonString());
            string address = $"{service.Client.BaseAddress}?{string.Join('&', row.Select(field => $"{field.Key}={Uri.EscapeDataString(field.Value!.ToString())}"))}";

            string dom = await BrowseAsync(browser, folder, "--dump-dom", address);

            Assert.AreEqual(answer.GetProperty("decision").GetString(), TextOf(dom, "decision"));
            StringAssert.StartsWith(TextOf(dom, "probability"), (100 * answer.GetProperty("probability").GetDouble()).ToString("F1", System.Globalization.CultureInfo.InvariantCulture) + " %");
            StringAssert.StartsWith(TextOf(dom, "entropy"), answer.GetProperty("uncertainty").GetProperty("entropy").GetDouble().ToString("F3", System.Globalization.CultureInfo.InvariantCulture));
            StringAssert.Contains(TextOf(dom, "question"), "Will this customer leave");
            Assert.AreEqual("", TextOf(dom, "problem"));
            Assert.AreEqual(answer.TryGetProperty("outsideTrainingData", out _) ? "Outside of all that the model was trained on: Monthly charge, €; Age" : "", TextOf(dom, "outside"));
            Assert.HasCount(points, Regex.Match(dom, "<polyline points=\"([^\"]*)\"").Groups[1].Value.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        }

        if (maximumBatchRows < 1000)
            return;
        string picture = Environment.GetEnvironmentVariable("SCORING_SERVICE_SCREENSHOT") is { Length: > 0 } path ? Path.GetFullPath(path) : Path.Combine(folder.Path, "page.png");
        await BrowseAsync(browser, folder, $"--screenshot={picture}", $"{service.Client.BaseAddress}?TenureMonths=14&MonthlyCharge=130&SupportCalls=3&Contract=two%20years&Age=66&sweep=MonthlyCharge");
        CollectionAssert.AreEqual(new byte[] { 0x89, (byte)'P', (byte)'N', (byte)'G' }, File.ReadAllBytes(picture)[..4]);
        Assert.IsGreaterThan(10_000L, new FileInfo(picture).Length);
    }

    /// <summary>The service refuses fractions for whole numbers, so that a curve between them would be an error on the page.</summary>
    [TestMethod]
    [DataRow(12, 13)]
    [DataRow(1000, 61)]
    public async Task A_browser_asks_whole_numbers_for_a_curve_along_them(int maximum, int points)
    {
        string browser = FindBrowser() ?? throw new AssertInconclusiveException($"Skipped: there is no browser; none of {string.Join(", ", BrowserNames)} is on the path.");
        using var folder = new TemporaryFolder();
        string file = WholeNumberModel.Export(folder.Path, new() { Columns = [new() { Name = "Calls", Minimum = 0, Maximum = maximum }] });
        await using RunningService service = await RunningService.StartAsync(("ModelFile", file));

        string dom = await BrowseAsync(browser, folder, "--dump-dom", $"{service.Client.BaseAddress}?Calls=2.5");

        Assert.AreEqual("", TextOf(dom, "problem"));
        Assert.HasCount(points, Regex.Match(dom, "<polyline points=\"([^\"]*)\"").Groups[1].Value.Split(' ', StringSplitOptions.RemoveEmptyEntries));
    }

    private static JsonObject With(JsonObject row, string name, JsonNode value)
    {
        var changed = (JsonObject)row.DeepClone();
        changed[name] = value;
        return changed;
    }

    private static async Task<string> BrowseAsync(string browser, TemporaryFolder folder, string what, string address)
    {
        // The time is virtual: the browser waits for nothing but answers.
        var start = new ProcessStartInfo(
            browser,
            ["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--window-size=1000,700", "--virtual-time-budget=20000", $"--user-data-dir={Path.Combine(folder.Path, "profile")}", what, address])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.AreEqual(0, process.ExitCode, await errors);
        return output;
    }

    private static string TextOf(string dom, string id) => WebUtility.HtmlDecode(Regex.Match(dom, $"id=\"{id}\"[^>]*>([^<]*)<").Groups[1].Value);

    private static string? FindBrowser() => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
        .SelectMany(folder => BrowserNames.Select(name => Path.Combine(folder, OperatingSystem.IsWindows() ? name + ".exe" : name)))
        .FirstOrDefault(File.Exists);

    /// <summary>A source, a link or an import that is not in the page; the name of SVG's elements is no address.</summary>
    [GeneratedRegex("""(src|href)\s*=\s*["'](?!data:)|url\(|@import|https?://(?!www\.w3\.org/2000/svg)""")]
    private static partial Regex Elsewhere();
}
