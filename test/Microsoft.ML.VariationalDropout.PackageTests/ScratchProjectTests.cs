using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Microsoft.ML.Trainers.VariationalDropout.PackageTests;

/// <summary>A new project that references the package and nothing else: what a user has after <c>dotnet add package</c>.</summary>
[TestClass]
public sealed partial class ScratchProjectTests
{
    [TestMethod]
    public void A_project_with_only_the_package_trains_saves_loads_in_a_fresh_process_and_predicts()
    {
        string folder = Build("scratch", PackedLibrary.Id, ScratchProgram("Program.cs"));
        Assert.IsTrue(Directory.Exists(Path.Combine(folder, "packages", PackedLibrary.Id.ToLowerInvariant(), PackedLibrary.Version)), "The package came from the folder that was packed into.");

        string program = Path.Combine("out", "Scratch.dll");
        Dictionary<string, string> trained = Run(folder, program, "train", "model.zip");
        Dictionary<string, string> loaded = Run(folder, program, "score", "model.zip");

        Assert.IsGreaterThan(0.95, double.Parse(trained["accuracy"], CultureInfo.InvariantCulture));
        double[] rates = Numbers(trained["dropoutRates"]);
        Assert.HasCount(2, rates);
        foreach (double rate in rates)
            Assert.IsTrue(rate is > 1e-4 and < 1, $"{rate} is no rate that was learned.");

        Assert.AreEqual("abcabcabc", loaded["labels"]);
        Assert.AreEqual(trained["labels"], loaded["labels"]);
        Assert.AreEqual(trained["Score"], loaded["Score"], "Scores are the same bits after loading.");
        Assert.AreEqual(trained["ScoreStandardDeviation"], loaded["ScoreStandardDeviation"], "So are the samples' deviations.");
        float[] deviations = [.. loaded["ScoreStandardDeviation"].Split(' ').Select(bits => BitConverter.Int32BitsToSingle(int.Parse(bits, CultureInfo.InvariantCulture)))];
        Assert.HasCount(8 * 3, deviations);
        Assert.IsGreaterThan(0f, deviations.Max());
    }

    [TestMethod]
    public void A_project_with_only_the_package_for_ONNX_exports_and_scores_the_file_in_a_fresh_process()
    {
        string folder = Build("onnx", PackedLibrary.OnnxId, ScratchProgram("OnnxProgram.cs"));
        string program = Path.Combine("out", "Scratch.dll");
        double[] trained = Numbers(Run(folder, program, "export", "model.onnx")["Score"]);
        double[] scored = Numbers(Run(folder, program, "score", "model.onnx")["Score"]);

        Assert.HasCount(16, scored);
        Assert.IsGreaterThan(1, trained.Max() - trained.Min());
        for (int i = 0; i < scored.Length; i++)
            Assert.AreEqual(trained[i], scored[i], 1e-5 * Math.Max(1, Math.Abs(trained[i])));
    }

    private static double[] Numbers(string line) => [.. line.Split(' ').Select(number => double.Parse(number, CultureInfo.InvariantCulture))];

    [TestMethod]
    public void The_readmes_example_of_intervals_runs()
    {
        string output = ChildProcess.Dotnet(Build("intervals", PackedLibrary.Id, ReadmeExample(1)), Path.Combine("out", "Scratch.dll"));
        double[][] numbers = [.. output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => Number().Matches(line.Replace("m²", "", StringComparison.Ordinal)).Select(match => double.Parse(match.Value, NumberStyles.Number, CultureInfo.InvariantCulture)).ToArray())];
        Assert.HasCount(3, numbers, output);

        // Size, price, half an interval, and what of it comes from not knowing.
        Assert.AreEqual(3000 * 80, numbers[0][1], 15_000, output);
        Assert.IsGreaterThan(1.4 * numbers[0][2], numbers[1][2], output);
        Assert.IsGreaterThan(3 * numbers[1][3], numbers[2][3], output);
    }

    [TestMethod]
    public void The_readmes_example_runs()
    {
        string folder = Build("readme", PackedLibrary.Id, ReadmeExample(0));

        var flowers = new StringBuilder("#Label\tSepal length\tSepal width\tPetal length\tPetal width\n");
        for (int i = 0; i < 150; i++)
            flowers.Append(CultureInfo.InvariantCulture, $"{i % 3}\t{5 + i % 3 + Math.Sin(i):F1}\t{3 + Math.Cos(i):F1}\t{1.5 + 2 * (i % 3) + 0.3 * Math.Sin(2 * i):F1}\t{0.2 + i % 3:F1}\n");
        File.WriteAllText(Path.Combine(folder, "iris.txt"), flowers.ToString());

        string output = ChildProcess.Dotnet(folder, Path.Combine("out", "Scratch.dll"));
        Match accuracy = Accuracy().Match(output);
        Assert.IsTrue(accuracy.Success, output);
        Assert.IsGreaterThan(0.9, double.Parse(accuracy.Groups[1].Value, CultureInfo.InvariantCulture), output);
        Assert.AreEqual(3, output.Split("the model's doubt").Length - 1, output);
        Assert.IsTrue(File.Exists(Path.Combine(folder, "model.zip")));
    }

    private static string ReadmeExample(int index)
    {
        MatchCollection examples = CSharpBlock().Matches(File.ReadAllText(Path.Combine(PackedLibrary.RepositoryRoot, "README.md")));
        Assert.HasCount(3, examples, "README.md has two programs in C#, and lines for ONNX that the tests of that library run.");
        return examples[index].Groups[1].Value;
    }

    [GeneratedRegex(@"\d[\d,]*")]
    private static partial Regex Number();

    [GeneratedRegex("^```csharp\n(.*?)^```$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex CSharpBlock();

    [GeneratedRegex(@"Accuracy (\d\.\d+)")]
    private static partial Regex Accuracy();

    private static string ScratchProgram(string name)
    {
        using var reader = new StreamReader(typeof(ScratchProjectTests).Assembly.GetManifestResourceStream($"Scratch/{name}")!);
        return reader.ReadToEnd();
    }

    /// <summary>A project of that one file, in a new folder, built into its folder <c>out</c>.</summary>
    private static string Build(string name, string package, string program)
    {
        string folder = Directory.CreateDirectory(Path.Combine(PackedLibrary.Folder, name)).FullName;
        File.WriteAllText(Path.Combine(folder, "Program.cs"), program);
        WriteProject(folder, package);
        ChildProcess.Dotnet(folder, "build", "-c", "Release", "-o", "out", "--disable-build-servers");
        return folder;
    }

    private static Dictionary<string, string> Run(string folder, params string[] arguments)
        => ChildProcess.Dotnet(folder, arguments).Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            .Where(line => line.Contains('=', StringComparison.Ordinal))
            .ToDictionary(line => line[..line.IndexOf('=', StringComparison.Ordinal)], line => line[(line.IndexOf('=', StringComparison.Ordinal) + 1)..]);

    /// <remarks>
    /// The project has a package folder of its own, so that the package is unpacked anew; what this machine has already downloaded of
    /// others is read where it lies. Sources other than the temporary one are the machine's. The empty files end the search for settings
    /// in folders above.
    /// </remarks>
    private static void WriteProject(string folder, string package)
    {
        foreach (string name in new[] { "Directory.Build.props", "Directory.Build.targets", "Directory.Packages.props" })
            new XDocument(new XElement("Project")).Save(Path.Combine(folder, name));

        new XDocument(new XElement("configuration",
            new XElement("packageSources", new XElement("add", new XAttribute("key", "packed"), new XAttribute("value", PackedLibrary.Source))),
            new XElement("fallbackPackageFolders", new XElement("add", new XAttribute("key", "machine"), new XAttribute("value", GlobalPackages())))))
            .Save(Path.Combine(folder, "NuGet.config"));

        new XDocument(new XElement("Project", new XAttribute("Sdk", "Microsoft.NET.Sdk"),
            new XElement("PropertyGroup",
                new XElement("TargetFramework", "net10.0"),
                new XElement("OutputType", "Exe"),
                new XElement("Nullable", "enable"),
                new XElement("ImplicitUsings", "enable"),
                new XElement("UseAppHost", "false"),
                new XElement("NuGetAudit", "false"),
                new XElement("RestorePackagesPath", Path.Combine(folder, "packages"))),
            new XElement("ItemGroup",
                new XElement("PackageReference", new XAttribute("Include", package), new XAttribute("Version", $"[{PackedLibrary.Version}]")))))
            .Save(Path.Combine(folder, "Scratch.csproj"));
    }

    private static string GlobalPackages()
    {
        string line = ChildProcess.Dotnet(PackedLibrary.RepositoryRoot, "nuget", "locals", "global-packages", "--list");
        return line[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim();
    }
}
