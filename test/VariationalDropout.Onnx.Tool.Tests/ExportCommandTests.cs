using Microsoft.ML;
using Microsoft.ML.Trainers.VariationalDropout.Onnx;

namespace VariationalDropout.Onnx.Tool.Tests;

[TestClass]
public sealed class ExportCommandTests
{
    [TestMethod]
    public void A_pipeline_is_written_and_verified()
    {
        using var folder = new TemporaryFolder();
        string output = ToolRun.Of("export", Models.Multiclass, "--data", Models.Data, "-o", folder["model.onnx"]).Succeeded();

        Assert.Contains($"Wrote {folder["model.onnx"]}: ", output);
        Assert.Contains("opset 12, PosteriorMean", output);
        Assert.Contains($"Verified on 40 rows of {Models.Data}.", output);
        var model = ModelProto.Read(File.ReadAllBytes(folder["model.onnx"]));
        CollectionAssert.AreEquivalent(new[] { "Size", "Age", "Place", "District", "Garden" }, model.Graph.Inputs.Select(input => input.Name).ToArray());
        Assert.Contains("PredictedLabel.output", model.Graph.Outputs.Select(value => value.Name).ToArray());
        Assert.AreEqual("pipeline", model.Metadata["scope"]);
        CollectionAssert.AreEqual(new[] { "model.onnx" }, folder.Files());
    }

    [TestMethod]
    public void An_exported_pipeline_scores_as_the_model_does()
    {
        using var folder = new TemporaryFolder();
        ToolRun.Of("export", Models.Regression, "--data", Models.Data, "-o", folder["model.onnx"]).Succeeded();

        var context = new MLContext();
        IDataView rows = context.Data.LoadFromEnumerable(Models.Rows);
        float[] expected = [.. Column(context.Model.Load(Models.Regression, out _).Transform(rows))];
        using var scorer = OnnxScorer.FromFile(folder["model.onnx"]);
        using OnnxBatch batch = scorer.CreateBatch(Models.Rows.Length);
        Models.Rows.Select(row => row.Size).ToArray().CopyTo(batch.GetInput<float>("Size"));
        Models.Rows.Select(row => row.Age).ToArray().CopyTo(batch.GetInput<float>("Age"));
        Models.Rows.SelectMany(row => row.Place).ToArray().CopyTo(batch.GetInput<float>("Place"));
        Models.Rows.Select(row => row.District.AsMemory()).ToArray().CopyTo(batch.GetInput<ReadOnlyMemory<char>>("District"));
        Models.Rows.Select(row => row.Garden).ToArray().CopyTo(batch.GetInput<bool>("Garden"));
        batch.Run(Models.Rows.Length);

        float[] actual = batch.GetOutput<float>("Score").ToArray();
        for (int i = 0; i < expected.Length; i++)
            Assert.AreEqual(expected[i], actual[i], 1e-3f);

        static IEnumerable<float> Column(IDataView data) => Microsoft.ML.Data.ColumnCursorExtensions.GetColumn<float>(data, "Score");
    }

    [TestMethod]
    [DataRow("moments", "Moments", new string[0])]
    [DataRow("FROZEN-samples", "FrozenSamples", new[] { "--samples", "6", "--seed", "-5" })]
    [DataRow("sampling", "Sampling", new[] { "--samples", "4" })]
    [DataRow("posterior-mean", "PosteriorMean", new[] { "--opset", "11", "--tolerance", "1e-4" })]
    public void The_kind_of_the_graph_and_its_draws_are_those_of_the_options(string kind, string expected, string[] more)
    {
        using var folder = new TemporaryFolder();
        string output = ToolRun.Of(["export", Models.Regression, "--data", Models.Data, "-o", folder["model.onnx"], "--kind", kind, .. more]).Succeeded();

        Assert.Contains(expected, output);
        var model = ModelProto.Read(File.ReadAllBytes(folder["model.onnx"]));
        Assert.AreEqual(expected, model.Metadata["graph"]);
        if (more is ["--samples", string samples, ..])
            Assert.AreEqual(samples, model.Metadata["samples"]);
        if (more is [.., "--seed", string seed])
            Assert.AreEqual(seed, model.Metadata["seed"]);
        if (more is ["--opset", string opset, ..])
            Assert.AreEqual(opset, $"{model.OpsetImports[""]}");
    }

    [TestMethod]
    public void Without_a_kind_the_graph_does_what_the_model_does()
    {
        using var folder = new TemporaryFolder();
        ToolRun.Of("export", Models.Sampling, "--data", Models.Data, "-o", folder["model.onnx"]).Succeeded();
        var model = ModelProto.Read(File.ReadAllBytes(folder["model.onnx"]));
        Assert.AreEqual(("FrozenSamples", "7", "3"), (model.Metadata["graph"], model.Metadata["samples"], model.Metadata["seed"]));
    }

    [TestMethod]
    [DataRow("float16", "Float16")]
    [DataRow("int8", "Int8Weights")]
    [DataRow("float32", "Float32")]
    public void A_network_alone_is_written_without_data_in_any_precision(string precision, string expected)
    {
        using var folder = new TemporaryFolder();
        string output = ToolRun.Of("export", Models.Multiclass, "-o", folder["network.onnx"], "--network-only", "--precision", precision, "--opset", "13").Succeeded();

        Assert.Contains("Verified on rows around the means", output);
        var model = ModelProto.Read(File.ReadAllBytes(folder["network.onnx"]));
        Assert.AreEqual((expected, "network", 13), (model.Metadata["precision"], model.Metadata["scope"], model.OpsetImports[""]));
        Assert.AreEqual("Features", model.Graph.Inputs.Single().Name);
    }

    [TestMethod]
    public void A_network_alone_is_also_verified_on_data()
    {
        using var folder = new TemporaryFolder();
        Assert.Contains("Verified on 40 rows", ToolRun.Of("export", Models.Multiclass, "-o", folder["network.onnx"], "--network-only", "--data", Models.Data).Succeeded());
        Assert.Contains("no column 'Size'", ToolRun.Of("export", Models.Multiclass, "-o", folder["other.onnx"], "--network-only", "--data", folder.Write("few.csv", "Age\n1\n")).Failed());
        Assert.IsFalse(File.Exists(folder["other.onnx"]));
    }

    [TestMethod]
    public void Without_verification_no_data_are_needed()
    {
        using var folder = new TemporaryFolder();
        Assert.Contains("Not verified.", ToolRun.Of("export", Models.Multiclass, "-o", folder["model.onnx"], "--no-verify").Succeeded());
        Assert.Contains("Not verified.", ToolRun.Of("export", Models.Multiclass, "-o", folder["model.onnx"], "--no-verify", "--data", folder.Write("none.csv", House.Header)).Succeeded());
        ToolRun.Of("verify", folder["model.onnx"], "--model", Models.Multiclass, "--data", Models.Data).Succeeded();
    }

    [TestMethod]
    public void A_pipeline_without_a_network_is_exported_too()
    {
        using var folder = new TemporaryFolder();
        ToolRun.Of("export", Models.Featurizer, "--data", Models.Data, "-o", folder["model.onnx"]).Succeeded();
        Assert.Contains("--kind is for networks", ToolRun.Of("export", Models.Featurizer, "--data", Models.Data, "-o", folder["other.onnx"], "--kind", "moments").Failed());
        Assert.Contains("has no network", ToolRun.Of("export", Models.Featurizer, "-o", folder["other.onnx"], "--network-only").Failed());
        CollectionAssert.AreEqual(new[] { "model.onnx" }, folder.Files());
    }

    [TestMethod]
    public void Columns_that_the_graph_does_not_read_may_be_absent_or_damaged()
    {
        using var folder = new TemporaryFolder();
        string data = folder.Write("houses.tsv", "District\tGarden\tExtra\tAge\tSize\tPlace\tPrice\nOld town\tyes\t?\t\t70\t0.5 0.25\tunknown\nSomewhere\t0\t\t12\t1e2\t0.5;-1\t\n");
        Assert.Contains("Verified on 2 rows", ToolRun.Of("export", Models.Regression, "--data", data, "-o", folder["model.onnx"]).Succeeded());
    }

    [TestMethod]
    [DataRow("Size", "Breadth", "has no column 'Size', which is needed.")]
    [DataRow("Size", "size", "has no column 'Size', which is needed. It has 'size'.")]
    [DataRow("Price", "Age", "has 2 columns 'Age'.")]
    [DataRow("Place.1", "Else", "has no columns 'Place.1', which is one of the 2 values of 'Place'.")]
    [DataRow("Place.1", "Place.0", "has several columns 'Place.0', which is one of the 2 values of 'Place'.")]
    [DataRow("Place.0,Place.1", "X,Y", "has no column 'Place', which is needed: a vector of 2 values, in one column with blanks or semicolons between them, or in columns 'Place.0' to 'Place.1'.")]
    public void A_column_that_is_missing_is_named(string before, string after, string message)
    {
        using var folder = new TemporaryFolder();
        string data = folder.Write("houses.csv", House.ToCsv(Models.Rows).Replace(before, after, StringComparison.Ordinal));
        Assert.AreEqual($"'{data}' {message}", ToolRun.Of("export", Models.Regression, "--data", data, "-o", folder["model.onnx"]).Failed());
        CollectionAssert.AreEqual(new[] { "houses.csv" }, folder.Files());
    }

    [TestMethod]
    [DataRow("70,3,0,0,Old town,maybe,1,fair", "the column 'Garden' has 'maybe'; it needs true or false (or yes, no, 1, 0).")]
    [DataRow("70,3,0,0,Old town,,1,fair", "the column 'Garden' has nothing; it needs true or false (or yes, no, 1, 0).")]
    [DataRow("large,3,0,0,Old town,true,1,fair", "the column 'Size' has 'large'; it needs a number, such as 1.5.")]
    [DataRow("70,3,0,\"0,5\",Old town,true,1,fair", "the column 'Place.1' has '0,5'; it needs a number, such as 1.5.")]
    [DataRow("70,3,0,0,Old town,true,1", "7 values, and the header names 8 columns.")]
    [DataRow("70,3,0,0,\"Old town\" or so,true,1,fair", "' ' stands behind a closing quotation mark.")]
    [DataRow("70,3,0,0,\"Old town,true,1,fair", "the quotation mark is not closed.")]
    public void A_value_that_does_not_fit_is_named_with_column_and_line(string line, string message)
    {
        using var folder = new TemporaryFolder();
        string data = folder.Write("houses.csv", $"{House.Header}\r\n60,2,0,0,\"Old\ntown\",true,1,fair\r\n\r\n{line}\r\n");
        Assert.AreEqual($"'{data}', line 5: {message}", ToolRun.Of("export", Models.Regression, "--data", data, "-o", folder["model.onnx"]).Failed());
        CollectionAssert.AreEqual(new[] { "houses.csv" }, folder.Files());
    }

    [TestMethod]
    public void A_step_that_has_no_onnx_form_is_named_and_nothing_is_written()
    {
        using var folder = new TemporaryFolder();
        string error = ToolRun.Of("export", Models.Unexportable, "--data", Models.Data, "-o", folder["model.onnx"]).Failed();
        Assert.Contains("cannot be exported to ONNX: ", error);
        Assert.IsEmpty(folder.Files());
    }

    [TestMethod]
    public void A_verification_that_fails_leaves_the_file_that_was_there()
    {
        using var folder = new TemporaryFolder();
        folder.Write("model.onnx", "before");

        // No graph of 8-bit weights is as near as this.
        string error = ToolRun.Of("export", Models.Regression, "-o", folder["model.onnx"], "--network-only", "--precision", "int8", "--tolerance", "1e-9").Failed();

        Assert.Contains("differs from ML.NET: the column 'Score' of row ", error);
        Assert.AreEqual("before", File.ReadAllText(folder["model.onnx"]));
        CollectionAssert.AreEqual(new[] { "model.onnx" }, folder.Files());
    }

    [TestMethod]
    public void Hashes_of_texts_need_a_switch()
    {
        using var folder = new TemporaryFolder();
        string[] arguments = ["export", Models.Hashed, "--data", Models.Data, "-o", folder["model.onnx"]];
        Assert.Contains("District", ToolRun.Of(arguments).Failed());
        Assert.IsEmpty(folder.Files());
        ToolRun.Of([.. arguments, "--allow-approximate-text-hashing"]).Succeeded();
        CollectionAssert.AreEqual(new[] { "model.onnx" }, folder.Files());
    }

    [TestMethod]
    public void Files_that_are_not_what_they_should_be_are_named()
    {
        using var folder = new TemporaryFolder();
        string text = folder.Write("text.zip", "no model"), empty = folder.Write("empty.csv", ""), none = folder.Write("none.csv", House.Header);
        string target = folder["model.onnx"];
        string Fail(string model, string data, string output) => ToolRun.Of("export", model, "--data", data, "-o", output).Failed();

        Assert.AreEqual($"There is no file '{folder["no.zip"]}'.", Fail(folder["no.zip"], Models.Data, target));
        Assert.StartsWith($"The file '{text}' is no model that ML.NET can load here: ", Fail(text, Models.Data, target));
        Assert.AreEqual($"There is no file '{folder["no.csv"]}'.", Fail(Models.Regression, folder["no.csv"], target));
        Assert.AreEqual($"The file '{empty}' is empty; its first line names the columns.", Fail(Models.Regression, empty, target));
        Assert.AreEqual($"'{none}' has no rows to verify the graph with; --no-verify goes without.", Fail(Models.Regression, none, target));
        Assert.AreEqual($"The file '{Models.Regression}' is no text in UTF-8.", Fail(Models.Regression, Models.Regression, target));
        Assert.AreEqual(
            $"The model '{Models.WithoutSchema}' was saved without the columns that it reads: save it with mlContext.Model.Save(model, data.Schema, path).",
            Fail(Models.WithoutSchema, Models.Data, target));
        Assert.AreEqual($"'{folder.Path}' is a folder; --output takes a file.", Fail(Models.Regression, Models.Data, folder.Path));
        Assert.AreEqual($"There is no folder '{folder["no"]}' to write 'model.onnx' into.", Fail(Models.Regression, Models.Data, Path.Combine(folder["no"], "model.onnx")));
        Assert.AreEqual($"--output would replace '{Models.Regression}', which is read.", Fail(Models.Regression, Models.Data, Models.Regression));
        Assert.AreEqual($"--output would replace '{Models.Data}', which is read.", Fail(Models.Regression, Models.Data, Models.Data));
        CollectionAssert.AreEqual(new[] { "empty.csv", "none.csv", "text.zip" }, folder.Files());
    }

    [TestMethod]
    [DataRow("--kind takes one of posterior-mean, moments, frozen-samples, sampling; found 'mean'.", "--kind", "mean")]
    [DataRow("--precision takes one of float32, float16, int8; found 'double'.", "--precision", "double")]
    [DataRow("--precision float16 and int8 need --network-only.", "--precision", "float16")]
    [DataRow("--samples takes a whole number from 1 to 10000; found '0'.", "--samples", "0")]
    [DataRow("--samples needs --kind frozen-samples or --kind sampling.", "--samples", "5")]
    [DataRow("--samples needs --kind frozen-samples or --kind sampling.", "--samples", "5", "--kind", "moments")]
    [DataRow("--seed needs --kind frozen-samples.", "--seed", "5", "--kind", "sampling")]
    [DataRow("--seed takes a whole number from -2147483648 to 2147483647; found 'x'.", "--seed", "x")]
    [DataRow("--opset takes a whole number from 9 to 17; found '18'.", "--opset", "18", "--network-only")]
    [DataRow("--opset takes a whole number from 9 to 12 without --network-only; found '13'.", "--opset", "13")]
    [DataRow("--opset takes a whole number from 10 to 17 with --precision int8; found '9'.", "--opset", "9", "--precision", "int8", "--network-only")]
    [DataRow("--tolerance takes a number from 1E-09 to 1; found '2'.", "--tolerance", "2")]
    [DataRow("--tolerance and --no-verify exclude each other.", "--tolerance", "0.1", "--no-verify")]
    [DataRow("--separator takes comma, semicolon, tab or one character; found '::'.", "--separator", "::")]
    [DataRow("Unrecognized command or argument '--quick'.", "--quick")]
    public void A_bad_option_is_one_line(string message, params string[] options)
    {
        using var folder = new TemporaryFolder();
        Assert.AreEqual($"{message} Try --help.", ToolRun.Of(["export", Models.Regression, "--data", Models.Data, "-o", folder["model.onnx"], .. options]).Failed());
        Assert.IsEmpty(folder.Files());
    }

    [TestMethod]
    public void What_is_required_is_asked_for()
    {
        Assert.AreEqual("Option '--output' is required. Try --help.", ToolRun.Of("export", Models.Regression, "--data", Models.Data).Failed());
        Assert.AreEqual("--data is needed to verify the graph; --no-verify goes without. Try --help.", ToolRun.Of("export", Models.Regression, "-o", "x.onnx").Failed());
        Assert.Contains("'export'", ToolRun.Of("export", "--no-verify", "-o", "x.onnx").Failed());
        Assert.Contains("Required command was not provided.", ToolRun.Of().Failed());
        Assert.Contains("'frobnicate'", ToolRun.Of("frobnicate").Failed());
    }

    [TestMethod]
    [DataRow("export", "--kind", "--samples", "--seed", "--precision", "--opset", "--network-only", "--no-verify", "from 1 to 10000", "[default: float32]", "from 9 to 12")]
    [DataRow("inspect", "--json")]
    [DataRow("verify", "--model", "--data", "--tolerance", "[default: 1e-5")]
    [DataRow("bench", "--provider", "--batch", "[default: 1,32,1024]", "[default: CPU]", "from 0.01 to 3600", "--json")]
    public void Help_tells_options_defaults_and_ranges(string command, params string[] parts)
    {
        string help = string.Join(' ', ToolRun.Of(command, "--help").Succeeded().Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        foreach (string part in parts)
            Assert.Contains(part, help);
    }
}
