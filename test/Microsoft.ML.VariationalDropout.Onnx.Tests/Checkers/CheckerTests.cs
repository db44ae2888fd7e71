using System.Globalization;

namespace Microsoft.ML.Trainers.VariationalDropout.Onnx.Tests.Checkers;

/// <summary>
/// Exported files in programs that this library has nothing to do with: networks of every likelihood, every kind of graph, every precision;
/// pipelines. A program that is not on the machine skips its tests.
/// </summary>
[TestClass]
public sealed class CheckerTests
{
    public TestContext TestContext { get; set; } = null!;

    public static IEnumerable<object[]> Kinds => Enum.GetValues<OnnxGraphKind>().Select(kind => new object[] { kind });

    public static IEnumerable<object[]> ComparedKinds => Enum.GetValues<OnnxGraphKind>().Where(kind => kind != OnnxGraphKind.Sampling).Select(kind => new object[] { kind });

    public static IEnumerable<object[]> ComparedKindsAndPrecisions =>
        from kind in ComparedKinds
        from precision in Enum.GetValues<OnnxPrecision>()
        select new object[] { kind[0], precision };

    [TestMethod]
    [DynamicData(nameof(Kinds))]
    public void The_onnx_checker_accepts_networks(OnnxGraphKind kind)
    {
        CheckerProgram.OnnxChecker.SkipIfMissing();
        List<CheckerCase> cases =
        [
            .. from opset in new[] { 9, 10, 12, 17 }
               from each in CheckerCases.Networks(kind, opset, OnnxPrecision.Float32)
               select each,
            .. from precision in new[] { OnnxPrecision.Float16, OnnxPrecision.Int8Weights }
               from each in CheckerCases.Networks(kind, 17, precision)
               select each,
            .. CheckerCases.RandomNetworks(CheckerCases.GraphOf(kind), 17),
        ];
        Accept(cases);
    }

    [TestMethod]
    [DynamicData(nameof(Kinds))]
    public void The_onnx_checker_accepts_pipelines(OnnxGraphKind kind)
    {
        CheckerProgram.OnnxChecker.SkipIfMissing();
        Accept([.. new[] { 9, 12 }.SelectMany(opset => CheckerCases.Pipelines(kind, opset))]);
    }

    [TestMethod]
    public void The_onnx_checker_accepts_every_featurizer()
    {
        CheckerProgram.OnnxChecker.SkipIfMissing();
        Accept([.. CheckerCases.Featurizers()]);
    }

    [TestMethod]
    public void The_onnx_checker_is_one_that_refuses()
    {
        CheckerProgram.OnnxChecker.SkipIfMissing();
        CheckerCase good = CheckerCases.Networks(OnnxGraphKind.PosteriorMean, 12, OnnxPrecision.Float32).First();
        ModelProto model = ModelProto.Read(good.Model);
        model.Graph.Nodes[1].OperatorType = "NoSuchOperator";
        AssertFailedException exception = Assert.ThrowsExactly<AssertFailedException>(() => CheckerProgram.OnnxChecker.Run([good, good with { Name = "bad", Model = model.ToArray() }], out _));
        Assert.Contains("refuses 1 of 2 cases", exception.Message);
        Assert.Contains("NoSuchOperator", exception.Message);
    }

    [TestMethod]
    [DataRow(9)]
    [DataRow(10)]
    public void OpenCV_predicts_as_ML_NET_does(int opset)
    {
        CheckerProgram.OpenCV.SkipIfMissing();
        Compare(CheckerProgram.OpenCV, [.. CheckerCases.Networks(OnnxGraphKind.PosteriorMean, opset, OnnxPrecision.Float32, forOpenCV: true)], 1e-5);
    }

    [TestMethod]
    [DataRow(9)]
    [DataRow(10)]
    public void OpenCV_predicts_as_the_library_does_with_every_activation(int opset)
    {
        CheckerProgram.OpenCV.SkipIfMissing();
        Compare(CheckerProgram.OpenCV, [.. CheckerCases.RandomNetworks(NetworkGraph.PosteriorMean, opset, forOpenCV: true)], 1e-5);
    }

    [TestMethod]
    [DynamicData(nameof(ComparedKindsAndPrecisions))]
    public void ONNX_Runtime_for_Node_predicts_as_ML_NET_does(OnnxGraphKind kind, OnnxPrecision precision)
    {
        CheckerProgram.OnnxRuntimeNode.SkipIfMissing();
        Compare(CheckerProgram.OnnxRuntimeNode, [.. CheckerCases.Networks(kind, 17, precision)], Tolerance(kind, precision));
    }

    [TestMethod]
    [DynamicData(nameof(ComparedKinds))]
    public void ONNX_Runtime_for_Node_predicts_as_the_library_does_with_every_activation(OnnxGraphKind kind)
    {
        CheckerProgram.OnnxRuntimeNode.SkipIfMissing();
        Compare(CheckerProgram.OnnxRuntimeNode, [.. CheckerCases.RandomNetworks(CheckerCases.GraphOf(kind), 17)], Tolerance(kind, OnnxPrecision.Float32));
    }

    [TestMethod]
    [DynamicData(nameof(ComparedKinds))]
    public void ONNX_Runtime_for_Node_runs_pipelines_from_raw_columns(OnnxGraphKind kind)
    {
        CheckerProgram.OnnxRuntimeNode.SkipIfMissing();
        Compare(CheckerProgram.OnnxRuntimeNode, [.. CheckerCases.Pipelines(kind, 12)], Tolerance(kind, OnnxPrecision.Float32));
    }

    [TestMethod]
    public void ONNX_Runtime_for_Node_runs_every_featurizer()
    {
        CheckerProgram.OnnxRuntimeNode.SkipIfMissing();
        Compare(CheckerProgram.OnnxRuntimeNode, [.. CheckerCases.Featurizers()], 1e-6);
    }

    private static double Tolerance(OnnxGraphKind kind, OnnxPrecision precision) => precision switch
    {
        OnnxPrecision.Float16 => 2e-3,
        OnnxPrecision.Int8Weights => 0.1,
        _ => kind == OnnxGraphKind.Moments ? 1e-4 : 1e-5,
    };

    private void Accept(List<CheckerCase> cases)
    {
        CheckerProgram.OnnxChecker.Run(cases, out string version);
        TestContext.WriteLine($"{version}: {cases.Count} files");
    }

    private void Compare(CheckerProgram program, List<CheckerCase> models, double tolerance)
    {
        List<CheckerCase> cases = [.. models.SelectMany(each => new[] { each.Take(1), each.Take(2), each.Take(CheckerCases.Rows) })];
        List<Dictionary<string, OnnxOutput>> outputs = program.Run(cases, out string version);
        double largest = cases.Zip(outputs).Max(pair => pair.First.Check(pair.Second, tolerance));
        TestContext.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{version}: {cases.Count} cases, largest difference {largest:E1} of {tolerance:E1}"));
    }
}
