using System.Text.Json;
using PaperExperiments.Speed;
using PaperExperiments.Variance;
using QuickStart.Tests;

namespace PaperExperiments.Tests;

/// <summary>The commands <c>variance</c> and <c>speed</c> from the command line to their files.</summary>
[TestClass]
public sealed class GradientCommandTests
{
    [TestMethod]
    public async Task Variance_puts_four_estimators_at_two_layers_and_stages_beside_the_paper()
    {
        JsonElement[] rows = await RunAsync(new VarianceExperiment(), "--units", "16", "--draws", "8", "--epochs", "4");
        Assert.HasCount(16, rows);
        foreach (JsonElement row in rows)
        {
            bool isLocal = row.GetProperty("estimator").GetString() == "LocalReparameterization";
            double ratio = row.GetProperty("÷ local").GetDouble();
            Assert.IsGreaterThan(0, row.GetProperty("variance").GetDouble());
            Assert.IsInRange(1, 4, row.GetProperty("epoch").GetInt32());
            Assert.AreEqual(isLocal ? JsonValueKind.Null : JsonValueKind.Number, row.GetProperty("95 % from").ValueKind);
            if (isLocal)
                Assert.AreEqual(1, ratio);
            else
                Assert.IsInRange(row.GetProperty("95 % from").GetDouble(), row.GetProperty("95 % to").GetDouble(), ratio);
        }

        // The paper's ratios of shared to local: 6.3, 3.6, 4.5, 3.0.
        double[] published = [.. rows.Where(row => row.GetProperty("estimator").GetString() == "SharedWeightSample").Select(row => row.GetProperty("published ÷ local").GetDouble())];
        CollectionAssert.AreEqual(new[] { 6.3, 3.6, 4.5, 3.0 }, published.Select(ratio => Math.Round(ratio, 1)).ToArray());
    }

    [TestMethod]
    public async Task Speed_compares_two_slow_ways_with_two_fast_ones()
    {
        JsonElement[] rows = await RunAsync(new SpeedExperiment(), "--units", "20", "--rounds", "1");
        Assert.HasCount(4, rows);
        foreach (JsonElement row in rows)
            Assert.IsGreaterThan(0, row.GetProperty("seconds per epoch").GetDouble());
        foreach (JsonElement row in rows[2..])
            Assert.IsInRange(0.7, 1.3, row.GetProperty("mean gradient − local's, standard errors, root mean square").GetDouble());
    }

    private static async Task<JsonElement[]> RunAsync(IExperiment experiment, params string[] options)
    {
        using var folder = new TemporaryFolder();
        Assert.AreEqual(0, await ExperimentCommandLine.RunAsync([experiment.Name, "--quick", "--output", folder.Path, .. options], [experiment]));
        using JsonDocument json = JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(folder.Path, $"{experiment.Name}.json")));
        return [.. json.RootElement.GetProperty("rows").EnumerateArray().Select(row => row.Clone())];
    }
}
