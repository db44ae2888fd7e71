using System.Text.Json;
using System.Text.Json.Nodes;
using ScoringService.DefaultModel;
using ScoringService.Model;

namespace ScoringService.Tests;

/// <summary>Values that training has not seen: a network may be sure of them, and is not to be believed.</summary>
[TestClass]
public sealed class OutsideTrainingTests
{
    [TestMethod]
    [DataRow("Age", "5000", DisplayName = "A number that is far too large")]
    [DataRow("MonthlyCharge", "-3000", DisplayName = "A number that is far too small")]
    [DataRow("Age", "70.00001", DisplayName = "A number just beyond")]
    [DataRow("Contract", "\"for life\"", DisplayName = "An unknown text")]
    [DataRow("Payment", "\"\"", DisplayName = "An empty text")]
    [DataRow("Payment", "\"Card\"", DisplayName = "A text that differs by a letter's case")]
    public async Task A_value_beyond_the_training_data_is_named_and_not_sure(string field, string value)
    {
        // Nothing is too uncertain for this threshold.
        await using RunningService service = await RunningService.StartAsync(("EntropyThreshold", ScoringSettings.LargestEntropy));

        (_, JsonElement answer) = await service.AskAsync("/score", RunningService.Row((field, JsonNode.Parse(value))).ToJsonString());

        Assert.AreEqual("I am not sure", answer.GetProperty("decision").GetString());
        Assert.AreEqual($"[\"{field}\"]", answer.GetProperty("outsideTrainingData").GetRawText());
        Assert.IsTrue(answer.TryGetProperty("prediction", out _));
    }

    /// <summary>The case for it: the entropy alone would let such an answer pass.</summary>
    [TestMethod]
    public async Task The_model_may_be_sure_of_what_it_has_never_seen()
    {
        await using RunningService service = await RunningService.StartAsync();

        (_, JsonElement answer) = await service.AskAsync("/score", RunningService.Row(("MonthlyCharge", 500), ("Age", 90), ("Contract", "ten years")).ToJsonString());

        Assert.IsLessThan(0.1, answer.GetProperty("uncertainty").GetProperty("entropy").GetDouble());
        Assert.AreEqual("I am not sure", answer.GetProperty("decision").GetString());
        Assert.AreEqual("""["MonthlyCharge","Age","Contract"]""", answer.GetProperty("outsideTrainingData").GetRawText());
    }

    [TestMethod]
    public async Task The_ends_of_what_was_seen_are_inside_and_a_batch_names_the_rows_that_are_not()
    {
        await using RunningService service = await RunningService.StartAsync(("EntropyThreshold", ScoringSettings.LargestEntropy));
        JsonElement[] cards = [.. (await service.GetAsync("/model")).GetProperty("inputs").EnumerateArray().Select(input => input.GetProperty("card"))];
        JsonObject least = RunningService.Row(), most = RunningService.Row();
        foreach (JsonElement card in cards.Where(card => card.TryGetProperty("trainedMinimum", out _)))
        {
            string name = card.GetProperty("name").GetString()!;
            least[name] = card.GetProperty("trainedMinimum").GetDouble();
            most[name] = card.GetProperty("trainedMaximum").GetDouble();
        }

        // In the first of the chunks that a batch runs in, and in the last.
        const int rows = (2 * ScoringModel.ChunkRows) + 10;
        int[] outside = [3, rows - 1];
        string batch = RunningService.Batch(Enumerable.Range(0, rows).Select(i => outside.Contains(i) ? RunningService.Row(("SupportCalls", 1000)) : (i % 2 == 0 ? least : most).DeepClone()));

        (_, JsonElement answers) = await service.AskAsync("/score/batch", batch);

        JsonElement[] all = [.. answers.GetProperty("answers").EnumerateArray()];
        CollectionAssert.AreEqual(outside, Enumerable.Range(0, rows).Where(i => all[i].TryGetProperty("outsideTrainingData", out _)).ToArray());
        CollectionAssert.AreEqual(outside, Enumerable.Range(0, rows).Where(i => all[i].GetProperty("decision").GetString() == "I am not sure").ToArray());
    }

    [TestMethod]
    public async Task A_model_that_does_not_tell_what_it_has_seen_answers_as_its_entropy_says()
    {
        using var folder = new TemporaryFolder();
        string file = folder.Write("model.onnx", [.. File.ReadAllBytes(AssemblySetup.ModelFile), .. FileProperty.Encode(ModelCard.PropertyName, new ModelCard().ToJson())]);
        await using RunningService service = await RunningService.StartAsync(("ModelFile", file), ("EntropyThreshold", ScoringSettings.LargestEntropy));

        (_, JsonElement answer) = await service.AskAsync("/score", RunningService.Row((nameof(Customer.Age), 5000), (nameof(Customer.Contract), "for life")).ToJsonString());

        CollectionAssert.Contains(new[] { "yes", "no" }, answer.GetProperty("decision").GetString());
        Assert.IsFalse(answer.TryGetProperty("outsideTrainingData", out _));
    }
}
