using System.Globalization;
using System.Xml.Linq;

namespace Microsoft.ML.Trainers.VariationalDropout.PackageTests;

/// <summary>A new project that references the package and nothing else: what a user has after <c>dotnet add package</c>.</summary>
[TestClass]
public sealed class ScratchProjectTests
{
    [TestMethod]
    public void A_project_with_only_the_package_trains_saves_loads_in_a_fresh_process_and_predicts()
    {
        string folder = Directory.CreateDirectory(Path.Combine(PackedLibrary.Folder, "scratch")).FullName;
        WriteProject(folder);
        ChildProcess.Dotnet(folder, "build", "-c", "Release", "-o", "out", "--disable-build-servers");
        Assert.IsTrue(Directory.Exists(Path.Combine(folder, "packages", PackedLibrary.Id.ToLowerInvariant(), PackedLibrary.Version)), "The package came from the folder that was packed into.");

        string program = Path.Combine("out", "Scratch.dll");
        Dictionary<string, string> trained = Run(folder, program, "train", "model.zip");
        Dictionary<string, string> loaded = Run(folder, program, "score", "model.zip");

        Assert.IsGreaterThan(0.95, double.Parse(trained["accuracy"], CultureInfo.InvariantCulture));
        double[] rates = [.. trained["dropoutRates"].Split(' ').Select(rate => double.Parse(rate, CultureInfo.InvariantCulture))];
        Assert.HasCount(2, rates);
        foreach (double rate in rates)
            Assert.IsInRange(1e-4, 0.5, rate);

        Assert.AreEqual("abcabcabc", loaded["labels"]);
        Assert.AreEqual(trained["labels"], loaded["labels"]);
        Assert.AreEqual(trained["Score"], loaded["Score"], "Scores are the same bits after loading.");
        Assert.AreEqual(trained["ScoreStandardDeviation"], loaded["ScoreStandardDeviation"], "So are the samples' deviations.");
        float[] deviations = [.. loaded["ScoreStandardDeviation"].Split(' ').Select(bits => BitConverter.Int32BitsToSingle(int.Parse(bits, CultureInfo.InvariantCulture)))];
        Assert.HasCount(8 * 3, deviations);
        Assert.IsGreaterThan(0f, deviations.Max());
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
    private static void WriteProject(string folder)
    {
        using (Stream source = typeof(ScratchProjectTests).Assembly.GetManifestResourceStream("Scratch/Program.cs")!)
        using (FileStream program = File.Create(Path.Combine(folder, "Program.cs")))
            source.CopyTo(program);

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
                new XElement("PackageReference", new XAttribute("Include", PackedLibrary.Id), new XAttribute("Version", $"[{PackedLibrary.Version}]")))))
            .Save(Path.Combine(folder, "Scratch.csproj"));
    }

    private static string GlobalPackages()
    {
        string line = ChildProcess.Dotnet(PackedLibrary.RepositoryRoot, "nuget", "locals", "global-packages", "--list");
        return line[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim();
    }
}
