using Microsoft.ML;
using Microsoft.ML.Trainers.VariationalDropout.Onnx;

namespace VariationalDropout.Onnx.Tool.Tests;

[TestClass]
public sealed class VerifyCommandTests
{
    [TestMethod]
    [DataRow("--kind", "posterior-mean")]
    [DataRow("--kind", "moments")]
    [DataRow("--kind", "frozen-samples", "--samples", "5", "--seed", "9")]
    public void What_was_exported_is_equal_in_every_row(params string[] options)
    {
        using var folder = new TemporaryFolder();
        string data = folder.Write("many.csv", House.ToCsv(House.Create(150, seed: 5)));
        foreach (string model in new[] { Models.Multiclass, Models.Regression })
        {
            ToolRun.Of(["export", model, "--data", Models.Data, "-o", folder["model.onnx"], .. options]).Succeeded();
            string output = ToolRun.Of("verify", folder["model.onnx"], "--model", model, "--data", data).Succeeded();
            Assert.StartsWith($"Equal in 150 rows of {data}: ", output);
            Assert.Contains("Score", output);
        }
    }

    [TestMethod]
    [DataRow("float32")]
    [DataRow("float16")]
    [DataRow("int8")]
    public void The_network_alone_is_compared_on_its_features(string precision)
    {
        using var folder = new TemporaryFolder();
        ToolRun.Of("export", Models.Multiclass, "-o", folder["network.onnx"], "--network-only", "--precision", precision).Succeeded();
        string output = ToolRun.Of("verify", folder["network.onnx"], "--model", Models.Multiclass, "--data", Models.Data).Succeeded();
        Assert.StartsWith("Equal in 40 rows", output);
        Assert.Contains("PredictedLabel", output);
    }

    [TestMethod]
    public void Outputs_with_names_of_the_users_are_found()
    {
        using var folder = new TemporaryFolder();
        var context = new MLContext();
        IDataView rows = context.Data.LoadFromEnumerable(Models.Rows);
        var options = new OnnxExportOptions { OutputNames = new Dictionary<string, string> { ["Score"] = "price" } };
        context.Model.ExportToOnnx(context.Model.Load(Models.Regression, out _), rows, folder["model.onnx"], options);
        Assert.Contains("Score", ToolRun.Of("verify", folder["model.onnx"], "--model", Models.Regression, "--data", Models.Data).Succeeded());
    }

    [TestMethod]
    public void A_graph_that_draws_is_run_and_not_compared()
    {
        using var folder = new TemporaryFolder();
        ToolRun.Of("export", Models.Regression, "--data", Models.Data, "-o", folder["model.onnx"], "--kind", "sampling", "--samples", "3").Succeeded();
        Assert.Contains("values were not compared", ToolRun.Of("verify", folder["model.onnx"], "--model", Models.Regression, "--data", Models.Data).Succeeded());
    }

    [TestMethod]
    public void The_first_difference_is_named_with_column_row_line_and_values()
    {
        using var folder = new TemporaryFolder();
        string path = folder["model.onnx"];
        ToolRun.Of("export", Models.Regression, "--data", Models.Data, "-o", path).Succeeded();
        var model = ModelProto.Read(File.ReadAllBytes(path));
        int index = model.Graph.Initializers.FindIndex(tensor => tensor.Name.Contains("TargetMeans", StringComparison.Ordinal));
        TensorProto means = model.Graph.Initializers[index];
        model.Graph.Initializers[index] = TensorProto.Create<float>(means.Name, [means.Values<float>()[0] + 0.5f], means.Dimensions);
        File.WriteAllBytes(path, model.ToArray());

        string error = ToolRun.Of("verify", path, "--model", Models.Regression, "--data", Models.Data).Failed(exitCode: 2);

        Assert.StartsWith($"{path}: The exported graph differs from ML.NET: the column 'Score' of row 0 is ", error);
        Assert.Contains(" instead of ", error);
        Assert.EndsWith($"Row 0 is line 2 of {Models.Data}.", error);
        ToolRun.Of("verify", path, "--model", Models.Regression, "--data", Models.Data, "--tolerance", "1").Succeeded();
    }

    [TestMethod]
    public void A_difference_in_a_late_row_is_found()
    {
        using var folder = new TemporaryFolder();
        string path = folder["model.onnx"];
        ToolRun.Of("export", Models.Regression, "--data", Models.Data, "-o", path).Succeeded();

        // The category that the last row alone has gets another weight: the hot column of the second district is moved.
        var model = ModelProto.Read(File.ReadAllBytes(path));
        NodeProto encoder = model.Graph.Nodes.First(node => node.OperatorType == "LabelEncoder");
        AttributeProto keys = encoder.Attributes.First(attribute => attribute.Value is string[]);
        string[] districts = [.. (string[])keys.Value!];
        districts[Array.IndexOf(districts, "Harbor, north")] = "elsewhere";
        encoder.Attributes[encoder.Attributes.IndexOf(keys)] = new AttributeProto(keys.Name, districts);
        File.WriteAllBytes(path, model.ToArray());
        House[] rows = [.. House.Create(400, seed: 6).Where(row => row.District == "Old town").Take(100), House.Create(100, seed: 6).First(row => row.District == "Harbor, north")];
        string data = folder.Write("rows.csv", House.ToCsv(rows));

        string error = ToolRun.Of("verify", path, "--model", Models.Regression, "--data", data).Failed(exitCode: 2);

        Assert.Contains("the column 'Score' of row 100 is ", error);
        Assert.EndsWith($"Row 100 is line 102 of {data}.", error);
    }

    [TestMethod]
    public void A_graph_that_the_runtime_refuses_is_an_error_and_no_difference()
    {
        using var folder = new TemporaryFolder();
        string path = folder["model.onnx"];
        ToolRun.Of("export", Models.Regression, "--data", Models.Data, "-o", path).Succeeded();
        var model = ModelProto.Read(File.ReadAllBytes(path));
        model.Graph.Nodes[0].OperatorType = "NoSuchOperator";
        File.WriteAllBytes(path, model.ToArray());
        Assert.StartsWith($"{path}: ONNX Runtime does not load the exported graph: ", ToolRun.Of("verify", path, "--model", Models.Regression, "--data", Models.Data).Failed());
    }

    [TestMethod]
    public void A_file_of_another_model_is_told_apart()
    {
        using var folder = new TemporaryFolder();
        ToolRun.Of("export", Models.Multiclass, "--data", Models.Data, "-o", folder["model.onnx"]).Succeeded();
        Assert.StartsWith("The graph has the output 'PredictedLabel.output', which is none of the columns that the model makes: ",
            ToolRun.Of("verify", folder["model.onnx"], "--model", Models.Regression, "--data", Models.Data).Failed());

        ToolRun.Of("export", Models.Regression, "-o", folder["network.onnx"], "--network-only").Succeeded();
        Assert.Contains("has none of this library's networks",
            ToolRun.Of("verify", folder["network.onnx"], "--model", Models.Featurizer, "--data", Models.Data).Failed());

        var model = ModelProto.Read(File.ReadAllBytes(folder["model.onnx"]));
        model.Graph.Inputs[0] = model.Graph.Inputs[0] with { Name = "Nothing" };
        File.WriteAllBytes(folder["model.onnx"], model.ToArray());
        Assert.StartsWith("The graph has the input 'Nothing', which is none of the columns that the model reads: ",
            ToolRun.Of("verify", folder["model.onnx"], "--model", Models.Multiclass, "--data", Models.Data).Failed());
    }

    [TestMethod]
    public void Files_that_are_not_what_they_should_be_are_named()
    {
        using var folder = new TemporaryFolder();
        string path = folder["model.onnx"], text = folder.Write("text.onnx", "hello");
        ToolRun.Of("export", Models.Regression, "--data", Models.Data, "-o", path).Succeeded();
        string Fail(string onnx, string model, string data) => ToolRun.Of("verify", onnx, "--model", model, "--data", data).Failed();

        Assert.StartsWith($"'{text}': The data is not an ONNX model", Fail(text, Models.Regression, Models.Data));
        Assert.AreEqual($"There is no file '{folder["no.onnx"]}'.", Fail(folder["no.onnx"], Models.Regression, Models.Data));
        Assert.AreEqual($"There is no file '{folder["no.zip"]}'.", Fail(path, folder["no.zip"], Models.Data));
        Assert.AreEqual($"There is no file '{folder["no.csv"]}'.", Fail(path, Models.Regression, folder["no.csv"]));
        Assert.Contains("was saved without the columns", Fail(path, Models.WithoutSchema, Models.Data));
        Assert.Contains("has no rows to compare", Fail(path, Models.Regression, folder.Write("none.csv", House.Header)));
        Assert.Contains("has no column 'Size', which is needed.", Fail(path, Models.Regression, folder.Write("few.csv", "Age\n1\n")));
        Assert.AreEqual("Option '--data' is required. Try --help.", ToolRun.Of("verify", path, "--model", Models.Regression).Failed());
        Assert.AreEqual("Option '--model' is required. Try --help.", ToolRun.Of("verify", path, "--data", Models.Data).Failed());
    }
}
