using Microsoft.ML.Data;

namespace Microsoft.ML.Trainers.VariationalDropout.Onnx.Tests;

/// <summary>Networks alone: features in, score columns out, in every precision.</summary>
[TestClass]
public sealed class NetworkExportTests
{
    public static IEnumerable<object[]> TasksAndKinds => PredictorExportTests.TasksAndKinds;

    public static IEnumerable<object[]> TasksKindsAndPrecisions =>
        from task in Enum.GetValues<OnnxTask>()
        from kind in new[] { OnnxGraphKind.PosteriorMean, OnnxGraphKind.Moments, OnnxGraphKind.FrozenSamples }
        from precision in new[] { OnnxPrecision.Float16, OnnxPrecision.Int8Weights }
        select new object[] { task, kind, precision };

    [TestMethod]
    [DynamicData(nameof(TasksAndKinds))]
    public void Every_task_is_exported_as_every_kind_of_graph_and_in_every_version_of_the_operators(OnnxTask task, OnnxGraphKind kind)
    {
        foreach (int opset in new[] { 9, 12, 17 })
        {
            int? samples = kind is OnnxGraphKind.FrozenSamples or OnnxGraphKind.Sampling ? 7 : null;
            ModelProto model = Export(task, new OnnxExportOptions { GraphKind = kind, NumberOfSamples = samples, Opset = opset }, out byte[] bytes);

            Assert.AreEqual(opset, model.OpsetImports[""]);
            Assert.AreEqual(opset <= 12 ? 7 : 8, model.IrVersion);
            Assert.HasCount(1, model.OpsetImports);
            Assert.AreEqual("Features", model.Graph.Inputs.Single().Name);
            if (kind != OnnxGraphKind.Sampling)
                Assert.IsLessThanOrEqualTo(kind == OnnxGraphKind.Moments ? 1e-4 : 1e-5, Compare(task, kind, samples, bytes));
        }
    }

    [TestMethod]
    public void The_predicted_label_of_several_classes_is_the_users_own_name()
    {
        ModelProto model = Export(OnnxTask.Multiclass, null, out byte[] bytes);

        ValueInfoProto label = model.Graph.Outputs.Single(output => output.Name == "PredictedLabel.output");
        Assert.AreEqual(ElementType.String, label.ElementType);
        float[] features = new float[13];
        OnnxOutput found = OnnxRun.Run(bytes, ("Features", features, [1, features.Length]))["PredictedLabel.output"];
        CollectionAssert.Contains(new[] { "cat", "dog", "emu" }, found.Texts[0]);
        features[0] = float.NaN;
        Assert.AreEqual("", OnnxRun.Run(bytes, ("Features", features, [1, features.Length]))["PredictedLabel.output"].Texts[0]);
    }

    [TestMethod]
    [DynamicData(nameof(TasksKindsAndPrecisions))]
    public void Smaller_numbers_stay_near(OnnxTask task, OnnxGraphKind kind, OnnxPrecision precision)
    {
        int? samples = kind == OnnxGraphKind.FrozenSamples ? 7 : null;
        Export(task, new OnnxExportOptions { GraphKind = kind, NumberOfSamples = samples, Precision = precision }, out byte[] bytes);
        Assert.IsLessThanOrEqualTo(precision == OnnxPrecision.Float16 ? 2e-3 : 0.1, Compare(task, kind, samples, bytes));
    }

    [TestMethod]
    public void Half_precision_halves_the_matrices_and_converts_at_both_ends_and_around_the_error_function_only()
    {
        ModelProto full = Export(OnnxTask.Multiclass, null, out _);
        ModelProto half = Export(OnnxTask.Multiclass, new OnnxExportOptions { Precision = OnnxPrecision.Float16 }, out _);

        Assert.AreEqual(3, half.Graph.Nodes.Count(node => node.OperatorType == "Gemm"));
        int both = 2 * (1 + half.Graph.Nodes.Count(node => node.OperatorType == "Erf"));
        Assert.AreEqual(full.Graph.Nodes.Count(node => node.OperatorType == "Cast") + both, half.Graph.Nodes.Count(node => node.OperatorType == "Cast"));
        Assert.IsFalse(half.Graph.Initializers.Exists(tensor => tensor is { ElementType: ElementType.Float, Dimensions.Length: 2 }));
        CollectionAssert.AreEqual(full.Graph.Inputs.Concat(full.Graph.Outputs).Select(Text).ToArray(), half.Graph.Inputs.Concat(half.Graph.Outputs).Select(Text).ToArray());

        static string Text(ValueInfoProto value) => $"{value.Name} {value.ElementType} [{string.Join(',', value.Shape!)}]";
    }

    [TestMethod]
    public void Weights_of_8_bits_have_one_scale_for_each_matrix()
    {
        ModelProto model = Export(OnnxTask.Multiclass, new OnnxExportOptions { Precision = OnnxPrecision.Int8Weights }, out _);

        NodeProto[] conversions = [.. model.Graph.Nodes.Where(node => node.OperatorType == "DequantizeLinear")];
        Assert.HasCount(2, conversions, "The last layer is smaller than what its scale would take.");
        foreach (NodeProto node in conversions)
        {
            TensorProto quantized = model.Graph.Initializers.Single(tensor => tensor.Name == node.Inputs[0]);
            Assert.AreEqual(127, quantized.Values<sbyte>().ToArray().Max(value => Math.Abs((int)value)));
            Assert.IsEmpty(model.Graph.Initializers.Single(tensor => tensor.Name == node.Inputs[1]).Dimensions);
        }
    }

    [TestMethod]
    public void A_row_of_8_bits_does_not_depend_on_its_batch()
    {
        Export(OnnxTask.Regression, new OnnxExportOptions { Precision = OnnxPrecision.Int8Weights }, out byte[] bytes);
        ColumnValues features = Features(32);
        float[] together = OnnxRun.Run(bytes, ("Features", features.Values, features.Shape!))["Score.output"].Floats;
        for (int row = 0; row < features.Rows; row++)
        {
            ColumnValues one = features.Take([row]);
            Assert.AreEqual(together[row], OnnxRun.Run(bytes, ("Features", one.Values, one.Shape!))["Score.output"].Floats[0], 1e-5f * (1 + Math.Abs(together[row])));
        }
    }

    [TestMethod]
    public void Columns_and_names_are_as_asked_for()
    {
        var options = new OnnxExportOptions { OutputColumns = ["Score", "PredictedLabel"], OutputNames = new Dictionary<string, string> { ["Score"] = "probabilities" } };
        ModelProto model = Export(OnnxTask.Multiclass, options, out _);
        CollectionAssert.AreEqual(new[] { "probabilities", "PredictedLabel.output" }, model.Graph.Outputs.Select(output => output.Name).ToArray());
    }

    [TestMethod]
    public void A_pruned_network_is_a_small_file()
    {
        var context = new MLContext(seed: 1);
        IDataView rows = context.Data.LoadFromEnumerable(RawRow.Create(200, seed: 1));
        VariationalDropoutRegressionPredictionTransformer whole = Tasks.Featurize(context)
            .Append(context.Regression.Trainers.VariationalDropout("Target", hiddenLayerSizes: [64, 64], numberOfIterations: 1)).Fit(rows).LastTransformer;
        VariationalDropoutRegressionPredictionTransformer pruned = whole.PruneByMagnitude(0.9);
        using var large = new MemoryStream();
        using var small = new MemoryStream();

        whole.ExportNetworkToOnnx(large);
        pruned.ExportNetworkToOnnx(small);

        Assert.IsLessThan(large.Length / 2, small.Length);
    }

    /// <summary>Verification, which is on, is what could fail.</summary>
    [TestMethod]
    public void A_network_whose_features_come_in_bins_is_exported_and_verified_pruned_too()
    {
        var context = new MLContext(seed: 1);
        IDataView rows = context.Data.LoadFromEnumerable(RawRow.Create(200, seed: 1));
        var options = new VariationalDropoutRegressionTrainer.Options { LabelColumnName = "Target", HiddenLayerSizes = [16], NumberOfIterations = 5, MaximumBinCountPerFeature = 6 };
        TransformerChain<VariationalDropoutRegressionPredictionTransformer> chain = Tasks.Featurize(context).Append(context.Regression.Trainers.VariationalDropout(options)).Fit(rows);
        Assert.IsGreaterThan(chain.LastTransformer.Model.FeatureCount, chain.LastTransformer.Model.LayerSizes[0]);
        foreach (var model in new[] { chain.LastTransformer, chain.LastTransformer.PruneByMagnitude(0.7), chain.LastTransformer.WithMomentPropagation() })
        {
            foreach (OnnxPrecision precision in new[] { OnnxPrecision.Float32, OnnxPrecision.Float16 })
            {
                using var stream = new MemoryStream();
                model.ExportNetworkToOnnx(stream, new OnnxExportOptions { Precision = precision });
                Assert.AreEqual("Features", ModelProto.Read(stream.ToArray()).Graph.Inputs.Single().Name);
            }
        }

        using var pipeline = new MemoryStream();
        context.Model.ExportToOnnx(chain, rows, pipeline, new OnnxExportOptions { OutputColumns = ["Score"] });
        Assert.IsTrue(ModelProto.Read(pipeline.ToArray()).Graph.Nodes.Exists(node => node.OperatorType == "Concat"));
    }

    private static ModelProto Export(OnnxTask task, OnnxExportOptions? options, out byte[] bytes)
    {
        using var stream = new MemoryStream();
        Tasks.Get(task).ExportNetwork(stream, options);
        bytes = stream.ToArray();
        return ModelProto.Read(bytes);
    }

    private static ColumnValues Features(int rows)
    {
        var context = new MLContext(seed: 1);
        IDataView data = context.Data.LoadFromEnumerable(RawRow.Create(rows, seed: 2, withUnseen: true));
        return ColumnValues.Read(Tasks.Get(OnnxTask.Regression).Model.Transform(data), ["Features"], rows)[0];
    }

    /// <summary>The largest difference from ML.NET, as <see cref="Difference"/> measures it.</summary>
    private static double Compare(OnnxTask task, OnnxGraphKind kind, int? samples, byte[] bytes)
    {
        const int Rows = 200;
        var context = new MLContext(seed: 1);
        IDataView data = context.Data.LoadFromEnumerable(RawRow.Create(Rows, seed: 2, withUnseen: true));
        IDataView scored = Tasks.Get(task).InMode(kind, samples, null).Transform(data);
        ColumnValues features = ColumnValues.Read(scored, ["Features"], Rows)[0];
        Dictionary<string, OnnxOutput> outputs = OnnxRun.Run(bytes, ("Features", features.Values, features.Shape!));
        var difference = new Difference(scored, [.. outputs.Keys.Select(name => name[..^".output".Length])], Tasks.Get(task).Targets);
        return difference.Largest(column => outputs[column + ".output"], [.. Enumerable.Range(0, Rows)]);
    }
}
