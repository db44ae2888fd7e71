using System.Reflection;
using System.Text.RegularExpressions;
using Microsoft.ML.Data;

namespace Microsoft.ML.Trainers.VariationalDropout.Onnx.Tests.Documentation;

/// <summary>The lines of README.md that export and score a model, run as they stand there.</summary>
[TestClass]
public sealed partial class ReadmeTests
{
    [TestMethod]
    public void The_lines_of_the_readme_run()
    {
        var mlContext = new MLContext(seed: 1);
        IDataView houses = mlContext.Data.LoadFromEnumerable(Enumerable.Range(0, 200).Select(i => new House { Size = 50 + (i % 150), Price = 3000 * (50 + (i % 150)) }));
        var preparation = mlContext.Transforms.Concatenate("Features", "Size").Fit(houses);
        var regressor = mlContext.Regression.Trainers.VariationalDropout("Price", hiddenLayerSizes: [8], numberOfIterations: 5).Fit(preparation.Transform(houses));
        string folder = Directory.CreateTempSubdirectory("readme").FullName;
        try
        {
            string path = Path.Combine(folder, "houses.onnx");

            // README.md, with a path of its own.
            var model = preparation.Append(regressor);
            mlContext.Model.ExportToOnnx(model, houses, path, new() { GraphKind = OnnxGraphKind.Moments });
            var scorer = mlContext.Transforms.ApplyVariationalDropoutOnnxModel(path, new() { Providers = [ExecutionProvider.Cuda] }).Fit(houses);
            IDataView prices = scorer.Transform(houses);

            IDataView expected = model.Append(model.LastTransformer.WithMomentPropagation()).Transform(houses);
            foreach (string column in new[] { "Score", "ScoreStandardDeviation", "ScoreEpistemicStandardDeviation" })
            {
                float[] before = [.. expected.GetColumn<float>(column)], after = [.. prices.GetColumn<float>(column)];
                Assert.HasCount(200, after);
                for (int i = 0; i < after.Length; i++)
                    Assert.AreEqual(before[i], after[i], 1e-4f * Math.Max(200_000, Math.Abs(before[i])), $"{column}[{i}]");
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [TestMethod]
    public void They_are_the_lines_of_this_test()
    {
        string root = typeof(ReadmeTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(attribute => attribute.Key == "RepositoryRoot").Value!;
        string source = File.ReadAllText(Path.Combine(root, "test", "Microsoft.ML.VariationalDropout.Onnx.Tests", "Documentation", "ReadmeTests.cs"));
        string block = CSharpBlock().Matches(File.ReadAllText(Path.Combine(root, "README.md"))).Select(match => match.Groups[1].Value).Single(text => text.Contains("ExportToOnnx", StringComparison.Ordinal));
        string[] lines = [.. block.Split('\n').Select(line => line.Trim()).Where(line => line.Length > 0 && !line.StartsWith("//", StringComparison.Ordinal) && !line.StartsWith("using ", StringComparison.Ordinal))];
        Assert.HasCount(4, lines);
        foreach (string line in lines)
            Assert.Contains(line.Replace("\"houses.onnx\"", "path", StringComparison.Ordinal), source);
    }

    [GeneratedRegex("^```csharp\n(.*?)^```$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex CSharpBlock();

    private sealed class House
    {
        public float Size { get; set; }

        public float Price { get; set; }
    }
}
