using System.Text.Json;
using Microsoft.ML.Trainers.VariationalDropout.Onnx;

namespace VariationalDropout.Onnx.Tool.Tests;

[TestClass]
public sealed class BenchCommandTests
{
    [TestMethod]
    public void Every_provider_and_batch_is_measured_and_what_is_not_available_is_reported()
    {
        using var folder = new TemporaryFolder();
        string path = folder["model.onnx"];
        ToolRun.Of("export", Models.Multiclass, "--data", Models.Data, "-o", path).Succeeded();

        string json = ToolRun.Of("bench", path, "--data", Models.Data, "--provider", "TensorRT,cpu", "--batch", "1,100", "--seconds", "0.02", "--threads", "1", "--json").Succeeded();

        using JsonDocument document = JsonDocument.Parse(json);
        JsonElement root = document.RootElement;
        Assert.AreEqual(40, root.GetProperty("rows").GetInt32());
        JsonElement[] results = [.. root.GetProperty("results").EnumerateArray()];
        CollectionAssert.AreEqual(new[] { 1, 100 }, results.Select(result => result.GetProperty("batch").GetInt32()).ToArray());
        foreach (JsonElement result in results)
        {
            Assert.AreEqual("cpu", result.GetProperty("provider").GetString());
            double p50 = result.GetProperty("p50Microseconds").GetDouble(), p99 = result.GetProperty("p99Microseconds").GetDouble();
            Assert.IsGreaterThan(0, p50);
            Assert.IsGreaterThanOrEqualTo(p50, p99);
            Assert.IsGreaterThan(0, result.GetProperty("rowsPerSecond").GetDouble());
            Assert.IsGreaterThanOrEqualTo(3, result.GetProperty("runs").GetInt32());
        }

        JsonElement unavailable = root.GetProperty("unavailable").EnumerateArray().Single();
        Assert.AreEqual("TensorRT", unavailable.GetProperty("provider").GetString());
        Assert.StartsWith("TensorRT: not available: ", unavailable.GetProperty("reason").GetString());
    }

    [TestMethod]
    public void The_table_has_a_line_for_each()
    {
        using var folder = new TemporaryFolder();
        string path = folder["network.onnx"];
        ToolRun.Of("export", Models.Regression, "-o", path, "--network-only").Succeeded();
        string data = folder.Write("features.csv", "Features\n1 2 3 4 5 6 7 8\n0;0;0;0;0;0;0;0\n");

        string[] lines = ToolRun.Of("bench", path, "--data", data, "--seconds", "0.01").Succeeded().TrimEnd().Split('\n');

        Assert.HasCount(5, lines);
        Assert.Contains("on 2 rows of", lines[0]);
        foreach ((string line, string batch) in lines.Skip(2).Zip(["1", "32", "1024"]))
            Assert.AreEqual(("CPU", batch), (line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[0], line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1]));
    }

    [TestMethod]
    public void A_graph_with_a_fixed_number_of_rows_takes_no_more()
    {
        using var folder = new TemporaryFolder();
        string path = folder["network.onnx"];
        ToolRun.Of("export", Models.Regression, "-o", path, "--network-only").Succeeded();
        var model = ModelProto.Read(File.ReadAllBytes(path));
        model.Graph.Inputs[0] = model.Graph.Inputs[0] with { Shape = [4, model.Graph.Inputs[0].Shape![1]] };
        foreach (int i in Enumerable.Range(0, model.Graph.Outputs.Count))
            model.Graph.Outputs[i] = model.Graph.Outputs[i] with { Shape = [4, .. model.Graph.Outputs[i].Shape!.Skip(1)] };
        File.WriteAllBytes(path, model.ToArray());
        string data = folder.Write("features.csv", "Features\n1 2 3 4 5 6 7 8\n");

        ToolRun.Of("bench", path, "--data", data, "--seconds", "0.01", "--batch", "1,4").Succeeded();
        Assert.AreEqual("The graph takes 4 rows at once; --batch has 5.", ToolRun.Of("bench", path, "--data", data, "--seconds", "0.01", "--batch", "5").Failed());
    }

    [TestMethod]
    public void What_goes_wrong_is_one_line()
    {
        using var folder = new TemporaryFolder();
        string path = folder["model.onnx"], text = folder.Write("text.onnx", "hello");
        ToolRun.Of("export", Models.Regression, "--data", Models.Data, "-o", path).Succeeded();
        string Fail(params string[] arguments) => ToolRun.Of(["bench", .. arguments, "--seconds", "0.01"]).Failed();

        Assert.StartsWith($"None of the execution providers could run '{path}'. CUDA: not available: ", Fail(path, "--data", Models.Data, "--provider", "CUDA"));
        Assert.Contains($"'{text}' is not an ONNX model", Fail(text, "--data", Models.Data));
        Assert.AreEqual($"There is no file '{folder["no.onnx"]}'.", Fail(folder["no.onnx"], "--data", Models.Data));
        Assert.AreEqual($"There is no file '{folder["no.csv"]}'.", Fail(path, "--data", folder["no.csv"]));
        Assert.Contains("has no rows to score", Fail(path, "--data", folder.Write("none.csv", House.Header)));
        Assert.Contains("has no column 'Size', which is needed.", Fail(path, "--data", folder.Write("few.csv", "Age\n1\n")));
        Assert.Contains("line 2: the column 'Size' has 'x'; it needs a number", Fail(path, "--data", folder.Write("x.csv", House.Header + "\nx,1,0,0,a,1,0,c")));
        Assert.StartsWith("--provider takes names of CPU, CUDA, ", Fail(path, "--data", Models.Data, "--provider", "CPU,GPU"));
        Assert.StartsWith("--batch takes whole numbers from 1 to 1048576 with commas between them; found '1,,2'.", Fail(path, "--data", Models.Data, "--batch", "1,,2"));
        Assert.StartsWith("--seconds takes a number from 0.01 to 3600; found '0'.", ToolRun.Of("bench", path, "--data", Models.Data, "--seconds", "0").Failed());
        Assert.AreEqual("Option '--data' is required. Try --help.", ToolRun.Of("bench", path).Failed());
    }
}
