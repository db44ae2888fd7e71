using Microsoft.ML.Trainers.VariationalDropout.Data;

namespace Microsoft.ML.Trainers.VariationalDropout.Tests.Data;

/// <summary>What the checkpoint needs of it; <c>OnnxFileTests</c> has permissions, links and long names.</summary>
[TestClass]
public sealed class AtomicFileTests
{
    private readonly string _folder = Directory.CreateTempSubdirectory("atomic").FullName;

    private string FilePath => Path.Combine(_folder, "file");

    [TestCleanup]
    public void DeleteFolder() => Directory.Delete(_folder, recursive: true);

    [TestMethod]
    [DataRow(null)]
    [DataRow(".partial")]
    public void A_write_that_fails_half_way_names_the_file_and_leaves_the_one_before(string? suffix)
    {
        new AtomicFile(FilePath, suffix).Write(stream => stream.Write([1, 2]));
        var exception = Assert.ThrowsExactly<IOException>(() => new AtomicFile(FilePath, suffix).Write(Fail));
        Assert.AreEqual($"'{FilePath}' cannot be written: No space left on device", exception.Message);
        Assert.ThrowsExactly<OperationCanceledException>(() => new AtomicFile(FilePath, suffix).Write(_ => throw new OperationCanceledException()));
        AssertFile(1, 2);

        static void Fail(Stream stream)
        {
            stream.Write([3]);
            throw new IOException("No space left on device");
        }
    }

    [TestMethod]
    public void What_was_left_under_the_suffix_is_written_over()
    {
        File.WriteAllBytes(FilePath + ".partial", new byte[100]);
        new AtomicFile(FilePath, ".partial").Write(stream => stream.Write([1]));
        AssertFile(1);
        File.WriteAllBytes(FilePath + ".partial", new byte[100]);
        new AtomicFile(FilePath, ".partial").Probe();
        AssertFile(1);
    }

    [TestMethod]
    [OSCondition(ConditionMode.Exclude, OperatingSystems.Windows)]
    public void A_link_under_the_suffix_is_not_followed()
    {
        string other = Path.Combine(_folder, "other");
        File.WriteAllBytes(other, [7]);
        File.CreateSymbolicLink(FilePath + ".partial", other);
        new AtomicFile(FilePath, ".partial").Write(stream => stream.Write([1]));
        CollectionAssert.AreEqual(new byte[] { 7 }, File.ReadAllBytes(other));
        CollectionAssert.AreEqual(new byte[] { 1 }, File.ReadAllBytes(FilePath));
        Assert.HasCount(2, Directory.GetFiles(_folder));
    }

    /// <summary>Two that write at once by mistake: neither takes the other's half file, nor deletes it.</summary>
    [TestMethod]
    public void What_another_is_writing_is_an_error()
    {
        new AtomicFile(FilePath, ".partial").Write(stream =>
        {
            Assert.ThrowsExactly<IOException>(() => new AtomicFile(FilePath, ".partial").Write(_ => { }));
            stream.Write([1]);
        });
        AssertFile(1);
    }

    /// <summary>Only the file is there, and it is as it should be.</summary>
    private void AssertFile(params byte[] expected)
    {
        CollectionAssert.AreEqual(new[] { FilePath }, Directory.GetFiles(_folder));
        CollectionAssert.AreEqual(expected, File.ReadAllBytes(FilePath));
    }
}
