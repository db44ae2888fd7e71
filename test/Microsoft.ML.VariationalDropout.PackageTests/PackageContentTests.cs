using System.IO.Compression;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Text;
using System.Xml.Linq;

namespace Microsoft.ML.Trainers.VariationalDropout.PackageTests;

[TestClass]
public sealed class PackageContentTests
{
    private static readonly Guid EmbeddedSource = new("0E8A571B-6926-466E-B4AD-8AB04611F5FE");

    [TestMethod]
    [DataRow(PackedLibrary.Id)]
    [DataRow(PackedLibrary.OnnxId)]
    public void The_package_holds_the_library_its_documentation_and_the_readme_and_nothing_of_others(string id)
    {
        using ZipArchive package = PackedLibrary.Open(id, ".nupkg");
        string[] expected = [$"{id}.nuspec", "README.md", $"lib/net10.0/{id}.dll", $"lib/net10.0/{id}.xml"];
        CollectionAssert.AreEqual(expected, PackedLibrary.Names(package), string.Join(", ", PackedLibrary.Names(package)));
    }

    [TestMethod]
    [DataRow(PackedLibrary.Id)]
    [DataRow(PackedLibrary.OnnxId)]
    public void The_readme_is_the_repositorys(string id)
    {
        using ZipArchive package = PackedLibrary.Open(id, ".nupkg");
        CollectionAssert.AreEqual(File.ReadAllBytes(Path.Combine(PackedLibrary.RepositoryRoot, "README.md")), PackedLibrary.Read(package, "README.md"));
        Assert.AreEqual("README.md", Element(package, "readme").Value);
    }

    [TestMethod]
    [DataRow(PackedLibrary.Id)]
    [DataRow(PackedLibrary.OnnxId)]
    public void The_licence_is_MIT(string id)
    {
        using ZipArchive package = PackedLibrary.Open(id, ".nupkg");
        XElement license = Element(package, "license");
        Assert.AreEqual("MIT", license.Value);
        Assert.AreEqual("expression", license.Attribute("type")!.Value);
    }

    [TestMethod]
    public void The_only_dependency_is_MLNET_below_the_next_minor_version()
        => CollectionAssert.AreEqual(new[] { "Microsoft.ML [5.0.1, 5.1.0)" }, Dependencies(PackedLibrary.Id));

    [TestMethod]
    public void The_package_for_ONNX_belongs_to_one_version_of_the_library()
    {
        string[] dependencies = Dependencies(PackedLibrary.OnnxId);
        Assert.HasCount(3, dependencies, string.Join(", ", dependencies));
        CollectionAssert.Contains(dependencies, $"{PackedLibrary.Id} [{PackedLibrary.Version}]");
        CollectionAssert.Contains(dependencies, "Microsoft.ML [5.0.1, 5.1.0)");
        Assert.Contains(dependency => dependency.StartsWith("Microsoft.ML.OnnxRuntime 1.", StringComparison.Ordinal), dependencies);
    }

    [TestMethod]
    public void The_documentation_describes_the_entry_points()
    {
        using ZipArchive package = PackedLibrary.Open(PackedLibrary.Id, ".nupkg");
        XElement[] members = [.. XDocument.Load(new MemoryStream(PackedLibrary.Read(package, $"lib/net10.0/{PackedLibrary.Id}.xml"))).Descendants("member")];
        XElement[] entries = [.. members.Where(member => member.Attribute("name")!.Value.StartsWith("M:Microsoft.ML.VariationalDropoutCatalog.", StringComparison.Ordinal) && member.Element("returns") is not null)];

        // Two for each of four trainers; five that calibrate; four evaluators.
        Assert.HasCount(17, entries);
        foreach (XElement entry in entries)
            Assert.IsFalse(string.IsNullOrWhiteSpace(entry.Element("summary")?.Value), $"{entry}");
    }

    [TestMethod]
    [DataRow(PackedLibrary.Id)]
    [DataRow(PackedLibrary.OnnxId)]
    public void The_assembly_version_never_changes(string id)
    {
        // Saved models name the assembly; a version that moves would lock old models out.
        using var image = new PEReader(new MemoryStream(LibraryImage(id)));
        Assert.AreEqual(new Version(1, 0, 0, 0), image.GetMetadataReader().GetAssemblyDefinition().Version);
    }

    [TestMethod]
    [DataRow(PackedLibrary.Id)]
    [DataRow(PackedLibrary.OnnxId)]
    public void The_symbols_belong_to_the_library_and_carry_its_sources(string id)
    {
        using ZipArchive package = PackedLibrary.Open(id, ".snupkg");
        CollectionAssert.AreEqual(new[] { $"{id}.nuspec", $"lib/net10.0/{id}.pdb" }, PackedLibrary.Names(package));
        using MetadataReaderProvider provider = OpenSymbols(package, id);
        MetadataReader symbols = provider.GetMetadataReader();

        using var image = new PEReader(new MemoryStream(LibraryImage(id)));
        DebugDirectoryEntry entry = image.ReadDebugDirectory().Single(candidate => candidate.Type == DebugDirectoryEntryType.CodeView);
        var blob = new BlobContentId(symbols.DebugMetadataHeader!.Id);
        Assert.AreEqual(image.ReadCodeViewDebugDirectoryData(entry).Guid, blob.Guid);
        Assert.AreEqual(entry.Stamp, blob.Stamp);

        HashSet<DocumentHandle> withSource = [.. symbols.CustomDebugInformation.Select(symbols.GetCustomDebugInformation)
            .Where(information => information.Parent.Kind == HandleKind.Document && symbols.GetGuid(information.Kind) == EmbeddedSource)
            .Select(information => (DocumentHandle)information.Parent)];
        string[] without = [.. symbols.Documents.Where(document => !withSource.Contains(document)).Select(document => symbols.GetString(symbols.GetDocument(document).Name))];
        Assert.IsEmpty(without, string.Join(", ", without));
    }

    [TestMethod]
    [DataRow(PackedLibrary.Id)]
    [DataRow(PackedLibrary.OnnxId)]
    public void Nothing_released_names_a_path_of_the_building_machine(string id)
    {
        if (PackedLibrary.Configuration != "Release")
            Assert.Inconclusive("Debug builds keep their paths, for the debugger.");

        byte[] root = Encoding.UTF8.GetBytes(PackedLibrary.RepositoryRoot);
        Assert.AreEqual(-1, LibraryImage(id).AsSpan().IndexOf(root), "in the library");
        using ZipArchive package = PackedLibrary.Open(id, ".snupkg");
        using MetadataReaderProvider provider = OpenSymbols(package, id);
        MetadataReader symbols = provider.GetMetadataReader();
        foreach (DocumentHandle document in symbols.Documents)
            Assert.StartsWith("/_/", symbols.GetString(symbols.GetDocument(document).Name));
    }

    private static string[] Dependencies(string id)
    {
        using ZipArchive package = PackedLibrary.Open(id, ".nupkg");
        XElement group = Element(package, "dependencies").Elements().Single();
        Assert.AreEqual("net10.0", group.Attribute("targetFramework")!.Value);
        return [.. group.Elements().Select(dependency => $"{dependency.Attribute("id")!.Value} {dependency.Attribute("version")!.Value}")];
    }

    private static byte[] LibraryImage(string id)
    {
        using ZipArchive package = PackedLibrary.Open(id, ".nupkg");
        return PackedLibrary.Read(package, $"lib/net10.0/{id}.dll");
    }

    private static MetadataReaderProvider OpenSymbols(ZipArchive package, string id)
        => MetadataReaderProvider.FromPortablePdbStream(new MemoryStream(PackedLibrary.Read(package, $"lib/net10.0/{id}.pdb")));

    private static XElement Element(ZipArchive package, string name) => PackedLibrary.Nuspec(package).Elements().Single(element => element.Name.LocalName == name);
}
