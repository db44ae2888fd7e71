namespace Microsoft.ML.Trainers.VariationalDropout.Onnx.Tests;

/// <summary>Operator sets 9 and 10 have bounds and parts as attributes, and the same numbers.</summary>
[TestClass]
public sealed class EarlyFormsTests
{
    private static readonly float[] Extremes = [float.NaN, float.PositiveInfinity, float.NegativeInfinity, 1e30f, -1e30f, 1e5f, 0];

    [TestMethod]
    [DataRow(9)]
    [DataRow(10)]
    public void Bounds_are_clips(int opset)
    {
        foreach (OnnxTask task in Enum.GetValues<OnnxTask>())
        {
            ModelProto early = ModelProto.Read(Export(task, opset)), late = ModelProto.Read(Export(task, 12));
            Assert.IsFalse(early.Graph.Nodes.Exists(node => node.OperatorType is "Max" or "Min"), $"{task}");
            Assert.IsTrue(early.Graph.Nodes.Exists(node => node.OperatorType == "Clip"), $"{task}");
            Assert.IsTrue(late.Graph.Nodes.Exists(node => node.OperatorType == "Max"), $"{task}");
            int parts = late.Graph.Nodes.Count(node => node.OperatorType == "Gather" && late.Graph.Initializers.Exists(tensor => tensor.Name == node.Inputs[1] && tensor.Dimensions.Length == 1));
            if (task == OnnxTask.MultiTarget)
                Assert.AreEqual(2, parts);
            Assert.AreEqual(parts, early.Graph.Nodes.Count(node => node.OperatorType == "Slice"), $"{task}");
        }
    }

    [TestMethod]
    [DataRow(9)]
    [DataRow(10)]
    public void Missing_and_extreme_features_give_what_they_gave(int opset)
    {
        const int Features = 13;
        float[] rows = [.. Extremes.SelectMany(value => Enumerable.Range(0, Features).Select(feature => feature == 0 ? value : 0.5f))];
        foreach (OnnxTask task in Enum.GetValues<OnnxTask>())
        {
            Dictionary<string, OnnxOutput> early = OnnxRun.Run(Export(task, opset), ("Features", rows, [Extremes.Length, Features]));
            Dictionary<string, OnnxOutput> late = OnnxRun.Run(Export(task, 12), ("Features", rows, [Extremes.Length, Features]));
            foreach ((string name, OnnxOutput output) in late)
                CollectionAssert.AreEqual(output.Values, early[name].Values, $"{task}: {name}");
        }
    }

    private static byte[] Export(OnnxTask task, int opset)
    {
        using var stream = new MemoryStream();
        Tasks.Get(task).ExportNetwork(stream, new OnnxExportOptions { Opset = opset });
        return stream.ToArray();
    }
}
