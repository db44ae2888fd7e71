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
    public void The_package_holds_the_library_its_documentation_and_the_readme_and_nothing_of_MLNET()
    {
        using ZipArchive package = PackedLibrary.Open(".nupkg");
        string[] expected = [$"{PackedLibrary.Id}.nuspec", "README.md", $"lib/net10.0/{PackedLibrary.Id}.dll", $"lib/net10.0/{PackedLibrary.Id}.xml"];
        CollectionAssert.AreEqual(expected, PackedLibrary.Names(package), string.Join(", ", PackedLibrary.Names(package)));
    }

    [TestMethod]
    public void The_readme_is_the_repositorys()
    {
        using ZipArchive package = PackedLibrary.Open(".nupkg");
        CollectionAssert.AreEqual(File.ReadAllBytes(Path.Combine(PackedLibrary.RepositoryRoot, "README.md")), PackedLibrary.Read(package, "README.md"));
        Assert.AreEqual("README.md", Element(package, "readme").Value);
    }

    [TestMethod]
    public void The_licence_is_MIT()
    {
        using ZipArchive package = PackedLibrary.Open(".nupkg");
        XElement license = Element(package, "license");
        Assert.AreEqual("MIT", license.Value);
        Assert.AreEqual("expression", license.Attribute("type")!.Value);
    }

    [TestMethod]
    public void The_only_dependency_is_MLNET_below_the_next_minor_version()
    {
        using ZipArchive package = PackedLibrary.Open(".nupkg");
        XElement group = Element(package, "dependencies").Elements().Single();
        Assert.AreEqual("net10.0", group.Attribute("targetFramework")!.Value);
        XElement dependency = group.Elements().Single();
        Assert.AreEqual("Microsoft.ML", dependency.Attribute("id")!.Value);
        Assert.AreEqual("[5.0.1, 5.1.0)", dependency.Attribute("version")!.Value);
    }

    [TestMethod]
    public void The_documentation_describes_the_entry_points()
    {
        using ZipArchive package = PackedLibrary.Open(".nupkg");
        XElement[] members = [.. XDocument.Load(new MemoryStream(PackedLibrary.Read(package, $"lib/net10.0/{PackedLibrary.Id}.xml"))).Descendants("member")];
        XElement[] entries = [.. members.Where(member => member.Attribute("name")!.Value.StartsWith("M:Microsoft.ML.VariationalDropoutCatalog.", StringComparison.Ordinal) && member.Element("returns") is not null)];

        // Two for each of four trainers, and an evaluator.
        Assert.HasCount(9, entries);
        foreach (XElement entry in entries)
            Assert.IsFalse(string.IsNullOrWhiteSpace(entry.Element("summary")?.Value), $"{entry}");
    }

    [TestMethod]
    public void The_assembly_version_never_changes()
    {
        // Saved models name the assembly; a version that moves would lock old models out.
        using var image = new PEReader(new MemoryStream(LibraryImage()));
        Assert.AreEqual(new Version(1, 0, 0, 0), image.GetMetadataReader().GetAssemblyDefinition().Version);
    }

    [TestMethod]
    public void The_symbols_belong_to_the_library_and_carry_its_sources()
    {
        using ZipArchive package = PackedLibrary.Open(".snupkg");
        CollectionAssert.AreEqual(new[] { $"{PackedLibrary.Id}.nuspec", $"lib/net10.0/{PackedLibrary.Id}.pdb" }, PackedLibrary.Names(package));
        using MetadataReaderProvider provider = OpenSymbols(package);
        MetadataReader symbols = provider.GetMetadataReader();

        using var image = new PEReader(new MemoryStream(LibraryImage()));
        DebugDirectoryEntry entry = image.ReadDebugDirectory().Single(candidate => candidate.Type == DebugDirectoryEntryType.CodeView);
        var id = new BlobContentId(symbols.DebugMetadataHeader!.Id);
        Assert.AreEqual(image.ReadCodeViewDebugDirectoryData(entry).Guid, id.Guid);
        Assert.AreEqual(entry.Stamp, id.Stamp);

        HashSet<DocumentHandle> withSource = [.. symbols.CustomDebugInformation.Select(symbols.GetCustomDebugInformation)
            .Where(information => information.Parent.Kind == HandleKind.Document && symbols.GetGuid(information.Kind) == EmbeddedSource)
            .Select(information => (DocumentHandle)information.Parent)];
        string[] without = [.. symbols.Documents.Where(document => !withSource.Contains(document)).Select(document => symbols.GetString(symbols.GetDocument(document).Name))];
        Assert.IsEmpty(without, string.Join(", ", without));
    }

    [TestMethod]
    public void Nothing_released_names_a_path_of_the_building_machine()
    {
        if (PackedLibrary.Configuration != "Release")
            Assert.Inconclusive("Debug builds keep their paths, for the debugger.");

        byte[] root = Encoding.UTF8.GetBytes(PackedLibrary.RepositoryRoot);
        Assert.AreEqual(-1, LibraryImage().AsSpan().IndexOf(root), "in the library");
        using ZipArchive package = PackedLibrary.Open(".snupkg");
        using MetadataReaderProvider provider = OpenSymbols(package);
        MetadataReader symbols = provider.GetMetadataReader();
        foreach (DocumentHandle document in symbols.Documents)
            Assert.StartsWith("/_/", symbols.GetString(symbols.GetDocument(document).Name));
    }

    private static byte[] LibraryImage()
    {
        using ZipArchive package = PackedLibrary.Open(".nupkg");
        return PackedLibrary.Read(package, $"lib/net10.0/{PackedLibrary.Id}.dll");
    }

    private static MetadataReaderProvider OpenSymbols(ZipArchive package)
        => MetadataReaderProvider.FromPortablePdbStream(new MemoryStream(PackedLibrary.Read(package, $"lib/net10.0/{PackedLibrary.Id}.pdb")));

    private static XElement Element(ZipArchive package, string name) => PackedLibrary.Nuspec(package).Elements().Single(element => element.Name.LocalName == name);
}
