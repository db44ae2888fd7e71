using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace ScoringService.Tests;

[TestClass]
public sealed class ValidationTests
{
    private const string NotText = "Contract must be text of whole characters; it has bytes that are not UTF-8, or half a surrogate pair.";

    [TestMethod]
    [DataRow("Age", "\"40\"", "must be a number; it is text")]
    [DataRow("Age", "\"NaN\"", "must be a number; it is text")]
    [DataRow("Age", "null", "must be a number; it is null")]
    [DataRow("Age", "true", "must be a number; it is true or false")]
    [DataRow("Age", "[40]", "must be a number; it is an array")]
    [DataRow("Age", "{\"Age\":[{}]}", "must be a number; it is an object")]
    [DataRow("Age", "1e39", "must be a number from -3.4e38 to 3.4e38; it is outside")]
    [DataRow("Age", "-1e999", "must be a number from -3.4e38 to 3.4e38; it is outside")]
    [DataRow("Contract", "1", "must be text; it is a number")]
    [DataRow("Contract", "null", "must be text; it is null")]
    [DataRow("HasFamilyPlan", "0", "must be true or false; it is a number")]
    [DataRow("HasFamilyPlan", "\"true\"", "must be true or false; it is text")]
    public async Task A_wrong_value_is_refused_by_the_name_of_its_field(string field, string value, string message)
    {
        await using RunningService service = await RunningService.StartAsync();
        JsonObject row = RunningService.Row((field, JsonNode.Parse(value)));

        await AssertRefusedAsync(service, "/score", row.ToJsonString(), (field, message));
        await AssertRefusedAsync(service, "/score/batch", RunningService.Batch([RunningService.Row(), row]), ($"rows[1].{field}", message));
    }

    [TestMethod]
    public async Task All_that_is_wrong_is_named()
    {
        await using RunningService service = await RunningService.StartAsync();
        const string columns = "TenureMonths, MonthlyCharge, SupportCalls, Age, Contract, Payment, HasFamilyPlan";

        await AssertRefusedAsync(
            service,
            "/score",
            """{"age": 1, "TenureMonths": 1, "MonthlyCharge": "", "SupportCalls": 1, "TenureMonths": 1, "Contract": "one year", "Payment": "card", "HasFamilyPlan": true}""",
            ("age", $"is no column of the model; it has {columns}"), ("MonthlyCharge", "must be a number; it is text"), ("TenureMonths", "is given twice"), ("Age", "is missing"));
    }

    [TestMethod]
    public async Task A_long_text_is_refused()
    {
        await using RunningService service = await RunningService.StartAsync();

        foreach (int length in new[] { 1001, 10_000 })
            await AssertRefusedAsync(service, "/score", RunningService.Row(("Contract", new string('x', length))).ToJsonString(), ("Contract", "must have 1000 characters at most; it is longer"));
        (HttpStatusCode status, _) = await service.AskAsync("/score", RunningService.Row(("Contract", new string('€', 1000))).ToJsonString());
        Assert.AreEqual(HttpStatusCode.OK, status);
    }

    [TestMethod]
    [DataRow("/score", "[]", "$", "must be an object with the columns of the model; it is an array")]
    [DataRow("/score", "1", "$", "must be an object with the columns of the model; it is a number")]
    [DataRow("/score/batch", "[{}]", "$", "must be an object with the field rows; it is an array")]
    [DataRow("/score/batch", "{}", "rows", "is missing")]
    [DataRow("/score/batch", "{\"rows\":{}}", "rows", "must be an array of rows; it is an object")]
    [DataRow("/score/batch", "{\"rows\":[]}", "rows", "must have a row at least; it has none")]
    [DataRow("/score/batch", "{\"rows\":[3]}", "rows[0]", "must be an object with the columns of the model; it is a number")]
    [DataRow("/score/batch", "{\"lines\":[]}", "lines", "is unknown; a batch has the field rows alone")]
    public async Task A_body_of_another_form_is_refused(string path, string body, string field, string message)
    {
        await using RunningService service = await RunningService.StartAsync();

        await AssertRefusedAsync(service, path, body, (field, message));
    }

    [TestMethod]
    [DataRow("")]
    [DataRow("{")]
    [DataRow("{]")]
    [DataRow("{\"Age\": NaN}")]
    [DataRow("{\"Age\": 1} {}")]
    [DataRow("nonsense")]
    [DataRow("{\"rows\": [{\"Age\": 1}")]
    public async Task A_body_that_is_not_JSON_is_refused(string body)
    {
        await using RunningService service = await RunningService.StartAsync();
        foreach (string path in new[] { "/score", "/score/batch" })
        {
            using HttpResponseMessage response = await service.PostAsync(path, body);

            JsonElement problem = await AssertProblemAsync(response, HttpStatusCode.BadRequest);
            StringAssert.StartsWith(problem.GetProperty("detail").GetString(), "The body is not JSON: ");
        }
    }

    [TestMethod]
    public async Task Deep_nesting_and_texts_that_are_not_UTF8_are_refused()
    {
        await using RunningService service = await RunningService.StartAsync();
        byte[] row = Encoding.UTF8.GetBytes(RunningService.Row(("Contract", "#")).ToJsonString());
        row[Array.IndexOf(row, (byte)'#')] = 0xFF;
        using var invalid = new ByteArrayContent(row) { Headers = { { "Content-Type", "application/json" } } };

        using HttpResponseMessage deep = await service.PostAsync("/score", $"{{\"x\":{new string('[', 10_000)}"), text = await service.Client.PostAsync("/score", invalid);
        using HttpResponseMessage name = await service.PostAsync("/score", "{\"\\uD800\": 1}");
        using HttpResponseMessage surrogate = await service.PostAsync("/score", RunningService.Row(("Contract", "#")).ToJsonString().Replace("#", "\\uD800", StringComparison.Ordinal));

        await AssertProblemAsync(deep, HttpStatusCode.BadRequest);
        Assert.AreEqual(NotText, (await AssertProblemAsync(text, HttpStatusCode.BadRequest)).GetProperty("detail").GetString());
        Assert.AreEqual(NotText, (await AssertProblemAsync(surrogate, HttpStatusCode.BadRequest)).GetProperty("detail").GetString());
        await AssertProblemAsync(name, HttpStatusCode.BadRequest);
        Assert.AreEqual(HttpStatusCode.OK, (await service.AskAsync("/score", RunningService.Row().ToJsonString())).Status);
    }

    /// <summary>A cut that would go through a pair of surrogates comes before it.</summary>
    [TestMethod]
    public async Task A_long_name_is_cut_in_the_answer()
    {
        await using RunningService service = await RunningService.StartAsync();
        string start = new('x', 99);
        foreach ((string path, string name, string cut) in new[]
        {
            ("/score", start + new string('y', 900_000), start + "y…"),
            ("/score/batch", start + new string('y', 900_000), start + "y…"),
            ("/score", start + "😀" + start, start + "…"),
            ("/score", start + "y", start + "y"),
        })
        {
            (HttpStatusCode status, JsonElement problem) = await service.AskAsync(path, $"{{\"{name}\": 1}}");

            Assert.AreEqual(HttpStatusCode.BadRequest, status);
            Assert.AreEqual(cut, problem.GetProperty("errors").EnumerateObject().First().Name);
            Assert.IsLessThan(2000, problem.GetRawText().Length);
        }
    }

    [TestMethod]
    public async Task A_long_word_that_is_not_JSON_is_cut_in_the_answer()
    {
        await using RunningService service = await RunningService.StartAsync();

        (HttpStatusCode status, JsonElement problem) = await service.AskAsync("/score", $"{{\"Age\": t{new string('x', 900_000)}}}");

        Assert.AreEqual(HttpStatusCode.BadRequest, status);
        StringAssert.StartsWith(problem.GetProperty("detail").GetString(), "The body is not JSON: 'txxx");
        Assert.IsLessThan(1000, problem.GetRawText().Length);
    }

    [TestMethod]
    public async Task Only_the_first_of_many_errors_are_listed()
    {
        await using RunningService service = await RunningService.StartAsync();

        (HttpStatusCode status, JsonElement problem) = await service.AskAsync("/score/batch", RunningService.Batch(Enumerable.Range(0, 100).Select(_ => new JsonObject())));

        Assert.AreEqual(HttpStatusCode.BadRequest, status);
        Assert.HasCount(20, problem.GetProperty("errors").EnumerateObject().ToArray());
    }

    [TestMethod]
    public async Task More_rows_than_allowed_are_refused()
    {
        await using RunningService service = await RunningService.StartAsync(("MaximumBatchRows", 3));

        Assert.AreEqual(HttpStatusCode.OK, (await service.AskAsync("/score/batch", RunningService.Batch(Enumerable.Range(0, 3).Select(_ => RunningService.Row())))).Status);
        using HttpResponseMessage response = await service.PostAsync("/score/batch", RunningService.Batch(Enumerable.Range(0, 5).Select(_ => RunningService.Row())));

        JsonElement problem = await AssertProblemAsync(response, HttpStatusCode.RequestEntityTooLarge);
        Assert.AreEqual("A batch has 3 rows at most; this one has 5.", problem.GetProperty("detail").GetString());
    }

    [TestMethod]
    [DataRow(false, DisplayName = "With a length")]
    [DataRow(true, DisplayName = "In chunks")]
    public async Task A_longer_body_than_allowed_is_refused(bool chunked)
    {
        await using RunningService service = await RunningService.StartAsync(("MaximumBodyBytes", 2000));
        string row = RunningService.Row().ToJsonString();

        // What frames the chunks counts too.
        foreach ((int length, HttpStatusCode expected) in new[] { (chunked ? 1900 : 2000, HttpStatusCode.OK), (2001, HttpStatusCode.RequestEntityTooLarge) })
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "/score") { Content = new StringContent(row.PadRight(length), Encoding.UTF8, "application/json") };
            request.Headers.TransferEncodingChunked = chunked;

            using HttpResponseMessage response = await service.Client.SendAsync(request);

            Assert.AreEqual(expected, response.StatusCode);
            if (expected != HttpStatusCode.OK)
                await AssertProblemAsync(response, expected);
        }
    }

    [TestMethod]
    public async Task A_batch_as_long_as_the_limit_is_read()
    {
        await using RunningService service = await RunningService.StartAsync();
        string body = RunningService.Batch(Enumerable.Range(0, 1000).Select(_ => RunningService.Row()));

        (HttpStatusCode status, JsonElement answer) = await service.AskAsync("/score/batch", body.PadRight(1 << 20));

        Assert.AreEqual(HttpStatusCode.OK, status);
        Assert.AreEqual(1000, answer.GetProperty("answers").GetArrayLength());
    }

    [TestMethod]
    public async Task Other_content_other_methods_and_other_paths_are_problems_too()
    {
        await using RunningService service = await RunningService.StartAsync();

        using HttpResponseMessage text = await service.PostAsync("/score", RunningService.Row().ToJsonString(), "text/plain");
        using HttpResponseMessage longType = await service.PostAsync("/score", "{}", "text/" + new string('x', 10_000));
        using HttpResponseMessage get = await service.Client.GetAsync("/score");
        using HttpResponseMessage path = await service.PostAsync("/nothing", "{}");
        using HttpResponseMessage diagnostics = await service.PostAsync("/diagnostics/collect", "{}");

        Assert.AreEqual("Content-Type must be application/json; it is 'text/plain; charset=utf-8'.", (await AssertProblemAsync(text, HttpStatusCode.UnsupportedMediaType)).GetProperty("detail").GetString());
        string? detail = (await AssertProblemAsync(longType, HttpStatusCode.UnsupportedMediaType)).GetProperty("detail").GetString();
        StringAssert.StartsWith(detail, "Content-Type must be application/json; it is 'text/xxx");
        Assert.IsLessThan(200, detail!.Length);
        await AssertProblemAsync(get, HttpStatusCode.MethodNotAllowed);
        await AssertProblemAsync(path, HttpStatusCode.NotFound);
        await AssertProblemAsync(diagnostics, HttpStatusCode.NotFound);
    }

    private static async Task AssertRefusedAsync(RunningService service, string path, string body, params (string Field, string Message)[] errors)
    {
        using HttpResponseMessage response = await service.PostAsync(path, body);
        JsonElement problem = await AssertProblemAsync(response, HttpStatusCode.BadRequest);
        CollectionAssert.AreEqual(
            errors.Select(error => $"{error.Field}: {error.Message}").ToArray(),
            problem.GetProperty("errors").EnumerateObject().Select(error => $"{error.Name}: {error.Value[0].GetString()}").ToArray());
        Assert.AreEqual($"{errors[0].Field} {errors[0].Message}.", problem.GetProperty("detail").GetString());
    }

    private static async Task<JsonElement> AssertProblemAsync(HttpResponseMessage response, HttpStatusCode status)
    {
        Assert.AreEqual(status, response.StatusCode);
        Assert.AreEqual("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        JsonElement problem = await RunningService.ReadAsync(response);
        Assert.AreEqual((int)status, problem.GetProperty("status").GetInt32());
        Assert.AreNotEqual("", problem.GetProperty("title").GetString());
        return problem;
    }
}
