using System.Text.Json;

namespace VariationalDropout.Onnx.Tool.Tests;

[TestClass]
public sealed class InspectCommandTests
{
    [TestMethod]
    public void A_file_is_described_in_text_and_in_json()
    {
        using var folder = new TemporaryFolder();
        string path = folder["model.onnx"];
        ToolRun.Of("export", Models.Multiclass, "--data", Models.Data, "-o", path).Succeeded();

        string text = ToolRun.Of("inspect", path).Succeeded();
        string json = ToolRun.Of("inspect", path, "--json").Succeeded();

        foreach (string part in new[] { "Microsoft.ML.VariationalDropout 0.1.0", "ai.onnx 12", "District: string [N, 1]", "Place: float32 [N, 2]", "PredictedLabel.output: string", "graph = PosteriorMean", "class_names = [" })
            Assert.Contains(part, text);
        Assert.HasCount(1, json.TrimEnd().Split('\n'));
        using JsonDocument document = JsonDocument.Parse(json);
        JsonElement root = document.RootElement;
        Assert.AreEqual(new FileInfo(path).Length, root.GetProperty("bytes").GetInt64());
        Assert.AreEqual(7, root.GetProperty("irVersion").GetInt64());
        Assert.AreEqual(12, root.GetProperty("opsets").GetProperty("ai.onnx").GetInt64());
        Assert.AreEqual("Microsoft.ML.VariationalDropout", root.GetProperty("producer").GetString());
        Assert.AreEqual("PosteriorMean", root.GetProperty("metadata").GetProperty("graph").GetString());
        Assert.AreEqual(2, root.GetProperty("operators").GetProperty("Gemm").GetInt32());
        Assert.AreEqual(root.GetProperty("nodes").GetInt32(), root.GetProperty("operators").EnumerateObject().Sum(entry => entry.Value.GetInt32()));
        Assert.IsGreaterThan((9 * 8) + 8 + (8 * 3) + 3 - 9, root.GetProperty("parameters").GetInt32());
        JsonElement place = root.GetProperty("inputs").EnumerateArray().Single(input => input.GetProperty("name").GetString() == "Place");
        Assert.AreEqual("""["N",2]""", place.GetProperty("shape").GetRawText());
        Assert.AreEqual("float32", place.GetProperty("type").GetString());
    }

    [TestMethod]
    public void A_file_that_is_no_model_is_one_line()
    {
        using var folder = new TemporaryFolder();
        string text = folder.Write("text.onnx", "hello");
        Assert.StartsWith($"'{text}': The data is not an ONNX model", ToolRun.Of("inspect", text).Failed());
        Assert.StartsWith($"'{Models.Regression}': The data is not an ONNX model", ToolRun.Of("inspect", Models.Regression).Failed());
        Assert.AreEqual($"There is no file '{folder["no.onnx"]}'.", ToolRun.Of("inspect", folder["no.onnx"]).Failed());
    }
}
