using Samples;

namespace QuickStart.Tests;

[TestClass]
public sealed class OutputFolderTests
{
    [TestMethod]
    public void A_file_appears_complete_and_replaces_the_one_before()
    {
        using var folder = new TemporaryFolder();
        string path = Path.Combine(folder.Path, "new", "folder");
        OutputFolder output = OutputFolder.Open(path);

        output.Write("a.txt", stream => stream.Write("first"u8));
        string written = output.Write("a.txt", stream => stream.Write("second"u8));

        Assert.AreEqual("second", File.ReadAllText(written));
        CollectionAssert.AreEqual(new[] { written }, Directory.GetFiles(path));
    }

    [TestMethod]
    public void A_write_that_fails_leaves_what_was_there()
    {
        using var folder = new TemporaryFolder();
        OutputFolder output = OutputFolder.Open(folder.Path);
        string path = output.Write("a.txt", stream => stream.Write("first"u8));

        Assert.ThrowsExactly<InvalidOperationException>(() => output.Write("a.txt", stream =>
        {
            stream.Write("half of the sec"u8);
            throw new InvalidOperationException();
        }));

        Assert.AreEqual("first", File.ReadAllText(path));
        CollectionAssert.AreEqual(new[] { path }, Directory.GetFiles(folder.Path));
    }

    [TestMethod]
    public void A_folder_that_cannot_be_written_is_named()
    {
        using var folder = new TemporaryFolder();
        string underFile = Path.Combine(folder.Write("file", 1), "folder");

        string message = Assert.ThrowsExactly<IOException>(() => OutputFolder.Open(underFile)).Message;

        StringAssert.StartsWith(message, $"The output folder '{underFile}' cannot be written: ");
    }
}
