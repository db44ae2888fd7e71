using System.IO.Compression;
using System.Reflection;
using System.Xml.Linq;

namespace Microsoft.ML.Trainers.VariationalDropout.PackageTests;

/// <summary>The libraries, packed once for all tests into a temporary folder that goes when they end.</summary>
[TestClass]
public static class PackedLibrary
{
    public const string Id = "Microsoft.ML.VariationalDropout";

    public const string OnnxId = "Microsoft.ML.VariationalDropout.Onnx";

    /// <summary>A version that no other folder or feed has: a package from elsewhere cannot stand in for this one.</summary>
    public static string Version { get; } = $"0.0.0-packagetest.{Guid.NewGuid():N}";

    /// <summary>A temporary folder.</summary>
    public static string Folder { get; private set; } = "";

    /// <summary>The folder with the package files, below <see cref="Folder"/>.</summary>
    public static string Source => Path.Combine(Folder, "source");

    public static string Configuration { get; } = Metadata("Configuration");

    public static string RepositoryRoot { get; } = Metadata("RepositoryRoot");

    [AssemblyInitialize]
    public static void Pack(TestContext context)
    {
        Folder = Directory.CreateTempSubdirectory("variational-dropout-package-").FullName;
        foreach (string project in new[] { Path.Combine("src", Id), Path.Combine("onnx-export", OnnxId) })
        {
            ChildProcess.Dotnet(RepositoryRoot, "pack", project, "--no-build", "--disable-build-servers", "-c", Configuration, "-o", Source,
                $"-p:PackageVersion={Version}", $"-p:NuspecOutputPath={Path.Combine(Folder, "nuspec")}{Path.DirectorySeparatorChar}");
        }
    }

    [AssemblyCleanup]
    public static void Delete()
    {
        if (Folder.Length > 0)
            Directory.Delete(Folder, recursive: true);
    }

    public static ZipArchive Open(string id, string extension) => ZipFile.OpenRead(Path.Combine(Source, $"{id}.{Version}{extension}"));

    public static byte[] Read(ZipArchive archive, string name)
    {
        ZipArchiveEntry entry = archive.GetEntry(name) ?? throw new AssertFailedException($"The package has no {name}, but {string.Join(", ", Names(archive))}.");
        using Stream stream = entry.Open();
        using var copy = new MemoryStream();
        stream.CopyTo(copy);
        return copy.ToArray();
    }

    /// <summary>The files of a package without those that the container format itself adds, in ordinal order.</summary>
    public static string[] Names(ZipArchive archive)
        => [.. archive.Entries.Select(entry => entry.FullName)
            .Where(name => !name.StartsWith("_rels/", StringComparison.Ordinal) && !name.StartsWith("package/", StringComparison.Ordinal) && name != "[Content_Types].xml")
            .Order(StringComparer.Ordinal)];

    /// <summary>The metadata element of the package's nuspec.</summary>
    public static XElement Nuspec(ZipArchive archive)
        => XDocument.Load(new MemoryStream(Read(archive, Names(archive).Single(name => name.EndsWith(".nuspec", StringComparison.Ordinal))))).Root!.Elements().Single(element => element.Name.LocalName == "metadata");

    private static string Metadata(string key)
        => typeof(PackedLibrary).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(attribute => attribute.Key == key).Value!;
}
