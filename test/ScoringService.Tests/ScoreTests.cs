using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.ML.Trainers.VariationalDropout.Onnx;
using ScoringService.DefaultModel;
using ScoringService.Model;

namespace ScoringService.Tests;

[TestClass]
public sealed class ScoreTests
{
    [TestMethod]
    public async Task The_answer_is_what_the_model_says()
    {
        await using RunningService service = await RunningService.StartAsync();
        using OnnxScorer scorer = OnnxScorer.FromFile(AssemblySetup.ModelFile, new() { IntraOpThreads = 1 });
        using OnnxBatch batch = scorer.CreateBatch(1);
        foreach (Customer customer in CustomerGenerator.Make(30, seed: 5))
        {
            (HttpStatusCode status, JsonElement answer) = await service.AskAsync("/score", ToJson(customer).ToJsonString());

            Assert.AreEqual(HttpStatusCode.OK, status);
            Fill(batch, customer);
            batch.Run(1);
            JsonElement uncertainty = answer.GetProperty("uncertainty");
            float probability = batch.GetOutput<float>("Probability")[0], entropy = batch.GetOutput<float>("ScorePredictiveEntropy")[0], information = batch.GetOutput<float>("ScoreMutualInformation")[0];
            Assert.AreEqual(probability, answer.GetProperty("probability").GetSingle());
            Assert.AreEqual(batch.GetOutput<bool>("PredictedLabel")[0], answer.GetProperty("prediction").GetBoolean());
            Assert.AreEqual(entropy, uncertainty.GetProperty("entropy").GetSingle());
            Assert.AreEqual(information, uncertainty.GetProperty("epistemic").GetSingle());
            Assert.AreEqual(entropy - information, uncertainty.GetProperty("aleatoric").GetSingle(), 1e-6f);
            Assert.AreEqual(batch.GetOutput<float>("ScoreStandardDeviation")[0], uncertainty.GetProperty("standardDeviation").GetSingle());
            Assert.AreEqual(entropy > 0.5 ? "I am not sure" : probability > 0.5 ? "yes" : "no", answer.GetProperty("decision").GetString());
        }
    }

    /// <summary>The made customers are known: the model must have learned them, or the page would show nonsense.</summary>
    [TestMethod]
    public async Task The_default_model_knows_its_customers()
    {
        await using RunningService service = await RunningService.StartAsync();
        Customer[] customers = [.. CustomerGenerator.Make(1000, seed: 77)];

        (_, JsonElement body) = await service.AskAsync("/score/batch", RunningService.Batch(customers.Select(ToJson)));

        double[] errors = [.. body.GetProperty("answers").EnumerateArray().Zip(customers, (answer, customer) => Math.Abs(answer.GetProperty("probability").GetDouble() - CustomerGenerator.ChanceToLeave(customer)))];
        Assert.IsLessThan(0.06, errors.Average());
    }

    [TestMethod]
    [DataRow(1)]
    [DataRow(ScoringModel.ChunkRows)]
    [DataRow((2 * ScoringModel.ChunkRows) + 1)]
    public async Task A_batch_has_the_answers_of_its_rows_in_their_order(int rows)
    {
        await using RunningService service = await RunningService.StartAsync();
        JsonObject[] customers = [.. CustomerGenerator.Make(rows, seed: 6).Select(ToJson)];

        (HttpStatusCode status, JsonElement body) = await service.AskAsync("/score/batch", RunningService.Batch(customers.Select(row => row.DeepClone())));

        Assert.AreEqual(HttpStatusCode.OK, status);
        JsonElement[] answers = [.. body.GetProperty("answers").EnumerateArray()];
        Assert.HasCount(rows, answers);
        for (int i = 0; i < rows; i++)
        {
            (_, JsonElement single) = await service.AskAsync("/score", customers[i].ToJsonString());
            Assert.AreEqual(single.GetProperty("probability").GetDouble(), answers[i].GetProperty("probability").GetDouble(), 1e-5);
            Assert.AreEqual(single.GetProperty("uncertainty").GetProperty("entropy").GetDouble(), answers[i].GetProperty("uncertainty").GetProperty("entropy").GetDouble(), 1e-5);
            Assert.AreEqual(single.GetProperty("model").GetString(), body.GetProperty("model").GetString());
        }
    }

    [TestMethod]
    public async Task The_threshold_decides_who_is_sure()
    {
        string body = RunningService.Batch(CustomerGenerator.Make(200, seed: 8).Select(ToJson));
        await using RunningService never = await RunningService.StartAsync(("EntropyThreshold", 0)), always = await RunningService.StartAsync(("EntropyThreshold", ScoringSettings.LargestEntropy));

        Assert.IsTrue(await DecisionsAsync(never).AllAsync(decision => decision == "I am not sure"));
        Assert.IsTrue(await DecisionsAsync(always).AllAsync(decision => decision is "yes" or "no"));
        Assert.AreEqual(0, (await never.GetAsync("/model")).GetProperty("entropyThreshold").GetDouble());

        async IAsyncEnumerable<string?> DecisionsAsync(RunningService service)
        {
            (_, JsonElement answers) = await service.AskAsync("/score/batch", body);
            foreach (JsonElement answer in answers.GetProperty("answers").EnumerateArray())
                yield return answer.GetProperty("decision").GetString();
        }
    }

    [TestMethod]
    public async Task Fields_may_come_in_any_order_and_escaped_and_texts_may_be_unknown()
    {
        await using RunningService service = await RunningService.StartAsync();
        JsonObject row = RunningService.Row();
        var reversed = new JsonObject(row.Reverse().Select(field => KeyValuePair.Create(field.Key, field.Value?.DeepClone())));

        (_, JsonElement expected) = await service.AskAsync("/score", row.ToJsonString());
        (_, JsonElement backwards) = await service.AskAsync("/score", reversed.ToJsonString());
        (_, JsonElement escaped) = await service.AskAsync("/score", row.ToJsonString().Replace("Contract", "Contr\\u0061ct", StringComparison.Ordinal).Replace("one year", "one\\u0020year", StringComparison.Ordinal));
        (HttpStatusCode unknown, _) = await service.AskAsync("/score", RunningService.Row(("Payment", "Muscheln 🐚")).ToJsonString());

        Assert.AreEqual(expected.ToString(), backwards.ToString());
        Assert.AreEqual(expected.ToString(), escaped.ToString());
        Assert.AreEqual(HttpStatusCode.OK, unknown);
    }

    /// <summary>What the page is for: far from all customers the model says that it does not know.</summary>
    [TestMethod]
    public async Task Ignorance_is_greater_where_nobody_has_been()
    {
        await using RunningService service = await RunningService.StartAsync();
        string[] rows =
        [
            RunningService.Row(("MonthlyCharge", 75), ("Contract", "two years"), ("Age", 40)).ToJsonString(),
            RunningService.Row(("MonthlyCharge", 200), ("Contract", "two years"), ("Age", 100), ("SupportCalls", 4)).ToJsonString(),
        ];

        double[] ignorance = await Task.WhenAll(rows.Select(async row => (await service.AskAsync("/score", row)).Body.GetProperty("uncertainty").GetProperty("standardDeviation").GetDouble()));

        Assert.IsGreaterThan(2 * ignorance[0], ignorance[1]);
    }

    [TestMethod]
    public async Task The_model_describes_itself()
    {
        await using RunningService service = await RunningService.StartAsync();

        JsonElement model = await service.GetAsync("/model");

        string sha = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(AssemblySetup.ModelFile)));
        Assert.AreEqual(sha, model.GetProperty("sha256").GetString());
        Assert.AreEqual(sha[..12], model.GetProperty("version").GetString());
        Assert.IsTrue(model.GetProperty("hasEpistemic").GetBoolean());
        Assert.AreEqual("FrozenSamples", model.GetProperty("graph").GetString());
        Assert.IsLessThan(TimeSpan.FromHours(1), DateTimeOffset.UtcNow - model.GetProperty("loadedAt").GetDateTimeOffset());
        CollectionAssert.AreEqual(
            new[] { "TenureMonths Number", "MonthlyCharge Number", "SupportCalls Number", "Age Number", "Contract Text", "Payment Text", "HasFamilyPlan TrueOrFalse" },
            model.GetProperty("inputs").EnumerateArray().Select(input => $"{input.GetProperty("name")} {input.GetProperty("kind")}").ToArray());
        CollectionAssert.Contains(model.GetProperty("outputs").EnumerateArray().Select(output => output.GetProperty("name").GetString()).ToArray(), "ScoreMutualInformation.output");
    }

    private static void Fill(OnnxBatch batch, Customer customer)
    {
        batch.GetInput<float>("TenureMonths")[0] = customer.TenureMonths;
        batch.GetInput<float>("MonthlyCharge")[0] = customer.MonthlyCharge;
        batch.GetInput<float>("SupportCalls")[0] = customer.SupportCalls;
        batch.GetInput<float>("Age")[0] = customer.Age;
        batch.GetInput<ReadOnlyMemory<char>>("Contract")[0] = customer.Contract.AsMemory();
        batch.GetInput<ReadOnlyMemory<char>>("Payment")[0] = customer.Payment.AsMemory();
        batch.GetInput<bool>("HasFamilyPlan")[0] = customer.HasFamilyPlan;
    }

    private static JsonObject ToJson(Customer customer) => RunningService.Row(
        ("TenureMonths", customer.TenureMonths), ("MonthlyCharge", customer.MonthlyCharge), ("SupportCalls", customer.SupportCalls), ("Age", customer.Age),
        ("Contract", customer.Contract), ("Payment", customer.Payment), ("HasFamilyPlan", customer.HasFamilyPlan));
}
