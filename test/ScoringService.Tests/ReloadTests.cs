using System.Net;
using System.Text.Json;
using Microsoft.ML;
using ScoringService.DefaultModel;
using ScoringService.Load;
using ScoringService.Model;

namespace ScoringService.Tests;

[TestClass]
public sealed class ReloadTests
{
    private const int Reloads = 20, Connections = 4;

    [TestMethod]
    public async Task A_reload_takes_the_new_file()
    {
        using var folder = new TemporaryFolder();
        var variants = new ModelVariants(AssemblySetup.ModelFile, folder.Path);
        await using RunningService service = await RunningService.StartAsync(("ModelFile", variants.File));
        string before = (await service.GetAsync("/model")).GetProperty("version").GetString()!;
        variants.PutNext();

        (HttpStatusCode status, JsonElement change) = await service.AskAsync("/model/reload", "");

        Assert.AreEqual(HttpStatusCode.OK, status);
        Assert.AreEqual(before, change.GetProperty("before").GetString());
        string after = change.GetProperty("version").GetString()!;
        Assert.AreNotEqual(before, after);
        Assert.AreEqual(after, (await service.GetAsync("/model")).GetProperty("version").GetString());
        Assert.AreEqual(after, (await service.AskAsync("/score", RunningService.Row().ToJsonString())).Body.GetProperty("model").GetString());
    }

    [TestMethod]
    public async Task No_request_fails_while_models_are_replaced_and_all_old_models_are_freed()
    {
        using var folder = new TemporaryFolder();
        var variants = new ModelVariants(AssemblySetup.ModelFile, folder.Path);
        await using RunningService service = await RunningService.StartAsync(("ModelFile", variants.File));
        byte[] request = LoadConnection.Encode("/score", service.EndPoint, RunningService.Row().ToJsonString());
        string expected = Nameless((await service.AskAsync("/score", RunningService.Row().ToJsonString())).Body.ToString());
        using var end = new CancellationTokenSource();
        long answered = 0;
        Task[] clients = [.. Enumerable.Range(0, Connections).Select(_ => Task.Run(async () =>
        {
            using LoadConnection connection = await LoadConnection.OpenAsync(service.EndPoint, TimeSpan.FromMinutes(1), CancellationToken.None);
            while (!end.IsCancellationRequested)
            {
                (int status, ReadOnlyMemory<byte> body) = await connection.SendAsync(request);
                Assert.AreEqual(200, status);
                Assert.AreEqual(expected, Nameless(System.Text.Encoding.UTF8.GetString(body.Span)));
                Interlocked.Increment(ref answered);
            }
        }))];

        var models = new List<ScoringModel>();
        for (int i = 0; i < Reloads; i++)
        {
            ScoringModel current = service.Models.Take()!;
            models.Add(current);
            current.Release();
            long before = Interlocked.Read(ref answered);
            variants.PutNext();
            Assert.AreEqual(HttpStatusCode.OK, (await service.AskAsync("/model/reload", "")).Status);

            // Every model answers something before it is replaced.
            while (Interlocked.Read(ref answered) < before + Connections && !clients.Any(client => client.IsFaulted))
                await Task.Delay(1);
        }

        await end.CancelAsync();
        await Task.WhenAll(clients);
        Assert.HasCount(Reloads, models.Distinct());
        Assert.IsTrue(models.All(model => model.IsFreed));

        static string Nameless(string answer) => answer[..answer.IndexOf("\"model\"", StringComparison.Ordinal)];
    }

    [TestMethod]
    [DataRow("cross-site", HttpStatusCode.Forbidden)]
    [DataRow("same-site", HttpStatusCode.Forbidden)]
    [DataRow("same-origin", HttpStatusCode.OK)]
    public async Task A_page_of_another_site_cannot_reload(string site, HttpStatusCode expected)
    {
        await using RunningService service = await RunningService.StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Post, "/model/reload") { Headers = { { "Sec-Fetch-Site", site } } };

        using HttpResponseMessage response = await service.Client.SendAsync(request);

        Assert.AreEqual(expected, response.StatusCode);
    }

    [TestMethod]
    public async Task A_model_is_freed_when_its_last_request_has_ended_and_not_before()
    {
        await using RunningService service = await RunningService.StartAsync();
        ScoringModel held = service.Models.Take()!;

        Assert.AreEqual(HttpStatusCode.OK, (await service.AskAsync("/model/reload", "")).Status);

        Assert.IsFalse(held.IsFreed);
        Workspace workspace = held.Take(forBatch: false);
        foreach (InputField field in held.Fields)
            field.FillWithZeros(workspace.Batch);
        Assert.IsInRange(0f, 1f, held.Run(workspace, 1)[0].Probability);
        held.Give(workspace, forBatch: false);
        held.Release();
        Assert.IsTrue(held.IsFreed);
        Assert.IsFalse(held.TryEnter());
    }

    [TestMethod]
    public async Task A_bad_file_is_refused_with_its_reason_and_the_old_model_goes_on()
    {
        using var folder = new TemporaryFolder();
        byte[] good = File.ReadAllBytes(AssemblySetup.ModelFile);
        string file = folder.Write("model.onnx", good);
        await using RunningService service = await RunningService.StartAsync(("ModelFile", file));
        (_, JsonElement before) = await service.AskAsync("/score", RunningService.Row().ToJsonString());
        const string badCard = "The property 'scoring_service' of the model is not what it should be: ";
        (byte[]? Bytes, string Reason)[] bad =
        [
            (null, "Could not find file"),
            ([], "it is empty"),
            ([1, 2, 3, 4], ""),
            (good[..(good.Length / 2)], ""),
            (WithCard("{\"title\": 3}"), badCard),
            (WithCard("{\"columns\": null}"), badCard + "columns must be an array; it is null."),
            (WithCard("{\"columns\": [null]}"), badCard + "columns[0] must be an object with a name; it is null."),
            (WithColumns("{\"name\": null}"), badCard + "columns[0] must be an object with a name; its name is null."),
            (WithColumns("{\"name\": \"Age\"}, {\"name\": \"Age\"}"), badCard + "the column 'Age' is given twice."),
            (WithColumns("{\"name\": \"age\"}"), badCard + "the column 'age' is no input of the model; it has TenureMonths, MonthlyCharge, SupportCalls, Age, Contract, Payment, HasFamilyPlan."),
            (WithColumns("{\"name\": \"Age\", \"trainedMinimum\": 70, \"trainedMaximum\": 18.5}"), badCard + "the column 'Age' has the trainedMinimum 70, which is above the trainedMaximum 18.5."),
            (WithColumns("{\"name\": \"Age\", \"trainedMaximum\": 1e999}"), badCard + "the column 'Age' has the trainedMaximum Infinity; it must be finite."),
            (WithColumns("{\"name\": \"Age\", \"minimum\": 2, \"maximum\": 2}"), badCard + "the column 'Age' has the minimum 2, which is not below the maximum 2."),
            (WithColumns("{\"name\": \"Age\", \"minimum\": 2}"), badCard + "the column 'Age' has a minimum and no maximum; a slider has both ends."),
            (WithColumns("{\"name\": \"Age\", \"step\": 0}"), badCard + "the column 'Age' has the step 0; it must be above 0."),
            (WithColumns("{\"name\": \"Age\", \"values\": [\"40\"]}"), badCard + "the column 'Age' has values; only a column of texts has them."),
            (WithColumns("{\"name\": \"Contract\", \"values\": [\"one year\", null]}"), badCard + "the column 'Contract' has a value that is null."),
            (WithColumns("{\"name\": \"Contract\", \"trainedMinimum\": 1}"), badCard + "the column 'Contract' has the trainedMinimum 1; only a column of numbers has one."),
            (ExportRegression(), "it has no output Probability with one number per row"),
        ];
        foreach ((byte[]? bytes, string reason) in bad)
        {
            File.Delete(file);
            if (bytes is not null)
                File.WriteAllBytes(file, bytes);

            (HttpStatusCode status, JsonElement problem) = await service.AskAsync("/model/reload", "");

            Assert.AreEqual(HttpStatusCode.UnprocessableEntity, status);
            StringAssert.StartsWith(problem.GetProperty("detail").GetString(), $"The model '{file}' was not loaded: ");
            StringAssert.Contains(problem.GetProperty("detail").GetString(), reason);
            Assert.AreEqual(before.ToString(), (await service.AskAsync("/score", RunningService.Row().ToJsonString())).Body.ToString());
        }

        File.WriteAllBytes(file, good);
        Assert.AreEqual(HttpStatusCode.OK, (await service.AskAsync("/model/reload", "")).Status);

        byte[] WithCard(string card) => [.. good, .. FileProperty.Encode(ModelCard.PropertyName, card)];
        byte[] WithColumns(string columns) => WithCard($"{{\"columns\": [{columns}]}}");
    }

    [TestMethod]
    public async Task A_model_without_uncertainty_has_the_entropy_of_its_probability()
    {
        using var folder = new TemporaryFolder();
        var context = new MLContext(1);
        IDataView rows = context.Data.LoadFromEnumerable(CustomerGenerator.Make(200, seed: 1));
        ITransformer model = context.Transforms.Concatenate("Features", "TenureMonths", "SupportCalls")
            .Append(context.BinaryClassification.Trainers.LbfgsLogisticRegression("Left")).Fit(rows);
        string file = Path.Combine(folder.Path, "model.onnx");
        context.Model.ExportToOnnx(model, rows, file);
        await using RunningService service = await RunningService.StartAsync(("ModelFile", file));

        (HttpStatusCode status, JsonElement answer) = await service.AskAsync("/score", "{\"TenureMonths\": 10, \"SupportCalls\": 2}");

        Assert.AreEqual(HttpStatusCode.OK, status);
        double p = answer.GetProperty("probability").GetDouble();
        Assert.AreEqual(-(p * Math.Log(p)) - ((1 - p) * Math.Log(1 - p)), answer.GetProperty("uncertainty").GetProperty("entropy").GetDouble(), 1e-6);
        Assert.IsFalse(answer.GetProperty("uncertainty").TryGetProperty("epistemic", out _));
        Assert.IsFalse((await service.GetAsync("/model")).GetProperty("hasEpistemic").GetBoolean());
    }

    [TestMethod]
    public async Task Vectors_and_whole_numbers_are_read_from_JSON()
    {
        using var folder = new TemporaryFolder();
        string file = WholeNumberModel.Export(folder.Path, new() { Columns = [new() { Name = "Features", TrainedMinimum = 1, TrainedMaximum = 2.5 }, new() { Name = "Calls", TrainedMaximum = 3 }] });
        await using RunningService service = await RunningService.StartAsync(("ModelFile", file));

        (HttpStatusCode known, JsonElement knownAnswer) = await service.AskAsync("/score", "{\"Features\": [1, 2.5], \"Calls\": 3}");
        Assert.AreEqual(HttpStatusCode.OK, known);
        Assert.IsFalse(knownAnswer.TryGetProperty("outsideTrainingData", out _));
        (_, JsonElement unknown) = await service.AskAsync("/score", "{\"Features\": [1, 2.75], \"Calls\": 4}");
        Assert.AreEqual("""["Features","Calls"]""", unknown.GetProperty("outsideTrainingData").GetRawText());
        foreach ((string body, string detail) in new[]
        {
            ("{\"Features\": [1], \"Calls\": 3}", "Features must be an array of 2 values; it has 1."),
            ("{\"Features\": [1,2,3], \"Calls\": 3}", "Features must be an array of 2 values; it has 3."),
            ("{\"Features\": 1, \"Calls\": 3}", "Features must be an array of 2 values; it is a number."),
            ("{\"Features\": [1,[[\"x\"]]], \"Calls\": 3}", "Features has at 1 what must be a number; it is an array."),
            ("{\"Features\": [1,2], \"Calls\": 3.5}", $"Calls must be a whole number from {int.MinValue} to {int.MaxValue}; it is another number."),
            ("{\"Features\": [1,2], \"Calls\": 3000000000}", $"Calls must be a whole number from {int.MinValue} to {int.MaxValue}; it is another number."),
        })
        {
            (HttpStatusCode status, JsonElement problem) = await service.AskAsync("/score", body);
            Assert.AreEqual(HttpStatusCode.BadRequest, status);
            Assert.AreEqual(detail, problem.GetProperty("detail").GetString());
        }
    }

    private static byte[] ExportRegression()
    {
        var context = new MLContext(1);
        IDataView rows = context.Data.LoadFromEnumerable(CustomerGenerator.Make(200, seed: 1));
        ITransformer model = context.Transforms.Concatenate("Features", "TenureMonths", "SupportCalls").Append(context.Regression.Trainers.Sdca("MonthlyCharge", maximumNumberOfIterations: 2)).Fit(rows);
        using var stream = new MemoryStream();
        context.Model.ExportToOnnx(model, rows, stream);
        return stream.ToArray();
    }
}
