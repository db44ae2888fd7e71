namespace Microsoft.ML.Trainers.VariationalDropout.Onnx.Tests.NativeConverter;

/// <summary>Stands in for the tests of ML.NET's own converter where its package is not referenced.</summary>
[TestClass]
public sealed class WithoutConverterTests
{
    [TestMethod]
    public void ML_NETs_own_converter_writes_what_this_library_writes()
        => Assert.Inconclusive("Skipped: the package Microsoft.ML.OnnxConverter is not referenced; where the feed has it, build and test this project with -p:WithOnnxConverter=true.");
}
